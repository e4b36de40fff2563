"""The definition: each pass as NumPy runs it, tensor by tensor, in double precision.

Nothing is traced or generated here. The stages and the rule are called as they stand in their
files, so this is what every other compiler is tested against.
"""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np

from ..dtypes import FLOATS, STORED
from ..language import noise
from ..language.blocks import blocks_shape, of_blocks, spread
from ..language.expression import KNOWN
from ..language.scales import OfArrays
from ..language.shapes import matrix_shape, stretched_shape
from ..passes import Pass
from ..plan import Plan
from ..refusals import PARTS_IN_REFERENCE
from .batch import Batch
from .memory import FAMILIES, Layout, family, unit


@dataclass
class Kernel:
    """A pass to be run by NumPy."""

    plan: Plan
    work: Pass

    def bind(self, batch: Batch) -> "BoundPass":
        """This pass over the tensors of `batch`."""
        if batch.exchange is not None:
            raise PARTS_IN_REFERENCE.error("parts of tensors")
        return BoundPass(self.plan, self.work, batch)


def compile_pass(plan: Plan, work: Pass, dtypes: dict[str, str]) -> Kernel:
    """The pass itself: there is nothing to compile."""
    return Kernel(plan, work)


@dataclass
class BoundPass:
    """A pass with the memory it runs over."""

    plan: Plan
    work: Pass
    batch: Batch
    squares: np.ndarray = field(init=False)
    totals: dict[str, np.ndarray] = field(init=False)
    found: int | None = None

    def __post_init__(self) -> None:
        self.squares = np.zeros(len(self.batch))
        self.totals = {name: np.zeros(len(self.batch)) for name in self.work.totals}
        self._scales = self.plan.scales
        self._made: tuple[int, list[tuple[np.ndarray, np.ndarray]]] | None = None

    def has_begun(self, turn: int) -> bool:
        """Whether everything of this turn was computed."""
        return self._made is not None and self._made[0] == turn

    def alone(self) -> None:
        """Never: it is slow in any case."""

    def run(self, rows: Sequence[Sequence[float]], turn: int) -> None:
        """Every tensor in turn: all is computed first, and then stored."""
        if self._made is None or self._made[0] != turn:
            self._made = (turn, self._computed(rows))
        for memory, values in self._made[1]:
            memory[...] = values
        self._made = (turn, [])

    def _computed(self, rows: Sequence[Sequence[float]]) -> list[tuple[np.ndarray, np.ndarray]]:
        """Memory, and what is to be stored there."""
        stores: list[tuple[np.ndarray, np.ndarray]] = []
        names = self.plan.symbols
        self.found = None
        with np.errstate(all="ignore"):
            scalars = [
                self.plan.scalars({n: np.float64(v) for n, v in zip(names, row, strict=True)})
                for row in rows
            ]
            for tensor, layout in enumerate(self.batch.layouts):
                if 0 not in layout.shape:
                    row = scalars[self.batch.addresses[tensor, -1]]
                    stores += self._of_tensor(tensor, layout, row)
        return stores

    def _of_tensor(
        self, tensor: int, layout: Layout, row: dict[str, Any]
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        views = self._views(tensor, layout)
        shape = matrix_shape(layout.shape)
        arrays: dict[str, np.ndarray] = {
            name: (spread(view, layout.shape) if name in self._scales else view)
            .astype(np.float64)
            .reshape(shape)
            for name, view in views.items()
        }
        for slot, kept in {**self.batch.small, **self.batch.matrices}.items():
            stretched = stretched_shape(layout.shape, self.plan.slots[slot])
            views[slot] = kept[tensor]
            arrays[slot] = kept[tensor].astype(np.float64).reshape(stretched)
        factors = {name: self.batch.factors[name][tensor] for name in self.work.factors}
        known = dict(zip(KNOWN, (*shape, FLOATS[self.batch.dtypes["p"]].spacing), strict=True))
        known |= self._drawn(tensor, shape, row)
        known |= {"blocks": OfArrays(layout.shape)} if self._scales else {}
        values = self.work.compute(arrays, {**row, **factors, **known})
        results = {name: np.asarray(values[name]) for name in self.work.results}
        stores = []
        for name in self.work.writes:
            stored = np.broadcast_to(results[name].astype(views[name].dtype), arrays[name].shape)
            once = of_blocks(stored, layout.shape) if name in self._scales else stored
            stores.append((views[name], once.reshape(views[name].shape)))
        for name in self.work.norms:
            self.squares[tensor] = np.sum(np.square(results[name]))
        for name in self.work.totals:
            self.totals[name][tensor] = np.sum(results[name])
        for name in self.work.checks:
            stored = results[name].astype(views[name].dtype).astype(np.float64)
            if self.found is None and not np.isfinite(stored).all():
                self.found = tensor
        return stores

    def _drawn(self, tensor: int, shape: tuple[int, ...], row: dict[str, Any]) -> dict[str, Any]:
        """The random numbers of one tensor by name."""
        if not self.plan.drawn:
            return {}
        assert self.batch.numbered is not None
        words, index = self.batch.numbered.words[tensor], np.arange(prod(shape)).reshape(shape)
        return {
            name: noise.values(law, name, row.get("seed", 0.0), row["t"], words, index)
            for name, law in self.plan.drawn.items()
        }

    def _views(self, tensor: int, layout: Layout) -> dict[str, np.ndarray]:
        views = {}
        for column, name in enumerate(self.plan.arrays):
            dtype = self.batch.dtypes[name]
            address = int(self.batch.addresses[tensor, column])
            if name in self._scales:
                shape = blocks_shape(layout.shape)
                strides = tuple(4 * prod(shape[axis + 1 :]) for axis in range(len(shape)))
            else:
                shape, scale = layout.shape, STORED[dtype].bytes // unit(name, self.batch.dtypes)
                strides = tuple(n * scale for n in layout.strides[FAMILIES.index(family(name))])
            views[name] = _view(address, shape, strides, np.dtype(dtype))
        return views


def _view(
    address: int, shape: tuple[int, ...], strides: tuple[int, ...], dtype: np.dtype
) -> np.ndarray:
    """The memory at `address` as an array; negative strides run towards lower addresses."""
    reaches = [stride * (size - 1) for stride, size in zip(strides, shape, strict=True)]
    below = sum(min(reach, 0) for reach in reaches)
    size = sum(map(abs, reaches)) + dtype.itemsize
    buffer: Any = (ctypes.c_char * size).from_address(address + below)
    return np.ndarray(shape, dtype, buffer, -below, strides)
