"""Tensors in host memory as compiled code sees them: addresses, and chunks of fixed size.

The plan's arrays fall in families that share a layout: the parameter, its gradient, all that the
optimizer owns, and memory for a function of whole tensors. A chunk is a stretch of one tensor in
which each family has one stride. Weights that are dense in memory in the same order, as nearly
all are, become stretches of 16 k weights whatever their shape; a column, a slice or a transposed
gradient becomes one stretch per row, pairing elements by index.

Where a step sums over rows or columns, a chunk is a block of some rows instead.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

import numpy as np

from ..dtypes import FLOATS, STORED
from ..language.blocks import BLOCK, SCALES, leading, run_of
from ..language.expression import KNOWN, SCRATCHES
from ..language.matrices import Whole
from ..language.noise import IDENTITY, INDEX
from ..language.shapes import matrix_shape
from ..passes import Pass
from ..plan import Plan
from ..refusals import BLOCKS_APART

CHUNK = 16384
"""Weights in a chunk: small enough to share out evenly, and to sum in double precision."""

CHUNK_COST = 150
"""What a chunk costs beside its weights, in weights."""

SERIAL = 131_072
"""Below this many weights two threads are no faster than one on an idle machine; on a busy one
they wait for each other until the system gives both a processor, a hundred times as long."""

TILE = 131_072
"""Weights in a chunk that is a block of rows: so many that its sums of columns stay small."""

SCALE_BYTES = 4

WIDEST = 4096
"""Columns of such a chunk at most: a block of few long rows has as many sums as weights."""

FAMILIES = ("p", "g", "s", "w")
"""Parameter, gradient, slots, and the memory between walks and functions of whole tensors."""

CHUNK_FIELDS = (
    *("tensor", "length", "rows"),
    *FAMILIES,
    *(f"{family}_stride" for family in FAMILIES),
    *(f"{family}_row" for family in FAMILIES),
    *("row", "column", "row_slot", "column_slot"),
)
"""The int64 fields of a chunk. Offsets and strides, along a row and from row to row, are in bytes.
``row`` and ``column`` count those of all tensors of the batch before it; the slots are where the
chunk's own sums of rows and columns go."""

BUFFERS = tuple(f"buffer{place}" for place in range(64))
"""What memory for the values of one block is called, between what is computed and coded."""

BLOCK_FIELDS = ("scales", "scales_row")
"""Those behind them where slots are coded in blocks: where a chunk's scales begin, and how far
those of its rows are apart, in bytes. A chunk begins with a block, and so do its rows."""

_AT = {name: place for place, name in enumerate(CHUNK_FIELDS)}
_OFFSETS = slice(_AT["p"], _AT["w"] + 1)
_STRIDES = slice(_AT["p_stride"], _AT["w_stride"] + 1)
_ROWS = slice(_AT["p_row"], _AT["w_row"] + 1)


def fields_of(dtypes: Iterable[str]) -> tuple[str, ...]:
    """The fields of a chunk of tensors that have arrays of these names."""
    coded = any(family(name) == "scales" for name in dtypes)
    return (*CHUNK_FIELDS, *BLOCK_FIELDS) if coded else CHUNK_FIELDS


def block_width(columns: int) -> int:
    """How many columns a chunk has that is a block of rows."""
    return max(1, min(columns, WIDEST))


def block_height(columns: int) -> int:
    """How many rows it has at most."""
    return max(1, TILE // block_width(columns))


def family(name: str) -> str:
    """Which layout the array called `name` has."""
    if name in ("p", "g"):
        return name
    if name in BUFFERS:
        return "buffers"
    if name.endswith(SCALES):
        return "scales"
    return "w" if name in (*SCRATCHES, INDEX) else "s"


def unit(name: str, dtypes: Mapping[str, str]) -> int:
    """The bytes of the elements by which the layout of a family is counted: its smallest."""
    own = family(name)
    return min(STORED[dtype].bytes for other, dtype in dtypes.items() if family(other) == own)


@dataclass(frozen=True)
class Layout:
    """One tensor's shape, and the byte strides and item sizes of each family.

    Those of slots are of the narrowest of them.
    """

    shape: tuple[int, ...]
    strides: tuple[tuple[int, ...], ...]
    itemsizes: tuple[int, ...]

    def chunks(self, tensor: int) -> np.ndarray:
        """The chunks of this tensor as rows of `CHUNK_FIELDS`."""
        if 0 in self.shape:
            return np.zeros((0, len(CHUNK_FIELDS)), np.int64)
        shape, strides = merged(self.shape, self.strides, self.itemsizes)
        inner = max(range(len(shape)), key=lambda axis: (shape[axis], axis))
        outer = [axis for axis in range(len(shape)) if axis != inner]
        rows = np.stack([_offsets(shape, stride, outer) for stride in strides], axis=1)
        starts = np.arange(0, shape[inner], CHUNK)
        lengths = np.minimum(CHUNK, shape[inner] - starts)
        steps = np.array([stride[inner] for stride in strides])
        table = np.zeros((len(rows), len(starts), len(CHUNK_FIELDS)), np.int64)
        table[..., _AT["tensor"]] = tensor
        table[..., _AT["length"]] = lengths
        table[..., _AT["rows"]] = 1
        table[..., _OFFSETS] = rows[:, None, :] + starts[None, :, None] * steps
        table[..., _STRIDES] = steps
        return table.reshape(-1, len(CHUNK_FIELDS))

    def blocks(self, tensor: int, row: int, column: int) -> np.ndarray:
        """As `chunks`, in blocks of rows; `row` and `column` count those of earlier tensors."""
        batch, rows, columns = matrix_shape(self.shape)
        if not batch * rows * columns:
            return np.zeros((0, len(CHUNK_FIELDS)), np.int64)
        lead = range(max(len(self.shape) - 2, 0))
        matrices = np.stack([_offsets(self.shape, s, lead) for s in self.strides], axis=1)
        by_row = np.array([stride[-2] if len(stride) > 1 else 0 for stride in self.strides])
        by_column = np.array(
            [
                stride[-1] if stride else itemsize
                for stride, itemsize in zip(self.strides, self.itemsizes, strict=True)
            ]
        )
        width, height = block_width(columns), block_height(columns)
        firsts, lefts = np.arange(0, rows, height), np.arange(0, columns, width)
        table = np.zeros((batch, len(lefts), len(firsts), len(CHUNK_FIELDS)), np.int64)
        counts = np.arange(batch)[:, None, None]
        table[..., _AT["tensor"]] = tensor
        table[..., _AT["length"]] = np.minimum(width, columns - lefts)[:, None]
        table[..., _AT["rows"]] = np.minimum(height, rows - firsts)
        table[..., _OFFSETS] = (
            matrices[:, None, None, :]
            + lefts[:, None, None] * by_column
            + firsts[None, :, None] * by_row
        )
        table[..., _STRIDES] = by_column
        table[..., _ROWS] = by_row
        table[..., _AT["row"]] = row + counts * rows + firsts
        table[..., _AT["column"]] = column + counts * columns + lefts[:, None]
        return table.reshape(-1, len(CHUNK_FIELDS))

    def runs(self, tensor: int) -> np.ndarray:
        """As `chunks`, of a tensor whose slots are coded in blocks, with `BLOCK_FIELDS`."""
        shape, first, run = self.shape, leading(self.shape), run_of(self.shape)
        if 0 in shape:
            return np.zeros((0, len(CHUNK_FIELDS) + len(BLOCK_FIELDS)), np.int64)
        each = -(-run // BLOCK)
        steps = [_step(shape[first:], stride[first:]) for stride in self.strides]
        # Where the last block of a row is whole the next row's go on as if in the same row.
        while first and run % BLOCK == 0 and self._goes_on(first - 1, run, steps):
            first -= 1
            run *= shape[first]
        outer = range(first)
        rows = np.stack([_offsets(shape, stride, outer) for stride in self.strides], axis=1)
        starts = np.arange(0, run, CHUNK)
        table = np.zeros((len(rows), len(starts), len(CHUNK_FIELDS) + len(BLOCK_FIELDS)), np.int64)
        table[..., _AT["tensor"]] = tensor
        table[..., _AT["length"]] = np.minimum(CHUNK, run - starts)
        table[..., _AT["rows"]] = 1
        table[..., _OFFSETS] = rows[:, None, :] + starts[None, :, None] * np.array(steps)
        table[..., _STRIDES] = steps
        each = each if run == run_of(shape) else run // BLOCK
        places = np.arange(len(rows))[:, None] * each + starts // BLOCK
        table[..., len(CHUNK_FIELDS)] = places * SCALE_BYTES
        return table.reshape(-1, table.shape[-1])

    def _goes_on(self, axis: int, run: int, steps: Sequence[int]) -> bool:
        """Whether one index further along an axis lies behind a run of weights."""
        if self.shape[axis] == 1:
            return True
        pairs = zip(self.strides, steps, strict=True)
        return all(stride[axis] == run * step for stride, step in pairs)

    def with_scales(self, blocks: np.ndarray) -> np.ndarray:
        """`blocks` of rows with `BLOCK_FIELDS`."""
        batch, rows, columns = matrix_shape(self.shape)
        each = -(-columns // BLOCK)
        table = np.zeros((len(blocks), len(CHUNK_FIELDS) + len(BLOCK_FIELDS)), np.int64)
        table[:, : len(CHUNK_FIELDS)] = blocks
        lefts = np.arange(0, columns, block_width(columns))
        firsts = np.arange(0, rows, block_height(columns))
        matrices = np.arange(batch)[:, None, None] * rows
        places = (matrices + firsts) * each + lefts[:, None] // BLOCK
        table[:, len(CHUNK_FIELDS)] = places.reshape(-1) * SCALE_BYTES
        table[:, len(CHUNK_FIELDS) + 1] = each * SCALE_BYTES
        return table


def _step(shape: Sequence[int], stride: Sequence[int]) -> int:
    """How far the weights of a run are apart, which may go along several axes."""
    known = [(size, step) for size, step in zip(shape, stride, strict=True) if size != 1]
    for (_, outer), (size, step) in pairwise(known):
        if outer != size * step:
            raise BLOCKS_APART.error(f"the shape {tuple(shape)} with the strides {tuple(stride)}")
    return known[-1][1] if known else 1


def merged(
    shape: Sequence[int], strides: Sequence[Sequence[int]], itemsizes: Sequence[int]
) -> tuple[list[int], list[list[int]]]:
    """Axes in the order of the parameter's memory, joined where all families are dense."""
    axes = [axis for axis in range(len(shape)) if shape[axis] != 1]
    axes.sort(key=lambda axis: -abs(strides[0][axis]))
    sizes: list[int] = []
    joined: list[list[int]] = [[] for _ in strides]
    for axis in axes:
        size = shape[axis]
        if sizes and all(
            steps[-1] == stride[axis] * size for steps, stride in zip(joined, strides, strict=True)
        ):
            sizes[-1] *= size
            for steps, stride in zip(joined, strides, strict=True):
                steps[-1] = stride[axis]
        else:
            sizes.append(size)
            for steps, stride in zip(joined, strides, strict=True):
                steps.append(stride[axis])
    if not sizes:
        return [1], [[itemsize] for itemsize in itemsizes]
    return sizes, joined


def _offsets(shape: Sequence[int], stride: Sequence[int], outer: Sequence[int]) -> np.ndarray:
    offsets = np.zeros(1, np.int64)
    for axis in outer:
        steps = np.arange(shape[axis]) * stride[axis]
        offsets = (offsets[:, None] + steps).reshape(-1)
    return offsets


def parts(chunks: np.ndarray, threads: int) -> np.ndarray:
    """Where each thread's share of the chunks begins, and the end: shares of equal cost."""
    weights = chunks[:, _AT["length"]] * chunks[:, _AT["rows"]]
    cost = np.cumsum(weights + CHUNK_COST)
    threads = min(threads, len(chunks))
    if threads <= 1 or weights.sum() < SERIAL:
        return np.array([0, len(chunks)], np.int64)
    shares = np.arange(1, threads) * (cost[-1] / threads)
    inner = np.searchsorted(cost, shares)
    return np.concatenate([[0], inner, [len(chunks)]]).astype(np.int64)


@contextmanager
def sharing(serial: int) -> Iterator[None]:
    """Batches that are laid out inside take threads from `serial` weights on."""
    global SERIAL
    before, SERIAL = SERIAL, serial
    try:
        yield
    finally:
        SERIAL = before


class Exchange(Protocol):
    """What the processes that tensors are divided among tell each other in a step.

    Every process has the same tensors in the same order, each with its own part of them.
    """

    def join(
        self,
        names: Sequence[str],
        axes: Sequence[tuple[int, ...]],
        results: Sequence[list[Any]],
    ) -> list[list[Any]]:
        """Reductions over axes of [batch, rows, columns], with the parts of all processes.

        `results` has, for each of `names` and of `axes`, the own result of each tensor.
        """
        ...

    def first(self, found: int | None) -> int | None:
        """The first tensor that any process has found something in."""
        ...

    def whole(
        self,
        function: Whole,
        arrays: Sequence[np.ndarray],
        divided: Sequence[bool],
        numbers: Sequence[Sequence[float]],
    ) -> tuple[np.ndarray, ...]:
        """`function` of whole tensors: it is given, and gives, the own part of each.

        Args:
            function: of stacks of tensors, then numbers.
            arrays: each [tensors, batch, rows, columns].
            divided: whether each is the own part, or what all processes have.
            numbers: those that `function` is called with, for each tensor.
        """
        ...


class Move(NamedTuple):
    """A stretch of an array that lies in a file, and where it goes in memory.

    Attributes:
        begin, end: its bytes in the file.
        at: where it goes.
        read, written: whether it is read before a walk, and written after it.
    """

    begin: int
    end: int
    at: int
    read: bool
    written: bool


class Pager(Protocol):
    """A file in which arrays lie that are not in memory as a whole.

    Attributes:
        stretch: how many bytes a walk is given at a time.
    """

    stretch: int

    def begin(self, address: int) -> int | None:
        """Where the array at an address begins in the file; None if it is used as it lies."""
        ...

    def run(
        self,
        stretches: Sequence[Sequence[Move]],
        length: int,
        visit: Callable[[int, int], None],
    ) -> None:
        """Let a walk visit every stretch, in their order.

        Args:
            stretches: what moves for each.
            length: bytes of memory that one needs at most.
            visit: called with the number of a stretch, and the address of the memory it is in.
        """
        ...


Apply = Callable[[Whole, Sequence[np.ndarray], Sequence[float]], Any]
"""Calls a function of whole tensors with stacks of them and numbers."""


def call(function: Whole, arrays: Sequence[np.ndarray], numbers: Sequence[float]) -> Any:
    """As it is written."""
    return function(*arrays, *numbers)


class Numbered(NamedTuple):
    """What the random numbers of tensors go by.

    Attributes:
        words: the two words that each tensor's name makes.
        pieces: float64 [tensors, IDENTITY], the same as loops take them.
    """

    words: Sequence[tuple[int, int]]
    pieces: np.ndarray


@dataclass
class Batch:
    """The tensors of one combination of plan and dtypes that take part in a call.

    Attributes:
        dtypes: name of each array of the plan → its dtype's name, in the order of the columns.
        addresses: int64 [tensors, arrays + 1]; the last column is the tensor's row of scalars.
        layouts: each tensor's layout.
        scalar_rows: how many rows of scalars there are.
        threads: among how many threads the chunks are shared.
        small: the arrays of slots that have a value for each row, column or tensor only.
        matrices: those of slots of a declared shape.
        factors: each clip's factor of each tensor, by name.
        sizes: [batch, rows, columns] of each tensor, where this process has only a part of it.
        exchange: how the other parts are reached.
        apply: what calls a function of whole tensors, with stacks of them and numbers.
        numbered: what random numbers go by, if the plan draws any.
        pager: the file that slots lie in, if they do.
    """

    dtypes: dict[str, str]
    addresses: np.ndarray
    layouts: list[Layout]
    scalar_rows: int
    threads: int
    small: Mapping[str, list[np.ndarray]] = field(default_factory=dict)
    matrices: Mapping[str, list[np.ndarray]] = field(default_factory=dict)
    factors: dict[str, np.ndarray] = field(default_factory=dict)
    sizes: Sequence[tuple[int, int, int]] = ()
    exchange: Exchange | None = None
    apply: Apply = call
    numbered: "Numbered | None" = None
    pager: Pager | None = None

    def __post_init__(self) -> None:
        self.sizes = self.sizes or [matrix_shape(layout.shape) for layout in self.layouts]
        self._tables: dict[bool, np.ndarray] = {}

    def __len__(self) -> int:
        return len(self.layouts)

    @property
    def in_blocks(self) -> bool:
        """Whether slots are coded in blocks."""
        return fields_of(self.dtypes) != CHUNK_FIELDS

    def constants(self) -> dict[str, np.ndarray]:
        """What is known of each tensor, by the names of leaves (`KNOWN`, `IDENTITY`)."""
        sizes = np.array(self.sizes, np.float64).reshape(-1, 3).T
        spacing = np.full(len(self), FLOATS[self.dtypes["p"]].spacing)
        pieces = () if self.numbered is None else self.numbered.pieces.T
        return dict(zip((*KNOWN, *IDENTITY), (*sizes, spacing, *pieces), strict=False))

    def chunks(self, matrix: bool) -> np.ndarray:
        """The chunks of all tensors: stretches, or blocks of rows if `matrix`."""
        if matrix not in self._tables:
            make = self._blocks if matrix else self._stretches
            self._tables[matrix] = np.ascontiguousarray(np.concatenate(make()))
        return self._tables[matrix]

    def _stretches(self) -> list[np.ndarray]:
        make = Layout.runs if self.in_blocks else Layout.chunks
        return [make(layout, index) for index, layout in enumerate(self.layouts)]

    def _blocks(self) -> list[np.ndarray]:
        tables = []
        row = column = row_slot = column_slot = 0
        for index, layout in enumerate(self.layouts):
            batch, rows, columns = matrix_shape(layout.shape)
            table = layout.blocks(index, row, column)
            row, column = row + batch * rows, column + batch * columns
            heights, widths = table[:, _AT["rows"]], table[:, _AT["length"]]
            table[:, _AT["row_slot"]] = row_slot + np.cumsum(heights) - heights
            table[:, _AT["column_slot"]] = column_slot + np.cumsum(widths) - widths
            row_slot, column_slot = row_slot + heights.sum(), column_slot + widths.sum()
            tables.append(layout.with_scales(table) if self.in_blocks else table)
        return tables


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
