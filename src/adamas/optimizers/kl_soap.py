"""KL-SOAP: Adam in the eigenbases of covariances that suit each other."""

import numpy as np

from ..optimizer import Hyperparameter, Rate, hyperparameter
from .eigenbases import following, rotated, rotated_back
from .kl_covariances import learned
from .kl_shampoo import KLShampoo
from .soap import adam_there


class KLSOAP(KLShampoo):
    """KL-SOAP: Adam in the eigenbases of KL-Shampoo's covariances.

    Lin, Lowe, Dangel, Eschenhagen, Xu and Grosse, ICLR 2026, https://arxiv.org/abs/2509.03378, as
    its authors run it. Covariances, their eigenvalues and bases are those of `KLShampoo`; in place
    of its first two lines:

        G ← Qₗᵀ g Qᵣ                            the gradient in the eigenbases
        m ← m + (1 − β₁)(G − m)                 its mean
        v ← v + (1 − β₂)(G² − v)                and that of its square, there
        p ← p − lr Qₗ (m / (√v + ε)) Qᵣᵀ

    With new bases m is turned into them; v is not. Means are not corrected for their start, as
    SOAP's are. heavyball corrects them, and has the eigenvalues anew from the covariances.

    Args:
        beta_1, beta_2: how much the means of gradients and of their squares keep.
    """

    learning_rate: Rate = 0.001
    beta_2: Hyperparameter = hyperparameter(default=0.98, at_least=0, below=1, kw_only=True)

    @staticmethod
    def prepare(  # pyright: ignore[reportIncompatibleMethodOverride]
        t, learning_rate, beta_1, beta_2, shampoo_beta, adam_lr_ratio, adam_beta_1, adam_beta_2,
        epsilon, precondition_frequency,
    ):  # fmt: skip
        """Scalars of update t = 1, 2, …, for all rules."""
        common = KLShampoo.prepare(
            t, learning_rate, beta_1, shampoo_beta, adam_lr_ratio, adam_beta_1, adam_beta_2,
            epsilon, precondition_frequency,
        )  # fmt: skip
        return {**common, "keeps_v": np.where(t > 1, beta_2, 1.0)}

    @staticmethod
    def update(  # pyright: ignore[reportIncompatibleMethodOverride]
        p, g, m, v, left, right, left_values, right_values, left_basis, right_basis, /, *, t,
        learning_rate, keeps_m, keeps_v, keeps, known, shampoo_beta, epsilon, looks,
    ):  # fmt: skip
        """One stack of matrices."""
        p, m, v = adam_there(
            p, g, m, v, left_basis, right_basis, learning_rate, keeps_m, keeps_v, epsilon
        )  # fmt: skip
        covariances, bases = learned(
            g, left, right, left_values, right_values, left_basis, right_basis, t, shampoo_beta,
            keeps, known,
        )  # fmt: skip
        turned = following(*bases, *covariances[:2], when=looks)
        m = rotated(rotated_back(m, *bases, when=looks), *turned, when=looks)
        return p, m, v, *covariances, *turned
