"""Sophia: a mean of gradients over a mean of curvatures, clipped."""

import numpy as np

from ..optimizer import Hyperparameter, Optimizer, Rate, hyperparameter
from .libraries import optax


class Sophia(Optimizer):
    """Sophia: second-order steps where the curvature is known to be high enough, else of one size.

    Liu, Li, Hall, Liang and Ma, ICLR 2024, https://arxiv.org/abs/2305.14342, Algorithm 3, with an
    estimate ĥ of the diagonal of the Hessian in every k-th call:

        m ← m + (1 − β₁)(g − m)
        h ← h + (1 − β₂)(ĥ − h)             in calls that are given ĥ
        p ← p − lr clip(m / max(γ h, ε), ρ)

    ``apply(grads, hessian=tree)`` gives ĥ, in every tenth call or so: Hutchinson's estimate
    (``adamas.torch.hessian_diagonal``, ``adamas.jax.hessian_diagonal``) for Sophia-H, or batch size
    × g² of labels drawn from the model for Sophia-G, whose γ is 0.05. Without any, h stays. optax
    corrects the bias of m and takes h as it was before the call; PyTorch and Keras do not have it.

    Args:
        gamma: how much of the curvature counts: so that a tenth to a half of the steps is not
            clipped.
        clip_threshold: ρ, the largest step before it is multiplied by the rate.
    """

    learning_rate: Rate = 1e-4
    beta_1: Hyperparameter = hyperparameter(default=0.965, at_least=0, below=1)
    beta_2: Hyperparameter = hyperparameter(default=0.99, at_least=0, below=1)
    gamma: Hyperparameter = hyperparameter(default=0.01, above=0)
    epsilon: Hyperparameter = hyperparameter(default=1e-12, above=0)
    clip_threshold: Hyperparameter = hyperparameter(default=1.0, above=0)

    inputs = {"hessian": "array"}

    conventions = {
        "optax": optax(
            "b1 b2 eps weight_decay gamma clip_threshold",
            {"m": "mu", "h": "nu"},
            {"epsilon": 1e-8, "weight_decay": 1e-4},
        ),
    }

    @staticmethod
    def prepare(t, beta_1, convention):
        """What the bias of m is divided by, where it is corrected."""
        return {"correction": 1 - beta_1**t if convention == "optax" else 1.0}

    @staticmethod
    def update(p, g, hessian, m, h, /, *, learning_rate, beta_1, beta_2, gamma, epsilon,
               clip_threshold, correction):  # fmt: skip
        """One weight, in a call that knows its curvature."""
        m = m + (1 - beta_1) * (g - m)
        h = h + (1 - beta_2) * (hessian - h)
        return p - learning_rate * clipped(m / correction, h, gamma, epsilon, clip_threshold), m, h

    @staticmethod
    def update_later(p, g, hessian, m, h, /, *, learning_rate, beta_1, beta_2, gamma, epsilon,
                     clip_threshold, correction):  # fmt: skip
        """One weight, whose curvature counts from the next call on."""
        m = m + (1 - beta_1) * (g - m)
        p = p - learning_rate * clipped(m / correction, h, gamma, epsilon, clip_threshold)
        return p, m, h + (1 - beta_2) * (hessian - h)

    @staticmethod
    def update_without(p, g, m, h, /, *, learning_rate, beta_1, gamma, epsilon, clip_threshold,
                       correction):  # fmt: skip
        """One weight, in a call that does not."""
        m = m + (1 - beta_1) * (g - m)
        return p - learning_rate * clipped(m / correction, h, gamma, epsilon, clip_threshold), m, h

    def rule(self):
        """The one of the convention."""
        return self.update_later if self.convention == "optax" else self.update


def clipped(m, h, gamma, epsilon, clip_threshold):
    """The mean over its curvature, at most so large."""
    return np.clip(m / np.maximum(gamma * h, epsilon), -clip_threshold, clip_threshold)
