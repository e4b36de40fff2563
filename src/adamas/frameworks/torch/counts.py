"""The numbers of each parameter: its updates, and those that `prepare` hands on."""

from collections.abc import Hashable, Mapping, Sequence
from functools import cached_property

import numpy as np
import torch

from ...errors import CheckpointError
from ...runtime.assignment import Assignment
from ...runtime.host.arrangement import Part
from ...runtime.host.carried import NO_TOTALS, Following, Row, numbers_following
from ...runtime.host.program import Program
from ...runtime.host.summing import Totals
from ...runtime.names import number_name
from ...runtime.own_clocks import UPDATES, Differences
from ...runtime.scalars import Values, first_remembered

STEP = "step"
"""PyTorch's name for the number of updates of a parameter."""

MOST = 2**63 - 2**39
"""The largest count that float32, in which PyTorch counts, has below the end of counters."""


class Counts:
    """The clock of each parameter, and the numbers that are handed on between its updates.

    Those of all parameters are one vector each: a step counts them all at once.

    Args:
        assignment: which plan each has.
        count: how many parameters there are.
        device: theirs.

    Attributes:
        vectors: [parameters] each, on the device: under `STEP`, float32, the updates made of each
            parameter, and by name, float64, the numbers that are handed on between updates.
        remembered_matrix: those numbers, [parameters, names].
    """

    def __init__(self, assignment: Assignment, count: int, device: torch.device) -> None:
        self._assignment = assignment
        self.vectors = {STEP: torch.zeros(count, dtype=torch.float32, device=device)}
        names = dict.fromkeys(name for plan in assignment.plans for name in plan.remembered)
        first = first_remembered(assignment)
        rows = [[first.get((at or 0, name), 0.0) for name in names] for at in assignment.member_of]
        matrix = torch.tensor(rows, dtype=torch.float64, device=device)
        self.remembered_matrix = matrix.reshape(count, len(names))
        self.vectors |= {name: self.remembered_matrix[:, at] for at, name in enumerate(names)}

    def divide(self, assignment: Assignment) -> None:
        """Go on with other plans for the same parameters."""
        self._assignment = assignment

    @cached_property
    def counts(self) -> np.ndarray:
        """The updates made, as live memory; only on the CPU."""
        return self.vectors[STEP].numpy()

    @cached_property
    def numbers(self) -> dict[str, np.ndarray]:
        """The numbers that are handed on, as live memory; only on the CPU."""
        return {n: v.numpy() for n, v in self.vectors.items() if n != STEP}

    def most_updates(self) -> int:
        """The updates of the parameter that has had the most."""
        return int(max(self.vectors[STEP].tolist(), default=0))

    def names(self, index: int) -> list[str]:
        """The numbers that an entry has: its updates, and what its member remembers."""
        return [STEP, *self._assignment.member(index).handed_on()]

    @property
    def is_plain(self) -> bool:
        """Never: each parameter has a clock of its own."""
        return False

    def alike(self, index: int) -> Hashable:
        """How many updates a parameter has had, and what was handed on with them."""
        names = self._assignment.member(index).handed_on()
        return (self.counts[index], *(self.numbers[name][index] for name in names))

    def t(self, index: int, t: int) -> float:
        """PyTorch counts the updates of each parameter."""
        return float(self.counts[index]) + 1

    def remembered(self, index: int, name: str) -> float:
        """A number that was handed on to a parameter."""
        return float(self.numbers[name][index])

    def following(
        self,
        t: int,
        programs: Sequence[Program],
        numbers: Sequence[Values],
        parts: Sequence[Part],
        rows: Sequence[Sequence[Row]],
        totals: Totals = NO_TOTALS,
    ) -> Following:
        """One update more of each parameter, and what `prepare` remembers."""
        counted: Following = [
            (self.counts, part.index, self.counts[part.index] + 1) for part in parts
        ]
        return counted + numbers_following(self._assignment, self.numbers, parts, rows)

    def _of_member(self, place: int) -> list[int]:
        """The parameters of a member, beginning with those that have had an update."""
        own = [i for i, member in enumerate(self._assignment.member_of) if member == place]
        return sorted(own, key=lambda index: not self.vectors[STEP][index])

    def remembered_numbers(self) -> dict[tuple[int, str], np.ndarray]:
        """The numbers of each member, which its parameters have in common."""
        return {
            (place, name): np.array(float(self.vectors[name][self._of_member(place)[0]]))
            for place, member in enumerate(self._assignment.members)
            for name in member.handed_on()
        }

    def set_remembered(self, numbers: Mapping[tuple[int, str], float], updates: int) -> None:
        """Give all parameters of a member the same numbers, and all as many updates."""
        self.vectors[STEP].fill_(updates)
        for (place, name), value in numbers.items():
            self.vectors[name][self._of_member(place)] = value

    def begin(self, indices: Sequence[int]) -> None:
        """Parameters have had no update yet."""
        first = first_remembered(self._assignment)
        for index in indices:
            for name in self.names(index):
                at = self._assignment.member_of[index] or 0
                self.vectors[name][index] = first.get((at, name), 0.0)

    def waits(self, indices: Sequence[int]) -> bool:
        """Never: what is counted are the updates that a parameter had."""
        return False

    def differences(self, updates: int) -> Differences:
        """The counts of parameters that are not the session's, and numbers unlike others'."""
        common, found = self._common_numbers(), Differences()
        for index, count in enumerate(self.vectors[STEP].tolist()):
            place = self._assignment.member_of[index]
            if place is None:
                continue
            if count != updates:
                found[UPDATES, index] = count
            for name in self._assignment.members[place].handed_on():
                value = float(self.vectors[name][index])
                if value != float(common[place, name]):
                    found[name, index] = value
        return found

    def _common_numbers(self) -> dict[tuple[int, str], np.ndarray]:
        """Those of members; `CheckpointError` where groups, which share a name, have others."""
        common = self.remembered_numbers()
        groups: dict[str, set[float]] = {}
        for (place, name), value in common.items():
            groups.setdefault(number_name(self._assignment, place, name), set()).add(float(value))
        for name, values in groups.items():
            if len(values) > 1:
                raise CheckpointError(
                    f"A portable state has one {name} for all parameters of groups. "
                    f"Got: {sorted(values)}. Use state_dict()."
                )
        return common

    def set_differences(self, found: Mapping[tuple[str, int], float], updates: int) -> bool:
        """Go on from these numbers of single parameters."""
        for (name, index), value in found.items():
            self.vectors[STEP if name == UPDATES else name][index] = value
        return True
