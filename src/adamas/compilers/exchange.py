"""What processes tell each other in a step, if tensors are divided among them."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from ..language.matrices import Whole


class Exchange(Protocol):
    """What the processes that tensors are divided among tell each other in a step.

    Every process has the same tensors in the same order, each with its own part of them.
    """

    def join(
        self,
        names: Sequence[str],
        axes: Sequence[tuple[int, ...]],
        results: Sequence[list[Any]],
    ) -> list[list[Any]]:
        """Reductions over axes of [batch, rows, columns], with the parts of all processes.

        `results` has, for each of `names` and of `axes`, the own result of each tensor.
        """
        ...

    def first(self, found: int | None) -> int | None:
        """The first tensor that any process has found something in."""
        ...

    def whole(
        self,
        function: Whole,
        arrays: Sequence[np.ndarray],
        divided: Sequence[bool],
        numbers: Sequence[Sequence[float]],
    ) -> tuple[np.ndarray, ...]:
        """`function` of whole tensors: it is given, and gives, the own part of each.

        Args:
            function: of stacks of tensors, then numbers.
            arrays: each [tensors, batch, rows, columns].
            divided: whether each is the own part, or what all processes have.
            numbers: those that `function` is called with, for each tensor.
        """
        ...
