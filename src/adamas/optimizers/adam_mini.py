"""Adam-mini: Adam with one second moment for each unit."""

from typing import Literal

import numpy as np

from ..optimizer import Hyperparameter, Optimizer, Rate, hyperparameter


class AdamMini(Optimizer):
    """Adam-mini: one rate for each block of weights.

    Zhang, Chen, Li et al., ICLR 2025, https://arxiv.org/abs/2406.16793, Algorithm 1, with a block
    for each unit of a matrix, and for each other tensor:

        m ← m + (1 − β₁)(g − m)             mean of the gradient
        v ← v + (1 − β₂)(mean(g²) − v)      of the block: one number
        p ← p − lr m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε)

    So v takes next to no memory. A block for each head is what the weights [heads, in, out] are
    with ``units="tensor"`` and a parameter for each; no library here has it.

    Args:
        units: what has a v of its own in a tensor of two or more axes: "columns", the units of
            weights [in, out] as in Keras and JAX, "rows", those of PyTorch's [out, in], or
            "tensor".
    """

    learning_rate: Rate = 0.001
    beta_1: Hyperparameter = hyperparameter(default=0.9, at_least=0, below=1)
    beta_2: Hyperparameter = hyperparameter(default=0.999, at_least=0, below=1)
    epsilon: Hyperparameter = hyperparameter(default=1e-8, at_least=0)
    units: Literal["columns", "rows", "tensor"] = hyperparameter(default="columns", kw_only=True)

    @staticmethod
    def prepare(t, learning_rate, beta_1, beta_2):
        """Scalars of update t = 1, 2, …"""
        return {"alpha": learning_rate / (1 - beta_1**t), "v_scale": 1 / (1 - beta_2**t)}

    @staticmethod
    def update(p, g, m, v, /, *, alpha, beta_1, beta_2, epsilon, v_scale):
        """One tensor."""
        return step(p, g, m, v, np.mean(g * g), alpha, beta_1, beta_2, epsilon, v_scale)

    @staticmethod
    def update_columns(p, g, m, v, /, *, alpha, beta_1, beta_2, epsilon, v_scale):
        """The columns of one matrix."""
        square = np.mean(g * g, axis=-2, keepdims=True)
        return step(p, g, m, v, square, alpha, beta_1, beta_2, epsilon, v_scale)

    @staticmethod
    def update_rows(p, g, m, v, /, *, alpha, beta_1, beta_2, epsilon, v_scale):
        """The rows of one matrix."""
        square = np.mean(g * g, axis=-1, keepdims=True)
        return step(p, g, m, v, square, alpha, beta_1, beta_2, epsilon, v_scale)

    def rule_for(self, name, shape):
        """By units where there are some."""
        return self.rule() if len(shape) > 1 else self.update

    def rules(self):
        """That of matrices and that of others."""
        return self.rule(), self.update

    def rule(self):
        """The function of a matrix that the arguments choose."""
        own = {"columns": self.update_columns, "rows": self.update_rows, "tensor": self.update}
        return own[self.units]


def step(p, g, m, v, square, alpha, beta_1, beta_2, epsilon, v_scale):
    """Adam's, with the mean square of a block."""
    m = m + (1 - beta_1) * (g - m)
    v = v + (1 - beta_2) * (square - v)
    return p - alpha * m / (np.sqrt(v_scale * v) + epsilon), m, v
