"""A step over tensors in host memory that are laid out, by the compilers for the CPU."""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

import numpy as np

from ..scalars import symbols
from .arrangement import Arrangement, Owned, Part, PartsOf, as_index
from .carried import Carried, Following, Row, hand_on
from .given import Kind
from .program import ELSEWHERE, Call, Norms, Peers, Program, asks_for_norms

LOSS_SCALE = "loss_scale_factor"


class Watch(Protocol):
    """What is known of the tensors that take part.

    Attributes:
        addresses: where the gradients lie, int64, in the order of the active ones; None if a look
            writes them where they belong.
    """

    @property
    def addresses(self) -> np.ndarray | None:
        """The attribute."""
        ...

    def take(self, gradients: Sequence[Any], parameters: Sequence[Any], /) -> bool:
        """Take the addresses of new gradients, if nothing but their addresses is new."""
        ...


Follow = Callable[[Call], Following]
"""Gives what is handed on after an update from the sums that it takes."""


UnderWay = tuple[
    int,
    Call,
    Sequence[Sequence[Row]],
    Mapping[str, float],
    Norms | None,
    Peers | None,
    Follow | None,
    Following,
]
"""A call while it is made: its turn, what is run and with what, and what is handed on after it.

A tuple, since small steps would feel what anything else takes.
"""


class HostSteps:
    """Tensors with gradients in a certain form, laid out in host memory.

    Args:
        kind: of call: which plan and member each parameter has, the plans, compiled, and where
            arrays are that it is given.
        carried: the numbers that are handed on.
        owned: parameters and slots as a compiler sees them.
        gradients: the same; None for parameters without one.
        watch: makes the watch over the tensors once they are arranged.
        threads: how many share the work.
        parts_of: what is known of parameters that are divided among processes.
        norms: asked now and then whether all processes have one global norm.

    Attributes:
        active, missing: the parameters with and without a gradient.
        norm: the norm of all gradients in the last call, if a clip took it.
        under_way: of a call of more than one pass, since whoever makes it has set this to None.
        kind: the number of the kind of call.
    """

    def __init__(
        self,
        kind: Kind,
        carried: Carried,
        owned: Owned,
        gradients: Sequence[Any],
        watch: Callable[[Arrangement], Watch],
        threads: int,
        parts_of: PartsOf | None = None,
        norms: Norms | None = None,
    ) -> None:
        assignment, programs, room = kind
        self.kind = kind.number
        self._assignment = assignment
        self._programs = programs
        self._carried = carried
        self._parts_of = parts_of
        self._norms = norms
        self.owned = owned
        self.norm: float | None = None
        self._turn = 0
        self.under_way: UnderWay | None = None
        self._arrangement = Arrangement(
            assignment,
            programs,
            owned,
            gradients,
            self._rows_of(gradients),
            threads,
            parts_of,
            room,
        )
        self._parts = self._arrangement.parts
        self.active, self.missing = self._arrangement.active, self._arrangement.missing
        self.watch = watch(self._arrangement)
        self.take = self.watch.take
        self._addresses = self.watch.addresses
        place = {index: at for at, index in enumerate(self.active)}
        self._places = [as_index([place[index] for index in part.tensors]) for part in self._parts]
        own = (*assignment.whole.numbers_in_use(), *assignment.whole.input_numbers())
        first = self.active[0] if self.active else 0
        self._usual = (
            carried.is_plain
            and assignment.members == [assignment.whole]
            and all(
                plan.numbers == own and not plan.remembered and not plan.totals
                for plan in assignment.plans
            )
            and all(part.rows == [(0, True, first)] for part in self._parts)
        )
        """Whether the numbers of the step are the only row, as they are."""
        self._totals = any(program.plan.totals for program in programs)
        self._waits = carried.waits(self.missing)
        alone = self._usual and not self._waits
        self._alone = self._arrangement.update.alone() if alone else None

    def _rows_of(self, gradients: Sequence[Any]) -> list[tuple[int, bool, int]]:
        """Whose scalar row each parameter has: member, whether it decays, and who had it first."""
        firsts: dict[tuple, int] = {}
        rows = [(0, True, 0)] * len(gradients)
        for index, gradient in enumerate(gradients):
            if gradient is not None:
                first = firsts.setdefault(self._alike(index), index)
                rows[index] = (*self._assignment.whose(index), first)
        return rows

    def _alike(self, index: int) -> tuple:
        """What parameters must have in common to share a row of scalars."""
        # The plan only where numbers are handed on with it: others read the same row by name.
        return (*self._assignment.whose(index), self._carried.alike(index))

    def holds(self) -> bool:
        """Whether parameters that share a row of scalars still have the same numbers."""
        if self._usual and not self._carried.is_plain:
            return False
        return all(
            self._alike(index) == self._alike(part.rows[row][-1])
            for part in self._parts
            for index, row in zip(part.tensors, part.batch.addresses[:, -1], strict=True)
        )

    def run(
        self,
        t: int,
        numbers: Sequence[Mapping[str, Any]],
        limits: Mapping[str, float],
        updating: bool,
        scale: Any = None,
        found: Any = None,
        peers: Peers | None = None,
    ) -> int | None:
        """A call; the first parameter in which something would not be finite, or None.

        Args:
            t: the number of the session's next update, from 1.
            numbers: those of each member.
            limits: the largest norm that each clip allows.
            updating: whether the call updates, or only accumulates.
            scale, found: what a scaler of the loss has multiplied it by, and whether it has found
                gradients that are not finite.
            peers: the processes that have other parameters.
        """
        if self._addresses is not None:
            self._spread(self._addresses)
        if self._alone is not None and updating and scale is None and found is None:
            self._alone(t, *numbers[0].values())
            return None
        if found is not None and bool(found):
            return self.active[0] if self.active else ELSEWHERE
        if scale is not None:
            unscale = float(scale)
            numbers = [{**own, LOSS_SCALE: unscale * own.get(LOSS_SCALE, 1.0)} for own in numbers]
        if self._usual:
            rows: list[list[Row]] = [[(t, *numbers[0].values())]] * len(self._parts)
        else:
            rows = self._rows(t, numbers)
        following: Following = []
        follow: Follow | None = None
        if updating and (self._waits or not self._usual):
            carried, programs = self._carried, self._programs
            if self._totals:
                follow = partial(_followed, carried, t, programs, numbers, self._parts)
            else:
                following = carried.following(t, programs, numbers, self._parts, rows)
        call = self._arrangement.update if updating else self._arrangement.accumulate
        self._turn = turn = self._turn - 1  # below 0: an update alone takes its own number
        norms = self._norms
        if norms is not None and not asks_for_norms(t):
            norms = None
        self.under_way = under_way = (
            *(turn, call, rows, limits, norms, peers, follow),
            following,
        )
        return self._go_on(under_way)

    def _go_on(self, under_way: UnderWay) -> int | None:
        """Make what is left of a call."""
        turn, call, rows, limits, norms, peers, follow, following = under_way
        place = None
        broken = call.run(turn, rows, limits, peers, norms)
        self.norm = None if call.total is None else math.sqrt(call.total)
        if broken is not None:
            part, tensor = broken
            place = ELSEWHERE if part == ELSEWHERE else self._parts[part].tensors[tensor]
        else:
            if follow is not None and not following:
                following += follow(call)  # once: what it is made from is overwritten by it
            hand_on(following)
        return place

    def finish(self, t: int) -> tuple[bool, int | None]:
        """Bring a call to its end that was interrupted when it was to make update `t`.

        Whether it had begun, and what `run` would have given. Where other processes have parts in
        it, it is left as it is: they would have to be asked twice.
        """
        under_way = self.under_way
        if under_way is None:
            begun = self._arrangement.update.has_begun(t)
            if begun:
                self._arrangement.update.finish_alone()
            return begun, None
        turn, call, *_, peers, _, _ = under_way
        if peers is not None or self._parts_of is not None or not call.has_begun(turn):
            return False, None
        return True, self._go_on(under_way)

    def _spread(self, addresses: np.ndarray) -> None:
        for part, places in zip(self._parts, self._places, strict=True):
            part.batch.addresses[:, 1] = addresses[places]

    def _rows(self, t: int, numbers: Sequence[Mapping[str, Any]]) -> list[list[Row]]:
        """The scalar rows of each part: those of the first parameter that has each row."""
        carried = self._carried
        return [
            [
                tuple(
                    symbols(
                        part.program.plan,
                        carried.t(first, t),
                        numbers[member],
                        decays,
                        lambda name, at=first: carried.remembered(at, name),
                    ).values()
                )
                for member, decays, first in part.rows
            ]
            for part in self._parts
        ]


def _followed(
    carried: Carried,
    t: int,
    programs: Sequence[Program],
    numbers: Sequence[Mapping[str, Any]],
    parts: Sequence[Part],
    call: Call,
) -> Following:
    """What is handed on after a call, from the sums that it has taken."""
    return carried.following(t, programs, numbers, parts, call.rows, call.totals)
