"""PyTorch tensors laid out for a step, which notice when any of them changes its form."""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import torch

from ...compilers.threads import chosen_threads
from ...division import Division
from ..arrangement import Arrangement, Owned, PartsOf
from ..program import Program
from .tensors import pointers, shell


class TensorArrangement(Arrangement):
    """An arrangement of local tensors on the CPU.

    Args:
        params, gradients: the local tensors themselves.

    Attributes:
        tensors: the places of each part's parameters, to index vectors of all parameters with.
    """

    def __init__(
        self,
        division: Division,
        programs: Sequence[Program],
        owned: Owned,
        params: Sequence[torch.Tensor],
        gradients: Sequence[torch.Tensor | None],
        whose: Sequence[Hashable],
        parts_of: PartsOf | None,
    ) -> None:
        shells = [None if g is None else shell(g) for g in gradients]
        threads = chosen_threads() or torch.get_num_threads()
        super().__init__(division, programs, owned, shells, whose, threads, parts_of)
        self.tensors = [_indices(part.tensors) for part in self.parts]
        own = [params[index] for index in self.active]
        given = [g for g in gradients if g is not None]
        self._sizes = list(map(torch.Tensor.numel, own))
        self._params = pointers(own)
        self._gradients = pointers(given)
        self._dense = list(map(torch.Tensor.is_contiguous, given))
        self._strides = {
            place: g.stride() for place, g in enumerate(given) if not g.is_contiguous()
        }
        order = {index: place for place, index in enumerate(self.active)}
        self._places = [_indices([order[i] for i in part.tensors]) for part in self.parts]

    def take(self, params: Sequence[torch.Tensor], gradients: Sequence[Any]) -> bool:
        """Take the addresses of new gradients, if nothing but their addresses is new.

        PyTorch itself holds a gradient to the dtype, the shape and the device of its parameter.
        """
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
        if pointers(params) != self._params:
            return False
        if list(map(torch.Tensor.numel, params)) != self._sizes:
            return False
        if list(map(torch.Tensor.is_contiguous, gradients)) != self._dense:
            return False
        if any(gradients[place].stride() != known for place, known in self._strides.items()):
            return False
        if found != self._gradients:
            self._gradients = found
            addresses = np.array(found)
            for part, places in zip(self.parts, self._places, strict=True):
                part.batch.addresses[:, 1] = addresses[places]
        return True


def _indices(places: Sequence[int]) -> slice | np.ndarray:
    """An index for a vector; a slice where that will do, which costs nothing."""
    first, last = places[0], places[-1] + 1
    return slice(first, last) if list(places) == list(range(first, last)) else np.array(places)
