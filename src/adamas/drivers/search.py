"""The life of a driver: what it knows from call to call, and what a call that ends early leaves."""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from ..errors import AdamasError, ArgumentError, NonFiniteError, warn
from ..signals import held
from .vector import Vector, is_finite, largest

NEEDED = ("x", "loss", "gradient", "point", "done", "iterations")
"""What the state of a driver must have."""

Look = Callable[[Vector], tuple[Any, Vector]]
"""Gives the loss and its gradient at a point."""


class Says(Protocol):
    """What a driver says."""

    def begin(self, x: Vector) -> Any:
        """The state before the first call."""
        ...

    def resume(self, state: Any, x: Vector) -> Any:
        """The state at the beginning of a call."""
        ...

    def advance(self, state: Any, loss: Any, gradient: Vector) -> Any:
        """The state after it was told what is at its point."""
        ...


class Search:
    """The calls of a driver over weights that are known numbers.

    Args:
        driver: whose.

    Attributes:
        state: what is known; None before the first call.
    """

    def __init__(self, driver: Says) -> None:
        self._driver = driver
        self.state: Any = None

    def call(self, x: Vector, look: Look, write: Callable[[Vector], None]) -> Any:
        """One call; gives the loss at its beginning.

        A call that is refused leaves weights and state as they were. One that is interrupted
        between two evaluations, or whose evaluation fails, leaves those of the last iterate.

        Args:
            x: the weights.
            look: evaluates the loss.
            write: puts weights where they belong.

        Raises:
            NonFiniteError: the first loss or its gradient is not finite.
        """
        before = self.state
        try:
            first = self._run(x, look)
        except AdamasError:
            self.state = before
            _surely(write, x)
            raise
        except BaseException:
            _surely(write, x if self.state is None else self.state.x)
            raise
        _surely(write, self.state.x)
        return first

    def _run(self, x: Vector, look: Look) -> Any:
        state = self.begun(x)
        loss, gradient = look(state.point)
        _refuse_not_finite(loss, gradient)
        self.state, first = self._told(state, loss, gradient), loss
        while not self.state.done:
            loss, gradient = look(self.state.point)
            self.state = self._told(self.state, loss, gradient)
        if not is_finite(loss):
            warn(
                "The loss was not finite after the last step, which is taken back. Take a smaller "
                "learning rate."
            )
        return first

    def begun(self, x: Vector) -> Any:
        """The state at the beginning of a call from `x`; nothing is remembered yet."""
        known = self.state
        return self._driver.resume(first_state(self._driver, x) if known is None else known, x)

    def _told(self, state: Any, loss: Any, gradient: Vector) -> Any:
        with np.errstate(all="ignore"):  # numbers that are not finite are asked for
            return self._driver.advance(state, loss, gradient)


def first_state(driver: Says, x: Vector) -> Any:
    """The state before the first call; `ArgumentError` if it is none.

    Args:
        driver: whose.
        x: the weights.
    """
    state = driver.begin(x)
    for name in NEEDED:
        if not hasattr(state, name):
            raise ArgumentError(
                f"The state of a driver must be a NamedTuple with {', '.join(NEEDED)}. "
                f"Got: {type(driver).__name__} with a state without {name}."
            )
    return state


def _refuse_not_finite(loss: Any, gradient: Vector) -> None:
    if not is_finite(loss):
        raise NonFiniteError(f"The first loss of a call must be finite. Got: {loss}.")
    if not is_finite(largest(gradient)):
        raise NonFiniteError(
            "The first gradient of a call must be finite. Got: one with NaN or infinity."
        )


def _surely(write: Callable[[Vector], None], x: Vector) -> None:
    """Write all weights, also where a signal comes before it began."""
    try:
        with held():
            write(x)
    except BaseException:
        with held():
            write(x)
        raise
