"""The definition: each pass as NumPy runs it, chunk by chunk, in double precision.

Nothing is traced or generated here. The stages and the rule are called as they stand in their
files, so this is what every other compiler is tested against.
"""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..plan import Pass, Plan
from .memory import Batch, family

REFUSES: dict[str, str] = {}


@dataclass
class Kernel:
    """A pass to be run by NumPy."""

    plan: Plan
    work: Pass

    def bind(self, batch: Batch) -> "BoundPass":
        """This pass over the tensors of `batch`."""
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
    results: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.results = np.zeros(len(self.batch.chunks))

    def run(self, rows: Sequence[Sequence[float]]) -> None:
        """Every chunk in turn."""
        names = ("t", *self.plan.numbers)
        with np.errstate(all="ignore"):
            scalars = [
                self.plan.scalars({n: np.float64(v) for n, v in zip(names, row, strict=True)})
                for row in rows
            ]
            for index, chunk in enumerate(self.batch.chunks.tolist()):
                self._run_chunk(index, chunk, scalars)

    def _run_chunk(self, index: int, chunk: list[int], scalars: list[dict]) -> None:
        tensor = chunk[0]
        views = self._views(chunk)
        row = scalars[self.batch.addresses[tensor, -1]]
        known = {**row, **dict.fromkeys(self.work.tensor_scalars, self.batch.factors[tensor])}
        arrays = {name: views[name].astype(np.float64) for name in self.work.arrays}
        values = self.work.compute(arrays, known)
        for name in self.work.writes:
            views[name][...] = np.asarray(values[name]).astype(views[name].dtype)
        for name in self.work.norms:
            self.results[index] = np.sum(np.square(values[name]))
        if self.work.checks:
            stored = [np.asarray(values[n]).astype(views[n].dtype) for n in self.work.checks]
            self.results[index] = any(not np.isfinite(s.astype(np.float64)).all() for s in stored)

    def _views(self, chunk: list[int]) -> dict[str, np.ndarray]:
        tensor, length, *numbers = chunk
        offsets = dict(zip("pgs", numbers[:3], strict=True))
        strides = dict(zip("pgs", numbers[3:], strict=True))
        views = {}
        for column, (name, dtype) in enumerate(self.batch.dtypes.items()):
            if name in self.work.arrays:
                address = int(self.batch.addresses[tensor, column]) + offsets[family(name)]
                views[name] = _view(address, length, strides[family(name)], np.dtype(dtype))
        return views


def _view(address: int, length: int, stride: int, dtype: np.dtype) -> np.ndarray:
    """The memory at `address` as an array; negative strides run towards lower addresses."""
    reach = stride * (length - 1)
    low = address + min(reach, 0)
    size = abs(reach) + dtype.itemsize
    buffer: Any = (ctypes.c_char * size).from_address(low)
    return np.ndarray((length,), dtype, buffer, address - low, (stride,))
