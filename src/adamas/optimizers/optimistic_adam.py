"""Optimistic Adam: steps of Adam that foresee the next one."""

from ..optimizer import Hyperparameter, Optimizer, Rate, hyperparameter
from .libraries import OPTAX_MOMENTS, optax
from .moments import corrected, moments, rooted
from .optimistic_gradient_descent import foresight


class OptimisticAdam(Optimizer):
    """Optimistic Adam: `OptimisticGradientDescent` with the steps of Adam.

    Daskalakis, Ilyas, Syrgkanis and Zeng, ICLR 2018, https://arxiv.org/abs/1711.00141, Algorithm 1:

        m ← m + (1 − β₁)(g − m)             mean of the gradient
        v ← v + (1 − β₂)(g² − v)            mean of its square
        u ← m̂ / (√(v / (1 − β₂ᵗ)) + ε)      m̂ = m / (1 − β₁ᵗ), or with nesterov
                                            m̂ = β₁ m / (1 − β₁ᵗ⁺¹) + (1 − β₁) g / (1 − β₁ᵗ)
        p ← p − lr ((α + β) u − β last)     the first update has last = u
        last ← u

    The same as optax's optimistic_adam_v2. PyTorch and Keras do not have it.

    Args:
        alpha: what the step of Adam weighs.
        beta: what its change since the update before weighs.
    """

    learning_rate: Rate = 0.001
    alpha: Hyperparameter = hyperparameter(default=1.0, kw_only=True)
    beta: Hyperparameter = hyperparameter(default=1.0, kw_only=True)
    beta_1: Hyperparameter = hyperparameter(default=0.9, at_least=0, below=1, kw_only=True)
    beta_2: Hyperparameter = hyperparameter(default=0.999, at_least=0, below=1, kw_only=True)
    epsilon: Hyperparameter = hyperparameter(default=1e-8, at_least=0, kw_only=True)
    epsilon_root: Hyperparameter | None = hyperparameter(default=None, at_least=0, kw_only=True)
    nesterov: bool = hyperparameter(default=True, kw_only=True)

    conventions = {
        "optax": optax(
            "alpha beta b1 b2 eps eps_root nesterov",
            {**OPTAX_MOMENTS, "last": "previous_gradient"}, {}, name="optimistic_adam_v2",
        ),
    }  # fmt: skip

    @staticmethod
    def prepare(t, learning_rate, alpha, beta, beta_1, beta_2, epsilon_root, nesterov):
        """Scalars of update t = 1, 2, …"""
        return {
            **foresight(t, learning_rate, alpha, beta),
            **corrected(t, beta_1, nesterov),
            "v_scale": 1 / (1 - beta_2**t),
            "within": epsilon_root,
        }

    @staticmethod
    def update(p, g, m, v, last, /, *, beta_1, beta_2, epsilon, of_m, of_g, of_u, of_last, v_scale,
               within):  # fmt: skip
        """One weight."""
        m, v = moments(g, m, v, beta_1, beta_2)
        u = (of_m * m + of_g * g) / (rooted(v_scale * v, within) + epsilon)
        return p - (of_u * u - of_last * last), m, v, u
