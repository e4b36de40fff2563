"""LaProp: Adam whose momentum is of steps, not of gradients."""

import numpy as np

from ..optimizer import Hyperparameter, Optimizer, Rate, hyperparameter


class LaProp(Optimizer):
    """LaProp: momentum apart from adaptivity.

    Ziyin, Wang and Ueda, 2020, https://arxiv.org/abs/2002.04839, Algorithm 1:

        v ← v + (1 − β₂)(g² − v)            mean of the square of the gradient
        u ← g / (√(v / (1 − β₂ᵗ)) + ε)
        m ← m + (1 − β₁)(u − m)             mean of those
        p ← p − lr m / (1 − β₁ᵗ)

    No library here has it.

    Args:
        beta_1: how much of the mean of steps each update keeps.
    """

    learning_rate: Rate = 4e-4
    beta_1: Hyperparameter = hyperparameter(default=0.9, at_least=0, below=1)
    beta_2: Hyperparameter = hyperparameter(default=0.999, at_least=0, below=1)
    epsilon: Hyperparameter = hyperparameter(default=1e-15, at_least=0)

    @staticmethod
    def prepare(t, learning_rate, beta_1, beta_2):
        """Scalars of update t = 1, 2, …"""
        return {"alpha": learning_rate / (1 - beta_1**t), "v_scale": 1 / (1 - beta_2**t)}

    @staticmethod
    def update(p, g, m, v, /, *, alpha, beta_1, beta_2, epsilon, v_scale):
        """One weight."""
        v = v + (1 - beta_2) * (g * g - v)
        m = m + (1 - beta_1) * (g / (np.sqrt(v_scale * v) + epsilon) - m)
        return p - alpha * m, m, v
