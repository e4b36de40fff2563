"""NorMuon: Muon whose units all move alike."""

from typing import Literal

import numpy as np

from ..optimizer import Hyperparameter, hyperparameter
from .matrix import MatrixOptimizer
from .newton_schulz import Precision, orthogonalized


class NorMuon(MatrixOptimizer):
    """NorMuon: neuron-wise normalized Muon.

    Li, Liu, Liang, Chen and Zhao, 2025, https://arxiv.org/abs/2510.05491, Algorithm 1; for n × m
    matrices:

        m ← m + (1 − β₁)(g − m)             β₁ is momentum
        o ← orthogonalized(g + β₁ (m − g))  with nesterov, else of m; as in `Muon`
        v ← v + (1 − β₂)(mean(o²) − v)      of each unit: one number
        o ← o / (√v + ε)
        p ← p − lr rms_rate √(n m) / ‖o‖ o

    Other tensors take AdamW: `MatrixOptimizer`. No library here has it.

    Args:
        units_beta: β₂, how much of the mean square of a unit's step each update keeps.
        muon_a, muon_b, muon_c: the coefficients of x, x³ and x⁵ in each iteration.
        ns_steps: how many iterations.
        ns_precision: how exact products of float32 are at least; see `Muon`.
        rms_rate: root mean square of a step, in learning rates.
        units: "columns", the units of weights [in, out] as in Keras and JAX, or "rows", those of
            PyTorch's [out, in].
    """

    momentum: Hyperparameter = hyperparameter(default=0.95, at_least=0, below=1, kw_only=True)
    units_beta: Hyperparameter = hyperparameter(default=0.95, at_least=0, below=1, kw_only=True)
    muon_a: Hyperparameter = hyperparameter(default=3.4445, kw_only=True)
    muon_b: Hyperparameter = hyperparameter(default=-4.7750, kw_only=True)
    muon_c: Hyperparameter = hyperparameter(default=2.0315, kw_only=True)
    ns_steps: Hyperparameter = hyperparameter(default=5, at_least=0, whole=True, kw_only=True)
    ns_precision: Precision = hyperparameter(default="float32", kw_only=True)
    nesterov: bool = hyperparameter(default=True, kw_only=True)
    rms_rate: Hyperparameter = hyperparameter(default=0.2, above=0, kw_only=True)
    units: Literal["columns", "rows"] = hyperparameter(default="columns", kw_only=True)

    @staticmethod
    def prepare(t, learning_rate, adam_lr_ratio, adam_beta_1, adam_beta_2, epsilon, momentum,
                nesterov, convention):  # fmt: skip
        """Scalars of update t = 1, 2, …, for all rules."""
        rate = adam_lr_ratio * learning_rate
        adam = MatrixOptimizer.prepare_adam(t, rate, adam_beta_1, adam_beta_2, epsilon, convention)
        return {**adam, "ahead": 1 - momentum if nesterov else 0}

    @staticmethod
    def update(p, g, m, v, /, *, learning_rate, momentum, ahead, muon_a, muon_b, muon_c, ns_steps,
               ns_precision, units, units_beta, epsilon, rms_rate, rows, columns):  # fmt: skip
        """One stack of matrices."""
        m = m + (1 - momentum) * (g - m)
        o = orthogonalized(m + ahead * (g - m), muon_a, muon_b, muon_c, ns_steps, 1e-7, 0,
                           products=ns_precision)  # fmt: skip
        axis = -2 if units == "columns" else -1
        v = v + (1 - units_beta) * (np.mean(o * o, axis=axis, keepdims=True) - v)
        return p - learning_rate * sized(o / (np.sqrt(v) + epsilon), rms_rate, rows, columns), m, v


def sized(o, rms_rate, rows, columns):
    """The step with a root mean square of rms_rate; of a stack, each matrix."""
    size = np.sqrt(np.sum(o * o, axis=(-2, -1), keepdims=True))
    return rms_rate * np.sqrt(rows * columns) / np.maximum(size, 1e-30) * o
