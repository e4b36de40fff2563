"""Ftrl: follow the regularized leader, for sparse linear models."""

import numpy as np

from ..optimizer import Hyperparameter, Optimizer, Rate, hyperparameter
from .libraries import keras


class Ftrl(Optimizer):
    """FTRL-Proximal: online learning with weights that are exactly 0.

    McMahan, Holt, Sculley et al., KDD 2013, https://research.google.com/pubs/archive/41159.pdf,
    Algorithm 1, with s(n) = n^−q, the root for learning_rate_power q = −½:

        z ← z + g + 2 λₛ p − (s(n + g²) − s(n)) / lr · p        λₛ: l2_shrinkage_…
        n ← n + g²                                 from initial_accumulator_value
        p ← 0                                      where |z| ≤ λ₁
        p ← −(z − λ₁ sign(z)) / ((β + s(n)) / lr + 2 λ₂)        elsewhere

    The sum begins empty: the first step makes p (1 − s(n) / s(n + g²)) of trained weights, about 0,
    but with ``initial_accumulator_value=0``. Only Keras has it, with NaN for 0 / 0 where |z| ≤ λ₁.

    Args:
        learning_rate_power: q, by which rates fall as squares add up.
        l1_regularization_strength: λ₁; the larger, the more weights are exactly 0.
        l2_regularization_strength: λ₂, which draws weights towards 0.
        l2_shrinkage_regularization_strength: λₛ, the same by the gradient.
        beta: β, which makes first steps shorter.
    """

    learning_rate: Rate = hyperparameter(default=0.001, above=0)
    learning_rate_power: Hyperparameter = hyperparameter(default=-0.5, at_most=0)
    initial_accumulator_value: float = hyperparameter(default=0.1, at_least=0)
    l1_regularization_strength: Hyperparameter = hyperparameter(default=0.0, at_least=0)
    l2_regularization_strength: Hyperparameter = hyperparameter(default=0.0, at_least=0)
    l2_shrinkage_regularization_strength: Hyperparameter = hyperparameter(default=0.0, at_least=0)
    beta: Hyperparameter = hyperparameter(default=0.0, at_least=0)

    conventions = {"keras": keras({"n": "accumulator", "z": "linear"})}

    @staticmethod
    def initial(p, /, *, initial_accumulator_value):
        """The sum of squares begins above 0, so that first steps are not too long."""
        return {"n": initial_accumulator_value}

    @staticmethod
    def prepare(
        learning_rate,
        learning_rate_power,
        beta,
        l1_regularization_strength,
        l2_regularization_strength,
        l2_shrinkage_regularization_strength,
    ):
        """Scalars of each update."""
        return {
            "power": -learning_rate_power,
            "per_rate": 1 / learning_rate,
            "l1": l1_regularization_strength,
            "ridge": beta / learning_rate + 2 * l2_regularization_strength,
            "shrinkage": 2 * l2_shrinkage_regularization_strength,
        }

    @staticmethod
    def update(p, g, n, z, /, *, per_rate, l1, ridge, shrinkage):
        """One weight."""
        before, n = n, n + g * g
        old, new = np.sqrt(before) * per_rate, np.sqrt(n) * per_rate
        z = z + g + shrinkage * p - (new - old) * p
        return leader(z, new + ridge, l1), n, z

    @staticmethod
    def update_power(p, g, n, z, /, *, power, per_rate, l1, ridge, shrinkage):
        """One weight, with rates that fall by another power than the root."""
        before, n = n, n + g * g
        old, new = before**power * per_rate, n**power * per_rate
        z = z + g + shrinkage * p - (new - old) * p
        return leader(z, new + ridge, l1), n, z

    def rule(self):
        """The function of one weight that the arguments choose."""
        return self.update if self.is_always("learning_rate_power", -0.5) else self.update_power


def leader(z, curvature, l1):
    """The weight that is least for the sum so far; 0 where the gradients do not outweigh l1."""
    return np.where(np.abs(z) <= l1, 0, (np.minimum(np.maximum(z, -l1), l1) - z) / curvature)
