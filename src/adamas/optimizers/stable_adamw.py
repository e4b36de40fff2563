"""StableAdamW: AdamW whose steps are no larger than they should be."""

import numpy as np

from ..optimizer import Convention, Hyperparameter, Optimizer, Rate, hyperparameter
from .moments import moments
from .norms import rms


class StableAdamW(Optimizer):
    """StableAdamW: AdamW with Adafactor's clipping of updates.

    Wortsman, Dettmers, Zettlemoyer et al., NeurIPS 2023, https://arxiv.org/abs/2304.13013,
    Algorithm 2, whose β̂ are the corrections for m = v = 0 at t = 0; λ is ``weight_decay``:

        m ← m + (1 − β₁)(g − m)             mean of the gradient
        v ← v + (1 − β₂)(g² − v)            mean of its square
        r ← rms(g / max(√v̂, ε))             of the whole tensor; v̂ = v / (1 − β₂ᵗ)
        η ← lr / max(1, r)
        p ← p − η (m / (1 − β₁ᵗ) / (√v̂ + ε) + λ p)

    It needs no clipping of gradients. No library here has it.
    """

    learning_rate: Rate = 0.001
    weight_decay: float | None = hyperparameter(
        default=0.01, kw_only=True, after="learning_rate", at_least=0
    )
    beta_1: Hyperparameter = hyperparameter(default=0.9, at_least=0, below=1)
    beta_2: Hyperparameter = hyperparameter(default=0.99, at_least=0, below=1)
    epsilon: Hyperparameter = hyperparameter(default=1e-6, above=0)

    conventions = {"keras": Convention(decay="rule")}

    @staticmethod
    def prepare(t, beta_1, beta_2):
        """Scalars of update t = 1, 2, …"""
        return {"m_scale": 1 / (1 - beta_1**t), "v_scale": 1 / (1 - beta_2**t)}

    @staticmethod
    def update(p, g, m, v, /, *, learning_rate, beta_1, beta_2, epsilon, m_scale, v_scale,
               inner_decay):  # fmt: skip
        """One tensor."""
        m, v = moments(g, m, v, beta_1, beta_2)
        root = np.sqrt(v_scale * v)
        rate = learning_rate / np.maximum(1, rms(g / np.maximum(root, epsilon)))
        u = m_scale * m / (root + epsilon)
        u = u if inner_decay is None else u + inner_decay * p
        return p - rate * u, m, v
