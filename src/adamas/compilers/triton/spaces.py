"""What varies over tensors, matrices, rows or columns of a batch: one vector for each extent.

So what is computed between walks takes as many operations for a thousand tensors of any shapes as
for one. In a vector the tensors follow each other, each in the order of [batch, rows, columns].
"""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
import torch

from ...language.expression import AXES, TENSOR
from ...language.reductions import REDUCTIONS, Reduction
from . import joining
from .between import LANES
from .launch import Launch
from .memory import DeviceBatch, empty

LONG = 64
"""Numbers in a sum, on the average, from which on it is a program's own."""

_ADD_UP: Any = joining.add_up
_ADD_ACROSS: Any = joining.add_across

ACROSS, DEEP = 128, 8
"""Sums that a program adds up side by side otherwise, and numbers of each at a time."""


class Flat:
    """Values of one extent."""

    __slots__ = ("extent", "values")

    def __init__(self, values: torch.Tensor, extent: int) -> None:
        self.values, self.extent = values, extent


class Spaces:
    """Where each tensor has its values, for each extent.

    Args:
        shapes: each tensor as a stack of matrices; None for those that have no weights anywhere.
    """

    def __init__(self, batch: DeviceBatch, shapes: Sequence[tuple[int, int, int] | None]) -> None:
        self._batch = batch
        self._shapes = shapes
        self._indices: dict[tuple[int, int], torch.Tensor] = {}
        self._adders: dict[tuple[str, int, int], Adder] = {}

    def shape(self, tensor: int, extent: int) -> tuple[int, ...]:
        """The shape of one tensor's values, with 1 for each axis they do not vary over."""
        own = self._shapes[tensor]
        if own is None:
            return (0 if extent > TENSOR else 1, 1, 1)
        return tuple(size if extent & axis else 1 for size, axis in zip(own, AXES, strict=True))

    def is_there(self, tensor: int) -> bool:
        """Whether a tensor has weights."""
        return self._shapes[tensor] is not None

    def starts(self, extent: int) -> np.ndarray:
        """Where the values of each tensor begin, and the end."""
        counts = [prod(self.shape(tensor, extent)) for tensor in range(len(self._shapes))]
        return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)

    def spread(self, value: "Flat | torch.Tensor", extent: int) -> torch.Tensor:
        """The values repeated to an extent that has theirs in it."""
        if not isinstance(value, Flat):
            return value.expand(int(self.starts(extent)[-1])) if not value.ndim else value
        if value.extent == extent:
            return value.values
        key = (value.extent, extent)
        if key not in self._indices:
            self._indices[key] = self._batch.upload(self._index(*key))
        return value.values[self._indices[key]]

    def _index(self, own: int, extent: int) -> np.ndarray:
        """Which of the values of an extent each of another one is."""
        starts, found = self.starts(own), [np.zeros(0, np.int64)]
        for tensor in range(len(self._shapes)):
            shape = self.shape(tensor, own)
            whole = self.shape(tensor, extent)
            if prod(whole):
                places = starts[tensor] + np.arange(prod(shape)).reshape(shape)
                found.append(np.broadcast_to(places, whole).reshape(-1))
        return np.concatenate(found)

    def reduce(self, name: str, value: Flat, axes: tuple[int, ...]) -> Flat:
        """The reductions over axes of [batch, rows, columns]."""
        extent = value.extent & ~sum(AXES[axis] for axis in axes)
        key = (name, value.extent, extent)
        if key not in self._adders:
            shapes = [self._parted(n, value.extent, extent) for n in range(len(self._shapes))]
            numbers = empty((int(self.starts(value.extent)[-1]), 1), self._batch)
            self._adders[key] = Adder(self._batch, shapes, numbers, [REDUCTIONS[name]])
        adder = self._adders[key]
        adder.numbers[: len(value.values), 0].copy_(value.values)
        return Flat(adder()[:, 0].clone(), extent)  # others of the same extents may follow

    def _parted(self, tensor: int, own: int, extent: int) -> tuple[int, int, int]:
        """What is kept, reduced and kept of the values of a tensor."""
        if not self.is_there(tensor):
            return int(extent == TENSOR), 0, 1
        batch, *lines = self.shape(tensor, own)
        inner = prod(lines)
        if extent & AXES[0]:
            return batch, inner, 1
        return (1, batch, inner) if extent > TENSOR else (1, batch * inner, 1)


def columns_of(reductions: Sequence[Reduction]) -> dict[str, int]:
    """Constants of kernels that add up: a bit for each column that is another reduction."""
    return {
        constant: sum(1 << place for place, one in enumerate(reductions) if one.name == name)
        for constant, name in (("GREATEST", "max"), ("LEAST", "min"))
    }


def by_reduction(names: Sequence[str], count: int) -> dict[str, list[int]]:
    """The columns of each reduction, of so many; those without a name are sums."""
    found: dict[str, list[int]] = {}
    for place in range(count):
        found.setdefault(names[place] if place < len(names) else "sum", []).append(place)
    return found


class Adder:
    """Sums of numbers that lie in memory as [tensors][outer, summed, inner], always in one order.

    Args:
        shapes: outer, summed and inner of each tensor.
        numbers: float64 [numbers, columns], where they are at each call; each column is summed.
        reductions: what is taken of the first columns, if not sums.

    Attributes:
        numbers: those.
        launch: what adds them up.
    """

    def __init__(
        self,
        batch: DeviceBatch,
        shapes: Sequence[tuple[int, int, int]],
        numbers: torch.Tensor,
        reductions: Sequence[Reduction] = (),
    ) -> None:
        self.numbers = numbers
        columns = numbers.shape[1]
        table = _table(shapes)
        self._sums = empty((len(table), columns), batch)
        long = len(table) and table[:, 2].mean() >= LONG and (table[:, 1] == 1).all()
        if long:
            table = np.stack([table[:, 0], table[:, 0] + table[:, 2]], 1)
        tables = [numbers, batch.upload(table), self._sums]
        if long:
            constants = {"COUNT": columns, "LANES": LANES, **columns_of(reductions)}
            self.launch = Launch(_ADD_UP, len(table), tables, constants)
        else:
            constants = {"COUNT": columns, "LANES": ACROSS, "DEEP": DEEP, **columns_of(reductions)}
            programs = -(-len(table) // ACROSS)
            self.launch = Launch(_ADD_ACROSS, programs, [*tables, len(table)], constants)
        self._count = len(table)

    def __call__(self) -> torch.Tensor:
        """The sums, float64 [sums, columns], which stand there until the next call."""
        self.launch()
        return self._sums[: self._count]


def _table(shapes: Sequence[tuple[int, int, int]]) -> np.ndarray:
    """int64 [sums, 3]: the first number of each, how far it is to the next, and how many."""
    first, rows = 0, [np.zeros((0, 3), np.int64)]
    for outer, summed, inner in shapes:
        places = np.arange(outer)[:, None] * (summed * inner) + np.arange(inner)
        table = np.empty((outer * inner, 3), np.int64)
        table[:, 0] = first + places.reshape(-1)
        table[:, 1:] = inner, summed
        rows.append(table)
        first += outer * summed * inner
    return np.concatenate(rows)
