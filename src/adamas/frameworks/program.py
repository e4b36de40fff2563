"""A plan run over tensors in host memory, whichever framework they belong to."""

import importlib
from collections.abc import Sequence
from typing import cast

import numpy as np

from ..compilers.memory import Batch, Bound, Compiler, Kernel
from ..errors import ConfigurationError
from ..plan import Pass, Plan

COUNTERS = ("updates", "calls", "pending", "skipped")
"""Whole numbers of a session that are saved: updates made, calls counted, calls since the last
update, calls passed over."""

COMPILERS = ("llvm", "reference")


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

    def kernel(self, work: Pass, dtypes: dict[str, str]) -> Kernel:
        """The compiled pass for arrays of these dtypes."""
        key = (work.name, bool(work.writes), work.arrays, *dtypes.values())
        if key not in self._kernels:
            self._kernels[key] = self._compiler.compile_pass(self.plan, work, dtypes)
        return self._kernels[key]

    def bind(self, passes: Sequence[Pass], batches: Sequence[Batch]) -> "Call":
        """The passes of one kind of call, ready to run over `batches`."""
        return Call(self, passes, batches)


class Call:
    """One kind of call (update, or accumulate only) over a fixed set of tensors."""

    def __init__(self, program: Program, passes: Sequence[Pass], batches: Sequence[Batch]) -> None:
        self._plan = program.plan
        self._batches = batches
        self._steps = [
            (work, [program.kernel(work, batch.dtypes).bind(batch) for batch in batches])
            for work in passes
        ]
        self.squares: np.ndarray | None = None

    def run(self, rows: Sequence[Sequence[float]], limit: float) -> tuple[int, int] | None:
        """Every pass in turn; `rows` are the numbers of each scalar row, `limit` the clip's.

        Gives (batch, tensor) of the first tensor in which something would not be finite, with
        nothing written, or None.
        """
        for work, bounds in self._steps:
            for bound in bounds:
                bound.run(rows)
            if work.norms:
                self._clip(bounds, limit)
            elif work.checks:
                found = self._found(bounds)
                if found is not None:
                    return found
        return None

    def _clip(self, bounds: Sequence[Bound], limit: float) -> None:
        each = [
            batch.per_tensor(bound.results)
            for batch, bound in zip(self._batches, bounds, strict=True)
        ]
        self.squares = np.concatenate(each)
        factors = self._plan.clip_factors(self.squares, limit)
        start = 0
        for batch in self._batches:
            end = start + len(batch.factors)
            batch.factors[:] = factors[start:end]
            start = end

    def _place(self, tensor: int) -> tuple[int, int]:
        """The batch, and the place in it, of a tensor numbered through all batches."""
        for index, batch in enumerate(self._batches):
            if tensor < len(batch.factors):
                return index, tensor
            tensor -= len(batch.factors)
        raise IndexError(tensor)

    def _found(self, bounds: Sequence[Bound]) -> tuple[int, int] | None:
        if self.squares is not None and not np.isfinite(self.squares.sum()):
            # With a global norm every tensor would be NaN: the one that began it is meant.
            return self._place(int(np.flatnonzero(~np.isfinite(self.squares))[0]))
        for index, (batch, bound) in enumerate(zip(self._batches, bounds, strict=True)):
            chunks = np.flatnonzero(bound.results)
            if len(chunks):
                return index, int(batch.chunks[chunks[0], 0])
        return None
