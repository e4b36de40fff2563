"""A driver as a user writes one: no part of adamas."""

from typing import Any, NamedTuple

import adamas
from adamas.drivers import NO, Vector, dot, where


class Known(NamedTuple):
    x: Vector
    loss: Any
    gradient: Vector
    point: Vector
    done: Any
    iterations: Any
    former: Vector


class BarzilaiBorwein(adamas.Driver):
    """Steps of s·s / s·y.

    Args:
        learning_rate: the first step.
        max_iter: how many moves a call has.
    """

    learning_rate: float = 0.01
    max_iter: int = adamas.hyperparameter(default=5, at_least=1)

    def begin(self, x):
        return Known(x, 0.0, x.zeros(), x, NO, 0, x)

    def resume(self, state, x):
        return self.begin(x)

    def advance(self, state, loss, gradient):
        step, change = state.point - state.former, gradient - state.gradient
        square, product = dot(step, step), dot(step, change)
        size = where(product > 0, square / product, self.learning_rate)
        return state._replace(
            x=state.point,
            loss=loss,
            gradient=gradient,
            point=state.point - gradient * size,
            done=state.iterations >= self.max_iter,
            iterations=state.iterations + 1,
            former=state.point,
        )
