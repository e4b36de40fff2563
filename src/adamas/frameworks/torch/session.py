"""PyTorch tensors and an optimizer: their state, and steps over them in fused passes."""

import weakref
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.autograd.graph import increment_version

from ...errors import CheckpointError, StateError
from ...locks import fork_safe_lock
from ...plan import NORM_CLIPS, Plan, make_plan
from ...refusals import FILES_OF_PARTS, SEVERAL_DEVICES
from ...runtime.assignment import Division
from ...runtime.clock import COUNTERS, Clock
from ...runtime.host.arrangement import Owned
from ...runtime.host.arrays import Intervals, refuse_overlaps
from ...runtime.host.program import (
    ELSEWHERE,
    Peers,
    Program,
    all_finite,
    not_finite,
    not_finite_elsewhere,
)
from .device import DeviceSteps
from .flat import refuse_flat
from .host import HostSteps
from .state import STEP, Entry, State
from .tensors import as_array, check_gradient, check_parameter, is_divided, local, shell

if TYPE_CHECKING:
    from ...optimizer import Optimizer

Steps = HostSteps | DeviceSteps

ARRANGED = 4096
"""Sets of tensors whose chunk tables are kept: a model may be stepped parameter by parameter."""


class Session(Clock):
    """The state of one optimizer for a list of parameters, and its steps.

    Args:
        optimizer: the declared optimizer, which owns this session.
        params: leaf tensors; they are updated in place.
        names: of the parameters, each once.
        entries: where the state of each parameter is kept, as ``torch.optim`` does.
        compiler: ``"llvm"`` or ``"reference"`` on the CPU; ``"triton"`` on a GPU, and also, with
            TRITON_INTERPRET=1, to try it, on the CPU.
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
        self.device = _one_device(params)
        self._compiler = compiler or ("llvm" if self.device.type == "cpu" else "triton")
        self._peers = peers
        self._divided = None
        if any(is_divided(parameter) for parameter in params):
            from .distributed import Divided

            self._divided = Divided(names, params)
        self._divide()
        self.state_of = State(entries, params, self._division, self.device)
        self.gradient_norm: float | torch.Tensor | None = None
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
        on_host = None if self._compiler == "triton" else self._compiler
        self._programs = [Program(plan, on_host) for plan in plans]
        self._clips = [name for name in NORM_CLIPS if name in self._optimizer.clips()]
        refuse_flat(
            self.names, self.params, self._optimizer, self._division, self._programs, self._peers
        )
        self._arranged: dict[tuple[int, ...], Steps] = {}
        self._current: Steps | None = None

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

    def step(
        self,
        gradients: Sequence[torch.Tensor | None],
        scale: torch.Tensor | None = None,
        found: torch.Tensor | None = None,
    ) -> None:
        """One call with a gradient, or None, for each parameter.

        Args:
            gradients: they are read, never written.
            scale: they are of the loss times this number.
            found: not 0 if they are not finite, so that the call must change nothing.
        """
        with self._lock:
            self._refuse_averages()
            params = self.params
            if self._divided is not None:
                params = [local(parameter) for parameter in params]
                gradients = self._divided.gradients(gradients)
            steps = self._current
            if steps is None or not steps.watch.take(params, gradients):
                steps = self._arrange(params, gradients)
            if steps is None:
                return
            if found is not None and (self._divided or self._peers):
                found = torch.full_like(found, self._agreed(bool(found)))
            updating, broken = self._run(steps, scale, found, self._peers)
            if broken is None:
                self.tick(updating)
            else:
                gradient = None if broken == ELSEWHERE else gradients[broken]
                self._pass_over(broken, gradient, found is not None)

    def _agreed(self, found: bool) -> bool:
        """Whether something was found by any of the processes that step together."""
        if self._divided is not None:
            found = self._divided.any(found)
        return found if self._peers is None else self._peers.any(found)

    def step_alone(self, index: int, gradient: torch.Tensor) -> None:
        """The part of a call that is one parameter's; `end_call` ends the call."""
        with self._lock:
            self._refuse_averages()
            parameter = self.params[index]
            steps = self._arranged.get((index,))
            divided = self._divided
            if divided or not (steps and steps.watch.take_active([parameter], [gradient])):
                gradients: Sequence[torch.Tensor | None] = [
                    gradient if place == index else None for place in range(len(self.params))
                ]
                if divided is not None:
                    gradients = divided.gradients(gradients)
                steps = self._arrange([local(p) for p in self.params], gradients)
            _, broken = (None, None) if steps is None else self._run(steps)
            if broken is not None:
                self._pass_over(broken, gradient, known=False)

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
        steps: Steps,
        scale: torch.Tensor | None = None,
        found: torch.Tensor | None = None,
        peers: Peers | None = None,
    ) -> tuple[bool, int | None]:
        """The passes of a call: whether it updates, and the first parameter not finite, or None."""
        values = self._optimizer.read_numbers(self.calls)
        updating = self.due(values)
        members = self._division.members
        numbers = [
            values
            if member is self._optimizer
            else {**member.read_numbers(self.calls, values), **values}
            for member in members
        ]
        self.numbers = dict(zip(map(id, members), numbers, strict=True))
        limits = {clip: values[clip] for clip in self._clips}
        broken = steps.run(numbers, limits, updating, scale, found, peers)
        if updating and broken is None:
            # Kernels write past PyTorch: a backward pass through what was here must be refused.
            written = steps.watch.active if steps.watch.missing else ()
            increment_version([self.params[index] for index in written] or self.params)
        self.gradient_norm = steps.norm
        return updating, broken

    def _pass_over(self, broken: int, gradient: torch.Tensor | None, known: bool) -> None:
        """Skip a call that changed nothing, or raise, unless its caller knew beforehand."""
        if self._optimizer.nonfinite == "raise" and not known:
            if broken == ELSEWHERE:
                raise not_finite_elsewhere(self.updates + 1)
            assert gradient is not None
            finite = all_finite(as_array(local(gradient)))
            if self._divided is not None:
                finite = not self._divided.any(not finite)
            raise not_finite(self.names[broken], self.updates + 1, finite)
        self.skipped += 1

    # -- arrangements

    def _arrange(
        self, params: Sequence[torch.Tensor], gradients: Sequence[torch.Tensor | None]
    ) -> Steps | None:
        """The steps of the parameters that have gradients; None if none has."""
        frozen = self._division.plan_of
        gradients = [None if frozen[i] is None else g for i, g in enumerate(gradients)]
        active = tuple(index for index, g in enumerate(gradients) if g is not None)
        if not active and self._peers is None:
            return None
        steps = self._arranged.get(active)
        if steps is None or not steps.watch.take(params, gradients) or not steps.holds():
            steps = self._new_steps(params, gradients, active)
            while len(self._arranged) >= ARRANGED:
                del self._arranged[next(iter(self._arranged))]
            self._arranged[active] = steps
        self._current = steps
        return steps

    def _new_steps(
        self,
        params: Sequence[torch.Tensor],
        gradients: Sequence[torch.Tensor | None],
        active: Sequence[int],
    ) -> Steps:
        for index in active:
            gradient = gradients[index]
            assert gradient is not None
            check_gradient(self.names[index], gradient, params[index])
            self.state_of.ensure(index)
        shells = _only(active, [shell(params[index]) for index in active], len(params))
        slots = self.state_of.shells(active)
        intervals = self._extents(shells, slots)
        intervals.refuse(self.names, [None if g is None else shell(g) for g in gradients], active)
        decays = [self._optimizer.decays(self.names[i], self.params[i]) for i in active]
        owned = Owned(shells, slots, _only(active, decays, len(params)), intervals)
        if self._compiler == "triton":
            strict = self._optimizer.nonfinite == "raise"
            return DeviceSteps(
                self._division,
                self.state_of,
                owned.decays,
                params,
                gradients,
                self._divided,
                strict,
            )
        return HostSteps(
            self._division,
            self._programs,
            self.state_of,
            owned,
            params,
            gradients,
            self._divided,
        )

    def _extents(
        self, params: Sequence[np.ndarray | None], slots: Mapping[str, Sequence[np.ndarray | None]]
    ) -> Intervals:
        """The memory that steps write, under names for messages."""
        named = {
            f"parameter {name!r}": array
            for name, array in zip(self.names, params, strict=True)
            if array is not None
        }
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
        """The state under portable names ``slot/parameter``, and the counters.

        Raises `CheckpointError` for what only PyTorch's own form can hold: parameters that have had
        different numbers of updates, and parts of DTensors.
        """
        with self._lock:
            self._refuse_parts()
            self._ensure_all()
            counted = [i for i, n in enumerate(self.state_of.vectors[STEP].tolist()) if n]
            tensors = dict(self.state_of.exported(self.names))
            for name, vector in self.state_of.vectors.items():
                values = set(vector[counted].tolist())
                if len(values) > 1:
                    raise CheckpointError(
                        f"A portable state has one {name} for all parameters. "
                        f"Got: {sorted(values)}. Use state_dict()."
                    )
                if name != STEP:
                    first = counted[0] if counted else 0
                    tensors[name] = np.array(float(vector[first]))
            return tensors, {name: getattr(self, name) for name in COUNTERS}

    def restore(
        self,
        tensors: Mapping[str, np.ndarray],
        counters: Mapping[str, int],
        source: str = "The state",
    ) -> None:
        """Take over a portable state; `CheckpointError` names `source` if it does not fit."""
        from ...checkpoint import match_names

        with self._lock:
            self._refuse_parts()
            self._ensure_all()
            own = dict(self.state_of.exported(self.names))
            numbers = {n: np.array(0.0) for n in self.state_of.vectors if n != STEP}
            match_names({**own, **numbers}, tensors, source)
            self.state_of.fill(self.names, tensors)
            self.state_of.vectors[STEP].fill_(counters["updates"])
            for name in numbers:
                self.state_of.vectors[name].fill_(float(tensors[name]))
            for name in COUNTERS:
                setattr(self, name, counters[name])
            self._arranged.clear()
            self._current = None

    def _ensure_all(self) -> None:
        for index, place in enumerate(self._division.plan_of):
            if place is not None:
                self.state_of.ensure(index)

    def _refuse_parts(self) -> None:
        if self._divided is not None:
            raise FILES_OF_PARTS.error("parts of DTensors")


def _one_device(params: Sequence[torch.Tensor]) -> torch.device:
    """The device of all parameters, the CPU of none; `UnsupportedError` if they are on several."""
    devices = list(dict.fromkeys(local(parameter).device for parameter in params))
    if len(devices) > 1:
        raise SEVERAL_DEVICES.error(", ".join(map(str, devices)))
    return devices[0] if devices else torch.device("cpu")


def _only(indices: Sequence[int], values: Sequence[Any], count: int) -> list[Any]:
    """A list of so many places, with None in all but some."""
    found: list[Any] = [None] * count
    for index, value in zip(indices, values, strict=True):
        found[index] = value
    return found
