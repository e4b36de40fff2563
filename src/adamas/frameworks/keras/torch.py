"""Keras on PyTorch: calls over tensors in host memory are the fused passes, in place.

The tensors of variables and slots are seen as NumPy arrays, without a copy.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import ml_dtypes
import numpy as np
import torch

from ...description import Description
from ...exclusions import Exclusions
from .. import open_session
from .backends import value_of
from .state import State
from .step import Now, counters


def _call_in_place(
    state: State,
    now: Now,
    indices: Sequence[int],
    grads: Sequence[torch.Tensor],
    beside: Sequence[Mapping[str, torch.Tensor]],
) -> bool | None:
    """Make a call, if all tensors are in host memory, or give None.

    Args:
        state: of all variables.
        now: the learning rate, and calls so far.
        indices: the variables that have a gradient, by their place among all.
        grads: their gradients.
        beside: the arrays that the call is given for each of these, by name.

    Gives whether the call counted, or was passed over as not finite.
    """
    fused = _passes(state, grads)
    if fused is None:
        return None
    gradients: list[torch.Tensor | None] = [None] * len(state.variables)
    for index, gradient in zip(indices, grads, strict=True):
        gradients[index] = gradient
    arrays: dict[str, dict[str, Any]] = {}
    for index, own in zip(indices, beside, strict=True):
        for name, tensor in own.items():
            arrays.setdefault(name, dict.fromkeys(state.names))[state.names[index]] = tensor
    counted = fused(gradients, now._replace(given={**now.given, **arrays}))
    if state.norm is not None and fused.norm is not None:
        state.norm.assign(fused.norm)
    return counted


# What is done here to arrays of NumPy is not for torch.compile, which may be around a model.
call_in_place: Any = torch.compiler.disable(_call_in_place)


def _passes(state: State, grads: Sequence[torch.Tensor]) -> "Fused | None":
    variables = [value_of(variable) for variable in state.variables]
    slots = [state.values(index) for index in range(len(state.slots))]
    remembered, own = state.remembered_values(), state.own_values()
    tensors = everything(variables, slots, remembered, own)
    if not can_fuse([*tensors, *grads]):
        return None
    if state.passes is None or not state.passes.fits(tensors):
        whole, decays = state.assignment.whole, state.assignment.decays
        state.passes = Fused(whole, state.names, decays, variables, slots, remembered, own)
    return state.passes


class Fused:
    """The passes of an optimizer over variables in host memory.

    Args:
        optimizer: the declared optimizer.
        names: of the variables.
        decays: whether each is subject to weight decay.
        variables: their tensors.
        slots: the tensors of each one's slots by name.
        remembered: the tensors of numbers that are handed on.
        clocks: those of the clocks of variables.
    """

    def __init__(
        self,
        optimizer: Description,
        names: Sequence[str],
        decays: Sequence[bool],
        variables: Sequence[torch.Tensor],
        slots: Sequence[Mapping[str, torch.Tensor]],
        remembered: Mapping[tuple[int, str], torch.Tensor],
        clocks: Mapping[str, torch.Tensor],
    ) -> None:
        self.tensors = everything(variables, slots, remembered, clocks)
        self._places = [tensor.data_ptr() for tensor in self.tensors]
        self._rate = 1.0  # until the first call
        changes: dict[str, Any] = {"learning_rate": lambda: self._rate}
        if optimizer.loss_scale_factor is not None:
            changes["loss_scale_factor"] = 1.0  # Keras has divided by it
        known = {name: value for name, value in changes.items() if name in optimizer.fields}
        self._optimizer = optimizer.replace(**known)
        # By name, whichever way they were excluded.
        excluded = [name for name, own in zip(names, decays, strict=True) if not own]
        self._optimizer.exclude(Exclusions(names=tuple(excluded)))
        params = {n: _array(tensor) for n, tensor in zip(names, variables, strict=True)}
        self._session: Any = open_session(self._optimizer, params, None)
        every = dict.fromkeys(slot for own in slots for slot in own)
        held = {
            slot: [_array(own[slot]) if slot in own else None for own in slots] for slot in every
        }
        numbers = {key: _array(tensor) for key, tensor in remembered.items()}
        own = {name: _array(tensor) for name, tensor in clocks.items()}
        self._session.hold(held, numbers, own)

    def fits(self, tensors: Sequence[torch.Tensor]) -> bool:
        """Whether these are the tensors it was made for, where they were."""
        return len(tensors) == len(self._places) and all(
            tensor.data_ptr() == place for tensor, place in zip(tensors, self._places, strict=True)
        )

    def __call__(self, gradients: Sequence[torch.Tensor | None], now: Now) -> bool:
        """The next call; whether it counted, or was passed over as not finite."""
        session = self._session
        self._rate = float(now.rate)
        session.set_counters(counters(self._optimizer, int(now.calls)))
        arrays = [None if g is None else _array(g) for g in gradients]
        session.step(arrays, given={name: _plain(value) for name, value in now.given.items()})
        return session.skipped == 0

    @property
    def norm(self) -> float | None:
        """The norm of all gradients in the last call, if a clip has taken it."""
        return self._session.gradient_norm


def everything(
    variables: Sequence[torch.Tensor],
    slots: Sequence[Mapping[str, torch.Tensor]],
    remembered: Mapping[tuple[int, str], torch.Tensor],
    clocks: Mapping[str, torch.Tensor],
) -> list[torch.Tensor]:
    """All tensors of a state in one order."""
    of_slots = (tensor for own in slots for tensor in own.values())
    return [*variables, *of_slots, *remembered.values(), *clocks.values()]


def can_fuse(tensors: Sequence[torch.Tensor]) -> bool:
    """Whether all of these lie in host memory as plain numbers."""
    return all(tensor.device.type == "cpu" and tensor.layout == torch.strided for tensor in tensors)


def _plain(value: Any) -> Any:
    """What a call is given, where it is a tensor or a variable, as NumPy has it."""
    if isinstance(value, Mapping):
        return {name: _plain(tensor) for name, tensor in value.items()}
    value = value_of(value) if hasattr(value, "assign") else value
    return _array(value) if isinstance(value, torch.Tensor) else value


def _array(tensor: torch.Tensor) -> np.ndarray:
    """The memory of a tensor as an array."""
    tensor = tensor.detach()
    if tensor.dtype == torch.bfloat16:
        return tensor.view(torch.uint16).numpy().view(ml_dtypes.bfloat16)
    return tensor.numpy()
