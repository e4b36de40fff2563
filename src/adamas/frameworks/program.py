"""Plans run over tensors in host memory, whichever framework they belong to."""

import importlib
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import cast

import numpy as np

from ..compilers.memory import Batch, Bound, Compiler, Kernel
from ..errors import ConfigurationError, NonFiniteError
from ..expression import STEP, Trace
from ..lowering import lower
from ..plan import Pass, Plan
from ..rendering import host_function

COMPILERS = ("llvm", "reference")

Rows = Sequence[Sequence[float]]


class Program:
    """A plan and a compiler, with the kernels made so far."""

    def __init__(self, plan: Plan, compiler: str | None) -> None:
        name = compiler or "llvm"
        if name not in COMPILERS:
            raise ConfigurationError(
                f"compiler must be one of {', '.join(map(repr, COMPILERS))}. Got: {name!r}."
            )
        self.plan = plan
        self._compiler: Compiler = cast(
            "Compiler", importlib.import_module(f"..compilers.{name}", __package__)
        )
        self._kernels: dict[tuple, Kernel] = {}
        self.separates = any(lower(plan, work).whole for work in plan.update)
        """Whether only tensors of one shape may share a batch."""

    @cached_property
    def next_remembered(self) -> Callable[..., tuple[float, ...]]:
        """The next values of the numbers that `prepare` remembers, from a row of numbers."""
        trace = Trace()
        plan = self.plan
        scalars = plan.scalars({name: trace.leaf(name, STEP) for name in plan.symbols})
        return host_function([trace.lift(scalars[name]) for name in plan.remembered], plan.symbols)

    def kernel(self, work: Pass, dtypes: dict[str, str]) -> Kernel:
        """The compiled pass for arrays of these dtypes."""
        key = (id(work), *dtypes.values())  # the plan keeps its passes alive
        if key not in self._kernels:
            self._kernels[key] = self._compiler.compile_pass(self.plan, work, dtypes)
        return self._kernels[key]


class Call:
    """One kind of call (update, or accumulate only) over a fixed set of tensors.

    `parts` are batches with the programs that run over them. All plans of one optimizer have the
    same passes, one after the other, whatever their rules.
    """

    def __init__(self, parts: Sequence[tuple[Program, Batch]], kind: str) -> None:
        self._batches = [batch for _, batch in parts]
        self._plan = parts[0][0].plan
        passes = [getattr(program.plan, kind) for program, _ in parts]
        self._steps: list[tuple[Pass, list[Bound]]] = [
            (
                works[0],
                [
                    program.kernel(work, batch.dtypes).bind(batch)
                    for work, (program, batch) in zip(works, parts, strict=True)
                ],
            )
            for works in zip(*passes, strict=True)
        ]
        self.squares: np.ndarray | None = None

    def run(self, rows: Sequence[Rows], limits: Mapping[str, float]) -> tuple[int, int] | None:
        """Every pass in turn.

        Args:
            rows: the numbers of each scalar row, for each batch.
            limits: the largest norm that each clip allows.

        Gives (batch, tensor) of the first tensor in which something would not be finite, with
        nothing written, or None.
        """
        first = True
        self.squares = None
        for work, bounds in self._steps:
            for bound, own in zip(bounds, rows, strict=True):
                bound.run(own)
            if work.limit:
                squares = self._clip(work.limit, bounds, limits[work.limit])
                self.squares = squares if first else self.squares
                first = False
                if work.finite and not np.isfinite(squares.sum()):
                    return self._found(bounds)
            elif work.checks:
                found = self._found(bounds)
                if found is not None:
                    return found
        return None

    def _clip(self, clip: str, bounds: Sequence[Bound], limit: float) -> np.ndarray:
        squares = np.concatenate([bound.squares for bound in bounds])
        factors = self._plan.clip_factors(clip, squares, limit)
        start = 0
        for batch in self._batches:
            end = start + len(batch)
            batch.factors[f"{clip}_factor"] = factors[start:end]
            start = end
        return squares

    def _place(self, tensor: int) -> tuple[int, int]:
        """The batch, and the place in it, of a tensor numbered through all batches."""
        for index, batch in enumerate(self._batches):
            if tensor < len(batch):
                return index, tensor
            tensor -= len(batch)
        raise IndexError(tensor)

    def _found(self, bounds: Sequence[Bound]) -> tuple[int, int] | None:
        if self.squares is not None and not np.isfinite(self.squares.sum()):
            # With a global norm every tensor would be NaN: the one that began it is meant.
            return self._place(int(np.flatnonzero(~np.isfinite(self.squares))[0]))
        for index, bound in enumerate(bounds):
            if bound.found is not None:
                return index, bound.found
        return None


def not_finite(name: str, step: int, gradient: np.ndarray) -> NonFiniteError:
    """What ``nonfinite="raise"`` raises for update number `step` of the parameter `name`."""
    with np.errstate(all="ignore"):
        finite = np.isfinite(gradient.astype(np.float64)).all()
    cause = (
        "Its gradient is finite, but the step overflows: lower the learning rate or clip."
        if finite
        else "Its gradient holds NaN or infinity."
    )
    return NonFiniteError(
        f"Step {step} would store NaN or infinity for parameter {name!r}. {cause} "
        "Parameters and state are unchanged; nonfinite='skip' passes over such steps."
    )
