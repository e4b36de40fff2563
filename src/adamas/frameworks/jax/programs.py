"""What is known about a set of parameters before any step: their plans and graphs."""

from collections.abc import Iterable, Mapping
from typing import Any

from ...compilers.xla import JAX
from ...description import Description
from ...plan import NORM_CLIPS, make_plan
from ...runtime.assignment import Assignment
from ...runtime.names import number_name
from ...runtime.scalars import first_remembered
from ...runtime.traced.call import Call
from ...runtime.traced.passes import Graphs
from .parameters import Parameters


class Programs:
    """The plans of a set of parameters, with a graph for each pass.

    Attributes:
        assignment: which plan and member each parameter has.
        call: one call over them.
        remembered: the first values of numbers that are handed on between updates, by the names
            under which they are saved.
        slots: the names of all slots, in the order of the plans.
        takes_norms: whether a norm of all gradients comes with each update.
    """

    def __init__(self, whole: Description, parameters: Parameters) -> None:
        named = zip(parameters.names, parameters.leaves, strict=True)
        decays = [whole.decays(name, leaf) for name, leaf in named]
        self.assignment = Assignment(whole, parameters.names, parameters.shapes, decays)
        if parameters.names:
            self.assignment.refuse_all_frozen()
        self.takes_norms = any(clip in NORM_CLIPS for clip in whole.clips())
        plans = self.assignment.plans
        if not parameters.names:
            # What stands for any parameters, as in optax.tree_map_params: those of the usual rules.
            rules = [one for one in whole.everyone() if not any(one.inner())]
            plans = [make_plan(whole, [member]) for member in rules]
        self.slots = tuple(dict.fromkeys(slot for plan in plans for slot in plan.slots))
        self.call = Call(Graphs(JAX), self.assignment, parameters.shapes)
        first = first_remembered(self.assignment)
        self.remembered = self.saved(first)

    def active(self, gradients: Iterable[Any]) -> list[int]:
        """The parameters that have a gradient and are not frozen."""
        pairs = enumerate(zip(gradients, self.assignment.plan_of, strict=True))
        return [index for index, (g, plan) in pairs if g is not None and plan is not None]

    def saved(self, numbers: Mapping[tuple[int, str], Any]) -> dict[str, Any]:
        """Numbers that are handed on by the names under which they are saved."""
        return {number_name(self.assignment, *key): value for key, value in numbers.items()}

    def of_members(self, saved: Mapping[str, Any]) -> dict[tuple[int, str], Any]:
        """Saved numbers by the place of the member and name."""
        keys = first_remembered(self.assignment)
        return {key: saved[number_name(self.assignment, *key)] for key in keys}
