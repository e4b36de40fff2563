"""PyTorch's tensors under a session: how they are read, written and laid out for a step.

Those on a GPU have `DeviceSession`, which differs in how steps are made.
"""

from collections.abc import Mapping, MutableMapping, Sequence
from functools import partial
from itertools import chain
from typing import Any

import numpy as np
import torch
from torch.autograd.graph import increment_version

from ...compilers.products import applied_on_host
from ...compilers.threads import bounded, chosen_threads
from ...description import Description
from ...errors import ArrayError, ArrayTypeError
from ...plan import Plan, make_plan
from ...refusals import FILES_OF_PARTS
from ...runtime.assignment import Assignment
from ...runtime.host.arrangement import Owned
from ...runtime.host.arrays import extents, refuse_overlaps, refuse_own_overlap
from ...runtime.host.carried import carried_by
from ...runtime.host.given import Kind
from ...runtime.host.manners import Steps
from ...runtime.host.program import Norms, Peers, Program
from ...runtime.host.session import Session
from ...runtime.host.steps import HostSteps
from ...runtime.order import other_order, updated_here
from ...runtime.structure import Structure
from .devices import one_device
from .flat import refuse_flat
from .forms import new_slot, slots_are_made
from .recording import unrecorded
from .state import Entry, State
from .tensors import (
    DTYPES,
    as_array,
    check_gradient,
    check_parameter,
    compute_dtype,
    fill,
    is_divided,
    local,
    plain,
    shell,
)
from .watch import Watch


class TensorSession(Session):
    """The state of one optimizer for a structure of tensors, and its steps.

    Args:
        description: the declared optimizer, which owns this session.
        structure: leaf tensors with their names; they are updated in place.
        entries: where the state of each parameter is kept, as ``torch.optim`` does.
        compiler: the one for their device.
        peers: the processes that have other parameters of the same model.
        clocks: whether each parameter counts its own updates, as in ``torch.optim``; else all have
            the session's.
        owners: the tensors that the user has, if these are not the leaves: the state is theirs.
    """

    # A model may be stepped parameter by parameter.
    LAID_OUT = 4096
    tells_of_writing = True

    def __init__(
        self,
        description: Description,
        structure: Structure,
        entries: MutableMapping[torch.Tensor, Entry],
        compiler: str,
        peers: Peers | None = None,
        clocks: bool = True,
        owners: Sequence[torch.Tensor] | None = None,
    ) -> None:
        names, params = structure.names, structure.leaves
        self.device = one_device(params)
        self._on_host = self.compiler_on_host(compiler)
        refuse_shared_memory(names, params)
        self._shapes = [tuple(parameter.shape) for parameter in params]
        self._divided: Any = None
        self.in_parts = any(map(is_divided, params))
        if self.in_parts:
            from .distributed import Divided

            self._divided = Divided(names, params)
        self._known: State | None = None
        super().__init__(description, structure, peers)
        self._known = State(entries, params, self.assignment, self.device, owners)
        self._carried = self._known if clocks else carried_by(self.assignment)

    def compiler_on_host(self, name: str) -> str | None:
        """The compiler for host memory by which this session makes its steps, if one does."""
        return name

    @property
    def state_of(self) -> State:
        """What is remembered of each parameter."""
        assert self._known is not None, "it is made with the session"
        return self._known

    @property
    def owners(self) -> Sequence[torch.Tensor]:
        """The parameters as the user has them."""
        return self.state_of.owners

    def ensure_all(self) -> None:
        """Give every parameter its slots, before a gradient asks for them."""
        for index in range(len(self.params)):
            if self.slots_of(index):
                self.state_of.ensure(index)

    # -- what PyTorch says to a session

    def dtype_name(self, tensor: torch.Tensor) -> str:
        """NumPy's name for it."""
        return DTYPES[tensor.dtype].name

    def read(self, tensor: torch.Tensor) -> np.ndarray:
        """The tensor's own memory on the CPU, else a copy."""
        return as_array(local(tensor))

    @unrecorded
    def keep(self, tensor: torch.Tensor) -> torch.Tensor:
        """A copy of the own part."""
        return local(tensor).detach().clone()

    @unrecorded
    def zeros(self, tensor: torch.Tensor) -> torch.Tensor:
        """A tensor of zeros, laid out and divided as the parameter is."""
        return torch.zeros_like(tensor)

    @unrecorded
    def write(self, tensor: torch.Tensor, value: Any) -> None:
        """Put values into the own part of a tensor."""
        own = local(tensor)
        if isinstance(value, torch.Tensor):
            own.copy_(value)
        else:
            fill(own, value)

    def check_parameters(self, tensors: Sequence[Any]) -> None:
        """Refuse what is no tensor, or of another shape than the parameters."""
        for name, tensor, shape in zip(self.names, tensors, self._shapes, strict=True):
            _require_tensor(f"Parameter {name!r}", tensor)
            check_parameter(name, tensor)
            if tuple(tensor.shape) != shape:
                raise ArrayError(
                    f"Parameter {name!r} must keep the shape {shape} it was built with. "
                    f"Got: {tuple(tensor.shape)}."
                )

    def slot(self, index: int, name: str) -> torch.Tensor | None:
        """The own part of a slot, in the shape in which compilers know it."""
        return self.state_of.known_slot(index, name)

    def has_state(self, index: int) -> bool:
        """Not before its first gradient."""
        return self.state_of.entry(index) is not None

    @slots_are_made
    def new_slot(self, index: int, name: str, plan: Plan) -> torch.Tensor:
        """Zeros, divided as the parameter is."""
        return new_slot(self.params[index], plan, name)

    def put_slots(self, index: int, gone: Sequence[str], made: Mapping[str, torch.Tensor]) -> None:
        """Put them into the entry."""
        self.state_of.put(index, gone, made)

    def plan_anew(self, assignment: Assignment) -> list[Program]:
        """Compile the plans."""
        plans = assignment.plans
        if self.peers is not None and not plans:
            # A process without parameters takes part in all that must be agreed on.
            whole = self.description
            plans = [make_plan(whole, [next(whole.inner(), whole)])]
        programs = [Program(plan, self._on_host, applied_on_host) for plan in plans]
        known = (self.names, self.params, self.description, assignment, programs)
        refuse_flat(*known, self.peers)
        if self._known is not None:
            self._known.divide(assignment)
        return programs

    def number(self, name: str, value: Any) -> float:
        """A number of a call; nothing is differentiated through it."""
        return super().number(name, value.detach() if isinstance(value, torch.Tensor) else value)

    def note_state(self) -> None:
        """Look at every tensor of the state from now on."""
        self.state_of.watch()

    def state_holds(self) -> bool:
        """Whether every tensor lies where it did; where one does not, it is taken as it is now."""
        if self.state_of.is_unchanged():
            return True
        self.state_of.watch()
        return False

    def as_tensors(self, gradients: Sequence[Any]) -> Sequence[Any]:
        """Gradients whose bits are their values."""
        return [None if gradient is None else plain(gradient) for gradient in gradients]

    def own_parts(self, gradients: Sequence[Any], parameters: Sequence[Any]) -> Any:
        """The parts of DTensors that this process has."""
        if not self.in_parts:
            return gradients, parameters
        return self._divided.gradients(gradients), [local(p) for p in parameters]

    def agreed(self, found: Any) -> Any:
        """Whether something was found by any of the processes that step together."""
        if self._divided is None and self.peers is None:
            return found
        value = self.any_part(bool(found))
        value = value if self.peers is None else self.peers.any(value)
        return torch.full_like(found, value)

    def any_part(self, value: bool) -> bool:
        """Whether it is true of any process that has parts of the same DTensors."""
        return value if self._divided is None else self._divided.any(value)

    def _norms(self) -> Norms | None:
        """Who asks whether processes that are known here have one global norm, if any are."""
        known = [one.groups for one in (self._divided, self.peers) if one is not None]
        groups = list(chain.from_iterable(known))
        if not groups:
            return None
        from .processes import refuse_other_norms

        return partial(refuse_other_norms, groups)

    def written(self, indices: Sequence[int]) -> None:
        """Kernels write past PyTorch: a backward pass through what was here must be refused."""
        everything = len(indices) == len(self.params)
        increment_version(self.params if everything else [self.params[i] for i in indices])

    def before_export(self) -> None:
        """Refuse DTensors, and give every parameter its slots."""
        self.before_restore()

    def before_restore(self) -> None:
        """Refuse DTensors, of which only PyTorch's own form can hold parts."""
        if self._divided is not None:
            raise FILES_OF_PARTS.error("parts of DTensors")
        self.ensure_all()

    @unrecorded
    def room_like(self, index: int) -> torch.Tensor:
        """A tensor that lies as a slot would, of the own part."""
        own = local(self.params[index])
        return torch.zeros_like(own, dtype=compute_dtype(own.dtype))

    def check_given(self, what: str, index: int, value: Any) -> Any:
        """The own part of a tensor."""
        name, parameter = self.names[index], self.params[index]
        _require_tensor(f"{what} {name!r}", value)
        check_gradient(name, value, parameter, what)
        if self._divided is not None:
            value = self._divided.gradient(index, value)
        return plain(value)

    def lay_out(
        self, gradients: Sequence[Any], parameters: Sequence[Any], active: Sequence[int], kind: Kind
    ) -> Steps:
        """Check tensors thoroughly, and lay them out."""
        self._refuse_others(gradients, parameters)
        for index in active:
            _require_tensor(f"The gradient of {self.names[index]!r}", gradients[index])
            check_gradient(self.names[index], gradients[index], parameters[index])
            self._refuse_elsewhere(f"Parameter {self.names[index]!r}", parameters[index])
            self.state_of.ensure(index)
            for slot in self.slots_of(index):
                what = f"Slot {slot!r} of {self.names[index]!r}"
                self._refuse_elsewhere(what, self.state_of.slot(index, slot))
        count = len(self.params)
        names = self.names
        shells = _only(active, [_parameter(names[i], parameters[i]) for i in active], count)
        given = [
            None if gradient is None else shell(gradient, f"The gradient of {name!r}")
            for name, gradient in zip(names, gradients, strict=True)
        ]
        slots = self.state_of.shells(active)
        intervals = extents(names, shells, slots)
        intervals.refuse_shared()
        intervals.refuse(self.names, given, active)
        owned = Owned(shells, slots, self.assignment.decays, intervals, pager=self.pager)
        return self.steps_of(gradients, parameters, owned, given, kind)

    def steps_of(
        self,
        gradients: Sequence[Any],
        parameters: Sequence[Any],
        owned: Owned,
        given: Sequence[Any],
        kind: Kind,
    ) -> Steps:
        """Lay tensors out that were checked; `owned` and `given` have them as NumPy's arrays."""
        room = {
            name: [None if tensor is None else shell(tensor) for tensor in tensors]
            for name, tensors in kind.room.items()
        }
        return HostSteps(
            kind._replace(room=room),
            self.carried,
            owned,
            given,
            lambda _: Watch(gradients, parameters),
            chosen_threads() or bounded(torch.get_num_threads()),
            self._divided,
            self._norms(),
        )

    def _refuse_others(self, gradients: Sequence[Any], parameters: Sequence[Any]) -> None:
        """Refuse tensors that are none of the parameters: the state is theirs."""
        places = {id(parameter): name for name, parameter in self.parameters()}
        for name, gradient in zip(self.names, gradients, strict=True):
            if id(gradient) in places:
                raise other_order(name, updated_here(places[id(gradient)]))
        own = self.params if self._divided is None else [None] * len(self.params)
        for one, known in zip(parameters, own, strict=True):
            if known is not None and one is not known:
                raise ArrayError(
                    "Tensors must be those that the optimizer was built for. Got: others. "
                    "Make a new optimizer for them: optimizer.replace()."
                )

    def _refuse_elsewhere(self, what: str, tensor: torch.Tensor | None) -> None:
        """Refuse what has left the device of the session: a compiler reads the memory of one."""
        if tensor is not None and tensor.device != self.device:
            raise ArrayError(
                f"{what} must be on {self.device}, where the optimizer's state was made. "
                f"Got: {tensor.device}. Make the optimizer after the model has moved, and load "
                "its state."
            )

    # -- steps of one parameter

    def step_alone(
        self, index: int, gradient: torch.Tensor, divisor: Any = None
    ) -> float | torch.Tensor | None:
        """The part of a call that is one parameter's; `end_call` ends the call.

        The gradient is divided by `divisor` first. Gives its norm then, if a clip took it.
        """
        with self._lock:
            self._swap.refuse_step()
            gradients = _only([index], [gradient], len(self.params))
            parts, parameters = self.own_parts(gradients, self.params)
            steps: Any = self._layouts.of_one(index)
            alone = ([parts[index]], [parameters[index]])
            if steps is None or not steps.watch.take_active(*alone):
                parts = self.as_tensors(parts)
                steps = self._prepared(parts, parameters, None)
                if steps is None:
                    return None
            self._calls.make(self, steps, parts, scale=divisor, counted=False)
            return steps.norm if self._updates_now() else None

    def _updates_now(self) -> bool:
        """Whether the call that is made of parts is one that updates."""
        own = self.description
        return not self._calls.accumulates or self.due(own.read_numbers(self.calls))

    def end_call(self, norm: float | torch.Tensor | None = None) -> None:
        """Count a call whose parts were made one by one; not by a handler within one of them.

        Its gradients had the `norm` together, if that is known.
        """
        with self._lock:
            self._calls.refuse_within()
            if norm is not None:
                self._calls.gradient_norm = norm
            self.go_on(self.now(), self.due(self.description.read_numbers(self.calls)))


def refuse_shared_memory(names: Sequence[str], params: Sequence[torch.Tensor]) -> None:
    """`ArrayError` if two parameters, or two elements of one, lie in the same memory."""
    shells = [_parameter(name, parameter) for name, parameter in zip(names, params, strict=True)]
    refuse_overlaps(names, shells)


def _parameter(name: str, parameter: torch.Tensor) -> np.ndarray:
    """The memory of a parameter's own part; an error if elements share some."""
    memory = shell(local(parameter), f"Parameter {name!r}")
    refuse_own_overlap(name, memory)
    return memory


def _require_tensor(what: str, value: Any) -> None:
    if not isinstance(value, torch.Tensor):
        raise ArrayTypeError(f"{what} must be a tensor. Got: {type(value).__name__}.")


def _only(indices: Sequence[int], values: Sequence[Any], count: int) -> list[Any]:
    """A list of so many places, with None in all but some."""
    found: list[Any] = [None] * count
    for index, value in zip(indices, values, strict=True):
        found[index] = value
    return found
