"""Prodigy: Adam that finds its own learning rate."""

import numpy as np

from ..language.totals import total
from ..optimizer import Convention, Hyperparameter, Optimizer, Rate, hyperparameter


class Prodigy(Optimizer):
    """Prodigy: Adam whose rate is an estimate of the distance to the solution.

    Mishchenko and Defazio, ICML 2024, https://arxiv.org/abs/2306.06101, Algorithm 4, with r and
    the sum of |s| over all weights of all tensors; d begins as ``first_distance`` d₀, p as p₀:

        m ← β₁ m + (1 − β₁) d g             mean of the gradient, times the distance
        v ← β₂ v + (1 − β₂) d² g²           mean of its square, times that of the distance
        r ← β₃ r + d / d₀ · lr d ⟨g, p₀ − p⟩
        s ← β₃ s + d / d₀ · lr d g
        d̂ ← distance_factor · r / Σ |s|
        d' ← max(d, d̂), and growth_rate · d at most once it has grown
        p ← p − lr d (m / (√v + d' ε) + weight_decay p)

    Nothing moves while Σ |s|, or the rate, is 0. Leave the rate at 1, or let a schedule lower it.

    Args:
        beta_3: how much of r and s each update keeps; None is √β₂.
        first_distance: d₀, the estimate to begin with, which must be small.
        distance_factor: what estimates are multiplied by; 0.5 or 2 for careful or bold steps.
        growth_rate: the most by which an estimate may grow in an update, as a factor; None: any.
        bias_correction: whether lr is times √(1 − β₂ᵗ) / (1 − β₁ᵗ), as Adam's is.
        safeguard_warmup: whether s leaves the rate out, which a warm-up would make too small.
    """

    learning_rate: Rate = 1.0
    beta_1: Hyperparameter = hyperparameter(default=0.9, at_least=0, below=1)
    beta_2: Hyperparameter = hyperparameter(default=0.999, at_least=0, below=1)
    epsilon: Hyperparameter = hyperparameter(default=1e-8, at_least=0)
    beta_3: Hyperparameter | None = hyperparameter(default=None, at_least=0, below=1, kw_only=True)
    first_distance: Hyperparameter = hyperparameter(default=1e-6, above=0, kw_only=True)
    distance_factor: Hyperparameter = hyperparameter(default=1.0, above=0, kw_only=True)
    growth_rate: Hyperparameter | None = hyperparameter(default=None, at_least=1, kw_only=True)
    bias_correction: bool = False
    safeguard_warmup: bool = False

    conventions = {"keras": Convention(decay="rule")}

    remembered = {"growth": 1.0, "largest_growth": 1.0, "numerator": 0.0}

    @staticmethod
    def initial(p, /):
        """Where the weights began."""
        return {"start": p}

    @staticmethod
    def prepare(
        t, learning_rate, beta_1, beta_2, beta_3, first_distance, growth, growth_rate,
        bias_correction, safeguard_warmup,
    ):  # fmt: skip
        """Scalars of update t = 1, 2, …"""
        correction = np.sqrt(1 - beta_2**t) / (1 - beta_1**t) if bias_correction else 1.0
        d = first_distance * growth
        rate = d * learning_rate * correction
        keep = np.sqrt(beta_2) if beta_3 is None else beta_3
        fastest = np.inf if growth_rate is None else growth_rate
        known = {"d": d, "rate": rate, "weight": d if safeguard_warmup else rate}
        return {**known, "keep": keep, "fastest": fastest}

    @staticmethod
    def update(
        p, g, m, v, s, start, /, *, d, rate, weight, keep, beta_1, beta_2, epsilon, inner_decay,
        first_distance, distance_factor, fastest, growth, largest_growth, numerator,
    ):  # fmt: skip
        """One weight."""
        m_new = beta_1 * m + (1 - beta_1) * d * g
        v_new = beta_2 * v + (1 - beta_2) * d * d * g * g
        r = keep * numerator + growth * rate * total(g * (start - p))
        s_new = keep * s + growth * weight * g
        size = total(np.abs(s_new))
        moves = rate * size > 0
        estimate = np.where(moves, distance_factor * r / size / first_distance, growth)
        most = np.maximum(largest_growth, estimate)
        begun = np.where(growth == 1, np.maximum(growth, estimate), growth)
        grown = np.where(moves, np.minimum(most, begun * fastest), growth)
        step = m_new / (np.sqrt(v_new) + first_distance * grown * epsilon)
        step = step if inner_decay is None else step + inner_decay * p
        pairs = ((p - rate * step, p), (m_new, m), (v_new, v), (s_new, s))
        p, m, v, s = (np.where(moves, *pair) for pair in pairs)
        r, most = np.where(moves, r, numerator), np.where(moves, most, largest_growth)
        return p, m, v, s, start, {"growth": grown, "largest_growth": most, "numerator": r}
