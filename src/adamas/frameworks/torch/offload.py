"""States on the host for parameters on a device: the CPU makes their steps.

Every parameter has a twin in host memory, and so its session is one of tensors on the CPU. Around
each call weights and gradients come down in buckets, and weights go up again.
"""

from collections import deque
from collections.abc import Mapping, MutableMapping, Sequence
from functools import partial
from typing import Any

import torch
from torch.utils.weak import WeakTensorKeyDictionary

from ...compilers.capture import refuse_capture
from ...description import Description
from ...errors import ArrayError, ConfigurationError
from ...passes import NORM_CLIPS
from ...refusals import OFFLOAD_OF_PARTS
from ...runtime.host.given import Kind
from ...runtime.host.manners import Steps
from ...runtime.host.program import Peers
from ...runtime.inputs import NOTHING
from ...runtime.structure import Structure, named_structure
from ...schedules import Schedule
from ...signals import held
from .buckets import AHEAD, Bucket, Room, cut
from .devices import OF_DEVICES, one_device
from .recording import unrecorded
from .session import TensorSession, refuse_shared_memory
from .state import Entry
from .tensors import check_gradient, check_parameter, has_memory, is_divided, plain, shell
from .transport import Arrival, Transport, transport_of


def check_offload(where: Any, compiler: str | None) -> None:
    """`ConfigurationError` for another place than the host, or without a compiler for it."""
    if where not in (None, "cpu"):
        raise ConfigurationError(
            f"offload must be 'cpu', where states are kept and stepped, or None. Got: {where!r}."
        )
    if where is not None and compiler == OF_DEVICES:
        raise ConfigurationError(
            f"With offload='cpu' the CPU makes the steps. Got: compiler={compiler!r}. Leave it out."
        )


class HostSide:
    """The twins of an optimizer's parameters, and what has come down for a step to be made.

    It outlives sessions: another one, as after loading, goes on with them.

    Attributes:
        received: gradients that have come down by themselves, by parameter.
    """

    def __init__(self) -> None:
        self._transports: dict[torch.device, Transport] = {}
        self._twins: Any = WeakTensorKeyDictionary()
        self._rooms: Any = WeakTensorKeyDictionary()
        self.received: Any = WeakTensorKeyDictionary()

    def transport(self, device: torch.device) -> Transport:
        """The way to a device."""
        if device not in self._transports:
            self._transports[device] = transport_of(device)
        return self._transports[device]

    def twin(self, parameter: torch.Tensor) -> torch.Tensor:
        """The memory on the host for a parameter."""
        return self._like(parameter, self._twins, parameter)

    def room(self, parameter: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
        """The memory on the host for a gradient that comes down by itself."""
        return self._like(parameter, self._rooms, gradient)

    def _like(self, parameter: torch.Tensor, known: Any, tensor: torch.Tensor) -> torch.Tensor:
        found = known.get(parameter)
        form = tensor.dtype, tensor.shape, tensor.stride()
        if found is None or found[0] != form:
            known[parameter] = found = form, self.transport(parameter.device).twin(tensor.detach())
        return found[1]


class OffloadSession(TensorSession):
    """As its parent, over the twins of the tensors that the user has.

    Args:
        description, structure, entries, compiler, peers, clocks: as of `TensorSession`.
        side: the twins.
    """

    def __init__(
        self,
        description: Description,
        structure: Structure,
        entries: MutableMapping[torch.Tensor, Entry],
        compiler: str,
        peers: Peers | None = None,
        clocks: bool = True,
        *,
        side: HostSide,
    ) -> None:
        names, owners = structure.names, structure.leaves
        if any(map(is_divided, owners)) or any(hasattr(p, "_fsdp_flattened") for p in owners):
            raise OFFLOAD_OF_PARTS.error("parts of parameters")
        refuse_shared_memory(names, owners)
        self._side = side
        self._away = one_device(owners)
        self._transport = side.transport(self._away)
        self._room = Room(self._transport)
        twins = named_structure(dict(zip(names, map(side.twin, owners), strict=True)))
        super().__init__(description, twins, entries, compiler, peers, clocks, owners)

    # -- steps

    @torch.no_grad()
    def step(
        self,
        gradients: Sequence[Any],
        scale: Any = None,
        found: Any = None,
        given: Mapping[str, Any] = NOTHING,
    ) -> None:
        """As of its parent, whole whenever a signal comes: handlers run when it has ended."""
        with self._lock, held():
            self._swap.refuse_step()
            own = [self._checked(index, gradient) for index, gradient in enumerate(gradients)]
            given = _on_host(given)
            apart = self._may_be_apart(given)
            buckets = self._buckets(own, apart)
            self._transport.begin()
            if found is not None and bool(found):  # nothing is read of what is not finite
                super().step(self._all_of(buckets), scale, found.cpu(), given)
            else:
                self._make(buckets, apart, scale, found, given)

    def _checked(self, index: int, gradient: Any) -> Any:
        """A gradient that can be copied; None of a parameter that is frozen."""
        if gradient is None or self.assignment.plan_of[index] is None:
            return None
        name, owner, twin = self.names[index], self.owners[index], self.params[index]
        refuse_capture(self._away, "A step that moves to the host cannot be captured: make it")
        check_parameter(name, owner)
        form = owner.dtype, owner.device, owner.shape
        if form != (twin.dtype, self._away, twin.shape):
            raise ArrayError(
                f"Parameter {name!r} must stay {twin.dtype} of shape {tuple(twin.shape)} on "
                f"{self._away}, as when the optimizer's state was made. Got: {owner.dtype} of "
                f"shape {tuple(owner.shape)} on {owner.device}. Make the optimizer after the "
                "model has changed, and load its state."
            )
        check_gradient(name, gradient, owner)
        gradient = plain(gradient)
        for what, tensor in (("Parameter", owner), ("The gradient of", gradient)):
            if not has_memory(tensor):
                shell(tensor, f"{what} {name!r}")  # which tells why it cannot be read
        return gradient

    def _may_be_apart(self, given: Mapping[str, Any]) -> bool:
        """Whether buckets may be stepped one by one: a step of all has the same bits.

        It has not where one number is of all gradients. A callable is to be called once.
        """
        return not (
            any(clip in NORM_CLIPS for clip in self.description.clips())
            or given
            or self.kept
            or self.peers is not None
            or self.description.nonfinite != "propagate"
            or any(plan.totals for plan in self.plans)
            or any(map(_calls, (self.description, *self.assignment.members)))
        )

    def _buckets(self, gradients: Sequence[Any], apart: bool) -> list[Bucket]:
        """Gradients that are on the device, by bucket, with memory for them here."""
        indices = cut(gradients)
        own = [[gradients[index] for index in bucket] for bucket in indices]
        places = self._room.places(own, AHEAD if apart else max(1, len(indices)))
        found = []
        for active, there, here in zip(indices, own, places, strict=True):
            weights = [(self.owners[index], self.params[index]) for index in active]
            start = partial(self._transport.down, [*weights, *zip(there, here, strict=True)])
            found.append(Bucket(active, self._spread(active, here), start))
        return found

    def _spread(self, active: Sequence[int], gradients: Sequence[torch.Tensor]) -> list[Any]:
        """Some gradients in the order of the parameters."""
        found: list[Any] = [None] * len(self.params)
        for index, gradient in zip(active, gradients, strict=True):
            found[index] = gradient
        return found

    def _all_of(self, buckets: Sequence[Bucket]) -> list[Any]:
        """The gradients of all buckets, in the order of the parameters."""
        found: list[Any] = [None] * len(self.params)
        for bucket in buckets:
            for index in bucket.active:
                found[index] = bucket.gradients[index]
        return found

    def _make(
        self,
        buckets: Sequence[Bucket],
        apart: bool,
        scale: Any = None,
        found: Any = None,
        given: Mapping[str, Any] = NOTHING,
    ) -> None:
        """A call with gradients that come down, bucket by bucket if they may be stepped `apart`."""
        try:
            if apart and buckets:
                self._one_by_one(buckets, scale)
                return
            for arrival in [bucket.start() for bucket in buckets]:
                arrival()
            updates = self.updates
            super().step(self._all_of(buckets), scale, found, given)
            if self.updates > updates:
                self._up([index for bucket in buckets for index in bucket.active])
        finally:
            self._transport.end()

    def _one_by_one(self, buckets: Sequence[Bucket], scale: Any) -> None:
        """A call of which nothing is refused any more: while a bucket is stepped, others travel."""
        laid_out = [self._prepared(bucket.gradients, self.params, None) for bucket in buckets]
        updating = self.due(self.description.read_numbers(self.calls))
        scale = None if scale is None else float(scale)
        coming = deque(bucket.start() for bucket in buckets[:AHEAD])
        for place, (bucket, steps) in enumerate(zip(buckets, laid_out, strict=True)):
            assert steps is not None, "no bucket is empty"
            coming.popleft()()
            self._calls.make(self, steps, bucket.gradients, scale=scale, counted=False)
            if updating:
                self._up(bucket.active)
            coming.extend(following.start() for following in buckets[place + AHEAD :][:1])
        self.go_on(self.now(), updating)

    @unrecorded
    def _up(self, active: Sequence[int]) -> None:
        """Let weights go up; PyTorch is told by that that they are others."""
        self._transport.up([(self.params[index], self.owners[index]) for index in active])

    def written(self, indices: Sequence[int]) -> None:
        """Nobody computes with the twins."""

    def flush(self, given: Mapping[str, Any] = NOTHING) -> bool:
        """As of its parent."""
        with self._lock, held():
            self._swap.refuse_step()
            everything = range(len(self.params))
            self._refresh(everything)
            made = super().flush(_on_host(given))
            if made:
                self._up(everything)
                self._transport.end()
            return made

    # -- gradients that come by themselves

    @unrecorded
    def step_alone(self, index: int, gradient: torch.Tensor, divisor: Any = None) -> None:
        """Let a gradient come down, which may be freed at once; `end_call` makes the step."""
        with self._lock:
            self._swap.refuse_step()
            gradient = self._checked(index, gradient)
            if gradient is None:
                return
            owner = self.owners[index]
            room = self._side.room(owner, gradient)
            self._transport.begin()
            pairs = [(owner, self.params[index]), (gradient, room)]
            self._side.received[owner] = room, self._transport.down(pairs)

    @torch.no_grad()
    def end_call(self, norm: Any = None) -> None:
        """Make the step with all gradients that have come since the last one."""
        with self._lock, held():
            self._calls.refuse_within()
            self._swap.refuse_step()
            received = [self._side.received.pop(owner, (None, None)) for owner in self.owners]
            gradients = [gradient for gradient, _ in received]
            buckets = [
                Bucket(
                    active,
                    self._spread(active, [gradients[index] for index in active]),
                    partial(_joined, [received[index][1] for index in active]),
                )
                for active in cut(gradients)
            ]
            self._transport.begin()
            self._make(buckets, self._may_be_apart(NOTHING))

    # -- what else reads or writes weights

    @unrecorded
    def _refresh(self, indices: Sequence[int]) -> None:
        """Let weights come down, and wait for them."""
        self._transport.begin()
        self._transport.down([(self.owners[index], self.params[index]) for index in indices])()

    def convert(self, description: Description) -> None:
        """As of its parent: masters are made of what the weights are, and may move them."""
        with self._lock, held():
            everything = range(len(self.params))
            self._refresh(everything)
            super().convert(description)
            self._up(everything)
            self._transport.end()

    def lay_out(
        self, gradients: Sequence[Any], parameters: Sequence[Any], active: Sequence[int], kind: Kind
    ) -> Steps:
        """As of its parent: slots may begin with what the weights are."""
        self._refresh(active)
        return super().lay_out(gradients, parameters, active, kind)

    def ensure_all(self) -> None:
        """As of its parent."""
        self._refresh(range(len(self.params)))
        super().ensure_all()

    def keep(self, tensor: torch.Tensor) -> torch.Tensor:
        """A copy on the host: there may be no room for it on the device."""
        return tensor.detach().to("cpu", copy=True)

    def _tensors(self, params: Any) -> Sequence[Any]:
        """The parameters as the user has them, which are to hold averages."""
        tensors = self.owners if params is None else super()._tensors(params)
        self.check_parameters(tensors)
        return tensors


def _joined(arrivals: Sequence[Arrival]) -> Arrival:
    """What waits for all of them."""

    def wait() -> None:
        for arrival in arrivals:
            arrival()

    return wait


def _calls(one: Description) -> bool:
    """Whether a step calls functions of the user for its numbers; those of the step do no harm."""
    values = map(one.argument, one.numbers_in_use())
    return any(callable(value) and not isinstance(value, Schedule) for value in values)


def _on_host(given: Any) -> Any:
    """What a call is given, with copies on the host of tensors."""
    if isinstance(given, torch.Tensor):
        return given.detach().cpu()
    if isinstance(given, Mapping):
        return {name: _on_host(value) for name, value in given.items()}
    return list(map(_on_host, given)) if isinstance(given, list | tuple) else given
