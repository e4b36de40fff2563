"""AdaBelief: Adam that goes further the less a gradient surprises."""

import numpy as np

from ..optimizer import Hyperparameter, Optimizer, Rate, hyperparameter
from .libraries import optax
from .moments import quotient


class AdaBelief(Optimizer):
    """AdaBelief: steps by the belief in observed gradients.

    Zhuang, Tang, Ding et al., NeurIPS 2020, https://arxiv.org/abs/2010.07468, Algorithm 2:

        m ← m + (1 − β₁)(g − m)             mean of the gradient
        s ← s + (1 − β₂)((g − m)² − s) + ε̄  mean square of what was not expected
        α ← lr √(1 − β₂ᵗ) / (1 − β₁ᵗ)       step size, corrected for m = s = 0 at t = 0
        p ← p − α m / (√s + √(1 − β₂ᵗ) ε)

    ε̄ is ``epsilon_root``; with None it is ε, as in the paper. optax has both, and its default of
    each is 1e-16; PyTorch and Keras do not have the optimizer.

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
            "b1 b2 eps eps_root",
            {"m": "mu", "s": "nu"},
            {"epsilon_root": 1e-16},
            values={},  # 0 is 0 here
        ),
    }

    @staticmethod
    def prepare(t, learning_rate, beta_1, beta_2, epsilon, epsilon_root):
        """Scalars of update t = 1, 2, …"""
        root = np.sqrt(1 - beta_2**t)
        return {
            "alpha": learning_rate * root / (1 - beta_1**t),
            "epsilon_hat": epsilon * root,
            "added": epsilon if epsilon_root is None else epsilon_root,
        }

    @staticmethod
    def update(p, g, m, s, /, *, alpha, beta_1, beta_2, epsilon_hat, added, learning_rate, turned):
        """One weight."""
        m = m + (1 - beta_1) * (g - m)
        s = s + (1 - beta_2) * ((g - m) * (g - m) - s) + added
        p = p - quotient(alpha * m, s, epsilon_hat, rate=learning_rate, turned=turned)
        return p, m, s
