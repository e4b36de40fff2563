"""DoWG: DoG that trusts later gradients more."""

import numpy as np

from ..language.totals import total
from ..optimizer import Convention, Hyperparameter, Optimizer, Rate, hyperparameter


class DoWG(Optimizer):
    """DoWG: the squared distance over the length of gradients, each weighted by its distance.

    Khaled, Mishchenko and Jin, NeurIPS 2023, https://arxiv.org/abs/2305.16284, Algorithm 1, with
    norms over all weights of all tensors; p begins as p₀:

        r² ← max(r², ‖p − p₀‖²)             the largest distance squared, from first_distance
        v ← v + r² ‖g‖²                     weighted gradients so far
        p ← p − lr r² g / (√v + ε)

    Weight decay joins the gradient.

    Args:
        first_distance: r² to begin with, which must be small; None is epsilon.
    """

    learning_rate: Rate = 1.0
    epsilon: Hyperparameter = hyperparameter(default=1e-4, at_least=0)
    first_distance: Hyperparameter | None = hyperparameter(default=None, at_least=0, kw_only=True)

    conventions = {"keras": Convention(decay="coupled")}

    remembered = {"farthest": 0.0, "gradients": 0.0}

    @staticmethod
    def initial(p, /):
        """Where the weights began."""
        return {"start": p}

    @staticmethod
    def prepare(epsilon, first_distance):
        """r² to begin with."""
        return {"least": epsilon if first_distance is None else first_distance}

    @staticmethod
    def update(p, g, start, /, *, learning_rate, epsilon, least, farthest, gradients):
        """One weight."""
        away = p - start
        r = np.maximum(np.maximum(farthest, least), total(away * away))
        v = gradients + r * total(g * g)
        rate = r / (np.sqrt(v) + epsilon)
        return p - learning_rate * rate * g, start, {"farthest": r, "gradients": v}
