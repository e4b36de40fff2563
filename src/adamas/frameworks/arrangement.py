"""Arrays that take part in a step, checked and laid out once, until they change their form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from ..compilers.memory import Batch, Layout, family
from ..compilers.threads import num_threads
from ..division import Division
from .arrays import Intervals
from .inspection import Look, available
from .program import Call, Program


@dataclass(frozen=True)
class Owned:
    """What a step updates: parameters, slots by name, which of them decay, and where they lie.

    A slot has None for parameters whose rule does not have it.
    """

    params: list[np.ndarray]
    slots: Mapping[str, list[np.ndarray | None]]
    decays: Sequence[bool]
    intervals: Intervals

    def arrays(self, names: Sequence[str], index: int, gradient: np.ndarray) -> dict[str, Any]:
        """The arrays of one tensor that are called `names` in its plan."""
        own = {"p": self.params[index], "g": gradient}
        return {name: own[name] if name in own else self.slots[name][index] for name in names}

    def all_of(self, slot: str, indices: Sequence[int]) -> list[np.ndarray]:
        """The arrays of a slot that these parameters have."""
        found = [self.slots[slot][index] for index in indices]
        return [array for array in found if array is not None]


@dataclass(frozen=True)
class Part:
    """The tensors of one batch, their program, and whose numbers each scalar row has.

    A row is (member, whether the parameters decay).
    """

    program: Program
    batch: Batch
    tensors: list[int]
    rows: list[tuple[int, bool]]


class Arrangement:
    """A set of tensors in a certain form: checked, cut in chunks, bound to kernels.

    Attributes:
        parts: the batches.
        alike: whether all parameters have the same numbers.
        update, accumulate: the two kinds of call.
    """

    def __init__(
        self,
        division: Division,
        programs: Sequence[Program],
        owned: Owned,
        gradients: list[Any],
    ) -> None:
        self._division = division
        self._programs = programs
        self._owned = owned
        self._active = [index for index, g in enumerate(gradients) if g is not None]
        self._missing = [index for index, g in enumerate(gradients) if g is None]
        groups: dict[tuple, list[int]] = {}
        for index in self._active:
            groups.setdefault(self._kind(index, gradients[index]), []).append(index)
        self.parts = [self._part(gradients, group) for group in groups.values()]
        self.alike = all(part.rows == [(0, True)] for part in self.parts)
        parts = [(part.program, part.batch) for part in self.parts]
        self.update = Call(parts, "update")
        self.accumulate = Call(parts, "accumulate")
        self._params = [owned.params[index] for index in self._active]
        self._gradients_known = self._params_known = None
        if available():
            self._look_closely([gradients[index] for index in self._active])
        else:
            self._forms = [
                (_form(owned.params[index]), _form(gradients[index])) for index in self._active
            ]

    def _kind(self, index: int, gradient: np.ndarray) -> tuple:
        """Tensors of the same kind share a batch."""
        parameter, place = self._owned.params[index], self._division.plan_of[index] or 0
        shape = parameter.shape if self._programs[place].separates else None
        return place, parameter.dtype.name, gradient.dtype.name, shape

    def _part(self, gradients: list[Any], group: list[int]) -> Part:
        program = self._programs[self._division.plan_of[group[0]] or 0]
        plan = program.plan
        arrays = [self._owned.arrays(plan.arrays, index, gradients[index]) for index in group]
        decays = plan.decay_number in plan.numbers
        whose = [
            (self._division.member_of[index] or 0, self._owned.decays[index] or not decays)
            for index in group
        ]
        rows = list(dict.fromkeys(whose))
        addresses = np.array(
            [
                [*(_address(array) for array in row.values()), rows.index(key)]
                for row, key in zip(arrays, whose, strict=True)
            ],
            np.int64,
        )
        batch = Batch(
            dtypes={name: array.dtype.name for name, array in arrays[0].items()},
            addresses=addresses,
            layouts=[_layout(row) for row in arrays],
            scalar_rows=len(rows),
            threads=num_threads(),
            small={slot: self._owned.all_of(slot, group) for slot in plan.small},
        )
        return Part(program, batch, group, rows)

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
        for part in self.parts:
            table = part.batch.addresses
            start = table.ctypes.data + column * table.strides[1]
            for row, index in enumerate(part.tensors):
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
        for part in self.parts:
            batch = part.batch
            places = [position[index] for index in part.tensors]
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
    """The layout of one tensor; without slots that family follows the parameter.

    Memory for functions of whole tensors is dense, in the order of the indices.
    """
    first = {family(name): array for name, array in reversed(list(arrays.items()))}
    p = first["p"]
    three = (p, first["g"], first.get("s", p))
    size = max(p.itemsize, 4)
    scratch = tuple(size * prod(p.shape[axis + 1 :]) for axis in range(p.ndim))
    return Layout(
        p.shape,
        (*(array.strides for array in three), scratch),
        (*(array.itemsize for array in three), size),
    )
