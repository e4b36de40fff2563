"""Arrays that take part in a step, checked and laid out once, until they change their form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..compilers.memory import Batch, Layout, family
from ..compilers.threads import num_threads
from .arrays import Intervals
from .inspection import Look, available
from .program import Call, Program


@dataclass(frozen=True)
class Owned:
    """What a step updates: parameters, slots by name, which of them decay, and where they lie."""

    params: list[np.ndarray]
    slots: Mapping[str, list[np.ndarray]]
    decays: Sequence[bool]
    intervals: Intervals

    def arrays(self, index: int, gradient: np.ndarray) -> dict[str, np.ndarray]:
        """Every array of one tensor, by its name in the plan."""
        slots = {slot: arrays[index] for slot, arrays in self.slots.items()}
        return {"p": self.params[index], "g": gradient, **slots}


class Arrangement:
    """A set of tensors in a certain form: checked, cut in chunks, bound to kernels.

    Attributes:
        tensors: the indices of the tensors of each batch.
        update, accumulate: the two kinds of call.
        scalar_rows: 2 where some parameters are excluded from weight decay, else 1.
    """

    def __init__(self, program: Program, owned: Owned, gradients: list[Any]) -> None:
        plan = program.plan
        self._owned = owned
        self._active = [index for index, g in enumerate(gradients) if g is not None]
        self._missing = [index for index, g in enumerate(gradients) if g is None]
        groups: dict[tuple, list[int]] = {}
        for index in self._active:
            dtypes = (owned.params[index].dtype.name, gradients[index].dtype.name)
            groups.setdefault(dtypes, []).append(index)
        self.tensors = list(groups.values())
        excluded = "weight_decay" in plan.numbers and not all(owned.decays)
        self.scalar_rows = 2 if excluded else 1
        self._batches = [self._batch(gradients, group) for group in self.tensors]
        self.update: Call = program.bind(plan.update, self._batches)
        self.accumulate: Call = program.bind(plan.accumulate, self._batches)
        self._params = [owned.params[index] for index in self._active]
        self._gradients_known = self._params_known = None
        if available():
            self._look_closely([gradients[index] for index in self._active])
        else:
            self._forms = [
                (_form(owned.params[index]), _form(gradients[index])) for index in self._active
            ]

    def _batch(self, gradients: list[Any], group: list[int]) -> Batch:
        arrays = [self._owned.arrays(index, gradients[index]) for index in group]
        addresses = np.array(
            [[*(_address(array) for array in row.values()), 0] for row in arrays], np.int64
        )
        if self.scalar_rows == 2:
            addresses[:, -1] = [not self._owned.decays[index] for index in group]
        return Batch(
            dtypes={name: array.dtype.name for name, array in arrays[0].items()},
            addresses=addresses,
            layouts=[_layout(row) for row in arrays],
            scalar_rows=self.scalar_rows,
            threads=num_threads(),
        )

    def take(self, gradients: list[Any], parameters: list[Any]) -> bool:
        """Take the addresses of new gradients, if nothing but their addresses is new."""
        all_parameters = parameters
        if self._missing:
            own = self._owned.params
            for index in self._missing:
                if gradients[index] is not None or parameters[index] is not own[index]:
                    return False
            gradients = [gradients[index] for index in self._active]
            parameters = [parameters[index] for index in self._active]
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
        for batch, group in zip(self._batches, self.tensors, strict=True):
            table = batch.addresses
            start = table.ctypes.data + column * table.strides[1]
            for row, index in enumerate(group):
                words[index] = start + row * table.strides[0]
        return [words[index] for index in self._active]

    def _take_slowly(self, gradients: list[Any], parameters: list[Any]) -> bool:
        """As `take`, asking each array in Python."""
        for gradient, parameter, form in zip(gradients, parameters, self._forms, strict=True):
            if (_form(parameter), _form(gradient)) != form or not parameter.flags.writeable:
                return False
        if self._owned.intervals.touch(gradients):
            return False
        position = {index: place for place, index in enumerate(self._active)}
        for batch, group in zip(self._batches, self.tensors, strict=True):
            places = [position[index] for index in group]
            if batch.addresses[:, 0].tolist() != [_address(parameters[at]) for at in places]:
                return False
            batch.addresses[:, 1] = [_address(gradients[at]) for at in places]
        return True


def _address(array: np.ndarray) -> int:
    return array.__array_interface__["data"][0]


def _form(array: Any) -> tuple | None:
    if not isinstance(array, np.ndarray):
        return None
    return type(array), array.dtype, array.shape, array.strides


def _layout(arrays: Mapping[str, np.ndarray]) -> Layout:
    """The layout of one tensor; without slots that family follows the parameter."""
    first = {family(name): array for name, array in reversed(list(arrays.items()))}
    slot = first.get("s", first["p"])
    triple = (first["p"], first["g"], slot)
    return Layout(
        first["p"].shape,
        tuple(array.strides for array in triple),
        tuple(array.itemsize for array in triple),
    )
