"""The door of a compiler for host memory: what is asked of it, of its passes and of these bound."""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from ..passes import Pass
from ..plan import Plan
from .batch import Batch


class Bound(Protocol):
    """A compiled pass over one batch.

    A turn is one run of it, by a number that no other run has. A run that was interrupted is gone
    on with by another call of `run` with the same turn: what was made of it is not made again.

    After `run`, a pass with norms has the sum of squares of each tensor in `squares`, and a pass
    with checks the first tensor in which something is not finite, or None, in `found`. One with
    totals has what each tensor adds to them in `totals`, by name.
    """

    squares: np.ndarray
    totals: dict[str, np.ndarray]
    found: int | None

    def run(self, rows: Sequence[Sequence[float]], turn: int) -> None:
        """The whole pass; `rows` are the numbers (`Plan.symbols`) of each scalar row."""
        ...

    def has_begun(self, turn: int) -> bool:
        """Whether something of this turn was made."""
        ...

    def alone(self) -> Callable[..., None] | None:
        """The pass as a function of the numbers of its one row, where it needs nothing else.

        The first number, that of the update, is its turn as well.
        """
        ...


class Kernel(Protocol):
    """A compiled pass."""

    def bind(self, batch: Batch) -> Bound:
        """This pass over the tensors of `batch`."""
        ...


class Compiler(Protocol):
    """The door of a compiler for host memory: what its module must have."""

    def compile_pass(self, plan: Plan, work: Pass, dtypes: dict[str, str]) -> Kernel:
        """One pass over arrays of these dtypes, by array name."""
        ...
