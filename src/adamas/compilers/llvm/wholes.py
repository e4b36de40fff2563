"""Functions of whole tensors, applied to what walks have stored, for later walks to read."""

from collections import Counter
from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

import numpy as np

from ...language.expression import MATRICES, Expression
from ...language.shapes import matrix_shape, stretched_shape
from ...lowering import Lowered, Walk, result_of, taken_by
from ..between import Between
from ..memory import Batch

PIECE = 2**22
"""Weights that a function is given at once, if one tensor has not more."""


class Wholes:
    """What functions of whole tensors take and give while a pass is made, in memory of its own.

    The tensors of a batch are of one shape, so that each value is one stack of all of them. A
    function gives a piece of it after the other; where nobody else needs what it takes, the piece
    replaces that. What was computed is noted before it is written, and that it was written after
    it: so `apply` may be called again where it was interrupted, and within itself, by the handler
    of a signal that saves the state.

    Args:
        dtype: of the arithmetic.
        turn: which run of the pass it is made for.
    """

    def __init__(self, lowered: Lowered, batch: Batch, dtype: np.dtype, turn: int) -> None:
        self._lowered = lowered
        self._batch = batch
        self._dtype = dtype
        self.turn = turn
        self._shape = (len(batch), *matrix_shape(batch.layouts[0].shape))
        self._stacks: dict[Any, np.ndarray] = {}
        calls = [whole for walk in lowered.walks for whole in walk.wholes]
        self._takers = Counter(node for whole in calls for node in taken_by(whole))
        self._ends: dict[tuple[Expression, int], int] = {}
        """Where the pieces end that were written, by where they begin."""
        self._noted: tuple[Any, int, int, tuple[Any, ...]] = (None, 0, 0, ())
        self._new: list[tuple[np.ndarray, np.ndarray]] | None = None

    def addresses(self, walk: Walk) -> np.ndarray:
        """Where a walk finds what it stores for functions, and what they gave: int64 [tensors,
        arrays], in the order of `Lowered.scratch`."""
        for node in walk.feeds.values():
            if node not in self._stacks:
                self._stacks.setdefault(node, np.empty(self._shape, self._dtype))
        stacks = {name: self._stacks[node] for name, node in walk.feeds.items()}
        stacks |= {name: self._stacks[result_of(node)] for node, name in walk.given.items()}
        table = np.zeros((len(self._batch), len(self._lowered.scratch)), np.int64)
        for column, name in enumerate(self._lowered.scratch):
            if name in stacks:
                stack = stacks[name]
                size = stack.strides[0] if len(stack) > 1 else stack.nbytes
                table[:, column] = stack.ctypes.data + size * np.arange(len(stack))
        return table

    def apply(self, calls: Sequence[Expression], between: Between) -> None:
        """Call the function of each node, in each case with its numbers."""
        for call in calls:
            self._apply(call, between)

    def finish(self) -> None:
        """Store the new values of slots of a declared shape."""
        if not self._lowered.work.writes:
            return
        if self._new is None:
            # A slot may become what another one was: all are taken before one is written.
            new = [(a, np.array(value)) for a, value in self._new_values()]
            self._new = self._new or new
        for array, value in self._new:
            array[...] = value.reshape(array.shape)

    def not_finite(self) -> int | None:
        """The first tensor for which one of these would not be finite."""
        count = len(self._batch)
        for number, (array, value) in enumerate(self._new_values()):
            with np.errstate(over="ignore"):
                if not np.isfinite(value.astype(array.dtype)).all():
                    return number % count
        return None

    def _new_values(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The array of each slot of each tensor, and its new value."""
        for slot, node in self._lowered.matrices.items():
            # A slot may be handed on to another one as it is.
            stack = self._stacks.get(result_of(node))
            for tensor, array in enumerate(self._batch.matrices[slot]):
                value = self._taken_of(node, tensor, tensor + 1) if stack is None else stack[tensor]
                yield array, value

    def _apply(self, call: Expression, between: Between) -> None:
        function = call.arguments[-1]
        targets = self._targets(call)
        # In each case there is a number for its tensors: one, or all of them.
        numbers = call.arguments[function.takes : -1]
        cases = zip(*between.values(numbers), strict=True)
        columns = [np.broadcast_to(np.hstack(values), len(self._batch)) for values in cases]
        start = 0
        while start < len(self._batch):
            if (call, start) not in self._ends:
                noted = self._noted
                if noted[0] is not call or noted[1] != start:
                    noted = (call, start, *self._piece(call, start, columns))
                if (call, start) in self._ends:
                    continue  # written meanwhile, maybe over what this one was computed from
                self._noted = noted
                _, _, end, values = noted
                for target, value in zip(targets, values, strict=True):
                    target[start:end] = value
                self._ends[call, start] = end
            start = self._ends[call, start]

    def _targets(self, call: Expression) -> list[np.ndarray]:
        """The memory for each result of a call."""
        taken, function = taken_by(call), call.arguments[-1]
        for part, place in enumerate(function.gives):
            given = taken[place]
            if (call, part) not in self._stacks:
                alone = given in self._stacks and self._takers[given] == 1
                reused = alone and function.gives.count(place) == 1
                made = self._stacks[given] if reused else np.empty(self._form(given), self._dtype)
                self._stacks.setdefault((call, part), made)
        return [self._stacks[call, part] for part in range(len(function.gives))]

    def _form(self, node: Expression) -> tuple[int, ...]:
        """The shape of the stack of a value."""
        if node.extent != MATRICES:
            return self._shape
        if node.operation != "leaf":
            return self._stacks[result_of(node)].shape
        return (len(self._batch), *self._declared(node))

    def _declared(self, node: Expression) -> tuple[int, ...]:
        """The shape of a slot of a declared shape, also where tensors are divided."""
        return stretched_shape(self._batch.sizes[0], self._lowered.slots[node.arguments[0]])

    def _piece(
        self, call: Expression, start: int, columns: Sequence[np.ndarray]
    ) -> tuple[int, tuple[Any, ...]]:
        """Where the piece that begins at `start` ends, and what the function makes of it."""
        function, taken, count = call.arguments[-1], taken_by(call), len(self._batch)
        if self._batch.exchange is not None:
            own = [self._taken_of(node, 0, count) for node in taken]
            divided = [node.extent != MATRICES for node in taken]
            each = list(zip(*columns, strict=True)) or [()] * count
            return count, self._batch.exchange.whole(function, own, divided, each)
        most = max(1, PIECE // max(prod(self._shape[1:]), 1))
        numbers, end = [column[start] for column in columns], start + 1
        while end < min(start + most, count) and all(
            column[end] == number for column, number in zip(columns, numbers, strict=True)
        ):
            end += 1
        arrays = [self._taken_of(node, start, end) for node in taken]
        with np.errstate(all="ignore"):
            made = self._batch.apply(function, arrays, tuple(map(float, numbers)))
        return end, function.results(made)

    def _taken_of(self, node: Expression, start: int, end: int) -> np.ndarray:
        """The tensors from `start` to `end` of what a function takes."""
        key = node if node in self._stacks else result_of(node)
        if key in self._stacks:
            return self._stacks[key][start:end]
        arrays, shape = self._batch.matrices[node.arguments[0]][start:end], self._declared(node)
        return np.stack([array.reshape(shape) for array in arrays]).astype(self._dtype, copy=False)
