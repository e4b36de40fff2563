"""Adan: momentum of gradients and of their differences."""

import numpy as np

from ..optimizer import Hyperparameter, Optimizer, Rate, hyperparameter
from .libraries import optax
from .moments import rooted


class Adan(Optimizer):
    """Adan: adaptive Nesterov momentum.

    Xie, Zhou, Li, Lin and Yan, TPAMI 2024, https://arxiv.org/abs/2208.06677, Algorithm 1, where the
    paper's βᵢ are 1 − βᵢ here; the difference d of the first update is 0:

        d ← g − last
        m ← m + (1 − β₁)(g − m)             mean of the gradient
        v ← v + (1 − β₂)(d − v)             mean of its differences
        n ← n + (1 − β₃)((g + β₂ d)² − n)   mean square of the gradient ahead
        p ← p − lr (m̂ + β₂ v̂) / (√n̂ + ε)
        last ← g

    m̂, v̂ and n̂ are corrected for having begun as 0. optax writes (1 − β₂) where β₂ stands in n and
    in p, as the paper's β₂ is there, and has ``epsilon_root`` beside n̂. PyTorch and Keras do not
    have it.

    Args:
        beta_2: how much of the mean of differences each update keeps.
        beta_3: how much of the mean square each update keeps.
    """

    learning_rate: Rate = 0.001
    beta_1: Hyperparameter = hyperparameter(default=0.98, at_least=0, below=1)
    beta_2: Hyperparameter = hyperparameter(default=0.92, at_least=0, below=1)
    beta_3: Hyperparameter = hyperparameter(default=0.99, at_least=0, below=1)
    epsilon: Hyperparameter = hyperparameter(default=1e-8, at_least=0)
    epsilon_root: Hyperparameter | None = hyperparameter(default=None, at_least=0, kw_only=True)

    conventions = {
        "optax": optax(
            "b1 b2 b3 eps eps_root weight_decay",
            {"m": "m", "v": "v", "n": "n", "last": "g"},
            {"weight_decay": 0.0, "epsilon_root": 1e-8}, called={"b3": "beta_3"},
        ),
    }  # fmt: skip

    @staticmethod
    def prepare(t, learning_rate, beta_1, beta_2, beta_3, epsilon_root, convention):
        """Scalars of update t = 1, 2, …"""
        ahead = 1 - beta_2 if convention == "optax" else beta_2
        return {
            "of_last": np.where(t == 1, 0, 1),
            "ahead": ahead,
            "of_m": learning_rate / (1 - beta_1**t),
            "of_v": learning_rate * ahead / (1 - beta_2**t),
            "n_scale": 1 / (1 - beta_3**t),
            "within": epsilon_root,
        }

    @staticmethod
    def update(p, g, m, v, n, last, /, *, beta_1, beta_2, beta_3, epsilon, of_last, ahead, of_m,
               of_v, n_scale, within):  # fmt: skip
        """One weight."""
        d = of_last * (g - last)
        m = m + (1 - beta_1) * (g - m)
        v = v + (1 - beta_2) * (d - v)
        n = n + (1 - beta_3) * ((g + ahead * d) ** 2 - n)
        p = p - (of_m * m + of_v * v) / (rooted(n_scale * n, within) + epsilon)
        return p, m, v, n, g
