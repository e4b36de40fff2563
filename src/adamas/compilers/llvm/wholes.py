"""Functions of whole tensors, applied to what a walk has stored, for the next walk to read."""

from typing import Any

import numpy as np

from ...language.expression import Expression
from ...language.shapes import matrix_shape
from ..between import Between
from ..memory import Batch

PIECE = 2**22
"""Weights that a function is given at once, if one tensor has not more."""


class Wholes:
    """Memory that is there while a pass is made: the tensors of a batch, which are of one shape.

    A function replaces a piece of it after the other. What was computed is noted before it is
    written, and the next piece after it: so `apply` may be called again where it was interrupted.

    Args:
        dtype: of the arithmetic.
        turn: which run of the pass it is made for.

    Attributes:
        addresses: where each tensor lies.
    """

    def __init__(self, batch: Batch, dtype: np.dtype, turn: int) -> None:
        self._batch = batch
        self.turn = turn
        shape = matrix_shape(batch.layouts[0].shape)
        self._memory = memory = np.empty((len(batch), *shape), dtype)
        size = memory.strides[0] if len(memory) > 1 else memory.nbytes
        self.addresses = memory.ctypes.data + size * np.arange(len(memory))
        self._done: dict[Expression, int] = {}
        self._noted: tuple[int, int, Any] = (0, 0, None)

    def apply(self, node: Expression, between: Between) -> None:
        """Apply the function of a node, in each case with its numbers."""
        if node not in self._done:
            self._noted = (0, 0, None)
            self._done[node] = 0
        _, *scalars, function = node.arguments
        # In each case there is a number for its tensors: one, or all of them.
        cases = zip(*between.values(scalars), strict=True)
        columns = [np.broadcast_to(np.hstack(values), len(self._memory)) for values in cases]
        while self._done[node] < len(self._memory):
            start = self._done[node]
            if self._noted[1] == start:
                self._noted = (start, *self._piece(function, start, columns))
            _, end, values = self._noted
            self._memory[start:end] = values
            self._done[node] = end

    def _piece(self, function: Any, start: int, columns: list[np.ndarray]) -> tuple[int, Any]:
        """Where the piece that begins at `start` ends, and what the function makes of it."""
        memory = self._memory
        if self._batch.exchange is not None:
            numbers = list(zip(*columns, strict=True))
            return len(memory), self._batch.exchange.whole(function, memory, numbers)
        most = max(1, PIECE // max(memory[0].size, 1))
        numbers, end = [column[start] for column in columns], start + 1
        while end < min(start + most, len(memory)) and all(
            column[end] == number for column, number in zip(columns, numbers, strict=True)
        ):
            end += 1
        with np.errstate(all="ignore"):
            numbers = tuple(map(float, numbers))
            return end, self._batch.apply(function, memory[start:end], numbers)
