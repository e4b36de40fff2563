"""Adamax: Adam with the largest gradient in place of the root mean square."""

import numpy as np

from ..optimizer import Hyperparameter, Optimizer, Rate, hyperparameter
from .libraries import keras, optax, torch


class Adamax(Optimizer):
    """Adamax: Adam in the infinity norm.

    Kingma and Ba, ICLR 2015, https://arxiv.org/abs/1412.6980, Algorithm 2, with ε added:

        m ← m + (1 − β₁)(g − m)             mean of the gradient
        u ← max(β₂ u, |g|)                  its largest magnitude, fading
        p ← p − lr / (1 − β₁ᵗ) m / (u + ε)

    In PyTorch and optax ε is inside the maximum, and so in the state:

        u ← max(β₂ u, |g| + ε)
        p ← p − lr / (1 − β₁ᵗ) m / u

    Args:
        beta_2: how much of the largest magnitude each update keeps.
    """

    learning_rate: Rate = 0.001
    beta_1: Hyperparameter = hyperparameter(default=0.9, at_least=0, below=1)
    beta_2: Hyperparameter = hyperparameter(default=0.999, at_least=0, at_most=1)
    epsilon: Hyperparameter = hyperparameter(default=1e-7, at_least=0)

    conventions = {
        "keras": keras({"m": "momentum", "u": "norm"}, joins="denominator"),
        "torch": torch(
            "lr betas eps weight_decay maximize",
            {"m": "exp_avg", "u": "exp_inf"},
            {"learning_rate": 0.002, "epsilon": 1e-8},
            {"joins": "maximum"},
        ),
        "optax": optax(
            "b1 b2 eps weight_decay",
            {"m": "mu", "u": "nu"},
            {"epsilon": 1e-8},
            {"joins": "maximum"},
        ),
    }

    @staticmethod
    def prepare(t, learning_rate, beta_1, epsilon, joins):
        """Scalars of update t = 1, 2, …"""
        inside, outside = (epsilon, 0) if joins == "maximum" else (0, epsilon)
        return {"alpha": learning_rate / (1 - beta_1**t), "inside": inside, "outside": outside}

    @staticmethod
    def update(p, g, m, u, /, *, alpha, beta_1, beta_2, inside, outside):
        """One weight."""
        m = m + (1 - beta_1) * (g - m)
        u = np.maximum(beta_2 * u, np.abs(g) + inside)
        p = p - alpha * m / (u + outside)
        return p, m, u
