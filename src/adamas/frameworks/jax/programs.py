"""What is known about a set of parameters before any step: their plans and graphs."""

from collections.abc import Mapping, Sequence
from typing import Any

from ...compilers.xla import JAX
from ...errors import StructureError
from ...optimizer import Optimizer
from ...plan import NORM_CLIPS, make_plan
from ...runtime.assignment import Division
from ...runtime.traced.passes import Graphs
from .parameters import Parameters

Values = Mapping[str, Any]
Key = tuple[int, bool]
"""Whose numbers a parameter has: the place of its member, and whether it decays."""


class Programs:
    """The plans of a set of parameters, with a graph for each pass.

    Attributes:
        graphs: of the passes of all plans.
        division: which plan and member each parameter has.
        keys: whose numbers each parameter has.
        remembered: the first values of numbers that are handed on between updates, by the names
            under which they are saved.
        slots: the names of all slots, in the order of the plans.
        takes_norms: whether a norm of all gradients comes with each update.
    """

    def __init__(self, optimizer: Optimizer, parameters: Parameters) -> None:
        self.division = Division(optimizer, parameters.names, parameters.shapes)
        if parameters.names and not self.division.members:
            raise StructureError("At least one parameter must not be frozen. Got: all are.")
        named = zip(parameters.names, parameters.leaves, strict=True)
        decays = [optimizer.decays(name, leaf) for name, leaf in named]
        self.keys: list[Key | None] = [
            None if place is None else (place, decay)
            for place, decay in zip(self.division.member_of, decays, strict=True)
        ]
        self.remembered = {
            self.saved_name(place, name): float(value)
            for place, member in enumerate(self.division.members)
            for name, value in member.remembered.items()
        }
        self.takes_norms = any(clip in NORM_CLIPS for clip in optimizer.clips())
        plans = self.division.plans
        if not parameters.names:
            # What stands for any parameters, as in optax.tree_map_params: those of the usual rules.
            rules = [one for one in optimizer.everyone() if not any(one.inner())]
            plans = [make_plan(optimizer, [member]) for member in rules]
        self.slots = tuple(dict.fromkeys(slot for plan in plans for slot in plan.slots))
        self.graphs = Graphs(JAX)

    def saved_name(self, place: int, name: str) -> str:
        """The name of a remembered number of one member."""
        return f"{name}/{place}" if len(self.division.members) > 1 else name

    def symbols(
        self, index: int, numbers: Sequence[Values], t: Any, remembered: Values
    ) -> dict[str, Any]:
        """The values of the symbols of a parameter's plan.

        Args:
            index: the place of the parameter.
            numbers: those of each member.
            t: the number of the update.
            remembered: by the names under which they are saved.
        """
        plan, key = self.division.plan(index), self.keys[index]
        assert key is not None
        place, decays = key
        values = {"t": t, **{name: numbers[place].get(name, 0.0) for name in plan.numbers}}
        if not decays:
            values[plan.decay_number] = 0.0
        values |= {name: remembered[self.saved_name(place, name)] for name in plan.remembered}
        return {name: values[name] for name in plan.symbols}
