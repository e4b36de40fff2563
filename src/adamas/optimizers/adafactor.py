"""Adafactor: second moments of a matrix from those of its rows and columns."""

import numpy as np

from ..fields import size
from ..optimizer import Hyperparameter, Optimizer, Rate, hyperparameter
from .factored import is_factored, moved, placed, share_of_decay
from .factored_words import CONVENTIONS


class Adafactor(Optimizer):
    """Adafactor: for an n × m matrix it remembers n + m numbers.

    Shazeer and Stern, ICML 2018, https://arxiv.org/abs/1804.04235, Algorithms 4 and 5; the last two
    axes of a tensor are a matrix, δ is beta_2_decay, d is clip_threshold, RMS(x) = √mean(x²):

        β ← 1 − tᵟ
        r ← β r + (1 − β) mean of each row of (g² + ε₁)
        c ← β c + (1 − β) mean of each column of (g² + ε₁)
        v ← r c / mean(r)                   for vectors v ← β v + (1 − β)(g² + ε₁)
        u ← g / √v
        p ← p − max(ε₂, RMS(p)) ρ u / max(1, RMS(u) / d)      ρ = min(lr, 1/√t), or lr itself
                                                              with ``relative_step=False``
    In PyTorch ε₁ is a lower bound of mean(r) and √v instead; None is the spacing of p's dtype.
    Keras takes min(lr, 1/√t) also with ``relative_step=False``; here, as its documentation says, lr
    is then used as given: give 1/√t as a schedule for the same.
    optax has ρ = lr, factors from 128 × 128 on (``least_factored``), and decays by weight_decay
    alone, not times lr.

    Args:
        beta_2_decay: δ, the power by which means of squares come to remember more.
        epsilon_1: ε₁, added to squares.
        epsilon_2: ε₂, the least root mean square of a parameter that steps are in proportion to.
        clip_threshold: d, the largest root mean square of u.
        relative_step: whether steps are at most 1/√t.
        scale_by_weights: whether steps are in proportion to the weights: max(ε₂, RMS(p)), or 1.
        least_factored: matrices whose axes are both at least so long are factored; None: all, with
            convention "optax" from 128 on.
    """

    learning_rate: Rate = 0.001
    beta_2_decay: Hyperparameter = hyperparameter(default=-0.8, below=0)
    epsilon_1: Hyperparameter | None = hyperparameter(default=1e-30, at_least=0)
    epsilon_2: Hyperparameter = hyperparameter(default=1e-3, at_least=0)
    clip_threshold: Hyperparameter = hyperparameter(default=1.0, above=0)
    relative_step: bool = True
    scale_by_weights: bool = hyperparameter(default=True, kw_only=True)
    least_factored: int | None = size(default=None)

    conventions = CONVENTIONS

    @staticmethod
    def prepare(t, learning_rate, beta_2_decay, epsilon_1, epsilon_2, relative_step,
                scale_by_weights, inner_decay, convention):  # fmt: skip
        """Scalars of update t = 1, 2, …"""
        rho = np.minimum(learning_rate, 1 / np.sqrt(t)) if relative_step else learning_rate
        shrink = share_of_decay(inner_decay, learning_rate, convention)
        known = {"shrink": shrink, "least": epsilon_2 if scale_by_weights else None}
        return {"rho": rho, "beta": 1 - t**beta_2_decay, **known, **placed(epsilon_1, convention)}

    @staticmethod
    def update(p, g, v, /, *, beta, added, rho, least, clip_threshold, shrink,
               floor, spacings, spacing):  # fmt: skip
        """One vector."""
        floor = floor + spacings * spacing
        v = beta * v + (1 - beta) * (g * g + added)
        return moved(p, g, np.sqrt(v), rho, least, clip_threshold, floor, shrink), v

    @staticmethod
    def update_matrix(p, g, r, c, /, *, beta, added, rho, least, clip_threshold, shrink,
                      floor, spacings, spacing):  # fmt: skip
        """One stack of matrices."""
        square, floor = g * g + added, floor + spacings * spacing
        r = beta * r + (1 - beta) * np.mean(square, axis=-1, keepdims=True)
        c = beta * c + (1 - beta) * np.mean(square, axis=-2, keepdims=True)
        root = np.sqrt(r / np.maximum(np.mean(r, axis=-2, keepdims=True), floor)) * np.sqrt(c)
        return moved(p, g, root, rho, least, clip_threshold, floor, shrink), r, c

    def rule_for(self, name, shape):
        """Matrices are factored; in optax only large ones, by their two longest axes."""
        factored = is_factored(name, shape, self.least_factored, self.convention)
        return self.update_matrix if factored else self.update

    def rules(self):
        """That of vectors and that of matrices."""
        return self.update, self.update_matrix
