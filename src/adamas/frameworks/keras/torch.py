"""Keras on PyTorch: calls over tensors in host memory are the fused passes, in place.

The tensors of variables and slots are seen as NumPy arrays, without a copy.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import ml_dtypes
import numpy as np
import torch

from ...exclusions import Exclusions
from ...optimizer import Optimizer
from .. import open_session
from .backends import value_of

if TYPE_CHECKING:
    from .optimizer import KerasOptimizer


def _call_in_place(
    optimizer: "KerasOptimizer", indices: Sequence[int], grads: Sequence[torch.Tensor]
) -> bool:
    """Make a call of `optimizer` if all its tensors are in host memory; whether they are.

    Args:
        optimizer: it is built.
        indices: the variables that have a gradient, by their place among all.
        grads: their gradients.
    """
    fused = _passes(optimizer, grads)
    if fused is None:
        return False
    gradients: list[torch.Tensor | None] = [None] * len(optimizer._kept)
    for index, gradient in zip(indices, grads, strict=True):
        gradients[index] = gradient
    every = int(optimizer.declared.gradient_accumulation_steps or 1)
    counts = Counts(int(optimizer._iterations.value), every)
    if not fused(gradients, float(optimizer._get_current_learning_rate()), counts):
        optimizer.assign_sub(optimizer._iterations, 1)
        optimizer.assign_add(optimizer.built_state.skipped, 1)
    return True


# What is done here to arrays of NumPy is not for torch.compile, which may be around a model.
call_in_place: Any = torch.compiler.disable(_call_in_place)


def _passes(optimizer: "KerasOptimizer", grads: Sequence[torch.Tensor]) -> "Fused | None":
    state = optimizer.built_state
    variables = [value_of(variable) for variable in optimizer._kept]
    slots = [state.values(index) for index in range(len(state.slots))]
    remembered = state.remembered_values()
    tensors = everything(variables, slots, remembered)
    if not can_fuse([*tensors, *grads]):
        return None
    if state.passes is None or not state.passes.fits(tensors):
        known = (state.names, state.assignment.decays, variables, slots, remembered)
        state.passes = Fused(optimizer.declared, *known)
    return state.passes


class Counts(NamedTuple):
    """The clock of a call: calls so far, and how many of them make an update."""

    calls: int
    every: int


class Fused:
    """The passes of an optimizer over variables in host memory.

    Args:
        optimizer: the declared optimizer.
        names: of the variables.
        decays: whether each is subject to weight decay.
        variables: their tensors.
        slots: the tensors of each one's slots by name.
        remembered: the tensors of numbers that are handed on.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        names: Sequence[str],
        decays: Sequence[bool],
        variables: Sequence[torch.Tensor],
        slots: Sequence[Mapping[str, torch.Tensor]],
        remembered: Mapping[tuple[int, str], torch.Tensor],
    ) -> None:
        self.tensors = everything(variables, slots, remembered)
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
        self._session.hold(held, {key: _array(tensor) for key, tensor in remembered.items()})

    def fits(self, tensors: Sequence[torch.Tensor]) -> bool:
        """Whether these are the tensors it was made for, where they were."""
        return len(tensors) == len(self._places) and all(
            tensor.data_ptr() == place for tensor, place in zip(tensors, self._places, strict=True)
        )

    def __call__(
        self, gradients: Sequence[torch.Tensor | None], rate: float, counts: Counts
    ) -> bool:
        """One call; whether it counted, or was passed over as not finite."""
        session = self._session
        self._rate = rate
        session.calls = counts.calls
        session.updates, session.pending = divmod(counts.calls, counts.every)
        before = session.skipped
        session.step([None if g is None else _array(g) for g in gradients])
        return session.skipped == before


def everything(
    variables: Sequence[torch.Tensor],
    slots: Sequence[Mapping[str, torch.Tensor]],
    remembered: Mapping[tuple[int, str], torch.Tensor],
) -> list[torch.Tensor]:
    """All tensors of a state in one order."""
    return [*variables, *(tensor for own in slots for tensor in own.values()), *remembered.values()]


def can_fuse(tensors: Sequence[torch.Tensor]) -> bool:
    """Whether all of these lie in host memory as plain numbers."""
    return all(tensor.device.type == "cpu" and tensor.layout == torch.strided for tensor in tensors)


def _array(tensor: torch.Tensor) -> np.ndarray:
    """The memory of a tensor as an array."""
    tensor = tensor.detach()
    if tensor.dtype == torch.bfloat16:
        return tensor.view(torch.uint16).numpy().view(ml_dtypes.bfloat16)
    return tensor.numpy()
