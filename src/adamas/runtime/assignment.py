"""Who has which plan, which member's numbers, and weight decay: decided once, for all parameters.

Most optimizers treat all parameters alike. Some have a rule for matrices and one for the rest, and
some are several optimizers; then parameters with the same plan are still one batch.
"""

import weakref
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from ..description import Description
from ..errors import ConfigurationError, StructureError
from ..language.blocks import SEVERAL_AXES, along, is_cut
from ..lowering import goes_by_rows
from ..masters import MASTERS, NARROW
from ..plan import Plan, make_plan

ALL_FROZEN = "At least one parameter must not be frozen. Got: all are."


class Assignment:
    """The parameters of a step, each with its member and its plan.

    Args:
        whole: the description that has the arguments of the whole step.
        names, shapes: of the parameters.
        decays: whether each is subject to weight decay.
        dtypes: of the parameters, where it matters: slots may go by it.
        without: whether it is of calls that are not given the arrays that members ask for.

    Attributes:
        names, decays: those.
        frozen: whether any parameter is.
        plans: the different plans.
        member_of, plan_of: the place in `members` and `plans` of each parameter's; None for
            frozen parameters.
    """

    def __init__(
        self,
        whole: Description,
        names: Sequence[str],
        shapes: Sequence[tuple[int, ...]],
        decays: Sequence[bool],
        dtypes: Sequence[str] = (),
        *,
        without: bool = False,
    ) -> None:
        # Weakly, as a session itself: an optimizer that is let go frees its state at once.
        self._whole = weakref.ref(whole)
        self._given = names, shapes, decays, dtypes
        self._members: list[weakref.ref[Description]] = []
        self.names, self.decays = list(names), decays
        found = [whole.member_for(n, s) for n, s in zip(names, shapes, strict=True)]
        for member in whole.everyone():
            # In the order in which they were given: frameworks differ in that of parameters.
            if any(member is one for one in found):
                self._place(member)
        self.member_of = [self._place(member) for member in found]
        sharing: dict[tuple, list[int]] = {}
        for index, (name, shape) in enumerate(zip(names, shapes, strict=True)):
            if self.member_of[index] is not None:
                dtype = dtypes[index] if dtypes else "float32"
                sharing.setdefault(self._kind(index, name, shape, dtype), []).append(index)
        self.plans: list[Plan] = []
        self.plan_of: list[int | None] = [None] * len(names)
        for (rule, decay, vector, dtype, in_blocks, *_), indices in sharing.items():
            members = [m for m in self.members if any(self.member(i) is m for i in indices)]
            for index in indices:
                self.plan_of[index] = len(self.plans)
            known: Any = {"vector": vector, "decay_number": decay, "without": without}
            make = partial(make_plan, whole, members, rule, **known, dtype=dtype)
            plan = make(in_blocks=in_blocks is not None)
            # Who goes over memory row by row has no blocks of several rows.
            wide = in_blocks == SEVERAL_AXES and goes_by_rows(plan)
            self.plans.append(make(in_blocks=False) if wide else plan)
        self.frozen = None in self.plan_of

    def without(self) -> "Assignment":
        """The same for calls that are not given the arrays that members ask for."""
        return Assignment(self.whole, *self._given, without=True)

    def _kind(self, index: int, name: str, shape: tuple[int, ...], dtype: str) -> tuple:
        """What parameters must have in common to share a plan; the first five make it."""
        member = self.member(index)
        narrow = self._narrow(name, member, dtype)
        rule, decay = member.rule_for(name, shape), member.decay_for(name, shape)
        vector = len(shape) < 2 and (self.whole.has_units() or member.has_units())
        known = (*member.choices().values(), *member.forms().values(), member.unset())
        in_blocks = along(shape) if member.codes_blocks() and is_cut(shape) else None
        own = (rule, decay, vector, narrow, in_blocks)
        return (*own, type(member), *known, member.modifiers_in_use())

    @staticmethod
    def _narrow(name: str, member: Description, dtype: str) -> str:
        """The dtype of a parameter that has a master; of others it does not matter."""
        if member.master is None or dtype not in NARROW:
            return "float32"
        if dtype not in MASTERS[member.master].dtypes:
            raise ConfigurationError(
                f"master={member.master!r} is for parameters of "
                f"{' or '.join(MASTERS[member.master].dtypes)}. Got: {name!r} of {dtype}. "
                "Use master='float32'."
            )
        return dtype

    def _place(self, member: Description | None) -> int | None:
        """The place of a member in the list of all."""
        if member is None:
            return None
        for place, known in enumerate(self.members):
            if known is member:
                return place
        self._members.append(weakref.ref(member))
        return len(self._members) - 1

    @property
    def whole(self) -> Description:
        """The description that has the arguments of the whole step."""
        whole = self._whole()
        assert whole is not None, "an optimizer owns its session"
        return whole

    @property
    def members(self) -> list[Description]:
        """The descriptions that have rules; for most, only the whole one itself."""
        found = [reference() for reference in self._members]
        return [member for member in found if member is not None]

    def refuse_all_frozen(self) -> None:
        """`StructureError` if no parameter has a plan."""
        if not self._members:
            raise StructureError(ALL_FROZEN)

    def plan(self, index: int) -> Plan:
        """The plan of a parameter that is not frozen."""
        place = self.plan_of[index]
        assert place is not None
        return self.plans[place]

    def member(self, index: int) -> Description:
        """The member of a parameter that is not frozen."""
        place = self.member_of[index]
        assert place is not None
        return self.members[place]

    def whose(self, index: int) -> tuple[int, bool]:
        """Whose numbers a parameter has: the place of its member, and whether it decays."""
        place = self.member_of[index]
        assert place is not None
        return place, self.decays[index] or not self.plan(index).decays

    @property
    def sums(self) -> int:
        """How many have sums over all tensors of their own; groups are one optimizer."""
        return 1 if self.whole.is_of_groups else max(len(self._members), 1)

    def sums_of(self, place: int) -> int:
        """The number, of these, of a member."""
        return 0 if self.whole.is_of_groups else place

    def adds_to(self, index: int) -> int:
        """The number, of these, to whose sums a parameter adds."""
        return self.sums_of(self.member_of[index] or 0)

    def plans_of_members(self) -> Iterator[tuple[int, Plan]]:
        """The place of each member, and a plan of its: all of them hand on the same numbers."""
        for place in range(len(self._members)):
            yield place, self.plan(self.member_of.index(place))
