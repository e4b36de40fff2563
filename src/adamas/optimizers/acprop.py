"""ACProp: gradients over how far those before were from what was expected."""

import numpy as np

from ..optimizer import Hyperparameter, Optimizer, Rate, hyperparameter
from .libraries import optax


class ACProp(Optimizer):
    """ACProp: AdaBelief whose steps are the gradient, by the surprises of the updates before.

    Zhuang, Ding, Tang et al., NeurIPS 2021, https://arxiv.org/abs/2110.05454, Algorithm 2:

        p ← p − lr g / (√(s / (1 − β₂ᵗ⁻¹)) + ε)     by the s of the update before; at first by 1
        m ← m + (1 − β₁)(g − m)             mean of the gradient
        s ← s + (1 − β₂)((g − m)² − s) + ε̄  mean square of what was not expected

    ε̄ is ``epsilon_root``; with None it is ε. optax takes the m of the update before in s, which
    makes s 1 / β₁² times as large. PyTorch and Keras do not have it.

    Args:
        beta_2: how much of the mean of squares of what was not expected each update keeps.
        epsilon_root: ε̄, added to that mean in every update; None is epsilon.
    """

    learning_rate: Rate = 0.001
    beta_1: Hyperparameter = hyperparameter(default=0.9, at_least=0, below=1)
    beta_2: Hyperparameter = hyperparameter(default=0.999, at_least=0, below=1)
    epsilon: Hyperparameter = hyperparameter(default=1e-16, at_least=0)
    epsilon_root: Hyperparameter | None = hyperparameter(default=None, at_least=0, kw_only=True)

    conventions = {
        "optax": optax(
            "b1 b2 eps eps_root weight_decay",
            {"m": "mu", "s": "nu"},
            {"weight_decay": 0.0, "epsilon_root": 1e-16},
            values={},  # 0 is 0 here
            name="contrib.acprop",
        ),
    }

    @staticmethod
    def prepare(t, beta_1, beta_2, epsilon, epsilon_root, convention):
        """Scalars of update t = 1, 2, …"""
        return {
            "known": np.where(t == 1, 1.0, 1 - beta_2 ** (t - 1)),
            "of_surprise": (1 - beta_2) * (1.0 if convention == "optax" else beta_1**2),
            "added": epsilon if epsilon_root is None else epsilon_root,
        }

    @staticmethod
    def update(
        p, g, m, s, /, *, t, learning_rate, beta_1, beta_2, epsilon, known, of_surprise, added
    ):
        """One weight."""
        root = np.where(t == 1, 1.0, np.sqrt(s / known))
        p = p - learning_rate * g / (root + epsilon)
        s = beta_2 * s + of_surprise * (g - m) ** 2 + added
        return p, m + (1 - beta_1) * (g - m), s
