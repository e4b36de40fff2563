"""The weights of a search as rows of what this process has of them."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import torch
from torch.autograd.graph import increment_version

from ...drivers import Vector
from ...drivers.layout import Layout, loss_of, widest
from ...errors import AdamasError, ArgumentError
from ...runtime.missing import refuse_no_gradients
from .tensors import is_divided, local


class Rows:
    """Parameters ↔ a vector of the parts that are here.

    All stand in one row; where tensors are divided among processes, each in one of its own, of
    which the state's DTensors are made.

    Args:
        params: tensors, or DTensors.
        copies: process groups whose processes each have all of them.

    Raises:
        ArrayTypeError, UnsupportedError: they cannot be optimized.
    """

    def __init__(self, params: Sequence[torch.Tensor], copies: Sequence[Any] = ()) -> None:
        names = [str(index) for index in range(len(params))]
        self.params = params
        self._divided: Any = None
        self._rows, groups, cuts = [range(len(params))], [], [()]
        if any(map(is_divided, params)):
            from .distributed import Divided

            self._divided = Divided(names, params)
            self._rows = [[index] for index in range(len(params))]
            groups, cuts = self._divided.groups, [self._divided.cuts(i) for [i] in self._rows]
        own = [local(parameter.detach()) for parameter in params]
        dtype = widest(str(parameter.dtype).removeprefix("torch.") for parameter in params)
        self._layouts = [Layout({names[i]: own[i] for i in row}, dtype) for row in self._rows]
        self._shared: Any = None
        if groups or copies:
            from .together import Together

            self._shared = Together(groups, cuts, copies)

    @property
    def are_parts(self) -> bool:
        """Whether there are weights that other processes have."""
        return self._divided is not None

    def read(self) -> Vector:
        """The weights, copied."""
        return self._vector([layout.read() for layout in self._layouts])

    def write(self, vector: Vector) -> None:
        """Put weights into the parameters."""
        for layout, row in zip(self._layouts, vector.leaves, strict=True):
            layout.write(Vector([row]))
        if self.are_parts:
            increment_version(list(self.params))  # their parts were written

    def seen(
        self, loss: Any, gradients: Sequence[torch.Tensor | None]
    ) -> tuple[np.float64, Vector]:
        """The loss of all processes, which is the mean of theirs, as gradients are; and these.

        What is refused in one process is an error in all.
        """
        try:
            own, gradient = _loss(loss), self._gradients(gradients)
        except AdamasError:
            if self._shared is not None:
                with suppress(ArgumentError):  # it has an error that says more
                    self._shared.mean(None)
            raise
        return own if self._shared is None else self._shared.mean(own), gradient

    def _gradients(self, found: Sequence[torch.Tensor | None]) -> Vector:
        own = list(found) if self._divided is None else self._divided.gradients(found)
        if all(gradient is None for gradient in own):
            refuse_no_gradients()
        pairs = zip(self._layouts, self._rows, strict=True)
        return self._vector([layout.gradients([own[i] for i in row]) for layout, row in pairs])

    def refuse_others(self, x: Vector) -> None:
        """`ConfigurationError` in all processes where one has other weights, as far as it knows."""
        if self._shared is not None:
            self._shared.refuse_others(x)

    def parts(self, vector: Vector) -> list[torch.Tensor]:
        """Views of a vector, divided as the parameters are."""
        pairs = zip(self._layouts, vector.leaves, strict=True)
        found = [part for layout, leaf in pairs for part in layout.parts(Vector([leaf]))]
        if not self.are_parts:
            return found
        from .placement import of_own_part

        return list(map(of_own_part, found, self.params))

    def joined(self, parts: Sequence[torch.Tensor]) -> Vector:
        """The vector of tensors that are divided as the parameters are, or that all have whole."""
        if self.are_parts:
            from .placement import divided_as

            pairs = zip(parts, self.params, strict=True)
            parts = [local(divided_as(part, parameter)) for part, parameter in pairs]
        pairs = zip(self._layouts, self._rows, strict=True)
        return self._vector([layout.of_arrays([parts[i] for i in row]) for layout, row in pairs])

    def _vector(self, rows: Sequence[Vector]) -> Vector:
        return Vector([leaf for row in rows for leaf in row.leaves], self._shared)


def _loss(value: Any) -> np.float64:
    return loss_of(value.full_tensor() if is_divided(value) else value)
