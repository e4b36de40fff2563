"""One walk, compiled, and bound to the memory that it runs over."""

import ctypes
import struct
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...dtypes import wide
from ...language.python import host_function
from ...lowering import Lowered, Walk
from .. import store
from ..batch import Batch
from ..inputs import Inputs
from ..memory import parts
from ..threads import run_team, thread_number_function
from .arithmetic import mode
from .entry_points import CONTEXT, COUNTER_SPACING
from .module import module_text
from .paged import Paged
from .sums import Sums
from .values import Values

Rows = Sequence[Sequence[float]]

_TURN, _MADE = CONTEXT.index("turn"), CONTEXT.index("made")
_STARTS, _COUNT = CONTEXT.index("part_starts"), CONTEXT.index("part_count")
_COUNTERS = CONTEXT.index("counters")

NOT_MADE = 0
"""The number of no turn."""


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


class BoundWalk:
    """A walk with the memory it runs over."""

    def __init__(self, kernel: WalkKernel, batch: Batch, addresses: np.ndarray) -> None:
        self._kernel = kernel
        self._scalars = kernel.scalars
        self._everything = kernel.everything
        self._batch = batch
        self.walk = kernel.walk
        inputs = Inputs(kernel.walk)
        self._rows = np.zeros((batch.scalar_rows, max(kernel.scalar_count, 1)), kernel.dtype)
        # A struct packs a few numbers in a third of the time of an assignment to an array.
        self._pack = struct.Struct(f"={kernel.scalar_count}{kernel.dtype.char}").pack_into
        self._packed_rows = [row.data.cast("B") for row in self._rows]
        self.values = values = Values(inputs, batch, kernel.matrix, kernel.dtype)
        self.sums = sums = Sums(inputs, batch, kernel.matrix)
        self._chunks = chunks = batch.chunks(kernel.matrix)
        self._starts = parts(chunks, batch.threads)
        self._parts = len(self._starts) - 1
        self._counters = np.zeros(COUNTER_SPACING * self._parts, np.int64)
        fields = {
            "addresses": addresses.ctypes.data,
            "chunks": chunks.ctypes.data,
            "chunk_count": len(chunks),
            "scalars": self._rows.ctypes.data,
            "tensor_values": values.tensor.ctypes.data,
            "row_values": values.row.ctypes.data,
            "column_values": values.column.ctypes.data,
            "tensor_sums": sums.tensor.ctypes.data,
            "row_sums": sums.row.ctypes.data,
            "column_sums": sums.column.ctypes.data,
            "row_total": values.row.shape[1],
            "column_total": values.column.shape[1],
            "row_slots": sums.row.shape[1],
            "column_slots": sums.column.shape[1],
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
        sums = self.sums
        if sums.begins is not None:
            sums.tensor[:] = sums.begins
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
