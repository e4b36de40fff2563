"""D-Adaptation: Adam that finds its own learning rate from below."""

import numpy as np

from ..language.totals import total
from ..optimizer import Convention, Hyperparameter, Optimizer, Rate, hyperparameter


class DAdaptAdam(Optimizer):
    """D-Adaptation of Adam: the rate is a lower bound of the distance to the solution.

    Defazio and Mishchenko, ICML 2023, https://arxiv.org/abs/2301.07733, Algorithm 5, with r and
    the sum of |s| over all weights of all tensors; d begins as ``first_distance``:

        α ← lr d √(1 − β₂ᵗ) / (1 − β₁ᵗ)     step size, corrected for m = v = 0 at t = 0
        r ← √β₂ r + (1 − √β₂) α ⟨g, s / (√v + ε)⟩
        m ← β₁ m + (1 − β₁) α g             mean of the steps
        v ← v + (1 − β₂)(g² − v)            mean of the gradient's square
        s ← √β₂ s + (1 − √β₂) α g
        d ← max(d, r / ((1 − √β₂) Σ |s|))
        p ← p − m / (√v + ε) − weight_decay α p

    Nothing moves while the sum of |s| is 0. The rate is a factor of the estimate: leave it at 1, or
    let a schedule bring it to 0.

    Args:
        first_distance: the estimate to begin with, which must be small.
    """

    learning_rate: Rate = 1.0
    beta_1: Hyperparameter = hyperparameter(default=0.9, at_least=0, below=1)
    beta_2: Hyperparameter = hyperparameter(default=0.999, above=0, below=1)
    epsilon: Hyperparameter = hyperparameter(default=1e-8, at_least=0)
    first_distance: Hyperparameter = hyperparameter(default=1e-6, above=0, kw_only=True)

    conventions = {"keras": Convention(decay="rule")}

    remembered = {"growth": 1.0, "numerator": 0.0}

    @staticmethod
    def prepare(t, learning_rate, beta_1, beta_2, first_distance, growth):
        """Scalars of update t = 1, 2, …"""
        correction = np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
        return {"alpha": learning_rate * first_distance * growth * correction}

    @staticmethod
    def update(
        p, g, m, v, s, /, *, alpha, beta_1, beta_2, epsilon, inner_decay, first_distance,
        growth, numerator,
    ):  # fmt: skip
        """One weight."""
        keep = np.sqrt(beta_2)
        along = total(g * s / (np.sqrt(v) + epsilon))
        m = beta_1 * m + (1 - beta_1) * alpha * g
        v = v + (1 - beta_2) * (g * g - v)
        s = keep * s + (1 - keep) * alpha * g
        r = keep * numerator + (1 - keep) * alpha * along
        size = total(np.abs(s))
        # One after the other: their product may be 0 where the sum is not.
        estimate = np.where(size > 0, r / size / ((1 - keep) * first_distance), growth)
        move = m / (np.sqrt(v) + epsilon)
        move = move if inner_decay is None else move + inner_decay * alpha * p
        fed = {"growth": np.maximum(growth, estimate), "numerator": r}
        return np.where(size > 0, p - move, p), m, v, s, fed
