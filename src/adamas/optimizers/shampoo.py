"""Shampoo: a gradient between the inverse roots of its covariances."""

import numpy as np

from ..language.shapes import Shape
from ..optimizer import Hyperparameter, Rate, hyperparameter
from .covariances import covariances, inverse_roots
from .eigenbases import rotated
from .matrix import MatrixOptimizer
from .moments import moments


class Shampoo(MatrixOptimizer):
    """Shampoo: gradients between the inverse roots of the covariances of their rows and columns.

    Gupta, Koren and Singer, ICML 2018, https://arxiv.org/abs/1802.09568, with means in place of
    sums and with Adam's length of a step (grafting) as Shi et al., 2023,
    https://arxiv.org/abs/2309.06497, have it; for matrices g:

        L ← β₃ L + (1 − β₃) g gᵀ
        R ← β₃ R + (1 − β₃) gᵀ g                β₃ is shampoo_beta
        Lᵣ, Rᵣ ← (L / (1 − β₃ᵗ) + ε)^(−1/4), …  in every precondition_frequency-th update
        m ← m + (1 − β₁)(g − m)
        v ← v + (1 − β₂)(g² − v)
        a ← m̂ / (√v̂ + ε_a)                      Adam's step, corrected for m = v = 0 at t = 0
        u ← Lᵣ m̂ Rᵣ
        p ← p − lr u ‖a‖ / ‖u‖

    The roots are −1/2 where one side only has a matrix. Other tensors take AdamW:
    `MatrixOptimizer`, whose epsilon is ε_a.

    Args:
        beta_1, beta_2: how much the means of gradients and of their squares keep.
        shampoo_beta: how much the covariances L and R keep.
        matrix_epsilon: ε, what is added to their eigenvalues.
        precondition_frequency: how many updates go by between two looks for roots.
        max_size: a side with more rows or columns has no matrix.
    """

    learning_rate: Rate = 0.001
    beta_1: Hyperparameter = hyperparameter(default=0.9, at_least=0, below=1, kw_only=True)
    beta_2: Hyperparameter = hyperparameter(default=0.999, at_least=0, below=1, kw_only=True)
    shampoo_beta: Hyperparameter = hyperparameter(default=0.99, at_least=0, below=1, kw_only=True)
    matrix_epsilon: Hyperparameter = hyperparameter(default=1e-12, at_least=0, kw_only=True)
    precondition_frequency: Hyperparameter = hyperparameter(
        default=10, at_least=1, whole=True, kw_only=True
    )
    max_size: int = hyperparameter(
        default=10000, at_least=1, whole=True, structure=True, kw_only=True
    )

    left, right = (Shape(side, side, at_most="max_size") for side in ("rows", "columns"))
    shapes = {"left": left, "right": right, "left_root": left, "right_root": right}

    @staticmethod
    def prepare(t, learning_rate, beta_1, beta_2, shampoo_beta, adam_lr_ratio, adam_beta_1,
                adam_beta_2, epsilon, precondition_frequency):  # fmt: skip
        """Scalars of update t = 1, 2, …, for both rules."""
        rate = adam_lr_ratio * learning_rate
        adam = MatrixOptimizer.prepare_adam(t, rate, adam_beta_1, adam_beta_2, epsilon, "keras")
        return {
            **adam,
            "keeps_m": beta_1,
            "keeps_v": beta_2,
            "m_scale": 1 / (1 - beta_1**t),
            "v_scale": 1 / (1 - beta_2**t),
            "scale": 1 / (1 - shampoo_beta**t),
            "looks": (t - 1) % precondition_frequency == 0,
        }

    @staticmethod
    def update(p, g, m, v, left, right, left_root, right_root, /, *, learning_rate, keeps_m,
               keeps_v, m_scale, v_scale, shampoo_beta, scale, matrix_epsilon, epsilon,
               looks):  # fmt: skip
        """One stack of matrices."""
        left, right = covariances(left, right, g, shampoo_beta)
        left_root, right_root = inverse_roots(
            left_root, right_root, left, right, scale, matrix_epsilon, when=looks
        )
        m, v = moments(g, m, v, keeps_m, keeps_v)
        a = m_scale * m / (np.sqrt(v_scale * v) + epsilon)
        u = rotated(m_scale * m, left_root, right_root)
        length = np.sqrt(np.sum(a * a) / np.maximum(np.sum(u * u), 1e-30))
        return p - learning_rate * length * u, m, v, left, right, left_root, right_root
