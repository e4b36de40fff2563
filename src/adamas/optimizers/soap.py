"""SOAP: Adam in the eigenbases of the gradient's covariances."""

from typing import Any

import numpy as np

from ..language.shapes import Shape
from ..optimizer import Hyperparameter, Rate, hyperparameter
from .covariances import covariances
from .eigenbases import eigenbases, rotated, rotated_back, turned
from .matrix import MatrixOptimizer
from .moments import moments


class SOAP(MatrixOptimizer):
    """SOAP: Adam in the eigenbases of Shampoo's matrices.

    Vyas, Morwani et al., ICLR 2025, https://arxiv.org/abs/2409.11321, Algorithm 3; for matrices g:

        G ← Qₗᵀ g Qᵣ                            the gradient in the eigenbases
        m ← m + (1 − β₁)(G − m)                 its mean
        v ← v + (1 − β₂)(G² − v)                and that of its square, there
        p ← p − α Qₗ (m / (√v + ε)) Qᵣᵀ         α is Adam's, of update t − 1
        L ← β₃ L + (1 − β₃) g gᵀ
        R ← β₃ R + (1 − β₃) gᵀ g                β₃ is shampoo_beta
        Qₗ, Qᵣ ← QR(L Qₗ), QR(R Qᵣ)             in every precondition_frequency-th update

    The first update finds Qₗ and Qᵣ as the eigenvectors of L and R and moves nothing. With new
    bases m is turned into them; v is not, but for the order of eigenvalues, by which QR's columns
    stand. Other tensors take AdamW: `MatrixOptimizer`.

    Args:
        beta_1, beta_2: how much the means of gradients and of their squares keep.
        shampoo_beta: how much the covariances L and R keep.
        precondition_frequency: how many updates go by between two looks for eigenbases.
        max_size: a side with more rows or columns has no matrix, and is not turned.
    """

    learning_rate: Rate = 0.003
    beta_1: Hyperparameter = hyperparameter(default=0.95, at_least=0, below=1, kw_only=True)
    beta_2: Hyperparameter = hyperparameter(default=0.95, at_least=0, below=1, kw_only=True)
    shampoo_beta: Hyperparameter = hyperparameter(default=0.95, at_least=0, below=1, kw_only=True)
    precondition_frequency: Hyperparameter = hyperparameter(
        default=10, at_least=1, whole=True, kw_only=True
    )
    max_size: int = hyperparameter(
        default=10000, at_least=1, whole=True, structure=True, kw_only=True
    )

    left, right = (Shape(side, side, at_most="max_size") for side in ("rows", "columns"))
    shapes = {"left": left, "right": right, "left_basis": left, "right_basis": right}
    not_negative = ("v",)

    @staticmethod
    def prepare(t, learning_rate, beta_1, beta_2, adam_lr_ratio, adam_beta_1, adam_beta_2, epsilon,
                precondition_frequency):  # fmt: skip
        """Scalars of update t = 1, 2, …, for both rules."""
        rate, moves = adam_lr_ratio * learning_rate, np.maximum(t - 1, 1)
        adam = MatrixOptimizer.prepare_adam(t, rate, adam_beta_1, adam_beta_2, epsilon, "keras")
        return {
            **adam,
            "rate": learning_rate * np.sqrt(1 - beta_2**moves) / (1 - beta_1**moves),
            "keeps_m": np.where(t > 1, beta_1, 1.0),
            "keeps_v": np.where(t > 1, beta_2, 1.0),
            "looks": (t > 1) & ((t - 1) % precondition_frequency == 0),
        }

    @staticmethod
    def update(p, g, m, v, left, right, left_basis, right_basis, /, *, t, rate, keeps_m, keeps_v,
               shampoo_beta, epsilon, looks):  # fmt: skip
        """One stack of matrices."""
        p, m, v = adam_there(p, g, m, v, left_basis, right_basis, rate, keeps_m, keeps_v, epsilon)
        left, right = covariances(left, right, g, shampoo_beta)
        left_basis, right_basis = eigenbases(left_basis, right_basis, left, right, when=t == 1)
        m, v, left_basis, right_basis = turned(
            m, v, left_basis, right_basis, left, right, when=looks
        )
        return p, m, v, left, right, left_basis, right_basis


def adam_there(
    p: Any, g: Any, m: Any, v: Any, left: Any, right: Any, rate: Any, keeps_m: Any, keeps_v: Any,
    epsilon: Any,
) -> tuple[Any, Any, Any]:  # fmt: skip
    """The next p, m and v by Adam in these bases, where m and v are, for rules."""
    m, v = moments(rotated(g, left, right), m, v, keeps_m, keeps_v)
    return p - rate * rotated_back(m / (np.sqrt(v) + epsilon), left, right), m, v
