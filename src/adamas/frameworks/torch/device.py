"""A step over tensors on a GPU, by the compiler to Triton; nothing in it waits for the device."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from ...compilers import capture
from ...description import Description
from ...refusals import NORM_OVER_GROUP, RAISING_IN_GRAPH
from ...runtime.host.given import Kind
from ...runtime.host.program import Norms, Peers, asks_for_norms
from ...runtime.host.steps import LOSS_SCALE
from ...signals import held
from .counts import STEP
from .state import State
from .watch import Watch

OnDevice = tuple[Description, str, torch.Tensor]


class DeviceSteps:
    """Tensors with gradients in a certain form, laid out in the memory of one device.

    Each parameter has a row of scalars of its own: how many updates it has had stays on the
    device, so that a captured graph counts on and a step that is skipped does not.

    Args:
        kind: of call: plans and members of the parameters, and tensors that the call is given.
        state: of the parameters.
        params, gradients: the local tensors; None for parameters without a gradient.
        parts_of: what is known of parameters that are divided among processes, a `Divided`.
        strict: whether a call waits for the device to learn if something was not finite.
        norms: asked now and then whether all processes have one global norm, after the update:
            before it the device would have to be waited for.
        on_device: gives the numbers that are tensors on the device: (member, name, tensor).

    Attributes:
        active: the parameters with a gradient.
        norm: the norm of all gradients in the last call, a 0-d tensor, if a clip took it.
        under_way: the call, once all of it was made, since this was set to None.
        kind: the number of the kind of call.
    """

    def __init__(
        self,
        kind: Kind,
        state: State,
        params: Sequence[torch.Tensor],
        gradients: Sequence[torch.Tensor | None],
        parts_of: Any,
        strict: bool,
        norms: Norms | None = None,
        on_device: Callable[[], Iterable[OnDevice]] = tuple,
    ) -> None:
        from ...compilers.triton import DeviceCall, DeviceRows, DeviceTensor

        assignment, _, room = kind
        self.kind = kind.number
        self.watch = Watch(gradients, params)
        self.active = self.watch.active
        self.take = self.watch.take
        self.norm: torch.Tensor | None = None
        self._strict = strict
        self._norms = norms
        self._on_device = on_device
        self._taking: dict[tuple[int, str], torch.Tensor] = {}
        self.under_way: Any = None
        exchange = None if parts_of is None else parts_of.on_device(self.active)
        self._assignment = assignment
        self.device = params[self.active[0]].device
        plans = assignment.plans
        members = [-1 if place is None else place for place in assignment.member_of]
        adds_to = list(map(assignment.adds_to, range(len(params))))
        shared = (state.vectors[STEP], adds_to, members)
        self._rows = DeviceRows(plans, len(params), self.device, *shared)
        if self._rows.remembered:
            self._rows.kept = state.remembered_matrix
        tensors = []
        for index in self.active:
            plan = assignment.plan(index)
            slots = {slot: state.slot(index, slot) for slot in plan.slots}
            slots |= {name: room[name][index] for name in plan.rule.given}
            arrays: dict[str, Any] = {"p": params[index], "g": gradients[index], **slots}
            whole = None if parts_of is None else parts_of.sizes[index]
            begins = None if parts_of is None or not plan.drawn else parts_of.begins(index)
            name = assignment.names[index]
            tensors.append(DeviceTensor(plan, arrays, index, whole, name, begins))
        # Both calls now, so that no gradient is kept for the sake of its form.
        kinds = ["update"] + ["accumulate"] * bool(plans[0].accumulate)
        self._calls = {k: DeviceCall(tensors, k, self._rows, exchange) for k in kinds}
        members = [member or 0 for member in assignment.member_of]
        self._members = np.array(members)
        names = self._rows.names
        self._stay = np.ones((len(params), len(names)), bool)
        for index in self.active:
            decay = assignment.plan(index).decay_number
            if decay in names and not assignment.decays[index]:
                self._stay[index, names.index(decay)] = False

    def holds(self) -> bool:
        """Always: parameters do not share rows."""
        return True

    def run(
        self,
        t: int,
        numbers: Sequence[Mapping[str, Any]],
        limits: Mapping[str, float],
        updating: bool,
        scale: torch.Tensor | None = None,
        found: torch.Tensor | None = None,
        peers: Peers | None = None,
    ) -> int | None:
        """A call, as that of `HostSteps`; None also where only the device knows of a skip."""
        if peers is not None and (limits or self._rows.totals):
            raise NORM_OVER_GROUP.error(", ".join(limits) or "sums over all tensors")
        call = self._calls["update" if updating else "accumulate"]
        usual = {LOSS_SCALE: 1.0} if scale is not None else {}
        self.write([{**usual, **one} for one in numbers])
        with held():
            call.run(self.watch.addresses, found_inf=found, grad_scale=scale)
            self.norm = call.norm[0] if limits else None
            self.under_way = call
        if updating and "global_clipnorm" in limits and asks_for_norms(t):
            self._ask(call.norm[0])
        return self._found(call)

    def write(self, numbers: Sequence[Mapping[str, Any]]) -> None:
        """Send the numbers of each member to the device, where they are others than before.

        Those that are tensors there are taken there, also at each replay of a graph.
        """
        names = self._rows.names
        own = np.array([[one.get(name, 0.0) for name in names] for one in numbers])
        self._rows.write(np.where(self._stay, own[self._members], 0.0))
        for member, name, tensor in self._on_device():
            if name in names:
                self._rows.take(name, self._rows_of(member, name), tensor)

    def _rows_of(self, member: Description, name: str) -> torch.Tensor:
        """Which parameters have a number of a member, bool, on the device."""
        place = next(p for p, one in enumerate(self._assignment.members) if one is member)
        if (place, name) not in self._taking:
            capture.refuse_capture(
                self.device, "A number that is a tensor must have been in a step"
            )
            own = (self._members == place) & self._stay[:, self._rows.names.index(name)]
            self._taking[place, name] = torch.from_numpy(own).to(self.device)
        return self._taking[place, name]

    def refuse_capture(self) -> None:
        """Refuse what a captured step cannot do."""
        if self._strict:
            raise RAISING_IN_GRAPH.error("nonfinite='raise' in a capture")

    def _ask(self, norm: torch.Tensor) -> None:
        """Ask after the others' norms, which waits for the device: a captured graph cannot."""
        if self._norms is not None and not capture.capturing(norm.device):
            self._norms(float(norm) ** 2)

    def finish(self, t: int) -> tuple[bool, int | None]:
        """Whether a call that was interrupted had begun: then all of it was made."""
        call = self.under_way
        return (False, None) if call is None else (True, self._found(call))

    def _found(self, call: Any) -> int | None:
        if self._strict and bool(call.stop):
            place = call.first_not_finite()
            return self.active[place or 0]
        return None
