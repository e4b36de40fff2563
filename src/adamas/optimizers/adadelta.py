"""Adadelta: steps in the units of the weights."""

import numpy as np

from ..optimizer import Hyperparameter, Optimizer, Rate, hyperparameter
from .libraries import keras, optax, torch


class Adadelta(Optimizer):
    """Adadelta: the step so far over the gradient so far.

    Zeiler, 2012, https://arxiv.org/abs/1212.5701, Algorithm 1, where lr is 1:

        v ← v + (1 − ρ)(g² − v)             mean square of the gradient
        d ← √(s + ε) / √(v + ε) g           step
        s ← s + (1 − ρ)(d² − s)             mean square of the steps
        p ← p − lr d

    PyTorch and optax differ in the defaults only, and PyTorch's and optax's ``weight_decay`` is L2
    regularization.
    """

    learning_rate: Rate = 0.001
    rho: Hyperparameter = hyperparameter(default=0.95, at_least=0, at_most=1)
    epsilon: Hyperparameter = hyperparameter(default=1e-7, at_least=0)

    conventions = {
        "keras": keras({"v": "accumulated_grad", "s": "accumulated_delta_var"}),
        "torch": torch(
            "lr rho eps weight_decay maximize",
            {"v": "square_avg", "s": "acc_delta"},
            {"learning_rate": 1.0, "rho": 0.9, "epsilon": 1e-6},
        ),
        "optax": optax(
            "rho eps weight_decay",
            {"v": "e_g", "s": "e_x"},
            {"rho": 0.9, "epsilon": 1e-6},
            decay="coupled",
        ),
    }

    @staticmethod
    def update(p, g, v, s, /, *, learning_rate, rho, epsilon):
        """One weight."""
        v = v + (1 - rho) * (g * g - v)
        d = np.sqrt(s + epsilon) / np.sqrt(v + epsilon) * g
        s = s + (1 - rho) * (d * d - s)
        p = p - learning_rate * d
        return p, v, s
