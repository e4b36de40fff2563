"""Tensors cut into tiles of matrices, and where the sums of their rows and columns are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from ...language.blocks import BLOCK
from ...language.shapes import matrix_shape
from .memory import DeviceBatch, is_scales
from .tiles import FIELDS, TILE, TURNS, WIDEST


@dataclass(frozen=True)
class Group:
    """Tensors of one shape, which are next to each other in a batch.

    Attributes:
        first, count: which tensors.
        shape: each as a stack of matrices.
        height, width: of a tile.
        chunks, rows, columns, row_slots, column_slots: where theirs begin among those of all.
    """

    first: int
    count: int
    shape: tuple[int, int, int]
    height: int
    width: int
    chunks: int
    rows: int
    columns: int
    row_slots: int
    column_slots: int

    @property
    def tensors(self) -> slice:
        """Which tensors of the batch."""
        return slice(self.first, self.first + self.count)

    @property
    def blocks(self) -> int:
        """Chunks below each other in a matrix."""
        return -(-self.shape[1] // (self.height * TURNS))

    @property
    def pieces(self) -> int:
        """Chunks beside each other in a matrix."""
        return -(-self.shape[2] // self.width)

    @property
    def sizes(self) -> tuple[int, int, int, int, int]:
        """Chunks, rows, columns, slots for rows and for columns of all its tensors."""
        batch, rows, columns = self.shape
        matrices = self.count * batch
        return (
            matrices * self.blocks * self.pieces,
            matrices * rows,
            matrices * columns,
            matrices * self.pieces * rows,
            matrices * self.blocks * columns,
        )

    def table(self, batch: DeviceBatch) -> np.ndarray:
        """The chunks, int64 [chunks, fields and arrays]."""
        matrices, rows, columns = self.shape
        tensor, matrix, block, piece = (
            axis.reshape(-1)
            for axis in np.indices((self.count, matrices, self.blocks, self.pieces))
        )
        top, left = block * self.height * TURNS, piece * self.width
        stack = tensor * matrices + matrix
        fields = {
            "tensor": self.first + tensor,
            "rows": np.minimum(self.height * TURNS, rows - top),
            "columns": np.minimum(self.width, columns - left),
            "row": self.rows + stack * rows + top,
            "column": self.columns + stack * columns + left,
            "row_slot": self.row_slots + (stack * self.pieces + piece) * rows + top,
            "column_slot": self.column_slots + (stack * self.blocks + block) * columns + left,
        }
        table = np.zeros((len(tensor), len(FIELDS) + len(batch.names)), np.int64)
        for place, name in enumerate(FIELDS):
            table[:, place] = fields[name]
        for place, name in enumerate(batch.names):
            strides = [t.strides(name) for t in batch.tensors[self.tensors]]
            starts = np.stack([_starts(batch.tensors[self.first].shape, s) for s in strides])
            down, right = np.array([inner(s) for s in strides]).T
            across = left // BLOCK if is_scales(name) else left * right[tensor]
            table[:, len(FIELDS) + place] = starts[tensor, matrix] + top * down[tensor] + across
        return table


class Tiles:
    """All tensors of a batch cut into tiles.

    Attributes:
        groups: tensors of one shape each; those with the same tiles follow each other.
        chunks: int64 [chunks, fields and arrays].
        totals: chunks, rows, columns, slots of rows and of columns.
        runs: (first chunk, end, height, width) for each size of tiles.
    """

    def __init__(self, batch: DeviceBatch, stacked: bool) -> None:
        """Without `stacked` each tensor is a group of its own."""
        self.groups: list[Group] = []
        self.totals = (0, 0, 0, 0, 0)
        self.runs: list[tuple[int, int, int, int]] = []
        width = len(FIELDS) + len(batch.names)
        tables = [np.zeros((0, width), np.int64)]
        shapes = [matrix_shape(tensor.shape) for tensor in batch.tensors]
        first = 0
        while first < len(shapes):
            end = first + 1
            shape = batch.tensors[first].shape
            while stacked and end < len(shapes) and batch.tensors[end].shape == shape:
                end += 1
            if prod(batch.tensors[first].sizes or shapes[first]):
                tables.append(self._add(batch, first, end - first, shapes[first]))
            first = end
        self.chunks = batch.upload(np.concatenate(tables))
        self._tensors = len(batch)
        strides = [[inner(t.strides(name)) for name in batch.names] for t in batch.tensors]
        self.geometry = batch.upload(np.array(strides, np.int64).reshape(len(batch), -1))

    def chunk_layout(self, apart: bool) -> list[tuple[int, int, int]]:
        """What is summed of the chunks of each tensor: of each matrix `apart`, or of all."""
        # A tensor without weights has a sum over all of it, which is 0.
        nothing = (int(not apart), 0, 1)
        return self._layouts(apart, nothing, lambda own: (own.blocks * own.pieces, 1))

    def row_layout(self, apart: bool) -> list[tuple[int, int, int]]:
        """The same of the sums of rows, over stretches of columns."""
        return self._layouts(apart, (0, 0, 1), lambda own: (own.pieces, own.shape[1]))

    def column_layout(self, apart: bool) -> list[tuple[int, int, int]]:
        """The same of the sums of columns, over blocks of rows."""
        return self._layouts(apart, (0, 0, 1), lambda own: (own.blocks, own.shape[2]))

    def _layouts(
        self,
        apart: bool,
        nothing: tuple[int, int, int],
        layout: Callable[[Group], tuple[int, int]],
    ) -> list[tuple[int, int, int]]:
        found = [nothing] * self._tensors
        for group in self.groups:
            (summed, inner), batch = layout(group), group.shape[0]
            own = (batch, summed, inner) if apart else (1, batch * summed, inner)
            found[group.tensors] = [own] * group.count
        return found

    def _add(
        self, batch: DeviceBatch, first: int, count: int, shape: tuple[int, int, int]
    ) -> np.ndarray:
        height, width = tile_of(shape[2])
        group = Group(first, count, shape, height, width, *self.totals)
        self.groups.append(group)
        before, self.totals = self.totals[0], tuple(np.add(self.totals, group.sizes).tolist())
        run = (before, self.totals[0], height, width)
        if self.runs and self.runs[-1][2:] == run[2:]:
            run = (self.runs.pop()[0], *run[1:])
        self.runs.append(run)
        return group.table(batch)


def tile_of(columns: int) -> tuple[int, int]:
    """Height and width of tiles of matrices with so many columns: powers of 2."""
    width = min(WIDEST, 1 << max(columns - 1, 0).bit_length())
    return TILE // width, width


def inner(strides: Sequence[int]) -> tuple[int, int]:
    """The strides from row to row and along a row."""
    down, right = (0, 0, *strides)[-2:]
    return down, right


def _starts(shape: Sequence[int], strides: Sequence[int]) -> np.ndarray:
    """Where each matrix of a stack begins."""
    starts = np.zeros(1, np.int64)
    for axis in range(len(shape) - 2):
        starts = (starts[:, None] + np.arange(shape[axis]) * strides[axis]).reshape(-1)
    return starts
