"""Gradients come first, then parameters: what a call in the other order is told."""

import numpy as np

from ..errors import ArrayError, warn

_LAW = "Gradients come first, then the parameters: apply(grads, params)."
SEEMS_OTHER = (
    f"{_LAW} Got: other parameters in each call, and the same gradients with the same values. "
    "Is it the other way round?"
)
"""A warning: parameters may be copies, and gradients constant."""


class Order:
    """What tells that a loop hands parameters over in the place of gradients.

    They stay as they are, while others come in the place of the parameters in each call.
    """

    def __init__(self) -> None:
        self._led: tuple[int, bytes] | None = None
        self._times = 0

    def note(self, gradient: np.ndarray, others: bool) -> None:
        """Look at the first gradient of a call, with other parameters or not; warn at the third."""
        led = id(gradient), gradient.flat[:8].tobytes()
        self._times = self._times + 1 if others and led == self._led else 0
        self._led = led
        if self._times == 2:
            warn(SEEMS_OTHER)


def other_order(name: str, came: str) -> ArrayError:
    """The error for what is no gradient of `name` but a parameter."""
    return ArrayError(f"{_LAW} Got: as the gradient of {name!r} {came}.")


def updated_here(name: str) -> str:
    """A parameter that the optimizer knows, in a message."""
    return f"the parameter {name!r}, which this optimizer updates"
