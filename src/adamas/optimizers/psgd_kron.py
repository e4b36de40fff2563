"""PSGD-Kron: gradients made white by two factors, which are fitted by probes."""

import numpy as np

from ..language.first_values import identity
from ..language.shapes import Shape
from ..optimizer import Hyperparameter, Rate, hyperparameter
from .kronecker import fitted, preconditioned
from .matrix import MatrixOptimizer


class PSGDKron(MatrixOptimizer):
    """PSGD-Kron: preconditioned gradient descent with Kronecker factors.

    Li, 2015, https://arxiv.org/abs/1512.04202, and 2022, https://arxiv.org/abs/2211.04422, in the
    form of https://github.com/evanatyourservice/kron_torch; for matrices g, and z of standard
    normal numbers:

        m ← m + (1 − β₁)(g − m)
        x ← m / (1 − β₁ᵗ)
        A, B ← Qₗ (x + δ z) Qᵣᵀ, Qₗ⁻ᵀ z Qᵣ⁻¹    δ is damping
        Qₗ ← Qₗ − μ triu(A Aᵀ − B Bᵀ) Qₗ / ‖A Aᵀ + B Bᵀ‖
        Qᵣ ← Qᵣ − μ triu(Aᵀ A − Bᵀ B) Qᵣ / ‖Aᵀ A + Bᵀ B‖
        u ← Qₗᵀ Qₗ x Qᵣᵀ Qᵣ
        p ← p − lr u / max(1, rms(u) / largest_rms)

    μ is preconditioner_rate, ‖·‖ a bound of the spectral norm from below, and both Q, which are
    triangular, have the same largest element after each step. Other tensors take AdamW:
    `MatrixOptimizer`.

    kron_torch fits Q in updates by chance, with a probability that falls; heavyball has other
    bounds, of norms and of u.

    Args:
        beta_1: how much the mean of gradients keeps.
        preconditioner_share: the share of updates that fit Q, as 0.1 for every tenth, or a
            schedule of it.
        preconditioner_rate: μ, the relative size of a step of Q.
        damping: what share of the probes joins the gradients that Q is fitted to.
        first_scale: both Q begin as so many times the identity.
        largest_rms: the largest root mean square of a step, in learning rates.
        max_size: a side with more rows or columns has a diagonal Q.
        seed: a whole number from which all z come; its lower 32 bits count.
    """

    learning_rate: Rate = 0.001
    beta_1: Hyperparameter = hyperparameter(default=0.9, at_least=0, below=1, kw_only=True)
    preconditioner_share: Rate = hyperparameter(default=1.0, at_least=0, at_most=1, kw_only=True)
    preconditioner_rate: Hyperparameter = hyperparameter(default=0.1, above=0, kw_only=True)
    damping: Hyperparameter = hyperparameter(default=1e-9, at_least=0, kw_only=True)
    first_scale: Hyperparameter = hyperparameter(default=1.0, above=0, kw_only=True)
    largest_rms: Hyperparameter = hyperparameter(default=1.1, above=0, kw_only=True)
    max_size: int = hyperparameter(
        default=8192, at_least=1, whole=True, structure=True, kw_only=True
    )
    seed: int = hyperparameter(default=0, kw_only=True)

    drawn = {"z": "normal"}
    remembered = {"due": 0.0}
    shapes = {
        "left": Shape("rows", "rows", at_most="max_size"),
        "right": Shape("columns", "columns", at_most="max_size"),
        "left_diagonal": Shape("rows", above="max_size"),
        "right_diagonal": Shape("columns", above="max_size"),
    }

    @staticmethod
    def initial(p, /, *, first_scale):
        """What makes nothing white."""
        matrices = {"left": identity(first_scale), "right": identity(first_scale)}
        return {**matrices, "left_diagonal": first_scale, "right_diagonal": first_scale}

    @staticmethod
    def prepare(t, learning_rate, beta_1, adam_lr_ratio, adam_beta_1, adam_beta_2, epsilon,
                preconditioner_share, due):  # fmt: skip
        """Scalars of update t = 1, 2, …, for both rules, and what share of a fit is due."""
        rate, due = adam_lr_ratio * learning_rate, due + preconditioner_share
        adam = MatrixOptimizer.prepare_adam(t, rate, adam_beta_1, adam_beta_2, epsilon, "keras")
        known = {"keeps": beta_1, "m_scale": 1 / (1 - beta_1**t), "fits": due >= 1}
        return {**adam, **known, "due": np.where(due >= 1, due - 1, due)}

    @staticmethod
    def update(p, g, m, left, right, left_diagonal, right_diagonal, /, *, z, learning_rate, keeps,
               m_scale, fits, preconditioner_rate, damping, largest_rms):  # fmt: skip
        """One stack of matrices."""
        m = m + (1 - keeps) * (g - m)
        factors = left, right, left_diagonal, right_diagonal
        factors = fitted(*factors, m_scale * m, z, preconditioner_rate, damping, when=fits)
        u = preconditioned(m_scale * m, *factors)
        rms = np.sqrt(np.mean(u * u, axis=(-2, -1), keepdims=True))
        return p - learning_rate * u / np.maximum(1, rms / largest_rms), m, *factors
