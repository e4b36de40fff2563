"""Gradient descent along gradients with noise that fades."""

import numpy as np

from ..optimizer import Hyperparameter, Optimizer, Rate, hyperparameter
from .libraries import optax


class NoisySGD(Optimizer):
    """NoisySGD: gradient descent with Gaussian noise on the gradient.

    Neelakantan, Vilnis, Le et al., 2015, https://arxiv.org/abs/1511.06807, equation 1, whose t
    begins with 0; z is standard normal for each weight and update:

        g ← g + √(η / tᵞ) z
        p ← p − lr g

    With γ = 0 and √η = noise multiplier · norm / batch it is the noise of DP-SGD (Abadi et al.,
    CCS 2016, https://arxiv.org/abs/1607.00133, Algorithm 1) on the mean of gradients that were
    clipped example by example. optax's numbers z are others, of the same law.

    Args:
        eta: η, the variance of the noise in the first update.
        gamma: γ, the power of the number of updates by which it falls.
        seed: a whole number from which all z come; its lower 32 bits count.
    """

    learning_rate: Rate = 0.01
    eta: Hyperparameter = hyperparameter(default=0.01, at_least=0)
    gamma: Hyperparameter = hyperparameter(default=0.55, at_least=0)
    seed: int = 0

    drawn = {"z": "normal"}

    conventions = {
        "optax": optax("eta gamma key", {}, {}, called={"key": "seed"}, name="noisy_sgd")
    }

    @staticmethod
    def prepare(t, eta, gamma):
        """Scalars of update t = 1, 2, …"""
        return {"deviation": np.sqrt(eta / t**gamma)}

    @staticmethod
    def update(p, g, /, *, z, learning_rate, deviation):
        """One weight."""
        g = g + deviation * z
        return p - learning_rate * g
