"""What parameters are told about earlier updates, and what is handed on to the next, traced.

A member has one clock, or each of its parameters has one (`adamas.runtime.own_clocks`). Then what
is uniform is computed for all parameters at once, in arrays [parameters].
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...compilers.library import Library
from ...compilers.scalars import remembered
from ..assignment import Assignment
from ..own_clocks import MISSED, any_own
from ..scalars import Values, symbols

Numbers = Mapping[tuple[int, str], Any]
"""Numbers that are handed on between updates, by the place of the member and name."""

Own = Mapping[str, Any]
"""Updates that parameters have missed, and their own numbers by name, [parameters] each."""


class Clock(NamedTuple):
    """What the parameters of a member are told.

    Attributes:
        t: the number of the update.
        remembered: gives a number that is handed on.
        each: whether these are arrays [parameters].
    """

    t: Any
    remembered: Callable[[str], Any]
    each: bool


class Clocks:
    """The clocks of all members in one call.

    Args:
        assignment: which member each parameter has.
        t: the number of the update that is made, for a parameter that has missed nothing.
        numbers: what is handed on to such parameters.
        own: the clocks of parameters; nothing where there is one for all.
    """

    def __init__(
        self, library: Library, assignment: Assignment, t: Any, numbers: Numbers, own: Own
    ) -> None:
        self._library = library
        self._assignment = assignment
        self._t = t
        self._numbers = numbers
        self._own = own
        self._each = [bool(own) and any_own([member]) for member in assignment.members]
        if any(self._each):
            self._each_t = t - library.cast(own[MISSED], library.scalar)

    def of(self, place: int) -> Clock:
        """The clock of a member's parameters."""
        if self._each[place]:
            return Clock(self._each_t, self._own.__getitem__, True)
        return self._of_all(place)

    def _of_all(self, place: int) -> Clock:
        return Clock(self._t, lambda name: self._numbers[place, name], False)

    def next_numbers(
        self, numbers: Sequence[Values], finite: Any, totals: Mapping[int, Values]
    ) -> dict[tuple[int, str], Any]:
        """What is handed on to parameters that have missed nothing, if all is finite.

        Args:
            numbers: those of each member.
            finite: bool []; None if nobody asks.
            totals: the sums over all tensors, by whose they are and name.
        """
        found = dict(self._numbers)
        for place, plan in self._assignment.plans_of_members() if found else ():
            sums = totals.get(self._assignment.sums_of(place))
            if plan.totals and sums is None:
                continue  # none of its tensors has a part in this update
            values = self._following(plan, self._of_all(place), numbers[place], sums)
            for name, value in values.items():
                found[place, name] = self._taken(value, found[place, name], finite)
        return found

    def next_own(
        self,
        numbers: Sequence[Values],
        active: Sequence[Any],
        finite: Any,
        totals: Mapping[int, Values],
    ) -> dict[str, Any]:
        """The clocks of parameters after an update, if all is finite.

        Args:
            numbers, finite, totals: as in `next_numbers`.
            active: whether each parameter has a part in it: True, False or bool [].
        """
        found = dict(self._own)
        if not any(self._each):
            return found
        library = self._library
        places = self._assignment.member_of
        waiting = [place is not None and self._each[place] for place in places]
        if not all(one is True or not own for one, own in zip(active, waiting, strict=True)):
            waits = self._where(waiting, active, False)
            waits = waits if finite is None else library.function("logical_and")(waits, finite)
            missed = found[MISSED]
            found[MISSED] = missed + library.cast(waits, library.dtype(missed))
        for at, plan in self._assignment.plans_of_members():
            sums = totals.get(self._assignment.sums_of(at))
            if self._each[at] and plan.remembered and not (plan.totals and sums is None):
                own = [place == at for place in places]
                values = self._following(plan, self.of(at), numbers[at], sums)
                for name, value in values.items():
                    # What follows from all tensors is that of parameters that wait, too.
                    those = active if name not in plan.fed else [True] * len(own)
                    taking = self._where(own, those, True)
                    if finite is not None:
                        taking = library.function("logical_and")(taking, finite)
                    found[name] = self._taken(value, found[name], taking)
        return found

    def _where(self, those: Sequence[bool], active: Sequence[Any], there: bool) -> Any:
        """Whether each is one of those, and active or not: bool [parameters]."""
        if all(isinstance(one, bool) for one in active):
            return np.array([own and one == there for own, one in zip(those, active, strict=True)])
        library = self._library
        stacked = library.function("stack")([library.cast(one, "bool") for one in active])
        if not there:
            stacked = library.function("logical_not")(stacked)
        return library.function("logical_and")(np.array(those), stacked)

    def _following(
        self, plan: Any, clock: Clock, numbers: Values, totals: Values | None
    ) -> dict[str, Any]:
        known = symbols(plan, clock.t, numbers, True, clock.remembered, totals or {})
        return remembered(self._library, plan, known)

    def _taken(self, value: Any, before: Any, condition: Any) -> Any:
        """The next value in the dtype of the one before, which stays where a condition fails."""
        after = self._library.cast(value, self._library.dtype(before))
        if condition is None:
            return after
        return self._library.function("where")(condition, after, before)
