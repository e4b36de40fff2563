"""A search by an optimizer that takes one gradient in each step."""

from collections.abc import Callable

import numpy as np

from ...optimizer import Optimizer
from .objective import Box, Objective
from .search import Options, Point, Search

NAME = "x"
"""What the parameter is called."""


class Stepping(Search):
    """A new optimizer at `x`, which it moves in place within `box`."""

    def __init__(
        self,
        optimizer: Optimizer,
        objective: Objective,
        x: np.ndarray,
        box: Box | None,
        options: Options,
    ) -> None:
        super().__init__(objective, x, box, options)
        # A step that is skipped would be tried again for ever, with x as it was.
        changes = {"nonfinite": "raise"} if optimizer.nonfinite == "skip" else {}
        self._optimizer = optimizer.replace(**changes)
        self._optimizer.build({NAME: x})
        self._points = [x, *_slots_like(self._optimizer, x)]
        self._advance = self._steps()

    def _steps(self) -> Callable[[], None]:
        """What makes a step with the gradient as it is then."""
        optimizer, gradient = self._optimizer, self._gradient
        asks = any(one.asked_inputs() for one in optimizer.everyone())
        if optimizer.loss_scale_factor is None and not asks:
            return optimizer.session.repeated({NAME: gradient})

        def step() -> None:
            with np.errstate(over="ignore"):  # a dynamic scale finds its way back
                scaled = optimizer.scale_loss(gradient)
            optimizer.apply({NAME: scaled}, loss=self._value)

        return step

    def _move(self) -> None:
        self._advance()
        if self._box is not None:
            for point in self._points:
                self._box.project(point)
        self._value = self._objective.at(self._x, self._gradient)

    def _moves(self) -> int:
        return self._optimizer.iterations

    def _average(self) -> Point | None:
        """The average of the points so far and what is there, if the optimizer has one."""
        if not self._optimizer.averages() or not self._nit:
            return None
        with self._optimizer.averaged():
            x = self._x.copy()
        if self._box is not None:
            self._box.project(x)
        gradient = np.empty_like(x)
        return Point(x, self._objective.at(x, gradient), gradient)


def _slots_like(optimizer: Optimizer, x: np.ndarray) -> list[np.ndarray]:
    """The slots that hold points, as x does: averages, and those that begin as x itself.

    They must stay in a box with x: what is trained is a mix of them.
    """
    first = optimizer.session.first_values(0, x)
    return [optimizer.state[name][NAME] for name, value in first.items() if value is x]
