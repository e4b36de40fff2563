"""MARS: AdamW of gradients that are freed of some of their noise."""

import numpy as np

from ..optimizer import Hyperparameter, Optimizer, Rate, hyperparameter
from .moments import moments
from .norms import norm


class MARS(Optimizer):
    """MARS: make variance reduction shine, with AdamW.

    Yuan, Liu, Wu, Zhou and Gu, ICML 2025, https://arxiv.org/abs/2411.10438, Algorithm 2 in its
    approximate form, with the gradient of the update before; the first has no difference:

        c ← g + γ β₁ / (1 − β₁) (g − last)
        c ← c / max(‖c‖, 1)                 norm of the whole tensor
        m ← m + (1 − β₁)(c − m)
        v ← v + (1 − β₂)(c² − v)
        p ← p − lr m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε)
        last ← g

    No library here has it.

    Args:
        gamma: γ, how much of the difference is added.
    """

    learning_rate: Rate = 0.003
    beta_1: Hyperparameter = hyperparameter(default=0.95, at_least=0, below=1)
    beta_2: Hyperparameter = hyperparameter(default=0.99, at_least=0, below=1)
    epsilon: Hyperparameter = hyperparameter(default=1e-8, at_least=0)
    gamma: Hyperparameter = hyperparameter(default=0.025, at_least=0)

    @staticmethod
    def prepare(t, learning_rate, beta_1, beta_2, gamma):
        """Scalars of update t = 1, 2, …"""
        return {
            "alpha": learning_rate / (1 - beta_1**t),
            "v_scale": 1 / (1 - beta_2**t),
            "gain": np.where(t == 1, 0, gamma * beta_1 / (1 - beta_1)),
        }

    @staticmethod
    def update(p, g, m, v, last, /, *, alpha, beta_1, beta_2, epsilon, v_scale, gain):
        """One tensor."""
        c = g + gain * (g - last)
        c = c / np.maximum(norm(c), 1)
        m, v = moments(c, m, v, beta_1, beta_2)
        return p - alpha * m / (np.sqrt(v_scale * v) + epsilon), m, v, g
