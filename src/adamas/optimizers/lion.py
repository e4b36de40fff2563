"""Lion: steps of the same length for every weight."""

import numpy as np

from ..optimizer import Hyperparameter, Optimizer, Rate, hyperparameter
from .libraries import keras, optax


class Lion(Optimizer):
    """Lion: evolved sign momentum.

    Chen, Liang, Huang et al., NeurIPS 2023, https://arxiv.org/abs/2302.06675, Algorithm 2:

        p ← p − lr sign(m + (1 − β₁)(g − m))
        m ← m + (1 − β₂)(g − m)             mean of the gradient

    It needs a smaller lr and more weight decay than Adam: a third to a tenth, and as much more.
    optax differs in its default of ``weight_decay``, 1e-3; PyTorch does not have it.

    Args:
        beta_1: how much of what the sign is taken of is the mean, and not the gradient.
        beta_2: how much of the mean of gradients each update keeps.
    """

    learning_rate: Rate = 0.001
    beta_1: Hyperparameter = hyperparameter(default=0.9, above=0, at_most=1)
    beta_2: Hyperparameter = hyperparameter(default=0.99, at_least=0, at_most=1)

    conventions = {
        "keras": keras({"m": "momentum"}),
        "optax": optax("b1 b2 weight_decay", {"m": "mu"}, {"weight_decay": 1e-3}),
    }

    @staticmethod
    def update(p, g, m, /, *, learning_rate, beta_1, beta_2):
        """One weight."""
        p = p - learning_rate * np.sign(m + (1 - beta_1) * (g - m))
        m = m + (1 - beta_2) * (g - m)
        return p, m
