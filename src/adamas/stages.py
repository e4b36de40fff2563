"""The stages of a step around an optimizer's rule, put together in their order: its meaning.

Which are on is decided by who makes them (`adamas.plan`); what each does stands in `adamas.step`,
`adamas.around` and `adamas.masters`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from . import step
from .around import Around
from .around import called as _stage
from .language.codes import NARROWER, PER_COIN, Code, coins
from .language.rule import Rule
from .language.totals import names_of
from .masters import Master
from .passes import NORM_CLIPS, Pass, Values


@dataclass(frozen=True)
class Stages:
    """The stages that are on, put together in their order: the meaning of a step."""

    rule: Rule
    codes: Mapping[str, Code]
    master: Master
    on: tuple[str, ...]
    maximize: bool
    clips: tuple[str, ...]
    use_ema: bool
    checks: str
    centralized: bool
    vector: bool
    decay_number: str
    cautious: bool
    cautious_decay: bool
    decay: str
    around: tuple[Around, ...]
    asks: bool
    """Whether some rule of the step is given arrays."""
    totals: tuple[tuple[str, ...], ...]

    @property
    def accumulates(self) -> bool:
        """Whether calls sum up gradients between updates."""
        return "gradient_accumulation_steps" in self.on

    @property
    def slots(self) -> tuple[str, ...]:
        """All that is remembered of a parameter, in its order."""
        return (
            *self.master.slots,
            *(slot for stage in self.around for slot in stage.extents),
            *self.rule.slots,
            *(("ema",) if self.use_ema else ()),
            *(("accumulator",) if self.accumulates else ()),
        )

    @property
    def stored(self) -> tuple[str, ...]:
        """The slots as they are stored: of some that are coded there are scales as well."""
        return tuple(name for slot in self.slots for name in self._parts(slot))

    @property
    def coded(self) -> list[str]:
        """The arrays that are rounded by a coin as they are stored."""
        weights = ["p"] if self.master.coin else []
        return [*weights, *(slot for slot in self.slots if slot in self.codes)]

    @property
    def dtypes(self) -> dict[str, str]:
        """Those of slots that are not as wide as the arithmetic."""
        own = {slot: dtype for slot, dtype in self.master.slots.items() if dtype is not None}
        coded = [(code.slots(slot), code) for slot, code in self.codes.items()]
        return own | {
            n: d for names, code in coded for n, d in zip(names, code.dtypes, strict=True)
        }

    @property
    def coins(self) -> dict[str, str]:
        """The random numbers by which they are rounded, and their law."""
        return {coins(place): "coins" for place in range(0, len(self.coded), PER_COIN)}

    def _stored(
        self, stored: Values, held: Values, results: dict[str, Any], scalars: Values, tests: bool
    ) -> dict[str, Any]:
        """The results as they are stored, or what of them must be finite.

        Args:
            stored: the arrays as they are.
            held: what they hold (`_held`).
        """
        if "p" in results:
            results |= self.master.split(results["p"])
        for place, name in enumerate(self.coded):
            if name not in results:
                continue
            code, value = self.codes.get(name, NARROWER["bfloat16"]), results.pop(name)
            if value is held[name] and not (tests and code.scales):
                results |= {slot: stored[slot] for slot in code.slots(name)}
                continue
            coin = scalars[coins(place)][code.coin][place % PER_COIN]
            if tests:
                results |= code.tested(name, value, coin)
            else:
                results |= code.stored(name, value, coin, scalars.get("blocks"))
        return results

    def _held(self, stored: Values) -> Values:
        """What arrays hold: values in the place of codes, and of a parameter the weights that it
        rounds."""
        coded = [slot for slot in self.slots if slot in self.codes]
        held = {slot: self.codes[slot].value(slot, stored) for slot in coded}
        held = {**stored, **held}
        return {**held, "p": self.master.weight(held)} if self.master.slots else held

    def update_passes(self) -> tuple[Pass, ...]:
        """What a call does that updates: norms, sums over all tensors, checks, the update."""
        passes = []
        factors: list[str] = []
        for place, clip in enumerate(self.clips):
            if clip in NORM_CLIPS:
                compute = partial(self._norm, place)
                # A clip by value would make infinities finite before the norm sees them.
                finite = self.checks == "gradients" and "clipvalue" not in self.clips[:place]
                passes.append(
                    Pass(
                        "norm",
                        compute,
                        norms=("gradient",),
                        factors=tuple(factors),
                        limit=clip,
                        finite=finite,
                    )
                )
                factors.append(f"{clip}_factor")
        own = {"factors": tuple(factors), "finite": bool(self.checks)}
        passes += [Pass("total", self._update, totals=level, **own) for level in self.totals]
        if self.checks == "all":
            tests = ("p", *(name for slot in self.slots for name in self._tested(slot)))
            tested = partial(self._update, tests=True)
            passes.append(Pass("check", tested, checks=tests, factors=tuple(factors)))
        elif self.checks:
            clipped = any(work.norms and work.finite for work in passes)
            given = (*(() if clipped else ("g",)), *self.rule.given)
            if self.asks or not clipped:  # plans of one optimizer have the same passes
                passes.insert(0, Pass("check", self._given, checks=given or ("g",)))
        writes = ("p", *self.stored)
        passes.append(Pass("update", self._update, writes, factors=tuple(factors)))
        return tuple(passes)

    def accumulate_passes(self) -> tuple[Pass, ...]:
        """What a call does that only sums up gradients."""
        if not self.accumulates:
            return ()
        passes = [Pass("accumulate", self._accumulate, self._parts("accumulator"))]
        if self.checks == "all":
            tests, tested = self._tested("accumulator"), partial(self._accumulate, tests=True)
            passes.insert(0, Pass("check", tested, checks=tests))
        elif self.checks:
            passes.insert(0, Pass("check", self._given, checks=("g",)))
        return tuple(passes)

    def _parts(self, slot: str) -> tuple[str, ...]:
        """The slots that hold one."""
        return self.codes[slot].slots(slot) if slot in self.codes else (slot,)

    def _tested(self, slot: str) -> tuple[str, ...]:
        """What must be finite for one to be stored."""
        return self._parts(slot)[-1:]

    def _given(self, arrays: Values, scalars: Values) -> dict[str, Any]:
        return {name: arrays[name] for name in ("g", *self.rule.given)}

    def _unscaled(self, arrays: Values, scalars: Values) -> Any:
        g = arrays["g"]
        if "loss_scale_factor" in self.on:
            g = _stage(step.unscale, scalars, g)
        return step.ascend(g) if self.maximize else g

    def _gradient(self, arrays: Values, scalars: Values) -> Any:
        g = self._unscaled(arrays, scalars)
        if self.accumulates:
            total = _stage(step.accumulate, scalars, g, arrays["accumulator"])
            g = _stage(step.mean_of_calls, scalars, total)
        if self.centralized:
            g = _stage(step.centralize, scalars, g)
        return g

    def _clipped(self, clips: Sequence[str], arrays: Values, scalars: Values) -> Any:
        g = self._gradient(arrays, scalars)
        for clip in clips:
            if clip in NORM_CLIPS:
                g = _stage(step.scale_to_norm, {"clip_factor": scalars[f"{clip}_factor"]}, g)
            elif clip == "clipvalue":
                g = _stage(step.clip_to_value, scalars, g)
            else:
                stage = step.clip_vector_to_weights if self.vector else step.clip_to_weights
                g = _stage(stage, scalars, arrays["p"], g)
        return g

    def _accumulate(self, stored: Values, scalars: Values, tests: bool = False) -> dict[str, Any]:
        held = self._held(stored)
        g = self._unscaled(held, scalars)
        total = _stage(step.accumulate, scalars, g, held["accumulator"])
        return self._stored(stored, held, {"accumulator": total}, scalars, tests)

    def _norm(self, place: int, arrays: Values, scalars: Values) -> dict[str, Any]:
        return {"gradient": self._clipped(self.clips[:place], self._held(arrays), scalars)}

    def _update(self, stored: Values, scalars: Values, tests: bool = False) -> dict[str, Any]:
        held = arrays = self._held(stored)
        g = self._clipped(self.clips, arrays, scalars)
        if self.decay_number in self.on:
            scalars = {**scalars, "weight_decay": scalars[self.decay_number]}
        ready = g
        arrays, old, g = self._decayed(arrays, g, scalars)
        results = self.rule({**arrays, "p": old, "g": g}, scalars)
        results["p"] = self._moved(arrays["p"], old, results["p"], g, scalars)
        for stage in self.around:
            given = {**arrays, "g": ready}
            totals = names_of(results)
            results |= stage.results(given, old, results["p"], scalars, totals)
        if self.use_ema:
            results["ema"] = _stage(step.average, scalars, results["p"], arrays["ema"])
            if "ema_overwrite_frequency" in self.on:
                results["p"] = _stage(step.overwrite, scalars, results["p"], results["ema"])
        results = self._stored(stored, held, results, scalars, tests)
        if self.accumulates:
            # By assignment: a NaN in it does not outlive the update.
            cleared = self._tested("accumulator") if tests else self._parts("accumulator")
            results |= dict.fromkeys(cleared, 0.0)
        return results

    def _decayed(self, arrays: Values, g: Any, scalars: Values) -> tuple[Values, Any, Any]:
        """The arrays, what the rule moves, and the gradient, after what decays before the rule."""
        p = arrays["p"]
        old = arrays[next((one.moves for one in self.around if one.moves != "p"), "p")]
        if self.decay_number not in self.on or self.cautious_decay:
            return arrays, old, g
        if self.decay == "coupled":
            return arrays, old, _stage(step.coupled_decay, scalars, p, g)
        decay = {"decoupled": step.decay, "independent": step.independent_decay}.get(self.decay)
        if decay is None:
            return arrays, old, g
        if any(one.decays == "p" for one in self.around):
            return {**arrays, "p": _stage(decay, scalars, p, p)}, old, g
        return arrays, _stage(decay, scalars, old, p), g

    def _moved(self, p: Any, old: Any, new: Any, g: Any, scalars: Values) -> Any:
        """What becomes of the rule's move from `old` to `new`."""
        if self.cautious:
            new = step.cautious(old, new, g)
        if "update_clip" in self.on:
            new = _stage(step.clip_update, scalars, old, new)
        if "update_floor" in self.on and not self.vector:
            new = _stage(step.floor_update, scalars, old, new)
        if self.cautious_decay and self.decay_number in self.on:
            independent = self.decay == "independent"
            decay = step.independent_cautious_decay if independent else step.cautious_decay
            new = _stage(decay, scalars, old, new, p)
        if "radial_brake" in self.on and not self.vector:
            new = _stage(step.brake, scalars, old, new)
        return new
