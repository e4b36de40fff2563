"""The CPU compiler: each walk of a pass, written as one loop in LLVM's language.

For each walk and combination of dtypes this writes one self-contained module: a function that
goes over one row of a chunk of one tensor, and entry points that share out all chunks among a team
of threads. The vectors are explicit, so there is no vectoriser that could fail in silence; nothing
is reassociated or contracted, so each weight gets the bits that NumPy's arithmetic gives it. The
weights that do not fill a vector, and memory with strides, take a scalar loop over the same graph.

Numbers never appear in the code. Whatever is the same for all weights comes in through memory, so
changing a rate compiles nothing.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ...dtypes import wide
from ...language.expression import Expression
from ...lowering import Lowered, lower
from ...passes import Pass
from ...plan import Plan
from ...refusals import HALF
from .. import store
from ..batch import Batch
from ..between import Between
from .walk import BoundWalk, Rows, WalkKernel
from .wholes import Wholes


def compile_pass(plan: Plan, work: Pass, dtypes: dict[str, str]) -> "Kernel":
    """Machine code for one pass over arrays of these dtypes, by array name."""
    return Kernel(lower(plan, work), dtypes)


class Kernel:
    """A compiled pass, ready to be bound to batches of tensors."""

    def __init__(self, lowered: Lowered, dtypes: dict[str, str]) -> None:
        if "float16" in dtypes.values() and not _converts_half():
            raise HALF.error("float16 on another one")
        self.lowered = lowered
        self.dtype = np.dtype(wide(dtypes["p"]))
        arrays = {**dtypes, **dict.fromkeys(lowered.scratch, self.dtype.name)}
        self.walks = [WalkKernel(lowered, walk, arrays) for walk in lowered.walks]

    def bind(self, batch: Batch) -> "BoundPass":
        """This pass over the tensors of `batch`."""
        return BoundPass(self, batch)


class BoundPass:
    """A pass with the memory it runs over."""

    def __init__(self, kernel: Kernel, batch: Batch) -> None:
        self._lowered = kernel.lowered
        self._batch = batch
        self._dtype = kernel.dtype
        addresses = batch.addresses
        # More columns, for memory that exists only while a step runs.
        scratch = np.zeros((len(batch), len(kernel.lowered.scratch)), np.int64)
        if kernel.lowered.whole:
            parts = [addresses[:, :-1], scratch, addresses[:, -1:]]
            addresses = np.ascontiguousarray(np.concatenate(parts, axis=1))
        self._addresses = addresses
        self._walks = [BoundWalk(walk, batch, addresses) for walk in kernel.walks]
        self._between = Between(kernel.lowered, batch) if kernel.lowered.between else None
        self._wholes: Wholes | None = None
        self._made = 0
        self.squares = np.zeros(len(batch))
        self.totals: dict[str, np.ndarray] = {}
        self.found: int | None = None

    def has_begun(self, turn: int) -> bool:
        """Whether something of this turn was made."""
        return self._walks[0].has_made(turn)

    def run(self, rows: Rows, turn: int) -> None:
        """Every walk, with what the next one needs computed in between."""
        between, work = self._between, self._lowered.work
        sums: dict[Expression, list[Any]] = {}
        wholes: Wholes | None = None
        if between is None:
            self._walks[0].values.take_factors()
            self._walks[0].run(rows, turn)
            sums = self._summed(self._walks[0]) if work.norms else sums
        elif self._made == turn:
            return
        else:
            wholes = self._wholes_of(turn)
            sums = self._run_walks(between, wholes, rows, turn)
            if self._made == turn:
                return  # meanwhile, by the handler of a signal
        if work.norms:
            (values,) = sums.values()
            self.squares = np.ravel(values)
        elif work.totals:
            assert between is not None
            self.totals = between.totals()
        elif work.checks:
            # Both are asked in any case: the second may need sums of all processes.
            small = None if between is None else between.not_finite()
            matrix = None if wholes is None else wholes.not_finite()
            found = (self._walks[-1].sums.found(), small, matrix)
            self.found = next((place for place in found if place is not None), None)
            if self._batch.exchange is not None:
                self.found = self._batch.exchange.first(self.found)
        if between is not None:
            self._made, self._wholes = turn, None

    def _run_walks(
        self, between: Between, wholes: Wholes | None, rows: Rows, turn: int
    ) -> dict[Expression, list[Any]]:
        """One walk after the other; the sums of the last."""
        sums: dict[Expression, list[Any]] = {}
        between.begin(rows, turn)
        if self._made == turn:
            return sums  # with other memory than this, which nobody has filled
        for walk in self._walks:
            small = walk.walk.small
            walk.values.take(small, between.values(small))
            if wholes is not None:
                self._point_to(wholes.addresses(walk.walk))
            walk.run(rows, turn)
            sums = self._summed(walk)
            between.learn(sums)
            if wholes is not None:
                wholes.apply(walk.walk.wholes, between)
        between.finish()
        if wholes is not None:
            wholes.finish()
        return sums

    def alone(self) -> Callable[..., None] | None:
        """The pass as a function of the numbers of its one row, where it needs nothing else."""
        work = self._lowered.work
        needs = self._between is not None or work.factors or work.norms or work.checks
        return None if needs else self._walks[0].alone()

    def _summed(self, walk: BoundWalk) -> dict[Expression, list[Any]]:
        """The sums of a walk in each case, over all processes that have parts of the tensors."""
        sums = walk.sums.read()
        if self._batch.exchange is None or not sums:
            return sums
        # Without rows and columns all tensors are one case, a vector of their sums.
        matrix = self._lowered.matrix
        own = list(sums.values()) if matrix else [list(values[0]) for values in sums.values()]
        names, axes = [n.operation for n in sums], [n.arguments[1] for n in sums]
        joined = self._batch.exchange.join(names, axes, own)
        cases = joined if matrix else [[np.array(values)] for values in joined]
        return dict(zip(sums, cases, strict=True))

    def _wholes_of(self, turn: int) -> Wholes | None:
        """The memory of functions of whole tensors, which stays until the turn is made."""
        if not self._lowered.whole:
            return None
        if self._wholes is None or self._wholes.turn != turn:
            self._wholes = Wholes(self._lowered, self._batch, self._dtype, turn)
        return self._wholes

    def _point_to(self, scratch: np.ndarray) -> None:
        """Let the next walk find its arrays, and that memory."""
        own = self._batch.addresses[:, :-1]
        self._addresses[:, :-1] = np.concatenate([own, scratch], axis=1)


def _converts_half() -> bool:
    native = ("f16c", "fullfp16", "fp-armv8", "neon")
    return any(store.has_feature(name) for name in native)
