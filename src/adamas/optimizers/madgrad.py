"""MADGRAD: dual averaging with a cube root."""

import numpy as np

from ..optimizer import Convention, Hyperparameter, Optimizer, Rate, hyperparameter
from .libraries import optax


class MADGRAD(Optimizer):
    """MADGRAD: momentumized, adaptive, dual averaged gradient.

    Defazio and Jelassi, JMLR 2022, https://arxiv.org/abs/2101.11075, Algorithm 1, from where a
    weight started, p₁; μ is ``momentum``, the paper's 1 − c:

        λ ← (lr + ε) √t
        s ← s + λ g                         the sum of gradients
        v ← v + λ g²                        the sum of their squares
        z ← p₁ − s / (∛v + ε)
        p ← (1 − μ) z + μ p

    Weight decay is L2 regularization, as in optax, which has the same. It wants less of it than
    others, often none. PyTorch and Keras do not have it.

    Args:
        momentum: how much of p stays in each update.
        epsilon: is added to the rate and to the root.
    """

    learning_rate: Rate = 0.01
    momentum: Hyperparameter = hyperparameter(default=0.9, at_least=0, below=1)
    epsilon: Hyperparameter = hyperparameter(default=1e-6, at_least=0)

    conventions = {
        "keras": Convention(decay="coupled"),
        "optax": optax(
            "momentum weight_decay eps", {"s": "s", "v": "grad_sum_sq", "start": "x0"},
            {"weight_decay": 0.0}, decay="coupled", name="contrib.madgrad",
        ),
    }  # fmt: skip

    @staticmethod
    def initial(p, /):
        """The slot that does not begin as 0."""
        return {"start": p}

    @staticmethod
    def prepare(t, learning_rate, epsilon):
        """Scalars of update t = 1, 2, …"""
        return {"weight": (learning_rate + epsilon) * np.sqrt(t)}

    @staticmethod
    def update(p, g, s, v, start, /, *, weight, momentum, epsilon):
        """One weight."""
        s = s + weight * g
        v = v + weight * g * g
        z = start - s / (np.cbrt(v) + epsilon)
        return (1 - momentum) * z + momentum * p, s, v, start
