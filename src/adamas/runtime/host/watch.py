"""A watch over NumPy arrays that are laid out for a step: has any of them changed its form?"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...compilers.llvm.array_guard import Look, available
from ...compilers.look import SlowLook, form
from .arrangement import Arrangement, Owned, address
from .arrays import Intervals

Take = Callable[[Sequence[Any], Sequence[Any]], bool]


class ArrayWatch:
    """What is known of the arrays of an arrangement; new addresses are written into its batches.

    Args:
        owned: parameters and slots.
        gradients: those that were arranged.
        arrangement: of them.

    Attributes:
        take: takes the addresses of new gradients, and tells whether nothing else is new of them
            and of the parameters.
    """

    addresses: np.ndarray | None = None

    def __init__(self, owned: Owned, gradients: Sequence[Any], arrangement: Arrangement) -> None:
        self._all = owned.params
        self._active, self._missing = arrangement.active, arrangement.missing
        look = Look if available() else slow_look
        own = [owned.params[index] for index in self._active]
        given = [gradients[index] for index in self._active]
        words = _words(arrangement, 1)
        known: Any = look(given, words, moves=True, occupied=owned.intervals)
        self._are_known = known.then(look(own, _words(arrangement, 0), moves=False))
        self.take: Take = self._take_some if self._missing else self._are_known

    def _take_some(self, gradients: Sequence[Any], parameters: Sequence[Any]) -> bool:
        for index in self._missing:
            if gradients[index] is not None or parameters[index] is not self._all[index]:
                return False
        return self._are_known(
            [gradients[index] for index in self._active],
            [parameters[index] for index in self._active],
        )


def _words(arrangement: Arrangement, column: int) -> list[int]:
    """Where the addresses of one array of each active tensor are kept, in their order."""
    words = {}
    for part in arrangement.parts:
        table = part.batch.addresses
        start = table.ctypes.data + column * table.strides[1]
        for row, index in enumerate(part.tensors):
            words[index] = start + row * table.strides[0]
    return [words[index] for index in arrangement.active]


def slow_look(
    arrays: Sequence[np.ndarray],
    words: Sequence[int],
    *,
    moves: bool,
    occupied: Intervals | None = None,
) -> SlowLook:
    """As the compiled look, asking each array in Python."""
    read = _read if moves else _read_writable
    return SlowLook(read, arrays, words, moves=moves, occupied=occupied)


def _read(array: Any) -> tuple[tuple, int] | None:
    if not isinstance(array, np.ndarray):
        return None
    return form(array, array.strides), address(array)


def _read_writable(array: Any) -> tuple[tuple, int] | None:
    return _read(array) if isinstance(array, np.ndarray) and array.flags.writeable else None
