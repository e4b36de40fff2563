"""Plans run over tensors in host memory, whichever framework they belong to."""

import importlib
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol, cast

import numpy as np

from ...compilers.batch import Apply, Batch, call
from ...compilers.door import Bound, Compiler, Kernel
from ...errors import ConfigurationError, NonFiniteError
from ...language.python import host_function
from ...lowering import following, lower
from ...passes import Pass
from ...plan import Plan, rounds
from .summing import Summing, Totals

COMPILERS = ("llvm", "reference")

Rows = Sequence[Sequence[float]]


class Program:
    """A plan and a compiler, with the kernels made so far.

    `apply` calls functions of whole tensors.
    """

    def __init__(self, plan: Plan, compiler: str | None, apply: Apply = call) -> None:
        name = compiler or "llvm"
        if name not in COMPILERS:
            raise ConfigurationError(
                f"compiler must be one of {', '.join(map(repr, COMPILERS))}. Got: {name!r}."
            )
        self.plan = plan
        self.apply = apply
        self._name = name
        self._compiler: Compiler = cast(
            "Compiler", importlib.import_module(f"...compilers.{name}", __package__)
        )
        self._kernels: dict[tuple, Kernel] = {}
        self.separates = any(lower(plan, work).whole for work in plan.update)
        """Whether only tensors of one shape may share a batch."""

    def another(self, plan: Plan) -> "Program":
        """Another plan by the same compiler."""
        return Program(plan, self._name, self.apply)

    @property
    def sums(self) -> bool:
        """Whether the rule needs more of a tensor than one weight at a time."""
        summed = (lower(self.plan, work) for work in self.plan.update if not work.norms)
        return any(one.matrix or one.whole if one.totals else one.between for one in summed)

    @cached_property
    def next_remembered(self) -> Callable[..., tuple[float, ...]]:
        """The next values of the numbers that are remembered, from a row of numbers."""
        return host_function(following(self.plan), self.plan.symbols)

    @property
    def kernels(self) -> list[Kernel]:
        """The passes that were compiled."""
        return list(self._kernels.values())

    def kernel(self, work: Pass, dtypes: dict[str, str]) -> Kernel:
        """The compiled pass for arrays of these dtypes."""
        key = (id(work), *dtypes.values())  # the plan keeps its passes alive
        if key not in self._kernels:
            self._kernels[key] = self._compiler.compile_pass(self.plan, work, dtypes)
        return self._kernels[key]


class Peers(Protocol):
    """Processes each of which has parameters of its own: what all of them must agree on.

    Attributes:
        groups: those through which all of them are reached, in an order of the framework.
    """

    groups: Sequence[Any]

    def total(self, squares: np.ndarray, tensors: Sequence[int]) -> float:
        """The sum of what these parameters have, and those that only other processes have."""
        ...

    def totals(self, values: np.ndarray, tensors: Sequence[int]) -> np.ndarray:
        """The same of several values of each of these parameters, [tensors, values]."""
        ...

    def any(self, value: bool) -> bool:
        """Whether it is true of any process."""
        ...

    def joins(self, index: int) -> bool:
        """Whether other processes have parameters that belong to this one."""
        ...


Norms = Callable[[float], None]
"""Told the square of the global norm here, it raises in all processes where they have several."""

NORMS_EVERY = 32
"""How many updates go by from one question after the others' norms to the next."""


def asks_for_norms(t: int) -> bool:
    """Whether update `t` asks the other processes: it costs a message, and an error stays."""
    return t == 1 or t % NORMS_EVERY == 0


Place = tuple[int, int]

ELSEWHERE = -1
"""The number of a tensor, and of a batch, that another process has."""


class Call:
    """One kind of call (update, or accumulate only) over a fixed set of tensors.

    Args:
        parts: batches with the programs that run over them.
        kind: which passes of their plans.
        plans: all plans of the optimizer, whether they have tensors here or not.
        tensors: the parameters, in the order of the batches.
        whose: the number of the member, or members, to whose sums over all tensors each adds.
        members: how many such numbers there are.

    Attributes:
        squares: after `run` with clips, the sum of squares of each tensor's gradient.
        total: that of all gradients, those of other processes as well.
        totals: the sums over all tensors.
        rows: the numbers of each scalar row, with those sums.
    """

    def __init__(
        self,
        parts: Sequence[tuple[Program, Batch]],
        kind: str,
        plans: Sequence[Plan],
        tensors: Sequence[int],
        whose: Sequence[int],
        members: int,
    ) -> None:
        self._tensors = tensors
        self._batches = [batch for _, batch in parts]
        self._plan = plans[0]
        self._steps: list[tuple[Pass, list[Bound | None], tuple[str, ...]]] = []
        own = [program.plan for program, _ in parts]
        for works in rounds([*own, *plans], kind):
            bounds = [
                None if work is None else program.kernel(work, batch.dtypes).bind(batch)
                for work, (program, batch) in zip(works, parts, strict=False)
            ]
            made = [work for work in works if work is not None]
            names = tuple(dict.fromkeys(name for work in made for name in work.totals))
            self._steps.append((made[0], bounds, names))
        self._summing = Summing([plan.totals for plan in own], self._batches, whose, members)
        self.totals: Totals = {}
        self.rows: Sequence[Rows] = ()
        self._numbers: tuple[float, ...] = ()
        self.squares: np.ndarray | None = None
        self.total: float | None = None

    def alone(self) -> Callable[..., None] | None:
        """The call as a function of the numbers of its one row, where one pass is all there is.

        Nothing is found or taken in such a call, and nobody else has a part in it. The first
        number, that of the update, is its turn as well.
        """
        if len(self._steps) != 1:
            return None
        functions = [bound.alone() for bound in _there(self._steps[0][1])]
        if any(function is None for function in functions):
            return None
        if len(functions) == 1:
            return functions[0]
        passes = [function for function in functions if function is not None]

        def run(*numbers: float) -> None:
            self._numbers = numbers
            for function in passes:
                function(*numbers)

        return run

    def finish_alone(self) -> None:
        """Make what is left of a call by the function that `alone` gave, which was interrupted."""
        if self._numbers:
            row = [self._numbers]
            self.run(int(self._numbers[0]), [row] * len(self._batches), {})

    def has_begun(self, turn: int) -> bool:
        """Whether something of this turn was made."""
        return any(
            bound.has_begun(turn) for _, bounds, _ in self._steps for bound in _there(bounds)
        )

    def run(
        self,
        turn: int,
        rows: Sequence[Rows],
        limits: Mapping[str, float],
        peers: Peers | None = None,
        norms: Norms | None = None,
    ) -> Place | None:
        """Every pass, one after the other.

        Args:
            turn: a number of no other run; with that of one which was interrupted it goes on.
            rows: the numbers of each scalar row, for each batch.
            limits: the largest norm that each clip allows.
            peers: the processes that have other parameters of the same model.
            norms: asked whether all processes have one global norm, before anything is written.

        Gives (batch, tensor) of the first tensor in which something would not be finite, with
        nothing written, or None.
        """
        self.squares = self.total = None
        self.totals, self.rows = {}, rows
        for work, bounds, names in self._steps:
            for bound, own in zip(bounds, self.rows, strict=True):
                if bound is not None:
                    bound.run(own, turn)
            if names:
                sums = self._summing.of_tensors(names, bounds)
                found = self._sum(names, sums, peers)
                if work.finite and not np.isfinite(found).all():
                    return self._first(sums)
            elif work.limit:
                squares = np.concatenate([np.zeros(0), *(b.squares for b in _there(bounds))])
                if peers is None:
                    total = float(squares.sum())
                else:
                    total = peers.total(squares, self._tensors)
                if norms is not None and work.limit == "global_clipnorm":
                    norms(total)
                self._clip(work.limit, squares, total, limits[work.limit])
                if self.squares is None:
                    self.squares, self.total = squares, total
                if work.finite and not np.isfinite(total):
                    return self._found(bounds, peers)
            elif work.checks:
                found = self._found(bounds, peers)
                if peers is not None and peers.any(found is not None):
                    found = found or (ELSEWHERE, ELSEWHERE)
                if found is not None:
                    return found
        return None

    def _clip(self, clip: str, squares: np.ndarray, total: float, limit: float) -> None:
        factors = self._plan.clip_factors(clip, squares, total, limit)
        start = 0
        for batch in self._batches:
            end = start + len(batch)
            batch.factors[f"{clip}_factor"] = factors[start:end]
            start = end

    def _place(self, tensor: int) -> Place:
        """The batch, and the place in it, of a tensor numbered through all batches."""
        for index, batch in enumerate(self._batches):
            if tensor < len(batch):
                return index, tensor
            tensor -= len(batch)
        raise IndexError(tensor)

    def _sum(self, names: Sequence[str], sums: np.ndarray, peers: Peers | None) -> np.ndarray:
        """Take the sums over all tensors of what each adds; they are numbers from now on."""
        summing = self._summing
        spread = summing.spread(sums)
        added = spread.sum(axis=0) if peers is None else peers.totals(spread, self._tensors)
        found = summing.named(names, added, everyone=peers is not None)
        known = {own: {**self.totals.get(own, {}), **new} for own, new in found.items()}
        self.totals = known
        self.rows = summing.known(known, self.rows)
        return added

    def _first(self, sums: np.ndarray) -> Place:
        """The first tensor of which a sum is not finite; any if only all together are not."""
        broken = np.flatnonzero(~np.isfinite(sums).all(axis=1))
        if not len(sums):
            return ELSEWHERE, ELSEWHERE
        return self._place(int(broken[0]) if len(broken) else 0)

    def _found(self, bounds: Sequence[Bound | None], peers: Peers | None) -> Place | None:
        if self.squares is not None and not np.isfinite(self.total or 0.0):
            # With a global norm every tensor would be NaN: the one that began it is meant.
            broken = np.flatnonzero(~np.isfinite(self.squares))
            if len(broken):
                return self._place(int(broken[0]))
            if peers is not None:
                return ELSEWHERE, ELSEWHERE
        for index, bound in enumerate(bounds):
            if bound is not None and bound.found is not None:
                return index, bound.found
        return None


def _there(bounds: Sequence[Bound | None]) -> list[Bound]:
    """Those of the batches that have a part in it."""
    return [bound for bound in bounds if bound is not None]


def all_finite(gradient: np.ndarray) -> bool:
    """Whether a gradient holds neither NaN nor infinity."""
    with np.errstate(all="ignore"):
        return bool(np.isfinite(gradient.astype(np.float64)).all())


def not_finite(name: str, step: int, finite: bool) -> NonFiniteError:
    """What ``nonfinite="raise"`` raises for update number `step` of the parameter `name`.

    Args:
        finite: whether its gradient is.
    """
    cause = (
        "Its gradient is finite, but the step overflows: lower the learning rate or clip."
        if finite
        else "Its gradient holds NaN or infinity."
    )
    return NonFiniteError(
        f"Step {step} would store NaN or infinity for parameter {name!r}. {cause} "
        "Parameters and state are unchanged; nonfinite='skip' passes over such steps."
    )


def not_finite_elsewhere(step: int) -> NonFiniteError:
    """What it raises in the other processes, which do not know the parameter."""
    return NonFiniteError(
        f"Step {step} would store NaN or infinity for a parameter of another process. "
        "Parameters and state are unchanged; nonfinite='skip' passes over such steps."
    )
