"""Numbers that are handed on from update to update: how many there were, and what `prepare` says.

A session has one clock and hands on numbers by member. By PyTorch's convention each parameter
counts the updates that it had a gradient in, and numbers are handed on with them; `adamas.torch`
keeps both where PyTorch does (`adamas.frameworks.torch.state`).
"""

from collections.abc import Hashable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np

from ..assignment import Assignment
from ..own_clocks import Differences, OwnClocks, any_own, first_own
from ..scalars import Values, first_remembered, symbols
from .arrangement import Part
from .program import Program
from .summing import Totals

Row = Sequence[float]

Following = list[tuple[np.ndarray, Any, Any]]
"""Live memory, an index in it, and what will be there after an update."""


NO_TOTALS: Totals = MappingProxyType({})


def hand_on(following: Following) -> None:
    """Put numbers in their places; it may be done again."""
    for memory, index, values in following:
        memory[index] = values


class Carried(Protocol):
    """What a step over tensors in host memory is told about earlier updates, and hands on."""

    @property
    def is_plain(self) -> bool:
        """Whether there is one clock, and nothing else to hand on."""
        ...

    def divide(self, assignment: Assignment) -> None:
        """Go on with other plans for the same parameters and members."""
        ...

    def remembered_numbers(self) -> dict[tuple[int, str], np.ndarray]:
        """The numbers that are handed on, as 0-d arrays by the place of the member and name."""
        ...

    def set_remembered(self, numbers: Mapping[tuple[int, str], float], updates: int) -> None:
        """Go on from these numbers, after so many updates."""
        ...

    def begin(self, indices: Sequence[int]) -> None:
        """Let parameters begin afresh, where each has a clock of its own."""
        ...

    def waits(self, indices: Sequence[int]) -> bool:
        """Whether an update without these parameters is to be noted of them."""
        ...

    def differences(self, updates: int) -> Differences:
        """The numbers of parameters that are not their member's, after so many updates of all."""
        ...

    def set_differences(self, found: Mapping[tuple[str, int], float], updates: int) -> bool:
        """Go on from these numbers of single parameters; False where there is one clock for all."""
        ...

    def alike(self, index: int) -> Hashable:
        """The same for parameters that have the same numbers now."""
        ...

    def t(self, index: int, t: int) -> float:
        """The number of a parameter's next update, from 1; `t` is that of the session's."""
        ...

    def remembered(self, index: int, name: str) -> float:
        """A number that was handed on to a parameter."""
        ...

    def following(
        self,
        t: int,
        programs: Sequence[Program],
        numbers: Sequence[Values],
        parts: Sequence[Part],
        rows: Sequence[Sequence[Row]],
        totals: Totals = NO_TOTALS,
    ) -> Following:
        """What is to be handed on after an update; nothing is changed yet.

        Args:
            t: the number of the update for the session.
            programs, numbers: of all plans and members.
            parts, rows: the batches that are updated, and the scalar rows of each.
            totals: the sums over all tensors of the update.
        """
        ...


class OfMembers:
    """Numbers of a session with one clock, by the place of the member and name, as 0-d arrays.

    Args:
        arrays: keeps them in these, in place of new ones with the first values.
    """

    def __init__(
        self, assignment: Assignment, arrays: Mapping[tuple[int, str], np.ndarray] | None = None
    ) -> None:
        self._assignment = assignment
        first = first_remembered(assignment) if arrays is None else arrays
        self.arrays = {key: np.asarray(value) for key, value in first.items()}

    @property
    def is_plain(self) -> bool:
        """Whether nothing is handed on."""
        return not self.arrays

    def divide(self, assignment: Assignment) -> None:
        """Go on with other plans for the same parameters and members."""
        self._assignment = assignment

    def remembered_numbers(self) -> dict[tuple[int, str], np.ndarray]:
        """The live arrays."""
        return self.arrays

    def set_remembered(self, numbers: Mapping[tuple[int, str], float], updates: int) -> None:
        """Go on from these numbers."""
        for key, value in numbers.items():
            self.arrays[key][...] = value

    def begin(self, indices: Sequence[int]) -> None:
        """The clock goes on, which is that of all."""

    def waits(self, indices: Sequence[int]) -> bool:
        """Never: the clock goes on without them."""
        return False

    def differences(self, updates: int) -> Differences:
        """None: there is one clock."""
        return {}

    def set_differences(self, found: Mapping[tuple[str, int], float], updates: int) -> bool:
        """There is one clock."""
        return not found

    def alike(self, index: int) -> Hashable:
        """All parameters of a member have the same numbers."""
        return None

    def t(self, index: int, t: int) -> float:
        """The session's."""
        return t

    def remembered(self, index: int, name: str) -> float:
        """The member's."""
        return self._of(self._assignment.member_of[index] or 0, name)

    def _of(self, place: int, name: str) -> float:
        return float(self.arrays[place, name])

    def following(
        self,
        t: int,
        programs: Sequence[Program],
        numbers: Sequence[Values],
        parts: Sequence[Part],
        rows: Sequence[Sequence[Row]],
        totals: Totals = NO_TOTALS,
    ) -> Following:
        """Each member's numbers, whichever of its parameters had a gradient."""
        found: Following = []
        for place, plan in self._assignment.plans_of_members() if self.arrays else ():
            own = next(at for at, one in enumerate(self._assignment.plans) if one is plan)
            program, sums = programs[own], totals.get(self._assignment.sums_of(place))
            if program.plan.totals and sums is None:
                continue  # none of its tensors has a part in this update
            known = (lambda name, at=place: self._of(at, name)), sums or {}
            row = symbols(program.plan, t, numbers[place], True, *known)
            values = program.next_remembered(*row.values())
            found += [
                (self.arrays[place, name], ..., value)
                for name, value in zip(plan.remembered, values, strict=True)
            ]
        return found


class OfParameters:
    """Numbers of a session in which parameters have clocks of their own, if their member says so.

    While no parameter has been left out of an update there is one clock, and steps are as quick.

    Args:
        arrays: as in `OfMembers`.
        own: keeps the clocks in these arrays, in place of new ones.
    """

    def __init__(
        self,
        assignment: Assignment,
        arrays: Mapping[tuple[int, str], np.ndarray] | None = None,
        own: Mapping[str, np.ndarray] | None = None,
    ) -> None:
        self._all = OfMembers(assignment, arrays)
        self._assignment = assignment
        self._clocks = OwnClocks(assignment, first_own(assignment) if own is None else own)

    @property
    def is_plain(self) -> bool:
        """Whether nothing is handed on, and no parameter has missed an update."""
        return self._all.is_plain and not self._clocks.missed.any()

    def divide(self, assignment: Assignment) -> None:
        """Go on with other plans for the same parameters and members."""
        self._all.divide(assignment)
        self._assignment = assignment
        self._clocks.divide(assignment)

    def remembered_numbers(self) -> dict[tuple[int, str], np.ndarray]:
        """Those of a parameter that has missed nothing."""
        return self._all.arrays

    def set_remembered(self, numbers: Mapping[tuple[int, str], float], updates: int) -> None:
        """Go on from these numbers; no parameter has missed an update."""
        self._all.set_remembered(numbers, updates)
        self._updates = updates
        self._clocks.follow(self._all.arrays)

    def begin(self, indices: Sequence[int]) -> None:
        """Parameters have had no update yet."""
        self._clocks.begin(indices, self._updates)

    def waits(self, indices: Sequence[int]) -> bool:
        """Whether one of them has a clock of its own, which stands still meanwhile."""
        return bool(self._clocks.own[list(indices)].any())

    def differences(self, updates: int) -> Differences:
        """The counts of parameters that have missed updates, and numbers that differ by that."""
        return self._clocks.differences(self._all.arrays, updates)

    def set_differences(self, found: Mapping[tuple[str, int], float], updates: int) -> bool:
        """Go on from these numbers, for parameters that have a clock of their own."""
        return self._clocks.set_differences(found, updates)

    def alike(self, index: int) -> Hashable:
        """How many updates a parameter has missed, and what was handed on to it."""
        clocks = self._clocks
        if not clocks.own[index]:
            return None
        names = self._assignment.member(index).handed_on()
        return (clocks.missed[index], *(clocks.numbers[name][index] for name in names))

    def t(self, index: int, t: int) -> float:
        """The session's, less what the parameter has missed."""
        return t - int(self._clocks.missed[index])

    def remembered(self, index: int, name: str) -> float:
        """The parameter's own, or its member's."""
        clocks = self._clocks
        if not clocks.own[index]:
            return self._all.remembered(index, name)
        return float(clocks.numbers[name][index])

    def following(
        self,
        t: int,
        programs: Sequence[Program],
        numbers: Sequence[Values],
        parts: Sequence[Part],
        rows: Sequence[Sequence[Row]],
        totals: Totals = NO_TOTALS,
    ) -> Following:
        """What each parameter that is updated has from now on; others have missed an update."""
        found = self._all.following(t, programs, numbers, parts, rows, totals)
        missed, missing = self._clocks.missed, self._clocks.own.copy()
        for part in parts:
            missing[part.index] = False
        if missing.any():
            found.append((missed, missing, missed[missing] + 1))
        return found + numbers_following(self._assignment, self._clocks.numbers, parts, rows)


def numbers_following(
    assignment: Assignment,
    numbers: Mapping[str, np.ndarray],
    parts: Sequence[Part],
    rows: Sequence[Sequence[Row]],
) -> Following:
    """What is handed on to each parameter that is updated; what its member has, to all of those.

    Args:
        numbers: [parameters] each by name.
        parts, rows: the batches, and the scalar rows of each.
    """
    found: Following = []
    for part, own in zip(parts, rows, strict=True):
        plan = part.program.plan
        if plan.remembered:
            values = np.array([part.program.next_remembered(*row) for row in own])
            places = part.batch.addresses[:, -1]
            for column, name in enumerate(plan.remembered):
                if name in plan.fed:
                    found += _of_all(assignment, numbers[name], part, values[:, column])
                found.append((numbers[name], part.index, values[places, column]))
    return found


def _of_all(
    assignment: Assignment, memory: np.ndarray, part: Part, values: np.ndarray
) -> Following:
    """A number that follows from all tensors, for those of a member that are not updated, too."""
    members = np.array([-1 if place is None else place for place in assignment.member_of])
    rows = dict(zip(members[part.tensors].tolist(), part.batch.addresses[:, -1], strict=True))
    return [(memory, np.flatnonzero(members == own), values[row]) for own, row in rows.items()]


def carried_by(
    assignment: Assignment,
    arrays: Mapping[tuple[int, str], np.ndarray] | None = None,
    own: Mapping[str, np.ndarray] | None = None,
) -> Carried:
    """The numbers of a session: by parameter, where a member's convention says so.

    Args:
        arrays, own: keeps them in these, in place of new ones.
    """
    if any_own(assignment.members):
        return OfParameters(assignment, arrays, own)
    return OfMembers(assignment, arrays)
