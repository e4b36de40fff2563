"""KL-Shampoo: a mean of gradients over the roots of covariances that suit each other."""

import numpy as np

from ..language.first_values import identity
from ..language.shapes import Shape
from ..optimizer import Hyperparameter, Rate, hyperparameter
from .eigenbases import following
from .kl_covariances import learned, whitened
from .matrix import MatrixOptimizer


class KLShampoo(MatrixOptimizer):
    """KL-Shampoo: gradients made white by the two covariances that are nearest to theirs.

    Lin, Lowe, Dangel, Eschenhagen, Xu and Grosse, ICLR 2026, https://arxiv.org/abs/2509.03378, as
    its authors run it; for n × k matrices g, L = Qₗ diag(l) Qₗᵀ and R = Qᵣ diag(r) Qᵣᵀ nearly:

        m ← m + (1 − β₁)(g − m)                  its mean
        p ← p − lr Qₗ (Qₗᵀ m Qᵣ / (√(l rᵀ) + ε)) Qᵣᵀ
        L, R ← β₃ L + (1 − β₃) g R⁻¹ gᵀ / k, β₃ R + (1 − β₃) gᵀ L⁻¹ g / n
        l, r ← the same of their diagonals in these bases
        Qₗ, Qᵣ ← QR(L Qₗ), QR(R Qᵣ)              in every precondition_frequency-th update

    No 1 / √l is more than max(n, 10) or 4,000, and no 1 / √r than max(k, 10) or 4,000.
    The first update takes the other covariance as 1, finds Qₗ and Qᵣ as eigenvectors and moves
    nothing. Other tensors take AdamW: `MatrixOptimizer`.

    Args:
        beta_1: how much the mean of gradients keeps.
        shampoo_beta: β₃, how much the covariances L and R keep.
        precondition_frequency: how many updates go by between two looks for bases.
        first_eigenvalue: what l and r begin with.
        max_size: a side with more rows or columns has no matrix, which is taken as 1.
    """

    learning_rate: Rate = 0.001
    beta_1: Hyperparameter = hyperparameter(default=0.9, at_least=0, below=1, kw_only=True)
    shampoo_beta: Hyperparameter = hyperparameter(default=0.98, at_least=0, below=1, kw_only=True)
    precondition_frequency: Hyperparameter = hyperparameter(
        default=10, at_least=1, whole=True, kw_only=True
    )
    first_eigenvalue: Hyperparameter = hyperparameter(default=0.1, above=0, kw_only=True)
    max_size: int = hyperparameter(
        default=10000, at_least=1, whole=True, structure=True, kw_only=True
    )

    left, right = (Shape(side, side, at_most="max_size") for side in ("rows", "columns"))
    shapes = {
        "left": left, "right": right, "left_basis": left, "right_basis": right,
        "left_values": Shape("rows", at_most="max_size"),
        "right_values": Shape("columns", at_most="max_size"),
    }  # fmt: skip

    @staticmethod
    def initial(p, /, *, first_eigenvalue):
        """Bases as they are, and eigenvalues."""
        bases = {"left_basis": identity(), "right_basis": identity()}
        return {**bases, "left_values": first_eigenvalue, "right_values": first_eigenvalue}

    @staticmethod
    def prepare(t, learning_rate, beta_1, shampoo_beta, adam_lr_ratio, adam_beta_1, adam_beta_2,
                epsilon, precondition_frequency):  # fmt: skip
        """Scalars of update t = 1, 2, …, for all rules."""
        rate = adam_lr_ratio * learning_rate
        adam = MatrixOptimizer.prepare_adam(t, rate, adam_beta_1, adam_beta_2, epsilon, "keras")
        return {
            **adam,
            "known": np.where(t > 1, 1.0, 0.0),
            "keeps_m": np.where(t > 1, beta_1, 1.0),
            "keeps": np.where(t > 1, shampoo_beta, 1.0),
            "looks": (t > 1) & ((t - 1) % precondition_frequency == 0),
        }

    @staticmethod
    def update(p, g, m, left, right, left_values, right_values, left_basis, right_basis, /, *, t,
               learning_rate, keeps_m, keeps, known, shampoo_beta, epsilon, looks):  # fmt: skip
        """One stack of matrices."""
        m = m + (1 - keeps_m) * (g - m)
        p = p - learning_rate * whitened(
            m, left_values, right_values, left_basis, right_basis, epsilon
        )  # fmt: skip
        covariances, bases = learned(
            g, left, right, left_values, right_values, left_basis, right_basis, t, shampoo_beta,
            keeps, known,
        )  # fmt: skip
        return p, m, *covariances, *following(*bases, *covariances[:2], when=looks)
