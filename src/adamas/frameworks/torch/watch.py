"""Tensors that were checked, and that are looked at again at each step: has their form changed?"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from ...compilers.llvm.tensor_guard import Look, available
from ...compilers.look import SlowLook, form, words
from .tensors import has_memory, pointers


class Watch:
    """What is known of the local tensors that take part in a step.

    Args:
        gradients, params: of all parameters; None for those without a gradient.

    Attributes:
        active, missing: the parameters with and without a gradient.
        addresses: where the gradients lie, int64, in the order of `active`.
    """

    def __init__(
        self, gradients: Sequence[torch.Tensor | None], params: Sequence[torch.Tensor]
    ) -> None:
        self.active = [index for index, g in enumerate(gradients) if g is not None]
        self.missing = [index for index, g in enumerate(gradients) if g is None]
        own = [params[index] for index in self.active]
        given = [g for g in gradients if g is not None]
        self.addresses = pointers(given)
        look = Look if available() else slow_look
        self._own = pointers(own)
        known: Any = look(own, self._own, moves=False)
        self._are_known = known.then(look(given, self.addresses, moves=True))

    def take(self, gradients: Sequence[Any], params: Sequence[torch.Tensor]) -> bool:
        """Take the addresses of new gradients, if nothing but their addresses is new."""
        if self.missing:
            if any(gradients[index] is not None for index in self.missing):
                return False
            params = [params[index] for index in self.active]
            gradients = [gradients[index] for index in self.active]
        return self.take_active(gradients, params)

    def take_active(self, gradients: Sequence[Any], params: Sequence[torch.Tensor]) -> bool:
        """As `take`, with those only that take part."""
        return self._are_known(params, gradients)


def look_at(tensors: Sequence[torch.Tensor]) -> Any:
    """Tells of a list of tensors whether they lie where these do, in their forms."""
    look = Look if available() else slow_look
    return look(tensors, pointers(tensors), moves=False)


def slow_look(tensors: Sequence[torch.Tensor], addresses: np.ndarray, *, moves: bool) -> SlowLook:
    """As the compiled look, asking each tensor in Python."""
    return SlowLook(_read, tensors, words(addresses), moves=moves)


def _read(tensor: Any) -> tuple[tuple, int] | None:
    if not isinstance(tensor, torch.Tensor) or tensor.layout is not torch.strided:
        return None
    if tensor.is_neg() or not has_memory(tensor):
        return None
    return (tensor.device, *form(tensor, tensor.stride())), tensor.data_ptr()
