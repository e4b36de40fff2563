"""What a session has: parameters by name, who has which plan, and what is remembered of each."""

import weakref
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ...description import Description
from ...language.shapes import Extent
from ...plan import Plan
from ..assignment import Assignment
from ..clock import Clock
from ..names import named_numbers
from ..slots import first_values
from ..structure import Structure
from .carried import Carried
from .manners import Manners
from .program import Peers


class Holding(Clock, Manners):
    """What there is of one optimizer for tensors that are updated in place; it makes no steps.

    Args:
        description: the optimizer, which owns this.
        structure: the parameters, with their names.
        peers: the processes that have other parameters of the same model.

    Attributes:
        owner: gives the description.
        params, names: the parameters.
        assignment, programs: which plan, member and decay each has, and the plans compiled.
        kept: the numbers that a wrapper keeps, such as its loss scale.
    """

    def __init__(
        self, description: Description, structure: Structure, peers: Peers | None = None
    ) -> None:
        super().__init__()
        # Weakly, so that letting go of the optimizer frees the state at once.
        self.owner = weakref.ref(description)
        self.names = structure.names
        self.params: list[Any] = structure.leaves
        self.peers = peers
        self.kept = {name: np.array(v) for name, v in description.first_numbers().items()}
        self._carried: Carried | None = None
        self.assign()
        if peers is None:
            self.assignment.refuse_all_frozen()

    def assign(self) -> None:
        """Make the plans, or make them anew, from the optimizer's arguments; the state stays."""
        assignment = self.assignment_by(self.description)
        self.programs = self.plan_anew(assignment)
        if self._carried is not None:
            self._carried.divide(assignment)
        self.assignment = assignment

    def assignment_by(self, description: Description) -> Assignment:
        """Who has which plan, by the arguments of a description."""
        shapes = [tuple(parameter.shape) for parameter in self.params]
        decays = [description.decays(name, tensor) for name, tensor in self.parameters()]
        dtypes = [self.dtype_name(parameter) for parameter in self.params]
        return Assignment(description, self.names, shapes, decays, dtypes)

    @property
    def description(self) -> Description:
        """The optimizer's arguments."""
        description = self.owner()
        assert description is not None, "an optimizer owns its session"
        return description

    @property
    def carried(self) -> Carried:
        """What is handed on from update to update: a framework puts it in `_carried`."""
        assert self._carried is not None, "it is made with the session"
        return self._carried

    @property
    def plans(self) -> list[Plan]:
        """The plans that steps follow, one for most optimizers."""
        return self.assignment.plans

    def parameters(self) -> Iterator[tuple[str, Any]]:
        """Names and tensors, in the order of the structure."""
        return zip(self.names, self.params, strict=True)

    @property
    def remembered(self) -> dict[str, Any]:
        """The numbers that are handed on between calls, as 0-d arrays by name."""
        return named_numbers(self.assignment, self.carried.remembered_numbers(), self.kept)

    # -- slots

    def slots_of(self, index: int) -> Mapping[str, Extent]:
        """The slots that a parameter's plan has, with their extents; none if it is frozen."""
        frozen = self.assignment.plan_of[index] is None
        return {} if frozen else self.assignment.plan(index).slots

    def first_values(self, index: int, parameter: np.ndarray) -> dict[str, Any]:
        """The first values of those slots of a parameter that do not begin as 0."""
        member = self.assignment.member(index)
        return first_values(self.assignment, index, parameter, lambda: member.read_numbers(0))

    def every_slot(self) -> Iterator[tuple[str, str, Any]]:
        """Every slot, the name of its parameter, and its tensor."""
        for slot in dict.fromkeys(slot for plan in self.plans for slot in plan.slots):
            for index, name in enumerate(self.names):
                if slot in self.slots_of(index):
                    tensor = self.slot(index, slot)
                    if tensor is not None:
                        yield slot, name, tensor

    def sizes(self) -> dict[str, tuple[int, int]]:
        """How many arrays each slot has, and how many bytes."""
        found: dict[str, tuple[int, int]] = {}
        for slot, _, tensor in self.every_slot():
            count, size = found.get(slot, (0, 0))
            found[slot] = count + 1, size + int(tensor.nbytes)
        return found
