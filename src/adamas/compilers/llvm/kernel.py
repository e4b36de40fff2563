"""The CPU compiler: each walk of a pass, written as one loop in LLVM's language.

For each walk and combination of dtypes this writes one self-contained module: a function that
goes over one row of a chunk of one tensor, and entry points that share out all chunks among a team
of threads. The vectors are explicit, so there is no vectoriser that could fail in silence; nothing
is reassociated or contracted, so each weight gets the bits that NumPy's arithmetic gives it. The
weights that do not fill a vector, and memory with strides, take a scalar loop over the same graph.

Numbers never appear in the code. Whatever is the same for all weights comes in through memory, so
changing a rate compiles nothing.
"""

import ctypes
import struct
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...dtypes import wide
from ...language.expression import AXES, Expression
from ...language.python import host_function
from ...language.reductions import REDUCTIONS
from ...language.shapes import matrix_shape
from ...lowering import Lowered, Walk, lower
from ...passes import Pass
from ...plan import Plan
from ...refusals import HALF
from .. import store
from ..batch import Batch
from ..between import Between
from ..inputs import Inputs
from ..memory import AT, block_height, block_width, parts
from ..threads import run_team, thread_number_function
from .arithmetic import mode
from .module import CONTEXT, COUNTER_SPACING, module_text
from .paged import Paged
from .wholes import Wholes

"""What this compiler cannot do, and where."""

Rows = Sequence[Sequence[float]]

_TURN, _MADE = CONTEXT.index("turn"), CONTEXT.index("made")
_STARTS, _COUNT = CONTEXT.index("part_starts"), CONTEXT.index("part_count")
_COUNTERS = CONTEXT.index("counters")

NOT_MADE = 0
"""The number of no turn."""


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


class WalkKernel:
    """One walk, compiled."""

    def __init__(self, lowered: Lowered, walk: Walk, dtypes: dict[str, str]) -> None:
        self.walk = walk
        self.matrix = lowered.matrix
        self.text = module_text(walk, dtypes, mode())
        self.code = store.load(self.text)
        self.scalars = host_function(list(walk.uniform), lowered.numbers)
        self.scalar_count = len(walk.uniform)
        self.dtype = np.dtype(wide(dtypes["p"]))
        self.everything = self.code.function("run_all", ctypes.c_int64)
        self.part = self.code.function("run_part", ctypes.c_int64, ctypes.c_int64)
        self.team = self.code.address("run_team")


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
            self._walks[0].take_factors()
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
            found = (self._walks[-1].found(), small, matrix)
            self.found = next((place for place in found if place is not None), None)
            if self._batch.exchange is not None:
                self.found = self._batch.exchange.first(self.found)
        if between is not None:
            self._made, self._wholes = turn, None

    def _run_walks(
        self, between: Between, wholes: "Wholes | None", rows: Rows, turn: int
    ) -> dict[Expression, list[Any]]:
        """One walk after the other; the sums of the last."""
        sums: dict[Expression, list[Any]] = {}
        between.begin(rows, turn)
        if self._made == turn:
            return sums  # with other memory than this, which nobody has filled
        for walk in self._walks:
            walk.take(between.values(walk.walk.small))
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

    def _summed(self, walk: "BoundWalk") -> dict[Expression, list[Any]]:
        """The sums of a walk in each case, over all processes that have parts of the tensors."""
        sums = walk.sums()
        if self._batch.exchange is None or not sums:
            return sums
        # Without rows and columns all tensors are one case, a vector of their sums.
        matrix = self._lowered.matrix
        own = list(sums.values()) if matrix else [list(values[0]) for values in sums.values()]
        names, axes = [n.operation for n in sums], [n.arguments[1] for n in sums]
        joined = self._batch.exchange.join(names, axes, own)
        cases = joined if matrix else [[np.array(values)] for values in joined]
        return dict(zip(sums, cases, strict=True))

    def _wholes_of(self, turn: int) -> "Wholes | None":
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


class BoundWalk:
    """A walk with the memory it runs over."""

    def __init__(self, kernel: WalkKernel, batch: Batch, addresses: np.ndarray) -> None:
        self._kernel = kernel
        self._scalars = kernel.scalars
        self._everything = kernel.everything
        self._batch = batch
        self.walk = kernel.walk
        self._inputs = inputs = Inputs(kernel.walk)
        self._rows = np.zeros((batch.scalar_rows, max(kernel.scalar_count, 1)), kernel.dtype)
        # A struct packs a few numbers in a third of the time of an assignment to an array.
        self._pack = struct.Struct(f"={kernel.scalar_count}{kernel.dtype.char}").pack_into
        self._packed_rows = [row.data.cast("B") for row in self._rows]
        self._chunks = chunks = batch.chunks(kernel.matrix)
        self._starts = parts(chunks, batch.threads)
        self._parts = len(self._starts) - 1
        self._counters = np.zeros(COUNTER_SPACING * self._parts, np.int64)
        shapes = np.array([matrix_shape(layout.shape) for layout in batch.layouts]).reshape(-1, 3)
        rows, columns = shapes[:, 0] * shapes[:, 1], shapes[:, 0] * shapes[:, 2]
        self._row_ends, self._column_ends = np.cumsum(rows), np.cumsum(columns)
        self._tensor_values = np.zeros((len(batch), max(len(inputs.tensor), 1)))
        self._factors = self._take_constants()
        self._row_values = np.zeros((len(inputs.row), rows.sum()), kernel.dtype)
        self._column_values = np.zeros((len(inputs.column), columns.sum()), kernel.dtype)
        self._tensor_sums = np.zeros((len(chunks), max(inputs.per_tensor, 1)))
        slots = {name: chunks[:, AT[name]] for name in ("rows", "length")}
        self._row_sums = np.zeros((len(inputs.row_sums), slots["rows"].sum()))
        self._column_sums = np.zeros((len(inputs.column_sums), slots["length"].sum()))
        fields = {
            "addresses": addresses.ctypes.data,
            "chunks": chunks.ctypes.data,
            "chunk_count": len(chunks),
            "scalars": self._rows.ctypes.data,
            "tensor_values": self._tensor_values.ctypes.data,
            "row_values": self._row_values.ctypes.data,
            "column_values": self._column_values.ctypes.data,
            "tensor_sums": self._tensor_sums.ctypes.data,
            "row_sums": self._row_sums.ctypes.data,
            "column_sums": self._column_sums.ctypes.data,
            "row_total": self._row_values.shape[1],
            "column_total": self._column_values.shape[1],
            "row_slots": self._row_sums.shape[1],
            "column_slots": self._column_sums.shape[1],
            "part_starts": self._starts.ctypes.data,
            "part_count": self._parts,
            "counters": self._counters.ctypes.data,
            "thread_number": thread_number_function(),
            "turn": 0,
            "made": 0,
        }
        self._context = np.array([fields[name] for name in CONTEXT], np.int64)
        self._fields = self._context.data  # indexed in a third of the time of the array
        self._address = self._context.ctypes.data
        self._memory = addresses  # it must live as long as its address above
        self._paged = self._in_file(addresses)
        self._sums = bool(kernel.walk.sums) or bool(kernel.walk.checks)
        starts = [reduction.start for reduction in inputs.of_tensor]
        # One number where all begin alike: it is assigned in half of the time of several.
        self._begins = np.array([*starts, 0.0][: inputs.per_tensor]) if any(starts) else 0.0

    def has_made(self, turn: int) -> bool:
        """Whether the dispatch of this turn was made."""
        return self._fields[_MADE] == turn

    def run(self, rows: Rows, turn: int) -> None:
        """One dispatch, once in a turn; `rows` are the numbers of each scalar row."""
        fields = self._fields
        if fields[_MADE] == turn:
            return
        for row, numbers in zip(self._packed_rows, rows, strict=True):
            values = self._scalars(*numbers)
            try:
                self._pack(row, 0, *values)
            except OverflowError:
                self._pack_rounded(row, values)
        if self._sums:
            self._tensor_sums[:] = self._begins
        fields[_TURN] = turn
        if self._paged:
            self._paged.run(self._dispatch)
            return
        if self._parts == 1:
            self._everything(self._address)
            return
        self._counters[:] = 0
        kernel = self._kernel
        run_team(kernel.team, kernel.part, self._everything, self._address, self._parts)

    def _in_file(self, addresses: np.ndarray) -> Paged | None:
        """The stretches of the walk, if arrays of it lie in a file."""
        batch, walk = self._batch, self.walk
        if batch.pager is None:
            return None
        return Paged(batch.pager, batch, self._chunks, addresses, walk.reads, walk.writes)

    def _dispatch(self, first: int, last: int) -> None:
        """Make the chunks of a stretch, by one thread."""
        fields = self._fields
        starts, counter = np.array([first, last], np.int64), np.zeros(1, np.int64)
        fields[_STARTS], fields[_COUNTERS] = starts.ctypes.data, counter.ctypes.data
        fields[_COUNT], fields[_MADE] = 1, NOT_MADE
        self._kernel.part(self._address, 0)

    def _pack_rounded(self, row: Any, values: Sequence[float]) -> None:
        """Beyond float32 NumPy rounds to infinity."""
        with np.errstate(over="ignore"):
            self._pack(row, 0, *np.array(values, self._rows.dtype))

    def alone(self) -> Callable[..., None] | None:
        """The walk as a function of the numbers of its one row, where one thread does all of it.

        The first number, that of the update, is the turn. A step of few weights takes no longer
        than the functions that it goes through.
        """
        if len(self._packed_rows) > 1 or self._parts > 1 or self._paged:
            return None
        (row,) = self._packed_rows
        scalars, pack, rounded = self._scalars, self._pack, self._pack_rounded
        everything, address, fields = self._everything, self._address, self._fields

        def run(*numbers: Any) -> None:
            values = scalars(*numbers)
            try:
                pack(row, 0, *values)
            except OverflowError:
                rounded(row, values)
            fields[_TURN] = numbers[0]
            everything(address)

        return run

    # -- what comes from the host, and what goes there

    def _take_constants(self) -> list[tuple[int, str]]:
        """Store what is known of each tensor; the places and names of clip factors."""
        known, factors = self._batch.constants(), []
        for index, node in enumerate(self._inputs.tensor):
            name = node.arguments[0] if node.operation == "leaf" else ""
            if name in known:
                self._tensor_values[:, index] = known[name]
            elif name:
                factors.append((index, name))
        return factors

    def take_factors(self) -> None:
        """As `take`, where the loop needs clip factors only."""
        for index, name in self._factors:
            self._tensor_values[:, index] = self._batch.factors[name]

    def take(self, cases: list[list[Any]]) -> None:
        """Store the values of `small`, in each case, where the loop finds them."""
        values = {
            node: [case[place] for case in cases] for place, node in enumerate(self.walk.small)
        }
        for index, node in enumerate(self._inputs.tensor):
            self._tensor_values[:, index] = (
                _flat(values[node]) if self._kernel.matrix else values[node][0]
            )
        for index, node in enumerate(self._inputs.row):
            self._spread(self._row_values[index], self._row_ends, values[node], 1)
        for index, node in enumerate(self._inputs.column):
            self._spread(self._column_values[index], self._column_ends, values[node], 2)

    def _spread(self, memory: np.ndarray, ends: np.ndarray, values: list[Any], axis: int) -> None:
        start = 0
        with np.errstate(over="ignore"):
            for end, value, layout in zip(ends, values, self._batch.layouts, strict=True):
                batch, *inner = matrix_shape(layout.shape)
                shape = (batch, inner[0], 1) if axis == 1 else (batch, 1, inner[1])
                memory[start:end] = np.broadcast_to(value, shape).reshape(-1)
                start = end

    def sums(self) -> dict[Expression, list[Any]]:
        """The sums of this walk, in each case."""
        inputs = self._inputs
        found: dict[Expression, list[Any]] = {}
        for index, node in enumerate(inputs.tensor_sums):
            found[node] = self._by_tensor(node, self._tensor_sums[:, index])
        for index, node in enumerate(inputs.row_sums):
            found[node] = self._by_row(node, self._row_sums[index])
        for index, node in enumerate(inputs.column_sums):
            found[node] = self._by_column(node, self._column_sums[index])
        return found

    def _by_tensor(self, node: Expression, sums: np.ndarray) -> list[Any]:
        grouped = REDUCTIONS[node.operation].grouped
        if not node.extent & AXES[0]:
            values = grouped(self._chunks[:, 0], sums, len(self._batch))
            return list(values) if self._kernel.matrix else [values]
        shapes = [matrix_shape(layout.shape) for layout in self._batch.layouts]
        tensors, row = self._chunks[:, 0], self._chunks[:, AT["row"]]
        found = []
        for tensor, (batch, rows, _) in enumerate(shapes):
            own = tensors == tensor
            start = self._row_ends[tensor] - batch * rows
            matrices = (row[own] - start) // rows
            found.append(grouped(matrices, sums[own], batch).reshape(batch, 1, 1))
        return found

    def _by_row(self, node: Expression, sums: np.ndarray) -> list[Any]:
        """Join what the chunks have for each row: one sum for each stretch of its columns."""
        along = REDUCTIONS[node.operation].along
        found, start = [], 0
        for layout in self._batch.layouts:
            batch, rows, columns = matrix_shape(layout.shape)
            pieces = -(-columns // block_width(columns))
            end = start + batch * pieces * rows
            each = along(sums[start:end].reshape(batch, pieces, rows), 1)[:, :, None]
            found.append(_over_batch(node, each))
            start = end
        return found

    def _by_column(self, node: Expression, sums: np.ndarray) -> list[Any]:
        """Join what the chunks have for each column: one sum for each block of rows."""
        along = REDUCTIONS[node.operation].along
        found, start = [], 0
        for layout in self._batch.layouts:
            batch, rows, columns = matrix_shape(layout.shape)
            width = block_width(columns)
            blocks = -(-rows // block_height(columns))
            each = np.zeros((batch, 1, columns))
            for matrix in range(batch):
                for left in range(0, columns, width):
                    wide = min(width, columns - left)
                    end = start + blocks * wide
                    part = sums[start:end].reshape(blocks, wide)
                    each[matrix, 0, left : left + wide] = along(part, 0)
                    start = end
            found.append(_over_batch(node, each))
        return found

    def found(self) -> int | None:
        """The first tensor in which something would not be finite."""
        chunks = np.flatnonzero(self._tensor_sums[:, -1])
        return int(self._chunks[chunks[0], 0]) if len(chunks) else None


def _over_batch(node: Expression, each: np.ndarray) -> np.ndarray:
    """The sums of each matrix of a stack, or of all together if the node does not vary over it."""
    along = REDUCTIONS[node.operation].along
    return each if node.extent & AXES[0] else along(each, 0, keepdims=True)


def _flat(values: list[Any]) -> np.ndarray:
    return np.array([np.asarray(value).reshape(()) for value in values])


def _converts_half() -> bool:
    native = ("f16c", "fullfp16", "fp-armv8", "neon")
    return any(store.has_feature(name) for name in native)
