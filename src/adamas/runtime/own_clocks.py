"""Clocks of single parameters: by PyTorch's convention each counts the updates it took part in.

While no parameter has been left out of an update, there is one clock: what is kept is how many
updates each has missed, and what `prepare` has handed on to each. Both are arrays [parameters] by
name, in host memory or of a library that traces steps.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ..description import Description
from .assignment import Assignment
from .clock import as_count, checked_count
from .names import own_name, split_own
from .scalars import first_remembered

BY_PARAMETER = frozenset({"torch"})
"""Conventions by which each parameter counts its own updates."""

UPDATES = "updates"
"""What the count of a parameter is called beside the numbers that are handed on."""

MISSED = "updates_missed"
"""What the array of updates that were missed is called beside those numbers."""

ONE_CLOCK = (
    "has parameters that have missed updates, by PyTorch's convention. "
    "Here there is one clock: the bias corrections of all go on alike."
)
"""What is said of a state whose parameters had clocks of their own."""

Differences = dict[tuple[str, int], float]
"""Numbers of single parameters by name, the count included, that are not those of all."""


def any_own(members: Iterable[Description]) -> bool:
    """Whether parameters of one of these have clocks of their own."""
    return any(member.convention in BY_PARAMETER for member in members)


def with_own(assignment: Assignment) -> np.ndarray:
    """Whether each parameter has a clock of its own: bool [parameters]."""
    members = assignment.members
    return np.array(
        [
            place is not None and members[place].convention in BY_PARAMETER
            for place in assignment.member_of
        ],
        bool,
    )


def first_own(assignment: Assignment) -> dict[str, np.ndarray]:
    """The arrays of parameters that have missed no update: each has the numbers of its member."""
    first, count = first_remembered(assignment), len(assignment.member_of)
    own = {name: np.zeros(count) for _, name in first}
    clocks = OwnClocks(assignment, {MISSED: np.zeros(count, np.int64), **own})
    clocks.follow(first)
    return clocks.arrays


class OwnClocks:
    """The clocks of parameters in host memory, and what differs from those of all.

    Args:
        assignment: which member each parameter has.
        arrays: [parameters] each: the updates that each has missed, and numbers by name.
    """

    def __init__(self, assignment: Assignment, arrays: Mapping[str, np.ndarray]) -> None:
        self.arrays = dict(arrays)
        self.missed = arrays[MISSED]
        self.numbers = {name: array for name, array in arrays.items() if name != MISSED}
        self.divide(assignment)

    def divide(self, assignment: Assignment) -> None:
        """Go on with other plans for the same parameters and members."""
        self._assignment = assignment
        self.own = with_own(assignment)
        """bool [parameters]: whether each has a clock of its own."""

    def _places(self) -> list[tuple[int, str, int]]:
        """Each parameter with a clock of its own, each number that it has, and its member."""
        places = self._assignment.member_of
        return [
            (index, name, places[index] or 0)
            for index in np.flatnonzero(self.own).tolist()
            for name in self._assignment.member(index).handed_on()
        ]

    def follow(self, numbers: Mapping[tuple[int, str], Any]) -> None:
        """No parameter has missed an update; `numbers` are handed on to all of a member."""
        self.missed[:] = 0
        for index, name, member in self._places():
            self.numbers[name][index] = float(numbers[member, name])

    def begin(self, indices: Sequence[int], updates: int) -> None:
        """Parameters have had no update yet, of so many."""
        first = first_remembered(self._assignment)
        for index in indices:
            self.missed[index] = updates * self.own[index]
        for index, name, member in self._places():
            if index in indices:
                self.numbers[name][index] = first[member, name]

    def differences(self, numbers: Mapping[tuple[int, str], Any], updates: int) -> Differences:
        """The counts of parameters that have missed updates, and numbers that differ by that.

        Args:
            numbers: those of parameters that have missed nothing.
            updates: those of all.
        """
        found: Differences = {
            (UPDATES, index): float(updates - self.missed[index])
            for index in np.flatnonzero(self.missed).tolist()
        }
        for index, name, member in self._places():
            if self.missed[index] and self.numbers[name][index] != numbers[member, name]:
                found[name, index] = float(self.numbers[name][index])
        return found

    def set_differences(self, found: Mapping[tuple[str, int], float], updates: int) -> bool:
        """Go on from these numbers; False if one of the parameters has no clock of its own."""
        for (name, index), value in found.items():
            if not self.own[index]:
                continue
            if name == UPDATES:
                self.missed[index] = updates - int(value)
            else:
                self.numbers[name][index] = value
        return all(self.own[index] for _, index in found)


def named_differences(differences: Differences, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Numbers of single parameters by the names that they have in files."""
    return {own_name(n, names[index]): np.array(value) for (n, index), value in differences.items()}


def differences_in(
    found: Mapping[str, Any],
    assignment: Assignment,
    names: Sequence[str],
    taken: Sequence[str],
    updates: int,
    source: str,
) -> Differences:
    """The numbers of single parameters in a state, of those that are `taken` over.

    Raises `CheckpointError`, which names `source`, for a count that cannot be.
    """
    places = {name: index for index, name in enumerate(names) if name in taken}
    single: Differences = {}
    for (number, name), value in split_own(found)[1].items():
        index = places.get(name)
        if index is None or assignment.plan_of[index] is None:
            continue
        if number == UPDATES:
            checked_count(as_count(np.asarray(value)), own_name(number, name), source, updates)
        elif number not in assignment.member(index).handed_on():
            continue
        single[number, index] = float(value)
    return single
