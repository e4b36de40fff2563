"""Which plan and whose hyperparameters each parameter has.

Most optimizers treat all parameters alike. Some have a rule for matrices and one for the rest, and
some are several optimizers; then parameters with the same plan are still one batch.
"""

import inspect
import weakref
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..language.first_values import first_values, wanted_numbers
from ..plan import Plan, make_plan

if TYPE_CHECKING:
    from ..optimizer import Optimizer


class Division:
    """The parameters of one optimizer, each with its member and its plan.

    Attributes:
        plans: the different plans.
        member_of, plan_of: the place in `members` and `plans` of each parameter's; None for
            frozen parameters.
    """

    def __init__(
        self, optimizer: "Optimizer", names: Sequence[str], shapes: Sequence[tuple[int, ...]]
    ) -> None:
        # Weakly, as a session itself: an optimizer that is let go frees its state at once.
        self._members: list[weakref.ref[Optimizer]] = []
        found = [optimizer.member_for(n, s) for n, s in zip(names, shapes, strict=True)]
        for member in optimizer._everyone():
            # In the order in which they were given: frameworks differ in that of parameters.
            if any(member is one for one in found):
                self._place(member)
        self.member_of = [self._place(member) for member in found]
        sharing: dict[tuple, list[int]] = {}
        for index, (name, shape) in enumerate(zip(names, shapes, strict=True)):
            if self.member_of[index] is not None:
                member = self.member(index)
                rule, decay = member.rule_for(name, shape), member.decay_for(name, shape)
                vector = len(shape) < 2 and optimizer.has_units()
                choices = (*member.choices().values(), member.unset())
                key = (rule, decay, vector, type(member), *choices)
                sharing.setdefault(key, []).append(index)
        self.plans: list[Plan] = []
        self.plan_of: list[int | None] = [None] * len(names)
        for (rule, decay, vector, *_), indices in sharing.items():
            members = [m for m in self.members if any(self.member(i) is m for i in indices)]
            for index in indices:
                self.plan_of[index] = len(self.plans)
            plan = make_plan(optimizer, members, rule, vector=vector, decay_number=decay)
            self.plans.append(plan)

    def _place(self, member: "Optimizer | None") -> int | None:
        """The place of a member in the list of all."""
        if member is None:
            return None
        for place, known in enumerate(self.members):
            if known is member:
                return place
        self._members.append(weakref.ref(member))
        return len(self._members) - 1

    @property
    def members(self) -> "list[Optimizer]":
        """The optimizers that have rules; for most, only the optimizer itself."""
        found = [reference() for reference in self._members]
        return [member for member in found if member is not None]

    @property
    def frozen(self) -> bool:
        """Whether any parameter is."""
        return None in self.plan_of

    def plan(self, index: int) -> Plan:
        """The plan of a parameter that is not frozen."""
        place = self.plan_of[index]
        assert place is not None
        return self.plans[place]

    def member(self, index: int) -> "Optimizer":
        """The member of a parameter that is not frozen."""
        place = self.member_of[index]
        assert place is not None
        return self.members[place]

    def initial(self, index: int, array: Any) -> dict[str, Any]:
        """The first values of those slots of a parameter that do not begin as 0."""
        member = self.member(index)
        numbers = member.read_numbers(0) if wanted_numbers(member.initial) else {}
        numbers = {**dict.fromkeys(member.unset(), 0.0), **numbers}  # 0 for None, as in rules
        return first_values(member.initial, array, numbers, self.plan(index).slots)

    def average(self, index: int, array: Any, slot: Callable[[str], Any], call: int) -> Any:
        """What a parameter is evaluated with by its own rule; None if that is itself.

        `slot` gives the parameter's slots by name; `call` is the number of the next call.
        """
        member = self.member(index)
        if member.average is None:
            return None
        wanted = inspect.signature(member.average).parameters.values()
        numbers = member.read_numbers(call)
        scalars = {p.name: numbers[p.name] for p in wanted if p.kind is p.KEYWORD_ONLY}
        names = [p.name for p in wanted if p.kind is not p.KEYWORD_ONLY][1:]
        return member.average(array, *(slot(name) for name in names), **scalars)
