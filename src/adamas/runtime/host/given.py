"""Arrays that a call is given beside gradients: which kind of call that makes, and their room.

They are copied into memory of the session, laid out as slots are. So they may have any layout and
dtype, and share memory with anything; steps read them as they read slots, and write nothing there.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from ...errors import StructureError, shown
from ..assignment import Assignment
from ..inputs import refuse_some, refuse_without
from .arrangement import NO_ROOM, Room
from .program import Program


class Kind(NamedTuple):
    """A kind of call: the plans that it follows, compiled, and what is read beside slots."""

    assignment: Assignment
    programs: Sequence[Program]
    room: Room = NO_ROOM

    @property
    def number(self) -> int:
        """1 where arrays are read, else 0."""
        return int(bool(self.room))


class Owner(Protocol):
    """A session, to its given arrays."""

    names: list[str]

    def room_like(self, index: int) -> Any:
        """A tensor that lies as a slot of a parameter."""
        ...

    def check_given(self, what: str, index: int, value: Any) -> Any:
        """The own part of what is given for a parameter."""
        ...

    def write(self, tensor: Any, value: Any) -> None:
        """Put values into a tensor."""
        ...


class GivenArrays:
    """The arrays that the members of a step ask for.

    Args:
        assignment, programs: of calls that are given them.

    Attributes:
        asked: their names.
    """

    def __init__(self, assignment: Assignment, programs: Sequence[Program]) -> None:
        self.asked = dict.fromkeys(n for one in assignment.members for n in one.input_arrays())
        self._with = Kind(assignment, programs)
        self._without: Kind | None = None
        self._room: dict[str, list[Any]] = {}

    def taken(self, owner: Owner, given: Mapping[str, Any], active: Sequence[int]) -> Kind:
        """The kind of a call; what it is given is in its place then, unless it is refused.

        Args:
            owner: the session.
            given: by name, arrays in the order of the parameters.
            active: the parameters that take part.
        """
        names = [name for name in self.asked if given.get(name) is not None]
        if not names:
            return self._kind_without()
        arrays = {name: _listed(owner, name, given[name]) for name in names}
        refuse_some(self._with.assignment, arrays, active, owner.names)
        found = [
            (name, index, owner.check_given(f"{name} of", index, arrays[name][index]))
            for name in names
            for index in active
            if name in self._with.assignment.plan(index).rule.given
        ]
        for name, index, value in found:
            room = self._room.setdefault(name, [None] * len(owner.names))
            if room[index] is None:
                room[index] = owner.room_like(index)
            owner.write(room[index], value)
        return self._with._replace(room=self._room)

    def _kind_without(self) -> Kind:
        """That of calls that are given none, if all members that ask can do without."""
        if self._without is None:
            known = self._with.assignment
            refuse_without(known)
            others = known.without()
            programs = [
                program.another(plan)
                for program, plan in zip(self._with.programs, others.plans, strict=True)
            ]
            self._without = Kind(others, programs)
        return self._without


def _listed(owner: Owner, name: str, arrays: Any) -> Sequence[Any]:
    """Arrays in the order of the parameters; an error if they are not."""
    if isinstance(arrays, list | tuple) and len(arrays) == len(owner.names):
        return arrays
    raise StructureError(
        f"{name} must have an array for each of {len(owner.names)} parameters. "
        f"Got: {shown(arrays)}."
    )
