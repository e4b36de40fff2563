"""ADOPT: Adam that divides by what it knew before the gradient."""

import numpy as np

from ..optimizer import Hyperparameter, Optimizer, Rate, hyperparameter
from .libraries import OPTAX_MOMENTS, optax


class ADOPT(Optimizer):
    """ADOPT: Adam that converges with any β₂.

    Taniguchi, Harada, Minegishi et al., NeurIPS 2024, https://arxiv.org/abs/2411.02853,
    Algorithm 2. The first update only sets v ← g²:

        u ← g / max(√v, ε)                  by the v of the update before
        u ← min(max(u, −c), c)              c = (t − 1)^¼, with clipping
        m ← m + (1 − β₁)(u − m)             mean of those
        p ← p − lr m                        with nesterov p ← p − lr (m + (1 − β₁)(u − m))
        v ← v + (1 − β₂)(g² − v)            mean of the square of the gradient

    optax has the same; PyTorch and Keras do not have it.

    Args:
        clipping: no u is larger than (t − 1)^¼.
    """

    learning_rate: Rate = 0.001
    beta_1: Hyperparameter = hyperparameter(default=0.9, at_least=0, below=1)
    beta_2: Hyperparameter = hyperparameter(default=0.9999, at_least=0, below=1)
    epsilon: Hyperparameter = hyperparameter(default=1e-6, above=0)
    nesterov: bool = hyperparameter(default=False, kw_only=True)
    clipping: bool = hyperparameter(default=True, kw_only=True)

    conventions = {
        "optax": optax(
            "b1 b2 eps nesterov use_clipping", OPTAX_MOMENTS, {}, name="contrib.adopt",
            called={"use_clipping": "clipping"},
        ),
    }  # fmt: skip

    @staticmethod
    def prepare(t, learning_rate, beta_1, beta_2, nesterov, clipping):
        """Scalars of update t = 1, 2, …"""
        moves = np.where(t == 1, 0, learning_rate)
        return {
            "of_m": moves * (beta_1 if nesterov else 1),
            "of_u": moves * (1 - beta_1 if nesterov else 0),
            "new": np.where(t == 1, 0, 1 - beta_1),
            "squared": np.where(t == 1, 1, 1 - beta_2),
            "bound": (t - 1) ** 0.25 if clipping else np.inf,
        }

    @staticmethod
    def update(p, g, m, v, /, *, epsilon, of_m, of_u, new, squared, bound):
        """One weight."""
        u = np.clip(g / np.maximum(np.sqrt(v), epsilon), -bound, bound)
        m = m + new * (u - m)
        v = v + squared * (g * g - v)
        return p - (of_m * m + of_u * u), m, v
