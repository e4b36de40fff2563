"""COCOB: coin betting, without a learning rate."""

import numpy as np

from ..optimizer import Hyperparameter, Optimizer, Rate, hyperparameter
from .libraries import optax


class COCOB(Optimizer):
    """COCOB: continuous coin betting, which needs no learning rate.

    Orabona and Tommasi, NeurIPS 2017, https://arxiv.org/abs/1705.07795, Algorithm 2, for each
    weight from where it started, p₁:

        L ← max(L, |g|)                     the largest gradient, from ε
        G ← G + |g|                         the sum of magnitudes
        r ← max(r − g (p − p₁), 0)          the reward
        θ ← θ − g                           the sum
        p ← p₁ + θ / (L max(G + L, α L)) (L + r)

    As in optax, ``learning_rate`` is 1 and scales g, and weight decay is L2 regularization. PyTorch
    and Keras do not have it.

    Args:
        learning_rate: multiplies the gradient; leave it at 1.
        alpha: α, how cautious the first bets are.
        epsilon: ε, what the largest gradient begins with.
    """

    learning_rate: Rate = 1.0
    alpha: Hyperparameter = hyperparameter(default=100.0, at_least=0)
    epsilon: Hyperparameter = hyperparameter(default=1e-8, above=0)

    conventions = {
        "optax": optax(
            "alpha eps weight_decay",
            {"start": "init_particles", "theta": "cumulative_gradients", "largest": "scale",
             "sum": "subgradients", "reward": "reward"},
            {"learning_rate": 1.0, "weight_decay": 0.0}, decay="coupled", name="contrib.cocob",
        ),
    }  # fmt: skip

    @staticmethod
    def initial(p, /, *, epsilon):
        """The slots that do not begin as 0."""
        return {"start": p, "largest": epsilon}

    @staticmethod
    def update(p, g, start, theta, largest, sum, reward, /, *, learning_rate, alpha):
        """One weight."""
        g = learning_rate * g
        largest = np.maximum(largest, np.abs(g))
        sum = sum + np.abs(g)
        reward = np.maximum(reward - g * (p - start), 0)
        theta = theta - g
        bet = theta / (largest * np.maximum(sum + largest, alpha * largest))
        return start + bet * (largest + reward), start, theta, largest, sum, reward
