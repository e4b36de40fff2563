"""What is laid out for a call stays so, until tensors change their form."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .given import GivenArrays, Kind
from .holding import Holding
from .manners import Leaves, Steps


class Layouts:
    """The steps of the sets of tensors that were stepped lately.

    Attributes:
        current: those of the last call, if the next may be made with them as soon as they `take`
            its tensors.
        looks: whether every call looks at the tensors of the state, since somebody has them.
    """

    def __init__(self) -> None:
        self.current: Steps | None = None
        self._known: dict[tuple[int, ...], Steps] = {}
        self._given: GivenArrays | None = None
        self.looks = False

    def follow(self, holding: Holding) -> None:
        """Go by new plans."""
        self.forget()
        takes = any(member.input_arrays() for member in holding.assignment.members)
        self._given = GivenArrays(holding.assignment, holding.programs) if takes else None

    def forget(self) -> None:
        """Lay tensors out anew in the next call."""
        self._known.clear()
        self.current = None

    def look(self) -> None:
        """Look at the tensors of the state in every call from now on."""
        self.looks, self.current = True, None

    def arrays_asked(self) -> Iterable[str]:
        """The names of the arrays that calls are given, one for each parameter."""
        return () if self._given is None else self._given.asked

    def known(self) -> Iterable[Steps]:
        """All that is laid out."""
        return self._known.values()

    def of_one(self, index: int) -> Steps | None:
        """What is laid out for one parameter alone."""
        return self._known.get((0, index))

    def prepared(
        self,
        holding: Holding,
        gradients: Leaves,
        parameters: Leaves,
        active: Sequence[int],
        given: Mapping[str, Any],
    ) -> Steps:
        """The steps of the parameters in `active`, which have gradients."""
        if self.looks and not holding.state_holds():
            self.forget()
        kind = Kind(holding.assignment, holding.programs)
        if self._given is not None:
            kind = self._given.taken(holding, given, active)
        steps = self._known.get((kind.number, *active))
        if steps is None or not steps.take(gradients, parameters) or not steps.holds():
            steps = holding.lay_out(gradients, parameters, active, kind)
        return steps

    def remain(self, holding: Holding, steps: Steps) -> None:
        """Keep what was laid out for a call that was made."""
        holding.settle(steps)
        while len(self._known) >= holding.LAID_OUT:
            del self._known[next(iter(self._known))]
        self._known[steps.kind, *steps.active] = steps
        # Where arrays may be given, each call asks anew which they are.
        asks = self.looks or self._given is not None
        self.current = None if asks else steps
