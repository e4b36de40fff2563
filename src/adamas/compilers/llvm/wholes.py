"""Functions of whole tensors, applied to what walks have stored, for later walks to read."""

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ...language.expression import MATRICES, Expression
from ...language.shapes import matrix_shape, stretched_shape
from ...lowering import Lowered, Walk, result_of, taken_by
from ..batch import Batch
from ..between import Between
from ..memory import FAMILIES, Layout
from ..workers import shared_products

PIECE = 2**18
"""Weights that a function is given at once, if one tensor has not more."""


class Wholes:
    """What functions of whole tensors take and give while a pass is made, in memory of its own.

    The tensors of a batch are of one shape. A function is given some of them after the others, as a
    stack, and one that is large alone, as it is: nothing is copied for it. What it gives is kept as
    it came; what nobody needs any longer is let go. A piece is noted as made when all of its
    results are there: so `apply` may be called again where it was interrupted, and within itself,
    by the handler of a signal that saves the state.

    Args:
        dtype: of the arithmetic.
        turn: which run of the pass it is made for.
    """

    def __init__(self, lowered: Lowered, batch: Batch, dtype: np.dtype, turn: int) -> None:
        self._lowered = lowered
        self._batch = batch
        self._dtype = dtype
        self.turn = turn
        self._shape = matrix_shape(batch.layouts[0].shape)
        self._is_dense = 0 in self._shape or _is_dense(batch.layouts[0])
        self._pieces = list(_pieces(batch, prod(self._shape)))
        self._stacks: dict[Any, list[np.ndarray]] = {}
        """Each value that is there, piece by piece."""
        self._made: set[tuple[Expression, int]] = set()
        self._read = {result_of(node) for walk in lowered.walks for node in walk.given}
        self._last = _last_takers(lowered)
        self._new: list[tuple[np.ndarray, np.ndarray]] | None = None

    def addresses(self, walk: Walk) -> np.ndarray:
        """Where a walk finds what it stores for functions, and what they gave: int64 [tensors,
        arrays], in the order of `Lowered.scratch`."""
        for node in walk.feeds.values():
            if node not in self._stacks:
                room = [self._room(end - start) for start, end in self._pieces]
                self._stacks.setdefault(node, room)
        stacks = {name: self._stacks[node] for name, node in walk.feeds.items()}
        stacks |= {name: self._stacks[result_of(node)] for node, name in walk.given.items()}
        table = np.zeros((len(self._batch), len(self._lowered.scratch)), np.int64)
        for column, name in enumerate(self._lowered.scratch):
            for (start, end), stack in zip(self._pieces, stacks.get(name, ()), strict=False):
                places = stack.strides[0] * np.arange(end - start)
                table[start:end, column] = stack.ctypes.data + places
        return table

    def apply(self, calls: Sequence[Expression], between: Between) -> None:
        """Call the function of each node, in each case with its numbers."""
        numbers = {call: self._columns(call, between) for call in calls}

        def make(place: int) -> None:
            for call in calls:
                self._apply(call, place, numbers[call])

        places = range(len(self._pieces))
        if self._batch.exchange is not None or len(self._batch) * prod(self._shape) < PIECE:
            for place in places:
                make(place)
        else:
            shared_products(make, places)

    def _columns(self, call: Expression, between: Between) -> list[np.ndarray]:
        """The numbers of a call, each for all tensors."""
        # In each case there is a number for its tensors: one, or all of them.
        numbers = call.arguments[call.arguments[-1].takes : -1]
        cases = zip(*between.values(numbers), strict=True)
        return [np.broadcast_to(np.hstack(values), len(self._batch)) for values in cases]

    def finish(self) -> None:
        """Store the new values of slots of a declared shape."""
        if not self._lowered.work.writes:
            return
        if self._new is None:
            new = []
            for tensor, array, value in self._new_values():
                # A slot may become what another one was: such are taken before one is written.
                slots = [arrays[tensor] for arrays in self._batch.matrices.values()]
                taken = any(np.may_share_memory(value, slot) for slot in slots)
                if not _is_same(array, value):
                    new.append((array, value.copy() if taken else value))
            self._new = self._new or new
        for array, value in self._new:
            array[...] = value.reshape(array.shape)

    def not_finite(self) -> int | None:
        """The first tensor for which one of these would not be finite."""
        for tensor, array, value in self._new_values():
            with np.errstate(over="ignore"):
                if not np.isfinite(value.astype(array.dtype)).all():
                    return tensor
        return None

    def _new_values(self) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """Each tensor, the array of each of its slots, and the new value for it."""
        for slot, node in self._lowered.matrices.items():
            for place, (start, end) in enumerate(self._pieces):
                arrays = self._batch.matrices[slot][start:end]
                yield from zip(range(start, end), arrays, self._taken_of(node, place), strict=True)

    def _apply(self, call: Expression, place: int, columns: Sequence[np.ndarray]) -> None:
        """Make one piece of what a call gives, unless it is made, or was meanwhile."""
        arrays = [self._taken_of(node, place) for node in taken_by(call)]
        if (call, place) in self._made:
            return  # and what it takes may be gone; otherwise it is held from here on
        results = self._results(call, arrays, place, columns)
        if (call, place) in self._made:
            return
        for part, (value, like) in enumerate(zip(results, self._likes(call), strict=True)):
            shape = (self._pieces[place][1] - self._pieces[place][0], *like)
            value = value if value.shape == shape else np.broadcast_to(value, shape)
            value = value.astype(self._dtype, copy=False)
            if (call, part) in self._read:
                value = self._as_read(value)
            self._stacks.setdefault((call, part), [self._nothing] * len(self._pieces))
            self._stacks[call, part][place] = value
        self._made.add((call, place))
        for node in self._last.get(call, ()):
            self._stacks[node][place] = self._nothing

    def _room(self, count: int) -> np.ndarray:
        """Memory for a value of each weight of so many tensors, as far apart as walks have it.

        That is dense, but where random numbers are drawn in parts of tensors: there memory lies as
        the indices in the whole do.
        """
        if self._is_dense:
            return np.empty((count, *self._shape), self._dtype)
        layout = self._batch.layouts[0]
        strides = layout.strides[FAMILIES.index("w")]
        last = sum((n - 1) * step for n, step in zip(layout.shape, strides, strict=True))
        memory = np.empty((count, last // self._dtype.itemsize + 1), self._dtype)
        room = as_strided(memory, (count, *layout.shape), (memory.strides[0], *strides))
        return room.reshape((count, *self._shape))  # of three axes at most: a view

    def _as_read(self, value: np.ndarray) -> np.ndarray:
        """A value as walks read it."""
        if self._is_dense:
            return np.ascontiguousarray(value)
        room = self._room(len(value))
        room[...] = value
        return room

    @property
    def _nothing(self) -> np.ndarray:
        """Stands where nothing is, or is any longer."""
        return np.broadcast_to(np.zeros((), self._dtype), (1, 1, 1, 1))

    def _likes(self, call: Expression) -> list[tuple[int, ...]]:
        """The shape of each result of a call, for one tensor."""
        taken, function = taken_by(call), call.arguments[-1]
        return [self._form(taken[place]) for place in function.gives]

    def _form(self, node: Expression) -> tuple[int, ...]:
        """The shape of a value, for one tensor."""
        if node.extent != MATRICES:
            return self._shape
        if node.operation == "leaf":
            return self._declared(node)
        call, part = result_of(node)
        return self._likes(call)[part]

    def _declared(self, node: Expression) -> tuple[int, ...]:
        """The shape of a slot of a declared shape, also where tensors are divided."""
        return stretched_shape(self._batch.sizes[0], self._lowered.slots[node.arguments[0]])

    def _results(
        self,
        call: Expression,
        arrays: Sequence[np.ndarray],
        place: int,
        columns: Sequence[np.ndarray],
    ) -> tuple[Any, ...]:
        """What the function of a call makes of a piece."""
        function = call.arguments[-1]
        if self._batch.exchange is not None:
            divided = [node.extent != MATRICES for node in taken_by(call)]
            each = list(zip(*columns, strict=True)) or [()] * len(self._batch)
            return self._batch.exchange.whole(function, arrays, divided, each)
        numbers = tuple(float(column[self._pieces[place][0]]) for column in columns)
        with np.errstate(all="ignore"):
            return function.results(self._batch.apply(function, arrays, numbers))

    def _taken_of(self, node: Expression, place: int) -> np.ndarray:
        """What a function takes of a piece."""
        key = node if node in self._stacks else result_of(node)
        if key in self._stacks:
            return self._stacks[key][place]
        start, end = self._pieces[place]
        shape = self._declared(node)
        arrays = [a.reshape(shape) for a in self._batch.matrices[node.arguments[0]][start:end]]
        stack = arrays[0][None] if len(arrays) == 1 else np.stack(arrays)
        return stack.astype(self._dtype, copy=False)


def _is_dense(layout: Layout) -> bool:
    """Whether walks have what functions take and give in the order of C, without gaps."""
    place, shape = FAMILIES.index("w"), layout.shape
    size = layout.itemsizes[place]
    dense = tuple(size * prod(shape[axis + 1 :]) for axis in range(len(shape)))
    return tuple(layout.strides[place]) == dense


def _pieces(batch: Batch, weights: int) -> Iterator[tuple[int, int]]:
    """Where those tensors begin and end that a function is given at once: they have one row of
    numbers. Processes that tensors are divided among speak of all of them at once."""
    rows, count = batch.addresses[:, -1], len(batch)
    most = max(1, PIECE // max(weights, 1))
    start = 0
    while start < count:
        end = start + 1
        while end < count and (
            batch.exchange is not None or (end < start + most and rows[end] == rows[start])
        ):
            end += 1
        yield start, end
        start = end


def _last_takers(lowered: Lowered) -> dict[Expression, list[Any]]:
    """What nobody needs after a call, for each that is the last to take something."""
    last: dict[Any, Expression] = {}
    for call in (call for walk in lowered.walks for call in walk.wholes):
        last |= {result_of(n) if _is_result(n) else n: call for n in taken_by(call)}
    kept = {result_of(node) for walk in lowered.walks for node in walk.given}
    kept |= {result_of(node) for node in lowered.matrices.values()}
    found: dict[Expression, list[Any]] = {}
    for key, call in last.items():
        if key not in kept and not (isinstance(key, Expression) and key.extent == MATRICES):
            found.setdefault(call, []).append(key)
    return found


def _is_result(node: Expression) -> bool:
    return node.operation in ("whole", "part")


def _is_same(array: np.ndarray, value: np.ndarray) -> bool:
    """Whether a slot is to become what it is."""
    same = array.ctypes.data == value.ctypes.data and array.dtype == value.dtype
    return same and array.reshape(value.shape).strides == value.strides
