"""Tensors that were checked, and that are looked at again at each step: has their form changed?"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from ...compilers.llvm.tensor_guard import Look, available
from .tensors import pointers


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
        look = Look if available() else SlowLook
        self._params_known = look(own, pointers(own), moves=False)
        self._gradients_known = look(given, self.addresses, moves=True)

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
        return self._params_known(params) and self._gradients_known(gradients)


class SlowLook:
    """As `Look`, asking each tensor in Python."""

    def __init__(
        self, tensors: Sequence[torch.Tensor], addresses: np.ndarray, *, moves: bool
    ) -> None:
        self._forms = list(map(_form, tensors))
        self._addresses = addresses
        self._moves = moves

    def __call__(self, tensors: Sequence[Any]) -> bool:
        """Whether all are as known; only then all of their addresses are right."""
        if any(_form(t) != form for t, form in zip(tensors, self._forms, strict=True)):
            return False
        found = pointers(tensors)
        if not self._moves:
            return np.array_equal(found, self._addresses)
        self._addresses[:] = found
        return True


def _form(tensor: Any) -> tuple | None:
    if not isinstance(tensor, torch.Tensor) or tensor.layout is not torch.strided:
        return None
    # Along axes of one element they do not matter.
    strides = [s for s, n in zip(tensor.stride(), tensor.shape, strict=True) if n != 1]
    return type(tensor), tensor.dtype, tensor.shape, strides
