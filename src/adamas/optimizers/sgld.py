"""Samples of the weights that data leave probable, by gradient descent with noise."""

import numpy as np

from ..optimizer import Hyperparameter, Optimizer, Rate, hyperparameter


class SGLD(Optimizer):
    """SGLD: stochastic gradient Langevin dynamics.

    Welling and Teh, ICML 2011, https://icml.cc/2011/papers/398_icmlpaper.pdf, equation 4 with
    ε = 2 lr; z is standard normal for each weight and update, T is ``temperature``:

        p ← p − lr g + √(2 lr T) z

    With g the gradient of U, the weights come to be samples of a density in proportion to
    exp(−U / T), the better the smaller lr is. U is minus the logarithm of the posterior: where the
    loss is a mean over n examples, T = 1 / n is the same for a rate n times as large.

    Args:
        temperature: T, 0 for gradient descent.
        seed: a whole number from which all z come; its lower 32 bits count.
    """

    learning_rate: Rate = 0.001
    temperature: Hyperparameter = hyperparameter(default=1.0, at_least=0)
    seed: int = 0

    drawn = {"z": "normal"}

    @staticmethod
    def prepare(t, learning_rate, temperature):
        """Scalars of update t = 1, 2, …"""
        return {"deviation": np.sqrt(2 * learning_rate * temperature)}

    @staticmethod
    def update(p, g, /, *, z, learning_rate, deviation):
        """One weight."""
        return p - learning_rate * g + deviation * z
