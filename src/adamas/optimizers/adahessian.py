"""AdaHessian: Adam with the curvature in place of the size of gradients."""

import numpy as np

from ..optimizer import Hyperparameter, Optimizer, Rate, hyperparameter


class AdaHessian(Optimizer):
    """AdaHessian: adaptive steps by an estimate D of the diagonal of the Hessian.

    Yao, Gholami, Shen, Mustafa, Keutzer and Mahoney, AAAI 2021, https://arxiv.org/abs/2006.00719,
    Algorithm 1 and equations 10 to 12, whose Hessian power is k:

        m ← m + (1 − β₁)(g − m)
        v ← v + (1 − β₂)(D² − v)
        p ← p − lr m̂ / (v̂^(k/2) + ε)        m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ)

    Each call must be given D: ``apply(grads, hessian=tree)``, by Hutchinson's estimate
    (``adamas.torch.hessian_diagonal``, ``adamas.jax.hessian_diagonal``). The paper's mean over
    blocks of weights is a matter of that tree: for a kernel of a convolution in PyTorch,
    ``d.abs().mean((-2, -1), keepdim=True).expand_as(d)``.

    Args:
        hessian_power: k, between gradient descent with momentum, 0, and steps of Newton's kind, 1.
    """

    learning_rate: Rate = 0.15
    beta_1: Hyperparameter = hyperparameter(default=0.9, at_least=0, below=1)
    beta_2: Hyperparameter = hyperparameter(default=0.999, at_least=0, below=1)
    epsilon: Hyperparameter = hyperparameter(default=1e-4, at_least=0)
    hessian_power: Hyperparameter = hyperparameter(default=1.0, at_least=0, at_most=1)

    inputs = {"hessian": "array"}

    @staticmethod
    def prepare(t, beta_1, beta_2):
        """What the biases of m and v are divided by."""
        return {"correction_1": 1 - beta_1**t, "correction_2": 1 - beta_2**t}

    @staticmethod
    def update(p, g, hessian, m, v, /, *, learning_rate, beta_1, beta_2, epsilon, correction_1,
               correction_2):  # fmt: skip
        """One weight, of power 1."""
        m = m + (1 - beta_1) * (g - m)
        v = v + (1 - beta_2) * (hessian * hessian - v)
        scale = np.sqrt(v / correction_2) + epsilon
        return p - learning_rate * (m / correction_1) / scale, m, v

    @staticmethod
    def update_power(p, g, hessian, m, v, /, *, learning_rate, beta_1, beta_2, epsilon,
                     hessian_power, correction_1, correction_2):  # fmt: skip
        """One weight, of any power."""
        m = m + (1 - beta_1) * (g - m)
        v = v + (1 - beta_2) * (hessian * hessian - v)
        scale = (v / correction_2) ** (hessian_power / 2) + epsilon
        return p - learning_rate * (m / correction_1) / scale, m, v

    def rule(self):
        """The one of the power."""
        return self.update if self.is_always("hessian_power", 1) else self.update_power
