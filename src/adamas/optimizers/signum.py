"""Signum: the sign of the mean gradient, or of the gradient."""

import numpy as np

from ..optimizer import Hyperparameter, Optimizer, Rate, hyperparameter
from .libraries import optax


class Signum(Optimizer):
    """Signum: the sign of the momentum; with ``momentum=0`` SignSGD, that of the gradient.

    Bernstein, Wang, Azizzadenesheli and Anandkumar, ICML 2018, https://arxiv.org/abs/1802.04434,
    Algorithms 1 and 2; μ is momentum:

        m ← m + (1 − μ)(g − m)              mean of the gradient
        p ← p − lr sign(m)

    optax has both, as signum and sign_sgd; PyTorch and Keras do not have it.

    Args:
        momentum: how much of the mean of gradients each update keeps; 0 for none, and no memory.
    """

    learning_rate: Rate = 1e-4
    momentum: Hyperparameter = hyperparameter(default=0.9, at_least=0, below=1)

    conventions = {"optax": optax("beta", {"m": "ema"}, {}, called={"beta": "momentum"})}

    @staticmethod
    def update(p, g, m, /, *, learning_rate, momentum):
        """One weight with a memory of its gradients."""
        m = m + (1 - momentum) * (g - m)
        return p - learning_rate * np.sign(m), m

    @staticmethod
    def update_sign(p, g, /, *, learning_rate):
        """One weight."""
        return p - learning_rate * np.sign(g)

    def rule(self):
        """The function of one weight that the arguments choose."""
        return self.update_sign if self.is_always("momentum", 0) else self.update
