"""DoG: gradient descent with a rate from distances and gradients."""

import numpy as np

from ..language.totals import total
from ..optimizer import Convention, Hyperparameter, Optimizer, Rate, hyperparameter


class DoG(Optimizer):
    """DoG: the distance from the first weights over the length of all gradients.

    Ivgi, Hinder and Carmon, ICML 2023, https://arxiv.org/abs/2302.12022, equation 1, with norms
    over all weights of all tensors; p begins as p₀:

        r ← max(r, ‖p − p₀‖)                the largest distance, from r₀
        G ← G + ‖g‖²                        gradients so far
        p ← p − lr r g / √(G + ε)

    r₀ is ``first_distance`` (1 + ‖p₀‖), as the paper says, or without ``relative`` just that. With
    ``first_rate`` r begins as 0, and the first update has that rate. The authors evaluate with
    averages of the weights: ``use_ema=True``. Weight decay joins the gradient.

    Args:
        first_distance: what r₀ is made of; it must be small.
        relative: whether r₀ is in proportion to 1 + ‖p₀‖.
        first_rate: the rate of the first update in place of r₀; None for r₀.
    """

    learning_rate: Rate = 1.0
    epsilon: Hyperparameter = hyperparameter(default=1e-8, at_least=0)
    first_distance: Hyperparameter = hyperparameter(default=1e-6, at_least=0, kw_only=True)
    relative: bool = True
    first_rate: Hyperparameter | None = hyperparameter(default=None, above=0, kw_only=True)

    conventions = {"keras": Convention(decay="coupled")}

    remembered = {"farthest": 0.0, "gradients": 0.0}

    @staticmethod
    def initial(p, /):
        """Where the weights began."""
        return {"start": p}

    @staticmethod
    def prepare(t, first_distance, relative, first_rate):
        """Scalars of update t = 1, 2, …"""
        distance = first_distance if first_rate is None else 0.0
        first = 0.0 if first_rate is None else np.where(t == 1, first_rate, 0.0)
        return {"least": distance, "per_norm": distance if relative else 0.0, "given_rate": first}

    @staticmethod
    def update(
        p, g, start, /, *, learning_rate, epsilon, least, per_norm, given_rate, farthest, gradients,
    ):  # fmt: skip
        """One weight."""
        away = p - start
        begun = least + per_norm * np.sqrt(total(start * start))
        r = np.maximum(np.maximum(farthest, begun), np.sqrt(total(away * away)))
        gradients = gradients + total(g * g)
        rate = np.where(given_rate > 0, given_rate, r / np.sqrt(gradients + epsilon))
        return p - learning_rate * rate * g, start, {"farthest": r, "gradients": gradients}
