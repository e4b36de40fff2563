"""NovoGrad: gradients of unit norm, tensor by tensor."""

import numpy as np

from ..optimizer import Convention, Hyperparameter, Optimizer, Rate, hyperparameter
from .libraries import OPTAX_MOMENTS, optax
from .moments import rooted


class NovoGrad(Optimizer):
    """NovoGrad: normalized gradients with a second moment for each tensor.

    Ginsburg, Castonguay, Hrinchuk et al., 2019, https://arxiv.org/abs/1905.11286, Algorithm 1; the
    first v is ‖g‖², and λ is ``weight_decay``:

        v ← v + (1 − β₂)(‖g‖² − v)          of the whole tensor: one number
        m ← β₁ m + g / (√v + ε) + λ p
        p ← p − lr m

    optax has the same, and ``epsilon_root`` beside v; PyTorch and Keras do not have it.

    Args:
        beta_1: how much of the sum of steps each update keeps.
        beta_2: how much of the mean of squared norms each update keeps.
    """

    learning_rate: Rate = 0.001
    beta_1: Hyperparameter = hyperparameter(default=0.9, at_least=0, below=1)
    beta_2: Hyperparameter = hyperparameter(default=0.25, at_least=0, at_most=1)
    epsilon: Hyperparameter = hyperparameter(default=1e-6, at_least=0)
    epsilon_root: Hyperparameter | None = hyperparameter(default=None, at_least=0, kw_only=True)

    conventions = {
        "keras": Convention(decay="rule"),
        "optax": optax(
            "b1 b2 eps eps_root weight_decay", OPTAX_MOMENTS, {"weight_decay": 0.0}, decay="rule"
        ),
    }

    @staticmethod
    def prepare(t, beta_2, epsilon_root):
        """Scalars of update t = 1, 2, …"""
        return {"new": np.where(t == 1, 1, 1 - beta_2), "within": epsilon_root}

    @staticmethod
    def update(p, g, m, v, /, *, learning_rate, beta_1, epsilon, new, within, inner_decay):
        """One tensor."""
        v = v + new * (np.sum(g * g) - v)
        u = g / (rooted(v, within) + epsilon)
        m = beta_1 * m + (u if inner_decay is None else u + inner_decay * p)
        return p - learning_rate * m, m, v
