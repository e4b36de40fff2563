"""NumPy arrays laid out for a step, which notice when any of them changes its form."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...compilers.llvm.array_guard import Look, available
from ...compilers.look import AnyLook, SlowLook, form
from ...compilers.threads import num_threads
from ..assignment import Division
from .arrangement import Arrangement, Owned, address
from .arrays import Intervals
from .program import Program


class WatchedArrangement(Arrangement):
    """An arrangement of NumPy arrays; a scalar row is (member, whether the parameters decay).

    Attributes:
        alike: whether all parameters have the same numbers.
    """

    def __init__(
        self,
        division: Division,
        programs: Sequence[Program],
        owned: Owned,
        gradients: list[Any],
    ) -> None:
        whose = [
            (member or 0, decays or not programs[place or 0].plan.decays)
            for member, place, decays in zip(
                division.member_of, division.plan_of, owned.decays, strict=True
            )
        ]
        super().__init__(division, programs, owned, gradients, whose, num_threads())
        self.alike = all(part.rows == [(0, True)] for part in self.parts)
        look = Look if available() else slow_look
        own = [owned.params[index] for index in self.active]
        self._params_known: AnyLook = look(own, self._words(0), moves=False)
        self._own_objects: Any = self._params_known.objects(own)
        given = [gradients[index] for index in self.active]
        self._gradients_known: AnyLook = look(
            given, self._words(1), moves=True, occupied=owned.intervals
        )

    def take(self, gradients: list[Any], parameters: list[Any]) -> bool:
        """Take the addresses of new gradients, if nothing but their addresses is new."""
        all_parameters = parameters
        if self.missing:
            own = self._owned.params
            for index in self.missing:
                if gradients[index] is not None or parameters[index] is not own[index]:
                    return False
            gradients = [gradients[index] for index in self.active]
            parameters = [parameters[index] for index in self.active]
        if all_parameters is self._owned.params:
            known = self._params_known.holds(self._own_objects)
        else:
            known = self._params_known(parameters)
        return known and self._gradients_known(gradients)

    def _words(self, column: int) -> list[int]:
        """Where the addresses of one array of each active tensor are kept, in their order."""
        words = {}
        for part in self.parts:
            table = part.batch.addresses
            start = table.ctypes.data + column * table.strides[1]
            for row, index in enumerate(part.tensors):
                words[index] = start + row * table.strides[0]
        return [words[index] for index in self.active]


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
