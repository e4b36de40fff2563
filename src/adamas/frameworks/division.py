"""Which rule and whose hyperparameters each parameter has."""

import inspect
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..plan import make_plan
from .program import Program

if TYPE_CHECKING:
    from ..optimizer import Optimizer


class Division:
    """The parameters of one optimizer, each with its member and its program.

    Attributes:
        programs: one for each plan.
        member_of, program_of: the place in these of each parameter's, or None if it is frozen.
    """

    def __init__(
        self,
        optimizer: "Optimizer",
        names: Sequence[str],
        arrays: Sequence[Any],
        compiler: str | None,
    ) -> None:
        # Weakly, as the session itself: an optimizer that is let go frees its state at once.
        self._members: list[weakref.ref[Optimizer]] = []
        self.programs: list[Program] = []
        self.member_of: list[int | None] = []
        self.program_of: list[int | None] = []
        plans: dict[tuple, int] = {}
        for name, array in zip(names, arrays, strict=True):
            member = optimizer.member_for(name, array)
            if member is None:
                self.member_of.append(None)
                self.program_of.append(None)
                continue
            rule = member.rule_for(name, array.shape)
            vector = array.ndim < 2 and bool(
                optimizer.centralize_gradients or optimizer.adaptive_clip is not None
            )
            decay = member.decay_for(name, array.shape)
            key = (rule, vector, decay, *_structure(member))
            if key not in plans:
                plans[key] = len(self.programs)
                plan = make_plan(optimizer, member, rule, vector=vector, decay_number=decay)
                self.programs.append(Program(plan, compiler))
            if not any(member is known for known in self.members):
                self._members.append(weakref.ref(member))
            self.member_of.append(next(i for i, m in enumerate(self.members) if m is member))
            self.program_of.append(plans[key])

    @property
    def members(self) -> "list[Optimizer]":
        """The optimizers that have rules; for most, only the optimizer itself."""
        found = [reference() for reference in self._members]
        return [member for member in found if member is not None]

    @property
    def frozen(self) -> bool:
        """Whether any parameter is."""
        return None in self.program_of

    def program(self, index: int) -> Program:
        """The program of a parameter that is not frozen."""
        place = self.program_of[index]
        assert place is not None
        return self.programs[place]

    def member(self, index: int) -> "Optimizer":
        """The member of a parameter that is not frozen."""
        place = self.member_of[index]
        assert place is not None
        return self.members[place]

    def initial(self, index: int, array: np.ndarray) -> dict[str, Any]:
        """The first values of those slots of a parameter that do not begin as 0."""
        member = self.member(index)
        parameters = inspect.signature(member.initial).parameters.values()
        wanted = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
        numbers = member.read_numbers(0) if wanted else {}
        return dict(member.initial(array, **{name: numbers[name] for name in wanted}))


def _structure(member: "Optimizer") -> tuple:
    """What decides a member's plan, beside its rule: two with the same differ in numbers only."""
    return (type(member), member.numbers_in_use(), *member.choices().values())
