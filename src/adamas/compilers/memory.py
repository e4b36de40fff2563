"""Tensors in host memory as compiled code sees them: addresses, and chunks of fixed size.

The plan's arrays fall in families that share a layout: the parameter, its gradient, all that the
optimizer owns, and memory for a function of whole tensors. A chunk is a stretch of one tensor in
which each family has one stride. Weights that are dense in memory in the same order, as nearly
all are, become stretches of 16 k weights whatever their shape; a column, a slice or a transposed
gradient becomes one stretch per row, pairing elements by index.

Where a step sums over rows or columns, a chunk is a block of some rows instead.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..dtypes import STORED
from ..language.blocks import BLOCK, SCALES, leading, run_of
from ..language.expression import SCRATCHES
from ..language.noise import INDEX
from ..language.shapes import matrix_shape
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

AT = {name: place for place, name in enumerate(CHUNK_FIELDS)}
"""The place of each field in a chunk."""

_OFFSETS = slice(AT["p"], AT["w"] + 1)
_STRIDES = slice(AT["p_stride"], AT["w_stride"] + 1)
_ROWS = slice(AT["p_row"], AT["w_row"] + 1)


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
        table[..., AT["tensor"]] = tensor
        table[..., AT["length"]] = lengths
        table[..., AT["rows"]] = 1
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
        table[..., AT["tensor"]] = tensor
        table[..., AT["length"]] = np.minimum(width, columns - lefts)[:, None]
        table[..., AT["rows"]] = np.minimum(height, rows - firsts)
        table[..., _OFFSETS] = (
            matrices[:, None, None, :]
            + lefts[:, None, None] * by_column
            + firsts[None, :, None] * by_row
        )
        table[..., _STRIDES] = by_column
        table[..., _ROWS] = by_row
        table[..., AT["row"]] = row + counts * rows + firsts
        table[..., AT["column"]] = column + counts * columns + lefts[:, None]
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
        table[..., AT["tensor"]] = tensor
        table[..., AT["length"]] = np.minimum(CHUNK, run - starts)
        table[..., AT["rows"]] = 1
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
    weights = chunks[:, AT["length"]] * chunks[:, AT["rows"]]
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
