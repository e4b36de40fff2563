"""Objects that were checked are looked at again at each step: is anything new but their addresses?

Every step must notice a gradient of another shape, dtype or layout, one that lies in the memory of
a parameter, and a parameter that was replaced or resized. What is known of the objects is kept by
a look; whatever it finds different goes the thorough way again.
"""

import ctypes
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np


class Occupied(Protocol):
    """Memory that the objects may not touch.

    Attributes:
        lows, highs: the sorted beginnings of its parts, and the furthest end up to each (uint64).
    """

    lows: np.ndarray
    highs: np.ndarray

    def touch(self, objects: Sequence[Any], /) -> bool:
        """Whether the extent of any object meets it."""
        ...


Reading = Callable[[Any], tuple[tuple, int] | None]
"""Gives the form and the address of an object; None for what is of no form."""


class SlowLook:
    """What is known of a list of objects, asked of others in Python, where compiled code cannot.

    Objects lie where they did, or, where they may move, their new addresses are kept. Strides
    along axes of one element do not matter.

    Args:
        read: gives what must stay the same of an object, and its address.
        objects: those that were checked.
        words: addresses of the int64 words in which their addresses are kept.
        moves: the objects may lie anywhere, and their addresses are written to `words`. Otherwise
            they must lie where they did.
        occupied: memory that they may not touch.
    """

    def __init__(
        self,
        read: Reading,
        objects: Sequence[Any],
        words: Sequence[int],
        *,
        moves: bool,
        occupied: Occupied | None = None,
    ) -> None:
        self._read = read
        self._forms = [form for form, _ in filter(None, map(read, objects))]
        self._words = [ctypes.c_int64.from_address(word) for word in words]
        self._moves = moves
        self._occupied = occupied

    def then(self, other: "SlowLook") -> Callable[[Sequence[Any], Sequence[Any]], bool]:
        """This look and, if all is as known, another one."""
        return lambda values, further: self(values) and other(further)

    def __call__(self, objects: Sequence[Any]) -> bool:
        """Whether all are as known; only then all kept addresses are right."""
        found = list(filter(None, map(self._read, objects)))
        if [form for form, _ in found] != self._forms:
            return False
        if self._occupied is not None and self._occupied.touch(objects):
            return False
        for word, (_, address) in zip(self._words, found, strict=True):
            if self._moves:
                word.value = address
            elif word.value != address:
                return False
        return True


def words(addresses: np.ndarray) -> range:
    """The addresses of the words of a vector."""
    start = addresses.ctypes.data
    return range(start, start + addresses.nbytes, addresses.itemsize)


def form(value: Any, strides: Sequence[int]) -> tuple:
    """What must stay the same of an array or a tensor with these strides."""
    kept = [s for s, n in zip(strides, value.shape, strict=True) if n != 1]
    return type(value), value.dtype, value.shape, kept
