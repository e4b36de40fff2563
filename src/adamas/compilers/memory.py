"""Tensors in host memory as compiled code sees them: addresses, and chunks of fixed size.

The plan's arrays fall in three families that share a layout: the parameter, its gradient, and
all that the optimizer owns. A chunk is a stretch of one tensor in which each family has one
stride. Weights that are dense in memory in the same order, as nearly all are, become stretches of
16 k weights whatever their shape; a column, a slice or a transposed gradient becomes one stretch
per row, pairing elements by index.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from ..plan import Pass, Plan

CHUNK = 16384
"""Weights in a chunk: small enough to share out evenly, and to sum in double precision."""

CHUNK_COST = 150
"""What a chunk costs beside its weights, in weights."""

SERIAL = 65_536
"""Below this many weights one thread is faster than waking another."""

CHUNK_FIELDS = ("tensor", "length", "p", "g", "s", "p_stride", "g_stride", "s_stride")
"""The int64 fields of a chunk; offsets and strides are in bytes."""


def family(name: str) -> str:
    """Which layout the array called `name` has: ``"p"``, ``"g"`` or ``"s"`` for slots."""
    return name if name in ("p", "g") else "s"


@dataclass(frozen=True)
class Layout:
    """One tensor's shape, and the byte strides and item sizes of its families p, g, s."""

    shape: tuple[int, ...]
    strides: tuple[tuple[int, ...], ...]
    itemsizes: tuple[int, ...]

    def chunks(self, tensor: int) -> np.ndarray:
        """The chunks of this tensor as rows of `CHUNK_FIELDS`."""
        if 0 in self.shape:
            return np.zeros((0, len(CHUNK_FIELDS)), np.int64)
        shape, strides = _merged(self.shape, self.strides, self.itemsizes)
        inner = max(range(len(shape)), key=lambda axis: (shape[axis], axis))
        outer = [axis for axis in range(len(shape)) if axis != inner]
        rows = np.stack([_offsets(shape, stride, outer) for stride in strides], axis=1)
        starts = np.arange(0, shape[inner], CHUNK)
        lengths = np.minimum(CHUNK, shape[inner] - starts)
        steps = np.array([stride[inner] for stride in strides])
        table = np.empty((len(rows), len(starts), len(CHUNK_FIELDS)), np.int64)
        table[..., 0] = tensor
        table[..., 1] = lengths
        table[..., 2:5] = rows[:, None, :] + starts[None, :, None] * steps
        table[..., 5:8] = steps
        return table.reshape(-1, len(CHUNK_FIELDS))


def _merged(
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
            merged[-1] == stride[axis] * size
            for merged, stride in zip(joined, strides, strict=True)
        ):
            sizes[-1] *= size
            for merged, stride in zip(joined, strides, strict=True):
                merged[-1] = stride[axis]
        else:
            sizes.append(size)
            for merged, stride in zip(joined, strides, strict=True):
                merged.append(stride[axis])
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
    cost = np.cumsum(chunks[:, 1] + CHUNK_COST)
    if threads <= 1 or not len(chunks) or chunks[:, 1].sum() < SERIAL:
        return np.array([0, len(chunks)], np.int64)
    shares = np.arange(1, threads) * (cost[-1] / threads)
    inner = np.searchsorted(cost, shares)
    return np.concatenate([[0], inner, [len(chunks)]]).astype(np.int64)


@dataclass
class Batch:
    """The tensors of one combination of dtypes that take part in a call.

    Attributes:
        dtypes: name of each array of the plan → its dtype's name, in the order of the columns.
        addresses: int64 [tensors, arrays + 1]; the last column is the tensor's row of scalars.
        layouts: each tensor's layout.
        scalar_rows: how many rows of scalars there are (one, or two with exclusions from decay).
        threads: among how many threads the chunks are shared.
    """

    dtypes: dict[str, str]
    addresses: np.ndarray
    layouts: list[Layout]
    scalar_rows: int
    threads: int
    chunks: np.ndarray = field(init=False)
    parts: np.ndarray = field(init=False)
    factors: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        tables = [layout.chunks(index) for index, layout in enumerate(self.layouts)]
        self.chunks = np.ascontiguousarray(np.concatenate(tables))
        self.parts = parts(self.chunks, self.threads)
        self.factors = np.ones(len(self.layouts))

    def per_tensor(self, results: np.ndarray) -> np.ndarray:
        """Sums over the chunks of each tensor, in the order of the chunks."""
        return np.bincount(self.chunks[:, 0], results, minlength=len(self.layouts))


class Bound(Protocol):
    """A compiled pass over one batch.

    `results` holds, after `run`, one double per chunk: the sum of squares of a pass with norms,
    or whether a pass with checks found what is not finite.
    """

    results: np.ndarray

    def run(self, rows: Sequence[Sequence[float]]) -> None:
        """One dispatch; `rows` are the numbers (``t`` and hyperparameters) of each scalar row."""
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
