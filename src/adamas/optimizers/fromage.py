"""Fromage: steps in proportion to the weights, on a sphere that does not grow."""

import numpy as np

from ..optimizer import Hyperparameter, Optimizer, Rate, hyperparameter
from .libraries import optax
from .norms import norm


class Fromage(Optimizer):
    """Fromage: Frobenius matched gradient descent.

    Bernstein, Vahdat, Yue and Liu, NeurIPS 2020, https://arxiv.org/abs/2002.03432, Algorithm 1:

        p ← (p − lr ‖p‖ / ‖g‖ g) / √(1 + lr²)       norms of the whole tensor, at least min_norm

    optax has the same; PyTorch and Keras do not have it.

    Args:
        min_norm: what norms are at least.
    """

    learning_rate: Rate = 0.01
    min_norm: Hyperparameter = hyperparameter(default=1e-6, above=0)

    conventions = {"optax": optax("min_norm", {}, {})}

    @staticmethod
    def prepare(learning_rate):
        """Scalars of each update."""
        return {"shrink": 1 / np.sqrt(1 + learning_rate * learning_rate)}

    @staticmethod
    def update(p, g, /, *, learning_rate, shrink, min_norm):
        """One tensor."""
        ratio = np.maximum(norm(p), min_norm) / np.maximum(norm(g), min_norm)
        return shrink * (p - learning_rate * ratio * g)
