"""Adagrad: the sum of all squared gradients sets each weight's rate."""

import numpy as np

from ..optimizer import Hyperparameter, Optimizer, Rate, hyperparameter
from .libraries import keras, optax, torch
from .moments import quotient
from .placement import sides


class Adagrad(Optimizer):
    """Adagrad: adaptive subgradient method.

    Duchi, Hazan and Singer, JMLR 12 (2011), https://jmlr.org/papers/v12/duchi11a.html, Figure 1
    with diagonal matrices:

        a ← a + g²                          from initial_accumulator_value
        p ← p − lr g / √(a + ε)

    In PyTorch ε is outside the root, √a + ε, and with its ``learning_rate_decay`` δ lr becomes
    lr / (1 + (t − 1) δ). In optax weights with a = 0 stay where they are, whatever ε is.

    Args:
        learning_rate_decay: δ, by which lr falls from update to update; PyTorch's lr_decay.
    """

    learning_rate: Rate = 0.001
    initial_accumulator_value: float = hyperparameter(default=0.1, at_least=0)
    epsilon: Hyperparameter = hyperparameter(default=1e-7, at_least=0)
    learning_rate_decay: Hyperparameter = hyperparameter(default=0.0, at_least=0, kw_only=True)

    conventions = {
        "keras": keras({"a": "accumulator"}, joins="square", stays=False),
        "torch": torch(
            "lr lr_decay weight_decay initial_accumulator_value eps maximize",
            {"a": "sum"},
            {"learning_rate": 0.01, "initial_accumulator_value": 0.0, "epsilon": 1e-10},
            {"joins": "root", "stays": False},
        ),
        "optax": optax(
            "initial_accumulator_value eps",
            {"a": "sum_of_squares"},
            {},
            {"joins": "square", "stays": True},
        ),
    }

    @staticmethod
    def initial(p, /, *, initial_accumulator_value):
        """The sum begins above 0, so that first steps are not too long."""
        return {"a": initial_accumulator_value}

    @staticmethod
    def prepare(t, learning_rate, learning_rate_decay, epsilon, joins, stays):
        """Scalars of update t = 1, 2, …"""
        rate = learning_rate / (1 + (t - 1) * learning_rate_decay)
        return {**sides(epsilon, joins), "rate": rate, "still": 0 if stays else -1}

    @staticmethod
    def update(p, g, a, /, *, rate, inside, outside, still, turned):
        """One weight."""
        a = a + g * g
        p = p - rate * np.where(a <= still, 0, quotient(g, a, outside, inside, turned=turned))
        return p, a
