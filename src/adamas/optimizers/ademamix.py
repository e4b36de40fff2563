"""AdEMAMix: Adam with a second momentum that forgets slowly."""

import numpy as np

from ..optimizer import Hyperparameter, Optimizer, Rate, hyperparameter
from .libraries import optax
from .moments import moments, rooted


class AdEMAMix(Optimizer):
    """AdEMAMix: a fast mean of gradients and a slow one.

    Pagliardini, Ablin and Grangier, ICLR 2025, https://arxiv.org/abs/2409.03137, Algorithm 1:

        m ← m + (1 − β₁)(g − m)             mean of the gradient
        s ← s + (1 − β₃)(g − s)             slow mean, which is not corrected
        v ← v + (1 − β₂)(g² − v)            mean of its square
        p ← p − lr (m / (1 − β₁ᵗ) + α s) / (√(v / (1 − β₂ᵗ)) + ε)

    In the first T updates, ``warmup_steps``, α grows linearly to its value, and β₃ from β₁ so that
    the half-life of s does (equation in section 3). optax has functions of the update in the place
    of T; PyTorch and Keras do not have it.

    Args:
        beta_3: how much of the slow mean each update keeps.
        alpha: what the slow mean weighs beside the fast one.
        warmup_steps: T, updates in which alpha and beta_3 grow to their values; 0 for none.
    """

    learning_rate: Rate = 0.001
    beta_1: Hyperparameter = hyperparameter(default=0.9, at_least=0, below=1)
    beta_2: Hyperparameter = hyperparameter(default=0.999, at_least=0, below=1)
    beta_3: Hyperparameter = hyperparameter(default=0.9999, above=0, below=1)
    alpha: Hyperparameter = hyperparameter(default=5.0, at_least=0)
    epsilon: Hyperparameter = hyperparameter(default=1e-8, at_least=0)
    warmup_steps: Hyperparameter = hyperparameter(default=0, at_least=0, kw_only=True)
    epsilon_root: Hyperparameter | None = hyperparameter(default=None, at_least=0, kw_only=True)

    conventions = {
        "optax": optax(
            "b1 b2 b3 alpha eps eps_root weight_decay",
            {"m": "m1", "s": "m2", "v": "nu"}, {"weight_decay": 0.0},
            name="contrib.ademamix", called={"b3": "beta_3"},
        ),
    }  # fmt: skip

    @staticmethod
    def prepare(t, beta_1, beta_2, beta_3, alpha, warmup_steps, epsilon_root):
        """Scalars of update t = 1, 2, …"""
        share = np.where(warmup_steps > 0, np.minimum(t / np.maximum(warmup_steps, 1), 1), 1)
        first, last = np.log(np.maximum(beta_1, 1e-300)), np.log(beta_3)
        growing = -np.expm1(first * last / ((1 - share) * last + share * first))
        return {
            "m_scale": 1 / (1 - beta_1**t),
            "v_scale": 1 / (1 - beta_2**t),
            "new": np.where(share < 1, np.maximum(growing, 1 - beta_3), 1 - beta_3),
            "weight": share * alpha,
            "within": epsilon_root,
        }

    @staticmethod
    def update(p, g, m, s, v, /, *, learning_rate, beta_1, beta_2, epsilon, new, weight, m_scale,
               v_scale, within):  # fmt: skip
        """One weight."""
        m, v = moments(g, m, v, beta_1, beta_2)
        s = s + new * (g - s)
        step = (m_scale * m + weight * s) / (rooted(v_scale * v, within) + epsilon)
        return p - learning_rate * step, m, s, v
