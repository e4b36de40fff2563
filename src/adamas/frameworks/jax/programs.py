"""What is known about a set of parameters before any step: their plans and graphs."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ...compilers.xla import JAX
from ...description import Description
from ...errors import ArgumentError, StateError
from ...masters import NARROW
from ...passes import NORM_CLIPS, Pass
from ...plan import Plan, make_plan
from ...runtime.assignment import Assignment
from ...runtime.conversion import ruling
from ...runtime.inputs import refuse_without
from ...runtime.own_clocks import any_own, first_own
from ...runtime.scalars import first_remembered
from ...runtime.traced.call import Call
from ...runtime.traced.passes import Graphs
from .keys import number_key, own_key, slot_keys
from .parameters import Parameters


class Programs:
    """The plans of a set of parameters, with a graph for each pass.

    Attributes:
        assignment: which plan and member each parameter has.
        call: one call over them.
        remembered: the first values of numbers that are handed on between updates, by the names
            that they have in a state.
        own: the first clocks of parameters, [parameters] each, by such names; nothing where there
            is one clock for all.
        slots: the names of all slots.
        takes_norms: whether a norm of all gradients comes with each update.

    A state has the same keys whatever the parameters are, as `optax.tree_map_params` asks for.
    """

    def __init__(
        self, whole: Description, parameters: Parameters, masked: Sequence[bool] = ()
    ) -> None:
        named = zip(parameters.names, parameters.leaves, strict=True)
        decays = [whole.decays(name, leaf) for name, leaf in named]
        if masked:
            decays = [own and mask for own, mask in zip(decays, masked, strict=True)]
        known = (parameters.names, parameters.shapes, decays, parameters.dtypes)
        self.assignment = Assignment(whole, *known)
        if parameters.names:
            self.assignment.refuse_all_frozen()
        self.takes_norms = any(clip in NORM_CLIPS for clip in whole.clips())
        self._ruling = ruling(whole)
        self.slots = self._all_slots(whole)
        self._keys = slot_keys(self._ruling)
        self._graphs = Graphs(JAX)
        self.call = Call(self._graphs, self.assignment, parameters.shapes)
        self._shapes = parameters.shapes
        self.remembered = {
            number_key(self._ruling, member, name): float(value)
            for member in self._ruling
            for name, value in member.handed_on().items()
        }
        first = self._first_own(len(parameters.names)) if any_own(self._ruling) else {}
        self._own_keys = {name: own_key(name) for name in first}
        self.own = self.saved_clocks(first)

    @cached_property
    def call_without(self) -> Call:
        """A call that is not given the arrays that members ask for."""
        refuse_without(self.assignment)
        return Call(self._graphs, self.assignment.without(), self._shapes)

    def _first_own(self, count: int) -> dict[str, np.ndarray]:
        """The first clocks, also for numbers of members without parameters."""
        every = [name for member in self._ruling for name in member.handed_on()]
        return {**dict.fromkeys(every, np.zeros(count)), **first_own(self.assignment)}

    def _all_slots(self, whole: Description) -> tuple[str, ...]:
        """Those of the parameters' plans, and of rules that others would have."""
        plans = list(self.assignment.plans)
        for member in self._ruling:
            for rule in member.rules():
                if not any(plan.rule.function is rule for plan in plans):
                    plans.append(make_plan(whole, [member], rule, dtype=NARROW[0]))
        return tuple(dict.fromkeys(slot for plan in plans for slot in plan.slots))

    def active(self, gradients: Iterable[Any]) -> list[int]:
        """The parameters that have a gradient and are not frozen."""
        pairs = enumerate(zip(gradients, self.assignment.plan_of, strict=True))
        return [index for index, (g, plan) in pairs if g is not None and plan is not None]

    def refuse_without_parameters(self) -> None:
        """`ArgumentError` if what is added to the parameters depends on them, or a slot does."""
        for plan in self.assignment.plans:
            needing = [
                n for work in (*plan.update, *plan.accumulate) for n in self._of_p(plan, work)
            ]
            if needing:
                decays = ", by weight_decay" if plan.decays else ""
                raise ArgumentError(
                    "update must be given the parameters where a step depends on them. Got: None, "
                    f"for {', '.join(dict.fromkeys(needing))} of {plan.rule.name}{decays}. "
                    "Use update(grads, state, params)."
                )

    def _of_p(self, plan: Plan, work: Pass) -> list[str]:
        """What a pass needs the parameters for."""
        if "p" in work.checks:
            return ["the check of what is stored"]
        needing = self._graphs.graph(plan, work).needing_p
        return ["the move" if name == "p" else name for name in needing]

    # -- names in a state

    def in_state(self, slots: Mapping[str, Any]) -> dict[str, Any]:
        """Slots as a state has them, by the names that the convention's users look for."""
        return {self._keys.get(slot, slot): tree for slot, tree in slots.items()}

    def of_state(self, trees: Mapping[str, Any]) -> dict[str, Any]:
        """What a state has, by slot; `StateError` for a state of another optimizer."""
        expected = self.in_state(dict.fromkeys(self.slots))
        if trees.keys() != expected.keys():
            raise StateError(
                f"The state must be this optimizer's, with slots {', '.join(expected) or 'none'}. "
                f"Got: {', '.join(trees) or 'none'}. Make one by init(params); "
                "adamas.jax.convert() takes over one that another optimizer stored otherwise."
            )
        return {slot: trees[self._keys.get(slot, slot)] for slot in self.slots}

    def asked_dtype(self, slot: str, asked: Any) -> Any:
        """The dtype that was asked for a slot: one for all, or some by name; None for the usual."""
        if not isinstance(asked, Mapping):
            return asked
        names = self.in_state({one: one for one in self.slots})
        for name in asked:
            if name not in names:
                raise ArgumentError(
                    f"slot_dtype must be of slots of {type(self.assignment.whole).__name__}: "
                    f"{', '.join(names)}. Got: {name!r}."
                )
        return asked.get(self._keys.get(slot, slot))

    def saved(self, numbers: Mapping[tuple[int, str], Any]) -> dict[str, Any]:
        """Numbers that are handed on by the names that they have in a state."""
        return {self._key(*key): value for key, value in numbers.items()}

    def of_members(self, saved: Mapping[str, Any]) -> dict[tuple[int, str], Any]:
        """Numbers of a state by the place of the member and name."""
        return {key: saved[self._key(*key)] for key in first_remembered(self.assignment)}

    def clocks_of(self, saved: Mapping[str, Any]) -> dict[str, Any]:
        """The clocks of parameters in a state, by name."""
        return {name: saved[key] for name, key in self._own_keys.items()}

    def saved_clocks(self, own: Mapping[str, Any]) -> dict[str, Any]:
        """The clocks of parameters by the names that they have in a state."""
        return {key: own[name] for name, key in self._own_keys.items()}

    def _key(self, place: int, name: str) -> str:
        return number_key(self._ruling, self.assignment.members[place], name)
