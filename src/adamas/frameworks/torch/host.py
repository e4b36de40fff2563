"""A step over tensors in host memory, by the compilers for the CPU."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from ...compilers.threads import chosen_threads
from ...runtime.assignment import Division
from ...runtime.host.arrangement import Arrangement, Owned, PartsOf
from ...runtime.host.program import ELSEWHERE, Peers, Program, Rows
from .state import State
from .tensors import shell
from .watch import Watch

Numbers = Sequence[Mapping[str, float]]
"""The numbers of a step of each member of a division."""


LOSS_SCALE = "loss_scale_factor"


class HostSteps:
    """Tensors with gradients in a certain form, laid out in host memory.

    Args:
        params, gradients: the local tensors; None for parameters without a gradient.
        owned: parameters and slots as a compiler sees them.
        parts_of: what is known of parameters that are divided among processes.

    Attributes:
        watch: whether they still have this form.
        norm: the norm of all gradients in the last call, if a clip took it.
    """

    def __init__(
        self,
        division: Division,
        programs: Sequence[Program],
        state: State,
        owned: Owned,
        params: Sequence[torch.Tensor],
        gradients: Sequence[torch.Tensor | None],
        parts_of: PartsOf | None,
    ) -> None:
        self._division = division
        self._state = state
        self._owned = owned
        self.watch = Watch(params, gradients)
        self.norm: float | None = None
        firsts: dict[tuple, int] = {}
        whose: list[tuple] = [()] * len(params)
        for index in self.watch.active:
            key = self._alike(index)
            whose[index] = (*key[1:3], firsts.setdefault(key, index))
        shells = [None if g is None else shell(g) for g in gradients]
        threads = chosen_threads() or torch.get_num_threads()
        self._arrangement = Arrangement(division, programs, owned, shells, whose, threads, parts_of)
        place = {index: at for at, index in enumerate(self.watch.active)}
        parts = self._arrangement.parts
        self._tensors = [_indices(part.tensors) for part in parts]
        self._places = [_indices([place[index] for index in part.tensors]) for part in parts]

    def _alike(self, index: int) -> tuple:
        """What parameters must have in common to share a row of scalars."""
        division, state = self._division, self._state
        plan = division.plan(index)
        decays = not plan.decays or self._owned.decays[index]
        remembered = (state.remembered[name][index] for name in plan.remembered)
        return (
            division.plan_of[index],
            division.member_of[index],
            decays,
            state.counts[index],
            *remembered,
        )

    def holds(self) -> bool:
        """Whether parameters that share a row of scalars still have the same numbers."""
        return all(
            self._alike(index) == self._alike(part.rows[row][-1])
            for part in self._arrangement.parts
            for index, row in zip(part.tensors, part.batch.addresses[:, -1], strict=True)
        )

    def run(
        self,
        numbers: Numbers,
        limits: Mapping[str, float],
        updating: bool,
        scale: torch.Tensor | None,
        found: torch.Tensor | None,
        peers: Peers | None = None,
    ) -> int | None:
        """A call; the first parameter in which something would not be finite, or None.

        Args:
            numbers: those of each member.
            limits: the largest norm that each clip allows.
            updating: whether the call updates, or only accumulates.
            scale, found: what a scaler of the loss has multiplied it by, and whether it has found
                gradients that are not finite.
            peers: the processes that have other parameters.
        """
        if found is not None and bool(found):
            return self.watch.active[0] if self.watch.active else ELSEWHERE
        if scale is not None:
            unscale = float(scale)
            numbers = [{**own, LOSS_SCALE: unscale * own.get(LOSS_SCALE, 1.0)} for own in numbers]
        self._take_addresses()
        rows = self._rows(numbers)
        call = self._arrangement.update if updating else self._arrangement.accumulate
        broken = call.run(rows, limits, peers)
        self.norm = None if call.total is None else float(np.sqrt(call.total))
        if broken == (ELSEWHERE, ELSEWHERE):
            return ELSEWHERE
        if broken is not None:
            return self._arrangement.parts[broken[0]].tensors[broken[1]]
        if updating:
            self._count(rows)
        return None

    def _take_addresses(self) -> None:
        addresses = self.watch.addresses
        for part, places in zip(self._arrangement.parts, self._places, strict=True):
            part.batch.addresses[:, 1] = addresses[places]

    def _rows(self, numbers: Numbers) -> list[Rows]:
        """The scalar rows of each part: those of the first parameter that has each row."""
        rows: list[Rows] = []
        for part in self._arrangement.parts:
            plan, own = part.program.plan, []
            for member, decays, first in part.rows:
                known = numbers[member] if decays else {**numbers[member], plan.decay_number: 0.0}
                remembered = [float(self._state.remembered[n][first]) for n in plan.remembered]
                t = float(self._state.counts[first]) + 1
                own.append((t, *[known.get(name, 0.0) for name in plan.numbers], *remembered))
            rows.append(own)
        return rows

    def _count(self, rows: Sequence[Rows]) -> None:
        """Count the update of each parameter, and hand on what `prepare` remembers."""
        state = self._state
        for part, own, tensors in zip(self._arrangement.parts, rows, self._tensors, strict=True):
            state.counts[tensors] += 1
            plan = part.program.plan
            if plan.remembered:
                following = np.array([part.program.next_remembered(*row) for row in own])
                places = part.batch.addresses[:, -1]
                for column, name in enumerate(plan.remembered):
                    state.remembered[name][tensors] = following[places, column]


def _indices(places: Sequence[int]) -> Any:
    """An index for a vector; a slice where that will do, which costs nothing."""
    first, last = places[0], places[-1] + 1
    return slice(first, last) if list(places) == list(range(first, last)) else np.array(places)
