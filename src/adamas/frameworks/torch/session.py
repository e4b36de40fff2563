"""PyTorch tensors and an optimizer: their state, and steps over them in fused passes."""

import weakref
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ...division import Division
from ...errors import CheckpointError, StateError
from ...locks import fork_safe_lock
from ...plan import NORM_CLIPS, Plan, make_plan
from ..arrangement import Owned
from ..arrays import Intervals, refuse_overlaps
from ..clock import COUNTERS, Clock
from ..program import (
    ELSEWHERE,
    Peers,
    Place,
    Program,
    Rows,
    all_finite,
    not_finite,
    not_finite_elsewhere,
)
from .arrangement import TensorArrangement
from .state import Entry, State
from .tensors import as_array, check_gradient, check_parameter, is_divided, local, shell

if TYPE_CHECKING:
    from ...optimizer import Optimizer

ARRANGEMENTS = 4096
"""Sets of tensors whose chunk tables are kept: a model may be stepped parameter by parameter."""


class Session(Clock):
    """The state of one optimizer for a list of parameters, and its steps.

    Args:
        optimizer: the declared optimizer, which owns this session.
        params: leaf tensors; they are updated in place.
        names: of the parameters, each once.
        entries: where the state of each parameter is kept, as ``torch.optim`` does.
        compiler: as `Optimizer.build` has it.
        peers: the processes that have other parameters of the same model.
    """

    def __init__(
        self,
        optimizer: "Optimizer",
        params: Sequence[torch.Tensor],
        names: Sequence[str],
        entries: MutableMapping[torch.Tensor, Entry],
        compiler: str | None = None,
        peers: Peers | None = None,
    ) -> None:
        super().__init__()
        for name, parameter in zip(names, params, strict=True):
            check_parameter(name, parameter)
        refuse_overlaps(names, [shell(local(parameter)) for parameter in params])
        self._optimizer_reference = weakref.ref(optimizer)
        self.params = list(params)
        self.names = list(names)
        self._compiler = compiler
        self._peers = peers
        self._divided = None
        if any(is_divided(parameter) for parameter in params):
            from .distributed import Divided

            self._divided = Divided(names, params)
        self._divide()
        self.state_of = State(entries, params, self._division)
        self.gradient_norm: float | None = None
        self.numbers: dict[int, dict[str, float]] = {}  # of the last step, by the id of a member
        self._lock = fork_safe_lock()
        self._aside: list[tuple[torch.Tensor, torch.Tensor]] | None = None

    # -- plans

    def _divide(self) -> None:
        shapes = [tuple(parameter.shape) for parameter in self.params]
        self._division = Division(self._optimizer, self.names, shapes)
        plans = self._division.plans
        if self._peers is not None and not plans:
            # A process without parameters takes part in all that must be agreed on.
            plans = [make_plan(self._optimizer, [next(self._optimizer.inner(), self._optimizer)])]
        self._programs = [Program(plan, self._compiler) for plan in plans]
        self._clips = [name for name in NORM_CLIPS if name in self._optimizer.clips()]
        self._arrangements: dict[tuple[int, ...], TensorArrangement] = {}
        self._current: TensorArrangement | None = None

    def replan(self) -> None:
        """Make the plans anew from the optimizer's arguments; the state stays."""
        self._divide()
        self.state_of.divide(self._division)

    @property
    def _optimizer(self) -> "Optimizer":
        optimizer = self._optimizer_reference()
        assert optimizer is not None, "an optimizer owns its session"
        return optimizer

    @property
    def plans(self) -> list[Plan]:
        """The plans that steps follow."""
        return self._division.plans

    def parameters(self) -> Iterator[tuple[str, torch.Tensor]]:
        """Names and tensors."""
        return zip(self.names, self.params, strict=True)

    # -- steps

    def step(self, gradients: Sequence[torch.Tensor | None], scale: float | None = None) -> None:
        """One call with a gradient, or None, for each parameter.

        Args:
            gradients: they are read, never written.
            scale: they are of the loss times this number.
        """
        with self._lock:
            self._refuse_averages()
            params = self.params
            if self._divided is not None:
                params = [local(parameter) for parameter in params]
                gradients = self._divided.gradients(gradients)
            arrangement = self._current
            if arrangement is None or not arrangement.take(params, gradients):
                arrangement = self._arrange(params, gradients)
            if arrangement is not None:
                updating, done = self._run(
                    arrangement, lambda index: gradients[index], scale, self._peers
                )
                if done:
                    self.tick(updating)

    def step_alone(self, index: int, gradient: torch.Tensor) -> None:
        """The part of a call that is one parameter's; `tick` ends the call."""
        with self._lock:
            self._refuse_averages()
            parameter = self.params[index]
            found = self._arrangements.get((index,))
            if found is None or self._divided or not found.take_active([parameter], [gradient]):
                gradients: list[torch.Tensor | None] = [None] * len(self.params)
                gradients[index] = gradient
                if self._divided is not None:
                    gradients = self._divided.gradients(gradients)
                found = self._arrange([local(p) for p in self.params], gradients)
            if found is not None:
                self._run(found, lambda _: gradient)

    def end_call(self) -> None:
        """Count a call whose parts were made one by one."""
        self.tick(self.due(self._optimizer.read_numbers(self.calls)))

    def _refuse_averages(self) -> None:
        if self._aside is not None:
            raise StateError(
                "Inside averaged() the parameters hold the averages, and a step would train "
                "those. Leave the with block first."
            )

    def _run(
        self,
        arrangement: TensorArrangement,
        gradient: Callable[[int], torch.Tensor | None],
        scale: float | None = None,
        peers: Peers | None = None,
    ) -> tuple[bool, bool]:
        """The passes of a call; whether it is one that updates, and whether it was not skipped."""
        values = self._optimizer.read_numbers(self.calls)
        if scale is not None:
            values["loss_scale_factor"] = scale * values.get("loss_scale_factor", 1.0)
        updating = self.due(values)
        rows = self._rows(arrangement, values)
        call = arrangement.update if updating else arrangement.accumulate
        found = call.run(rows, {clip: values[clip] for clip in self._clips}, peers)
        if call.total is not None:
            self.gradient_norm = float(np.sqrt(call.total))
        if found is not None:
            self._not_finite(arrangement, found, gradient)
            return updating, False
        if updating:
            self._remember(arrangement, rows)
        return updating, True

    def _rows(self, arrangement: TensorArrangement, values: dict[str, float]) -> list[Rows]:
        """The scalar rows of each part: those of the first parameter that has each row."""
        optimizer, members = self._optimizer, self._division.members
        numbers = [
            values if member is optimizer else {**member.read_numbers(self.calls, values), **values}
            for member in members
        ]
        self.numbers = dict(zip(map(id, members), numbers, strict=True))
        rows: list[Rows] = []
        for part in arrangement.parts:
            plan, own = part.program.plan, []
            for member, decays, first in part.rows:
                known = numbers[member]
                if not decays:
                    known = {**known, plan.decay_number: 0.0}
                remembered = [float(self.state_of.remembered[n][first]) for n in plan.remembered]
                t = float(self.state_of.counts[first]) + 1
                own.append((t, *[known.get(name, 0.0) for name in plan.numbers], *remembered))
            rows.append(own)
        return rows

    def _remember(self, arrangement: TensorArrangement, rows: Sequence[Rows]) -> None:
        """Count the update of each parameter, and hand on what `prepare` remembers."""
        state = self.state_of
        for part, own, tensors in zip(arrangement.parts, rows, arrangement.tensors, strict=True):
            state.counts[tensors] += 1
            plan = part.program.plan
            if plan.remembered:
                following = np.array([part.program.next_remembered(*row) for row in own])
                places = part.batch.addresses[:, -1]
                for column, name in enumerate(plan.remembered):
                    state.remembered[name][tensors] = following[places, column]

    def _not_finite(
        self,
        arrangement: TensorArrangement,
        place: Place,
        gradient: Callable[[int], torch.Tensor | None],
    ) -> None:
        if self._optimizer.nonfinite != "raise":
            self.skipped += 1
            return
        if place == ELSEWHERE:
            raise not_finite_elsewhere(self.updates + 1)
        tensor = arrangement.parts[place[0]].tensors[place[1]]
        given = gradient(tensor)
        assert given is not None
        finite = all_finite(as_array(local(given)))
        if self._divided is not None:
            finite = not self._divided.any(not finite)
        raise not_finite(self.names[tensor], self.updates + 1, finite)

    def agreed(self, found: bool) -> bool:
        """Whether something was found by any of the processes that this one steps together with."""
        if self._divided is not None:
            found = self._divided.any(found)
        return found if self._peers is None else self._peers.any(found)

    # -- arrangements

    def _arrange(
        self, params: Sequence[torch.Tensor], gradients: Sequence[torch.Tensor | None]
    ) -> TensorArrangement | None:
        """The arrangement of the parameters that have gradients; None if none has."""
        frozen = self._division.plan_of
        gradients = [None if frozen[i] is None else g for i, g in enumerate(gradients)]
        active = tuple(index for index, g in enumerate(gradients) if g is not None)
        if not active and self._peers is None:
            return None
        whose = self._whose(active)
        found = self._arrangements.get(active)
        if found is None or not found.take(params, gradients) or not self._holds(found, whose):
            found = self._new_arrangement(params, gradients, active)
            while len(self._arrangements) >= ARRANGEMENTS:
                del self._arrangements[next(iter(self._arrangements))]
            self._arrangements[active] = found
        self._current = found
        return found

    def _whose(self, active: Sequence[int]) -> list[tuple]:
        """What parameters must have in common to share a scalar row."""
        state, division = self.state_of, self._division
        remembered = state.remembered.values()
        return [
            (
                division.member_of[index],
                self._decays(index),
                state.counts[index],
                *(vector[index] for vector in remembered),
            )
            for index in active
        ]

    def _decays(self, index: int) -> bool:
        plan = self._division.plan(index)
        return not plan.decays or self._optimizer.decays(self.names[index], self.params[index])

    def _holds(self, arrangement: TensorArrangement, whose: Sequence[tuple]) -> bool:
        """Whether parameters that share a row still have the same numbers."""
        of = dict(zip(arrangement.active, whose, strict=True))
        return all(
            of[index] == of[part.rows[row][-1]]
            for part in arrangement.parts
            for index, row in zip(part.tensors, part.batch.addresses[:, -1], strict=True)
        )

    def _new_arrangement(
        self,
        params: Sequence[torch.Tensor],
        gradients: Sequence[torch.Tensor | None],
        active: Sequence[int],
    ) -> TensorArrangement:
        for index in active:
            gradient = gradients[index]
            assert gradient is not None
            check_gradient(self.names[index], gradient, params[index])
            self.state_of.ensure(index)
        shells = [shell(parameter) for parameter in params]
        slots = self.state_of.shells()
        intervals = self._extents(shells, slots)
        intervals.refuse(self.names, [None if g is None else shell(g) for g in gradients], active)
        owned = Owned(shells, slots, [True] * len(shells), intervals)
        # A row is (member, whether the parameters decay, the first parameter that has it).
        firsts: dict[tuple, int] = {}
        rows: list[tuple] = [()] * len(params)
        for index, key in zip(active, self._whose(active), strict=True):
            plan = self._division.plan_of[index]
            rows[index] = (*key[:2], firsts.setdefault((plan, *key), index))
        return TensorArrangement(
            self._division, self._programs, owned, params, gradients, rows, self._divided
        )

    def _extents(
        self, params: Sequence[np.ndarray], slots: Mapping[str, Sequence[np.ndarray | None]]
    ) -> Intervals:
        """The memory that steps write, under names for messages."""
        named = {f"parameter {n!r}": p for n, p in zip(self.names, params, strict=True)}
        for slot, arrays in slots.items():
            for name, array in zip(self.names, arrays, strict=True):
                if array is not None:
                    named[f"slot {slot!r} of {name!r}"] = array
        return Intervals(named)

    # -- averages

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """The parameters hold their averages inside."""
        self.put_averages()
        try:
            yield
        finally:
            self.put_back()

    @torch.no_grad()
    def put_averages(self, params: Any = None) -> None:
        """Write the averages into the parameters, which are kept aside meanwhile."""
        with self._lock:
            if self._aside is not None:
                raise StateError("averaged() cannot be nested: the averages are in place already.")
            own = [local(parameter) for parameter in self.params]
            self._aside = [(parameter, parameter.clone()) for parameter in own]
            self._write_averages()

    @torch.no_grad()
    def put_back(self) -> None:
        """Write the parameters that `put_averages` kept."""
        with self._lock:
            for parameter, kept in self._aside or ():
                parameter.copy_(kept)
            self._aside = None

    @torch.no_grad()
    def finalize(self, params: Any = None) -> None:
        """Write the averages into the parameters."""
        with self._lock:
            if self._aside is not None:
                raise StateError("Finalize outside averaged(): there the averages are in place.")
            self._write_averages()

    def _write_averages(self) -> None:
        averages = [self._average(index) for index in range(len(self.params))]
        for parameter, average in zip(self.params, averages, strict=True):
            if average is not None:
                local(parameter).copy_(average)

    def _average(self, index: int) -> torch.Tensor | None:
        """What a parameter is evaluated with, if that is not itself."""
        if self._division.plan_of[index] is None or self.state_of.entry(index) is None:
            return None
        if self._optimizer.use_ema:
            return self.state_of.slot(index, "ema")
        own = local(self.params[index])

        def slot(name: str) -> np.ndarray:
            found = self.state_of.slot(index, name)
            assert found is not None
            return as_array(found)

        average = self._division.average(index, as_array(own), slot, self.calls)
        return None if average is None else torch.from_numpy(np.asarray(average, np.float64))

    # -- state out and in

    def export(self) -> tuple[dict[str, np.ndarray], dict[str, int]]:
        """The state under portable names ``slot/parameter``, and the counters."""
        with self._lock:
            updates = {float(count) for count in self.state_of.counts if count}
            if len(updates) > 1:
                raise CheckpointError(
                    "A portable state has one number of updates for all parameters. "
                    f"Got: {sorted(updates)}. Use state_dict()."
                )
            tensors = dict(self.state_of.exported(self.names))
            return tensors, {name: getattr(self, name) for name in COUNTERS}
