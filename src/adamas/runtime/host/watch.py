"""A watch over NumPy arrays that are laid out for a step: has any of them changed its form?"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...compilers.llvm.array_guard import Look, available
from .arrangement import Arrangement, Owned, address


class ArrayWatch:
    """What is known of the arrays of an arrangement; new addresses are written into its batches.

    Args:
        owned: parameters and slots.
        gradients: those that were arranged.
        arrangement: of them.
    """

    addresses: np.ndarray | None = None

    def __init__(self, owned: Owned, gradients: Sequence[Any], arrangement: Arrangement) -> None:
        self._owned = owned
        self._parts = arrangement.parts
        self.active, self.missing = arrangement.active, arrangement.missing
        self._params = [owned.params[index] for index in self.active]
        self._gradients_known = self._params_known = None
        if available():
            self._look_closely([gradients[index] for index in self.active])
        else:
            self._forms = [
                (_form(owned.params[index]), _form(gradients[index])) for index in self.active
            ]

    def take(self, gradients: Sequence[Any], parameters: Sequence[Any]) -> bool:
        """Take the addresses of new gradients, if nothing but their addresses is new."""
        all_parameters = parameters
        if self.missing:
            own = self._owned.params
            for index in self.missing:
                if gradients[index] is not None or parameters[index] is not own[index]:
                    return False
            gradients = [gradients[index] for index in self.active]
            parameters = [parameters[index] for index in self.active]
        if self._gradients_known is None or self._params_known is None:
            return self._take_slowly(gradients, parameters)
        if all_parameters is self._owned.params:
            objects = self._own_objects
        else:
            objects = self._params_known.objects(parameters)
        known = self._gradients_known
        return self._params_known(objects) and known(known.objects(gradients))

    def _look_closely(self, gradients: list[np.ndarray]) -> None:
        """Let compiled code notice what is new, from now on."""
        none = np.zeros(0, np.uint64)
        self._params_known = Look(self._params, self._words(0), none, none, parameters=True)
        self._own_objects = self._params_known.objects(self._params)
        extents = self._owned.intervals
        self._gradients_known = Look(
            gradients, self._words(1), extents.lows, extents.highs, parameters=False
        )

    def _words(self, column: int) -> list[int]:
        """Where the addresses of one array of each active tensor are kept, in their order."""
        words = {}
        for part in self._parts:
            table = part.batch.addresses
            start = table.ctypes.data + column * table.strides[1]
            for row, index in enumerate(part.tensors):
                words[index] = start + row * table.strides[0]
        return [words[index] for index in self.active]

    def _take_slowly(self, gradients: Sequence[Any], parameters: Sequence[Any]) -> bool:
        """As `take`, asking each array in Python."""
        for gradient, parameter, form in zip(gradients, parameters, self._forms, strict=True):
            if (_form(parameter), _form(gradient)) != form or not parameter.flags.writeable:
                return False
        if self._owned.intervals.touch(gradients):
            return False
        position = {index: place for place, index in enumerate(self.active)}
        for part in self._parts:
            batch = part.batch
            places = [position[index] for index in part.tensors]
            if batch.addresses[:, 0].tolist() != [address(parameters[at]) for at in places]:
                return False
            batch.addresses[:, 1] = [address(gradients[at]) for at in places]
        return True


def _form(array: Any) -> tuple | None:
    if not isinstance(array, np.ndarray):
        return None
    return type(array), array.dtype, array.shape, array.strides
