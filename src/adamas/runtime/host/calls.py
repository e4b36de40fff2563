"""A call is made, and counted, as a whole, whatever signals come.

Python runs the handlers of signals between any two of its instructions, and they may raise, as that
of Ctrl-C does. Then a call of which nothing was made is given up, and one that has begun is brought
to its end first. So it is where a handler saves the state.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...errors import StateError
from ...passes import NORM_CLIPS
from ...signals import held
from ..clock import Counts
from ..inputs import NOTHING, numbers_given
from ..scalars import given_by_wrapper, numbers_of_members, wrapper_goes_on
from .holding import Holding
from .layouts import Layouts
from .manners import Leaves, Steps
from .program import ELSEWHERE, all_finite, not_finite, not_finite_elsewhere

Kept = Mapping[str, np.ndarray]

Making = tuple[Steps, int, Counts | None, Kept | None, bool, bool]
"""A call while it is made: with what, and which update it is, if one; what was counted before, if
it counts; a wrapper's numbers then; whether it updates; whether what is not finite raises."""

NO_LIMITS: Mapping[str, float] = {}

UNKNOWN = -2
"""In the place of the parameter that is not finite, while a call is made."""


class Calls:
    """Makes the calls of a session.

    Args:
        layouts: keeps what is laid out for them.

    Attributes:
        accumulates: whether some calls do not update.
        numbers: those of each member in the last call.
        gradient_norm: the L2 norm of all gradients in the last call that took it.
    """

    def __init__(self, layouts: Layouts) -> None:
        self._layouts = layouts
        self._making: Making | None = None
        self.numbers: Sequence[Mapping[str, Any]] = []
        self.gradient_norm: Any = None

    def follow(self, holding: Holding) -> None:
        """Go by new plans."""
        whole, members = holding.description, holding.assignment.members
        self.accumulates = "gradient_accumulation_steps" in whole.numbers_in_use()
        self._clips = [name for name in NORM_CLIPS if name in whole.clips()]
        asks = any(member.asked_inputs() for member in members)
        self._alone = members == [whole] and not holding.kept and not asks

    def make(
        self,
        holding: Holding,
        steps: Steps,
        gradients: Leaves,
        given: Mapping[str, Any] = NOTHING,
        scale: Any = None,
        found: Any = None,
        counted: bool = True,
        closing: bool = False,
    ) -> None:
        """A call.

        Args:
            holding: whose parameters it is of, by whose clock.
            steps: made of the gradients.
            gradients: to tell which is not finite.
            given: what it is given beside gradients.
            scale, found: as of `Steps.run`.
            counted: whether the clock goes on with it.
            closing: whether it is the last one once more, which is to update.
        """
        description: Any = holding.owner()  # as `description`, without a call of it
        if self._making is not None:
            self.refuse_within()
        before = holding.updates, holding.calls, holding.pending, holding.skipped
        if closing:
            before = holding.before_last()
        updates, calls, _, _ = before
        common = description.read_numbers(calls)
        kept = None
        if holding.kept:
            kept = {name: value.copy() for name, value in holding.kept.items()}
            common |= {n: float(v) for n, v in given_by_wrapper(description, kept).items()}
            kept = None if closing else kept  # they have gone on with that call
        updating = holding.due(common, closing) if self.accumulates else True
        numbers: Sequence[Mapping[str, Any]] = [common]
        if given or not self._alone:
            common |= numbers_given(holding.assignment, given, holding.number)
            numbers = numbers_of_members(
                holding.assignment, common, lambda one, known: one.read_numbers(calls, known)
            )
        self.numbers = numbers
        limits = {clip: common[clip] for clip in self._clips} if self._clips else NO_LIMITS
        raises = found is None and description.nonfinite == "raise"
        making = steps, updates + 1, before if counted else None, kept, updating, raises
        broken: int | None = UNKNOWN
        steps.under_way = None
        self._making = making
        try:
            broken = steps.run(updates + 1, numbers, limits, updating, scale, found, holding.peers)
            if broken is not None and raises:
                raise _not_finite(holding, broken, gradients)
            self._end(holding, making, broken)
        except BaseException:
            self._bring_to_end(holding, making, broken)
            raise
        finally:
            self._making = None

    def refuse_within(self) -> None:
        """`StateError` while a call is made, which the handler of a signal has come into."""
        if self._making is not None:
            raise StateError(
                "A call must come to its end before the same thread makes another one, or changes "
                "the state. Got: one by the handler of a signal. It may save the state; let it "
                "take a note of all else, and act on that between two calls."
            )

    def bring_to_end(self, holding: Holding) -> None:
        """Make and count what is left of a call that a signal has come into, if one has."""
        if self._making is not None:
            self._bring_to_end(holding, self._making, UNKNOWN)

    def _bring_to_end(self, holding: Holding, making: Making, broken: int | None) -> None:
        """Make what is left of a call that has begun, and count it."""
        steps, t, *_, raises = making
        with held():
            begun = True
            if broken == UNKNOWN:
                begun, broken = steps.finish(t)
            if begun and not (raises and broken is not None):
                self._end(holding, making, broken)

    def _end(self, holding: Holding, making: Making, broken: int | None) -> None:
        """Note and count a call that was made; it may be done again."""
        steps, _, before, kept, updating, _ = making
        if steps.norm is not None:
            self.gradient_norm = steps.norm
        if holding.tells_of_writing and updating and broken is None:
            holding.written(steps.active)
        if before is not None:
            holding.go_on(before, updating, broken is not None)
        if kept is not None:
            _wrapper_goes_on(holding, kept, broken is not None)
        if steps is not self._layouts.current:
            self._layouts.remain(holding, steps)


def _not_finite(holding: Holding, broken: int, gradients: Leaves) -> Exception:
    if broken == ELSEWHERE:
        return not_finite_elsewhere(holding.updates + 1)
    finite = not holding.any_part(not all_finite(holding.read(gradients[broken])))
    return not_finite(holding.names[broken], holding.updates + 1, finite)


def _wrapper_goes_on(holding: Holding, kept: Kept, skipped: bool) -> None:
    description = holding.description
    following = wrapper_goes_on(
        description,
        kept,
        skipped,
        description.now,
        lambda function, values: function(**values),
    )
    for name, value in following.items():
        holding.kept[name][...] = value
