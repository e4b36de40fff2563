"""Tensors that were checked, and that are looked at again at each step: has their form changed?"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from .tensors import pointers


class Watch:
    """What is known of the local tensors that take part in a step.

    PyTorch itself holds a gradient to the dtype, the shape and the device of its parameter, so only
    the addresses of both and the strides of gradients need a look.

    Args:
        params, gradients: of all parameters; None for those without a gradient.

    Attributes:
        active, missing: the parameters with and without a gradient.
        addresses: where the gradients lie, int64, in the order of `active`.
    """

    def __init__(
        self, params: Sequence[torch.Tensor], gradients: Sequence[torch.Tensor | None]
    ) -> None:
        self.active = [index for index, g in enumerate(gradients) if g is not None]
        self.missing = [index for index, g in enumerate(gradients) if g is None]
        own = [params[index] for index in self.active]
        given = [g for g in gradients if g is not None]
        self.addresses = pointers(given)
        self._params = pointers(own)
        self._sizes = list(map(torch.Tensor.numel, own))
        self._dense_params = list(map(torch.Tensor.is_contiguous, own))
        self._dense = list(map(torch.Tensor.is_contiguous, given))
        self._strides = {
            place: g.stride() for place, g in enumerate(given) if not g.is_contiguous()
        }

    def take(self, params: Sequence[torch.Tensor], gradients: Sequence[Any]) -> bool:
        """Take the addresses of new gradients, if nothing but their addresses is new."""
        if self.missing:
            if any(gradients[index] is not None for index in self.missing):
                return False
            params = [params[index] for index in self.active]
            gradients = [gradients[index] for index in self.active]
        return self.take_active(params, gradients)

    def take_active(self, params: Sequence[torch.Tensor], gradients: Sequence[Any]) -> bool:
        """As `take`, with those only that take part."""
        try:
            found = pointers(gradients)
        except (TypeError, RuntimeError):  # None, or no strided tensor
            return False
        if not np.array_equal(pointers(params), self._params):
            return False
        if list(map(torch.Tensor.numel, params)) != self._sizes:
            return False
        if list(map(torch.Tensor.is_contiguous, params)) != self._dense_params:
            return False
        if list(map(torch.Tensor.is_contiguous, gradients)) != self._dense:
            return False
        if any(gradients[place].stride() != known for place, known in self._strides.items()):
            return False
        self.addresses = found
        return True
