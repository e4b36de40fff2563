"""Optimistic gradient descent: steps that foresee the next gradient."""

import numpy as np

from ..optimizer import Hyperparameter, Optimizer, Rate
from .libraries import optax


class OptimisticGradientDescent(Optimizer):
    """Optimistic gradient descent, which finds saddles where two play against each other.

    Mokhtari, Ozdaglar and Pattathil, AISTATS 2020, https://arxiv.org/abs/1901.08511, section 3; the
    first update has last = g:

        p ← p − lr ((α + β) g − β last)
        last ← g

    optax has the same; PyTorch and Keras do not have it.

    Args:
        alpha: what the gradient weighs.
        beta: what its change since the update before weighs.
    """

    learning_rate: Rate = 0.01
    alpha: Hyperparameter = 1.0
    beta: Hyperparameter = 1.0

    conventions = {
        "optax": optax(
            "alpha beta", {"last": "previous_gradient"}, {}, name="optimistic_gradient_descent"
        ),
    }

    @staticmethod
    def prepare(t, learning_rate, alpha, beta):
        """Scalars of update t = 1, 2, …"""
        return foresight(t, learning_rate, alpha, beta)

    @staticmethod
    def update(p, g, last, /, *, of_u, of_last):
        """One weight."""
        return p - (of_u * g - of_last * last), g


def foresight(t, learning_rate, alpha, beta):
    """What a step and the one before weigh in update t."""
    of_last = learning_rate * beta
    now = learning_rate * (alpha + beta)
    return {"of_u": np.where(t == 1, now - of_last, now), "of_last": np.where(t == 1, 0, of_last)}
