"""Yogi: Adam whose second moment comes and goes by the same amounts."""

import numpy as np

from ..optimizer import Hyperparameter, Optimizer, Rate, hyperparameter
from .libraries import OPTAX_MOMENTS, optax


class Yogi(Optimizer):
    """Yogi: adaptive rates that do not grow at once.

    Zaheer, Reddi, Sachan, Kale and Kumar, NeurIPS 2018,
    https://papers.nips.cc/paper/8186-adaptive-methods-for-nonconvex-optimization, Algorithm 2, with
    the corrections of optax, m and v from 1e-6:

        m ← m + (1 − β₁)(g − m)             mean of the gradient
        v ← v − (1 − β₂) sign(v − g²) g²
        p ← p − lr m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε)

    optax has the same; PyTorch and Keras do not have it.

    Args:
        beta_2: 1 − beta_2 is how much of a squared gradient v comes or goes by.
        initial_accumulator_value: what both moments begin with.
    """

    learning_rate: Rate = 0.01
    beta_1: Hyperparameter = hyperparameter(default=0.9, at_least=0, below=1)
    beta_2: Hyperparameter = hyperparameter(default=0.999, at_least=0, below=1)
    epsilon: Hyperparameter = hyperparameter(default=1e-3, at_least=0)
    initial_accumulator_value: Hyperparameter = hyperparameter(
        default=1e-6, at_least=0, kw_only=True
    )

    conventions = {"optax": optax("b1 b2 eps", OPTAX_MOMENTS, {})}

    not_negative = ("v",)

    @staticmethod
    def initial(p, /, *, initial_accumulator_value):
        """What the moments begin with."""
        return {"m": initial_accumulator_value, "v": initial_accumulator_value}

    @staticmethod
    def prepare(t, learning_rate, beta_1, beta_2):
        """Scalars of update t = 1, 2, …"""
        return {"alpha": learning_rate / (1 - beta_1**t), "v_scale": 1 / (1 - beta_2**t)}

    @staticmethod
    def update(p, g, m, v, /, *, alpha, beta_1, beta_2, epsilon, v_scale):
        """One weight."""
        m = m + (1 - beta_1) * (g - m)
        v = v - (1 - beta_2) * np.sign(v - g * g) * g * g
        return p - alpha * m / (np.sqrt(v_scale * v) + epsilon), m, v
