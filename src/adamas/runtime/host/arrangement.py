"""Arrays that take part in a step, laid out once: cut in chunks and bound to kernels."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, Protocol

import numpy as np

from ...compilers.batch import Batch, Numbered
from ...compilers.exchange import Exchange
from ...compilers.memory import Layout, family
from ...compilers.pager import Pager
from ...dtypes import FLOATS, wide
from ...language.noise import INDEX, identity_of, words_of
from ...plan import Plan
from ...refusals import DRAWN_IN_PARTS
from ..assignment import Assignment
from ..order import Order
from .arrays import Intervals
from .program import Call, Program

Room = Mapping[str, Sequence[Any]]
"""Memory of arrays that a call is given, by name, for each parameter; None where it has none."""

NO_ROOM: Room = {}


@dataclass(frozen=True)
class Owned:
    """What a step updates: parameters, slots by name, which of them decay, and where they lie.

    A slot has None for parameters whose rule does not have it. With `pager` slots lie in a file.
    With it goes what is known of the order in which calls hand things over: a session must not have
    more attributes of its own, since from the thirty-first on Python looks up each of them the slow
    way.
    """

    params: list[np.ndarray]
    slots: Mapping[str, list[np.ndarray | None]]
    decays: Sequence[bool]
    intervals: Intervals
    order: Order = field(default_factory=Order)
    pager: Pager | None = None

    def arrays(
        self, names: Sequence[str], index: int, gradient: np.ndarray, room: Room
    ) -> dict[str, Any]:
        """The arrays of one tensor that are called `names` in its plan."""
        own = {"p": self.params[index], "g": gradient}
        own |= {name: arrays[index] for name, arrays in room.items()}
        return {name: own[name] if name in own else self.slots[name][index] for name in names}

    def all_of(self, slot: str, indices: Sequence[int]) -> list[np.ndarray]:
        """The arrays of a slot that these parameters have."""
        found = [self.slots[slot][index] for index in indices]
        return [array for array in found if array is not None]


@dataclass(frozen=True)
class Part:
    """The tensors of one batch, their program, and whose numbers each scalar row has.

    `index` has the tensors as an index of a vector.
    """

    program: Program
    batch: Batch
    tensors: list[int]
    rows: list[Any]
    index: slice | np.ndarray


class PartsOf(Protocol):
    """Parameters that are divided among processes.

    Attributes:
        sizes: [batch, rows, columns] of each whole parameter.
    """

    sizes: Sequence[tuple[int, int, int]]

    def divided(self, index: int) -> Hashable:
        """Among which processes a parameter is divided, or None: the same for all of a batch."""
        ...

    def form(self, index: int) -> Hashable:
        """The whole shape of a parameter and how it is divided."""
        ...

    def begins(self, index: int) -> tuple[int, tuple[int, ...]]:
        """The index of this part's first weight in the whole parameter, in the order of C.

        And how far indices there are apart along each axis.
        """
        ...

    def exchange(self, group: Sequence[int]) -> Exchange | None:
        """How the processes reach each other for these parameters; None if they need not."""
        ...


class Arrangement:
    """A set of tensors in a certain form.

    Args:
        assignment: which plan each parameter has.
        programs: those plans, compiled.
        owned: all parameters and slots.
        gradients: one for each parameter, or None.
        whose: whose numbers each parameter has; those with the same share a scalar row.
        threads: how many share the work.
        parts_of: what is known of parameters of which this process has a part only.
        room: where arrays are that the call is given, laid out as slots are.

    Attributes:
        parts: the batches.
        active, missing: the parameters with and without a gradient.
        update, accumulate: the two kinds of call.
    """

    def __init__(
        self,
        assignment: Assignment,
        programs: Sequence[Program],
        owned: Owned,
        gradients: Sequence[Any],
        whose: Sequence[Hashable],
        threads: int,
        parts_of: "PartsOf | None" = None,
        room: Room = NO_ROOM,
    ) -> None:
        self._assignment = assignment
        self._programs = programs
        self._owned = owned
        self._whose = whose
        self._threads = threads
        self._parts_of = parts_of
        self._room = room
        self.active = [index for index, g in enumerate(gradients) if g is not None]
        self.missing = [index for index, g in enumerate(gradients) if g is None]
        groups: dict[tuple, list[int]] = {}
        for index in self.active:
            groups.setdefault(self._kind(index, gradients[index]), []).append(index)
        self.parts = [self._part(gradients, group) for group in groups.values()]
        parts = [(part.program, part.batch) for part in self.parts]
        tensors = [index for part in self.parts for index in part.tensors]
        plans = [program.plan for program in programs]
        known = (plans, tensors, list(map(assignment.adds_to, tensors)), assignment.sums)
        self.update = Call(parts, "update", *known)
        self.accumulate = Call(parts, "accumulate", *known)

    def _kind(self, index: int, gradient: np.ndarray) -> tuple:
        """Tensors of the same kind share a batch."""
        parameter, place = self._owned.params[index], self._assignment.plan_of[index] or 0
        shape = parameter.shape if self._programs[place].separates else None
        kind = (place, parameter.dtype.name, gradient.dtype.name, shape)
        if self._parts_of is None:
            return kind
        # Processes must agree on the batches, whatever part of each tensor they have.
        whole = self._parts_of.form(index) if shape is not None else None
        return *kind[:3], whole, self._parts_of.divided(index)

    def _part(self, gradients: Sequence[Any], group: list[int]) -> Part:
        program = self._programs[self._assignment.plan_of[group[0]] or 0]
        plan = program.plan
        arrays = [
            self._owned.arrays(plan.arrays, index, gradients[index], self._room) for index in group
        ]
        rows = list(dict.fromkeys(self._whose[index] for index in group))
        place = {key: row for row, key in enumerate(rows)}
        dtypes = {name: array.dtype.name for name, array in arrays[0].items()}
        kind = wide(dtypes["p"])
        begun = [self._begun(plan, index, FLOATS[kind].bytes) for index in group]
        addresses = np.array(
            [
                [*(address(array) for array in row.values()), *begins, place[self._whose[index]]]
                for row, begins, index in zip(arrays, begun, group, strict=True)
            ],
            np.int64,
        )
        batch = Batch(
            dtypes=dtypes | ({INDEX: kind} if plan.drawn else {}),
            addresses=addresses,
            layouts=[self._layout(plan, *pair) for pair in zip(group, arrays, strict=True)],
            scalar_rows=len(rows),
            threads=self._threads,
            small={slot: self._owned.all_of(slot, group) for slot in plan.small},
            matrices={slot: self._owned.all_of(slot, group) for slot in plan.matrices},
            sizes=[self._parts_of.sizes[index] for index in group] if self._parts_of else (),
            exchange=self._parts_of.exchange(group) if self._parts_of else None,
            apply=program.apply,
            numbered=self._numbered(group) if plan.drawn else None,
            pager=self._owned.pager,
        )
        return Part(program, batch, group, rows, as_index(group))

    def _layout(self, plan: Plan, index: int, arrays: Mapping[str, np.ndarray]) -> Layout:
        """The layout of one tensor; where random numbers are drawn, with indices of the whole."""
        parts = self._parts_of
        if parts is None or not plan.drawn or parts.divided(index) is None:
            return _layout(arrays, None)
        separates = self._programs[self._assignment.plan_of[index] or 0].separates
        if separates and arrays["p"].ndim > 3:
            raise DRAWN_IN_PARTS.error("divided ones")
        return _layout(arrays, parts.begins(index)[1])

    def _numbered(self, group: Sequence[int]) -> Numbered:
        """What random numbers go by: the name of each parameter."""
        names = [self._assignment.names[index] for index in group]
        return Numbered(list(map(words_of, names)), np.array(list(map(identity_of, names))))

    def _begun(self, plan: Plan, index: int, size: int) -> tuple[int, ...]:
        """Where the indices of a tensor begin, in elements of a size, if numbers go by them."""
        if not plan.drawn:
            return ()
        return (0 if self._parts_of is None else self._parts_of.begins(index)[0] * size,)


def as_index(places: Sequence[int]) -> slice | np.ndarray:
    """Places as an index of a vector; a slice where that will do, which costs nothing."""
    first, last = places[0], places[-1] + 1
    return slice(first, last) if list(places) == list(range(first, last)) else np.array(places)


def address(array: np.ndarray) -> int:
    """Where the first element of an array lies."""
    return array.__array_interface__["data"][0]


def _layout(arrays: Mapping[str, np.ndarray], whole: Sequence[int] | None) -> Layout:
    """The layout of one tensor; without slots that family follows the parameter.

    Slots have one order of elements, and that of the narrowest is counted in bytes.

    Memory for functions of whole tensors is dense, in the order of the indices. With `whole`, how
    far the indices in the whole tensor are apart along each axis, it stands for those.
    """
    p, g = arrays["p"], arrays["g"]
    slots = [array for name, array in arrays.items() if family(name) == "s"]
    three = (p, g, min(slots, key=lambda array: array.itemsize, default=p))
    size = FLOATS[wide(p.dtype.name)].bytes
    indices = whole or tuple(prod(p.shape[axis + 1 :]) for axis in range(p.ndim))
    scratch = tuple(size * stride for stride in indices)
    return Layout(
        p.shape,
        (*(array.strides for array in three), scratch),
        (*(array.itemsize for array in three), size),
    )
