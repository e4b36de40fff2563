"""GaLore: Adam on a few directions of a matrix's gradient."""

import numpy as np

from ..language.first_values import identity
from ..language.shapes import Shape
from ..optimizer import Hyperparameter, Rate, hyperparameter
from .low_rank import adam_along, directions
from .matrix import MatrixOptimizer


class GaLore(MatrixOptimizer):
    """GaLore: gradients of low rank, whose means take less memory.

    Zhao et al., ICML 2024, https://arxiv.org/abs/2403.03507, Algorithm 2; for n × m matrices g of
    which n is the smaller side, else for gᵀ:

        Q ← the first k left singular vectors of g, in every update_proj_gap-th update
        r ← Qᵀ g                                k × m, k is rank
        m ← m + (1 − β₁)(r − m)
        v ← v + (1 − β₂)(r² − v)
        p ← p − α scale Q (m / (√v + ε))        α is Adam's, adam_beta_1 and adam_beta_2 are its β

    Each vector of Q points as the one that it follows, as m and v stay. A matrix with a side of at
    most k needs none, and takes AdamW, as all other tensors do: `MatrixOptimizer`.

    galore-torch takes gᵀ of square matrices; optax takes the larger side, and adds ε to the
    corrected root.

    Args:
        rank: how many directions.
        update_proj_gap: how many updates go by between two looks for them.
        scale: the rate of matrices is so many times learning_rate.
    """

    learning_rate: Rate = 0.01
    rank: int = hyperparameter(default=128, at_least=1, whole=True, structure=True, kw_only=True)
    update_proj_gap: Hyperparameter = hyperparameter(
        default=200, at_least=1, whole=True, kw_only=True
    )
    scale: Hyperparameter = hyperparameter(default=0.25, at_least=0, kw_only=True)

    along = Shape("rank", "larger")
    shapes = {"basis": Shape("smaller", "rank"), "m_along": along, "v_along": along}

    @staticmethod
    def initial(p, /):
        """Where the first vectors point."""
        return {"basis": identity()}

    @staticmethod
    def prepare(t, learning_rate, adam_lr_ratio, adam_beta_1, adam_beta_2, epsilon, scale,
                update_proj_gap):  # fmt: skip
        """Scalars of update t = 1, 2, …, for both rules."""
        rate = adam_lr_ratio * learning_rate
        adam = MatrixOptimizer.prepare_adam(t, rate, adam_beta_1, adam_beta_2, epsilon, "keras")
        alpha = learning_rate * np.sqrt(1 - adam_beta_2**t) / (1 - adam_beta_1**t)
        return {**adam, "step": scale * alpha, "looks": (t - 1) % update_proj_gap == 0}

    @staticmethod
    def update(p, g, basis, m_along, v_along, /, *, step, beta_1, beta_2, epsilon, looks):
        """One stack of matrices."""
        basis = directions(basis, g, when=looks)
        u, m_along, v_along = adam_along(g, basis, m_along, v_along, beta_1, beta_2, epsilon)
        return p - step * u, basis, m_along, v_along

    def rule_for(self, name, shape):
        """That of matrices with more rows and columns than directions."""
        large = len(shape) > 1 and min(shape[-2:]) > self.rank
        return super().rule_for(name, shape) if large else self.rule_of_others()
