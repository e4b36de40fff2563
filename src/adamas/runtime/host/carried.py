"""Numbers that are handed on from update to update: how many there were, and what `prepare` says.

A session has one clock and hands on numbers by member; PyTorch counts the updates of each
parameter by itself, and hands on numbers with them (`adamas.frameworks.torch.state`).
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from ..assignment import Assignment
from ..scalars import Values, first_remembered, symbols
from .arrangement import Part
from .program import Program

Row = tuple[float, ...]

Following = list[tuple[np.ndarray, Any, Any]]
"""Live memory, an index in it, and what will be there after an update."""


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

    def refuse_differences(self) -> None:
        """`CheckpointError` where parameters of one member have different numbers."""
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
    ) -> Following:
        """What is to be handed on after an update; nothing is changed yet.

        Args:
            t: the number of the update for the session.
            programs, numbers: of all plans and members.
            parts, rows: the batches that are updated, and the scalar rows of each.
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

    def refuse_differences(self) -> None:
        """Never: there is one clock."""

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
    ) -> Following:
        """Each member's numbers, whichever of its parameters had a gradient."""
        found: Following = []
        for place, plan in self._assignment.plans_of_members() if self.arrays else ():
            row = symbols(plan, t, numbers[place], True, lambda name, at=place: self._of(at, name))
            program = next(program for program in programs if program.plan is plan)
            values = program.next_remembered(*row.values())
            found += [
                (self.arrays[place, name], ..., value)
                for name, value in zip(plan.remembered, values, strict=True)
            ]
        return found
