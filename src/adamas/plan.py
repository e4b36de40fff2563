"""optimizer → Plan: which passes over memory one step makes, and what each costs.

Every choice that an optimizer's arguments imply is made here, once, before anything runs:
which stages exist, what each pass reads and writes, which sums it takes. Compilers turn the
passes into code; frameworks run them over their arrays.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from . import step
from .rule import Rule, check_rule, prepared, read_rule

if TYPE_CHECKING:
    from .optimizer import Optimizer

Values = Mapping[str, Any]
Compute = Callable[[Values, Values], dict[str, Any]]


@dataclass(frozen=True)
class Pass:
    """One walk over all tensors.

    `compute` maps arrays and scalars by name to results by name, one weight at a time: those in
    `writes` are stored, the squares of those in `norms` are summed for each tensor, and those in
    `checks` are only tested: would what is stored be finite?
    """

    name: str
    compute: Compute
    reads: tuple[str, ...]
    writes: tuple[str, ...] = ()
    norms: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    tensor_scalars: tuple[str, ...] = ()

    @property
    def arrays(self) -> tuple[str, ...]:
        """Every array the pass touches, each once, parameter and gradient first."""
        return tuple(dict.fromkeys((*self.reads, *self.writes)))

    @property
    def results(self) -> tuple[str, ...]:
        """The names that `compute` is asked for."""
        return self.writes or self.norms or self.checks


@dataclass(frozen=True)
class Plan:
    """One optimizer's step: the passes of a call that updates and of one that only accumulates."""

    rule: Rule
    prepare: Callable[..., Mapping[str, Any]]
    slots: tuple[str, ...]
    numbers: tuple[str, ...]
    update: tuple[Pass, ...]
    accumulate: tuple[Pass, ...]
    clip: str | None

    def scalars(self, known: Values) -> dict[str, Any]:
        """All scalars of a step by name, from ``t`` and the hyperparameters."""
        return prepared(self.prepare, known)

    def clip_factors(self, squares: np.ndarray, limit: float) -> np.ndarray:
        """Each tensor's factor, from the sum of squares of each tensor's gradient."""
        with np.errstate(invalid="ignore", divide="ignore"):
            if self.clip == "global_clipnorm":
                factor = step.global_clip_factor(np.sqrt(squares.sum()), limit)
                return np.full_like(squares, factor)
            return step.clip_factor(np.sqrt(squares), limit)


def make_plan(optimizer: "Optimizer") -> Plan:
    """The plan that the arguments of `optimizer` imply."""
    rule = read_rule(optimizer.rule())
    check_rule(rule, optimizer.prepare, optimizer.numbers())
    on = optimizer.numbers_in_use()
    clip = next((name for name in ("clipnorm", "global_clipnorm") if name in on), None)
    stages = _Stages(rule, on, optimizer.use_ema, clip)
    return Plan(
        rule=rule,
        prepare=optimizer.prepare,
        slots=stages.slots,
        numbers=on,
        update=stages.update_passes(checked=optimizer.nonfinite != "propagate"),
        accumulate=stages.accumulate_passes(checked=optimizer.nonfinite != "propagate"),
        clip=clip,
    )


@dataclass(frozen=True)
class _Stages:
    """The stages that are on, put together in their order: the meaning of a step."""

    rule: Rule
    on: tuple[str, ...]
    use_ema: bool
    clip: str | None

    @property
    def accumulates(self) -> bool:
        return "gradient_accumulation_steps" in self.on

    @property
    def slots(self) -> tuple[str, ...]:
        return (
            *self.rule.slots,
            *(("ema",) if self.use_ema else ()),
            *(("accumulator",) if self.accumulates else ()),
        )

    def update_passes(self, checked: bool) -> tuple[Pass, ...]:
        gradient = ("g", "accumulator") if self.accumulates else ("g",)
        reads = ("p", "g", *self.slots)
        writes = ("p", *self.slots)
        factors = ("clip_factor",) if self.clip else ()
        passes = []
        if self.clip:
            passes.append(Pass("norm", self._norm, gradient, norms=("gradient",)))
        if checked:
            passes.append(Pass("check", self._update, reads, checks=writes, tensor_scalars=factors))
        passes.append(Pass("update", self._update, reads, writes, tensor_scalars=factors))
        return tuple(passes)

    def accumulate_passes(self, checked: bool) -> tuple[Pass, ...]:
        if not self.accumulates:
            return ()
        reads = ("g", "accumulator")
        passes = []
        if checked:
            passes.append(Pass("check", self._accumulate, reads, checks=("accumulator",)))
        passes.append(Pass("accumulate", self._accumulate, reads, ("accumulator",)))
        return tuple(passes)

    def _unscaled(self, arrays: Values, scalars: Values) -> Any:
        if "loss_scale_factor" in self.on:
            return _stage(step.unscale, scalars, arrays["g"])
        return arrays["g"]

    def _gradient(self, arrays: Values, scalars: Values) -> Any:
        g = self._unscaled(arrays, scalars)
        if self.accumulates:
            total = _stage(step.accumulate, scalars, g, arrays["accumulator"])
            g = _stage(step.mean_of_calls, scalars, total)
        return g

    def _accumulate(self, arrays: Values, scalars: Values) -> dict[str, Any]:
        g = self._unscaled(arrays, scalars)
        return {"accumulator": _stage(step.accumulate, scalars, g, arrays["accumulator"])}

    def _norm(self, arrays: Values, scalars: Values) -> dict[str, Any]:
        return {"gradient": self._gradient(arrays, scalars)}

    def _update(self, arrays: Values, scalars: Values) -> dict[str, Any]:
        p, g = arrays["p"], self._gradient(arrays, scalars)
        if self.clip:
            g = _stage(step.scale_to_norm, scalars, g)
        if "clipvalue" in self.on:
            g = _stage(step.clip_to_value, scalars, g)
        if "weight_decay" in self.on:
            p = _stage(step.decay, scalars, p)
        results = self.rule({**arrays, "p": p, "g": g}, scalars)
        if self.use_ema:
            results["ema"] = _stage(step.average, scalars, results["p"], arrays["ema"])
            if "ema_overwrite_frequency" in self.on:
                results["p"] = _stage(step.overwrite, scalars, results["p"], results["ema"])
        if self.accumulates:
            results["accumulator"] = 0.0  # by assignment: a NaN in it does not outlive the update
        return results


def _stage(stage: Callable[..., Any], scalars: Values, *arrays: Any) -> Any:
    wanted = inspect.signature(stage).parameters.values()
    return stage(*arrays, **{p.name: scalars[p.name] for p in wanted if p.kind is p.KEYWORD_ONLY})
