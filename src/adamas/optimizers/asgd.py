"""ASGD: gradient descent with an average of where it has been."""

import numpy as np

from ..optimizer import Hyperparameter, Optimizer, Rate, hyperparameter
from .libraries import torch


class ASGD(Optimizer):
    """ASGD: averaged stochastic gradient descent.

    Polyak and Juditsky, SIAM J. Control Optim. 30 (1992), https://doi.org/10.1137/0330046, in
    the form of Bottou's and of PyTorch's, where η begins as lr and μ as 1:

        p ← p − η (λ p + g)
        a ← a + μ (p − a)                   the average
        η ← lr / (1 + λ lr t)^α             for the next update, as μ is
        μ ← 1 / max(1, t − t₀)

    Evaluate with a: ``with optimizer.averaged(): ...``, or finalize_variable_values() at the end.
    Up to update t₀ + 1 it is p. Keras and optax do not have it.

    Args:
        damping: λ, how much the weights and the rate fall.
        power: α, PyTorch's alpha: how fast the rate falls.
        average_from: t₀, the update from which on weights are averaged.
    """

    learning_rate: Rate = 0.01
    damping: Hyperparameter = hyperparameter(default=1e-4, at_least=0)
    power: Hyperparameter = hyperparameter(default=0.75, at_least=0)
    average_from: Hyperparameter = hyperparameter(default=1e6, at_least=0)

    conventions = {
        "torch": torch(
            "lr lambd alpha t0 weight_decay maximize", {"a": "ax", "eta": "eta", "mu": "mu"}, {},
            called={"lambd": "damping", "alpha": "power", "t0": "average_from"},
        ),
    }  # fmt: skip

    remembered = {"eta": 0.0, "mu": 1.0}

    @staticmethod
    def prepare(t, learning_rate, damping, power, average_from, eta, mu):
        """Scalars of update t = 1, 2, …"""
        return {
            "rate": np.where(t == 1, learning_rate, eta),
            "share": mu,
            "eta": learning_rate / (1 + damping * learning_rate * t) ** power,
            "mu": 1 / np.maximum(1, t - average_from),
        }

    @staticmethod
    def update(p, g, a, /, *, rate, damping, share):
        """One weight."""
        p = p - rate * (damping * p + g)
        return p, np.where(share == 1, p, a + share * (p - a))

    @staticmethod
    def average(p, a, /):
        """What to evaluate with."""
        return a
