"""Adafactor: second moments of a matrix from those of its rows and columns."""

import numpy as np

from ..errors import ConfigurationError
from ..optimizer import REQUIRED, Convention, Hyperparameter, Optimizer, Rate, hyperparameter
from .norms import rms


class Adafactor(Optimizer):
    """Adafactor: for an n × m matrix it remembers n + m numbers.

    Shazeer and Stern, ICML 2018, https://arxiv.org/abs/1804.04235, Algorithms 4 and 5; the last two
    axes of a tensor are a matrix, δ is beta_2_decay, d is clip_threshold, RMS(x) = √mean(x²):

        β ← 1 − tᵟ
        r ← β r + (1 − β) mean of each row of (g² + ε₁)
        c ← β c + (1 − β) mean of each column of (g² + ε₁)
        v ← r c / mean(r)                   for vectors v ← β v + (1 − β)(g² + ε₁)
        u ← g / √v
        p ← p − max(ε₂, RMS(p)) ρ u / max(1, RMS(u) / d)      ρ = min(lr, 1/√t), or lr itself
                                                              with ``relative_step=False``
    In PyTorch ε₁ is a lower bound of mean(r) and √v instead, by default float32's spacing. optax
    has ρ = lr, factors from 128 × 128 on, and decays by weight_decay alone, whatever the rate.
    """

    learning_rate: Rate = 0.001
    beta_2_decay: Hyperparameter = hyperparameter(default=-0.8, below=0)
    epsilon_1: Hyperparameter = hyperparameter(default=1e-30, at_least=0)
    epsilon_2: Hyperparameter = hyperparameter(default=1e-3, at_least=0)
    clip_threshold: Hyperparameter = hyperparameter(default=1.0, above=0)
    relative_step: bool = True

    conventions = {
        "torch": Convention({"learning_rate": 0.01, "epsilon_1": 2.0**-23}, decay="rule"),
        "optax": Convention({"learning_rate": REQUIRED, "relative_step": False}, decay="rule"),
    }

    @staticmethod
    def prepare(t, learning_rate, beta_2_decay, epsilon_1, relative_step, inner_decay, convention):
        """Scalars of update t = 1, 2, …"""
        rho = np.minimum(learning_rate, 1 / np.sqrt(t)) if relative_step else learning_rate
        added, floor = (0, epsilon_1) if convention == "torch" else (epsilon_1, 0)
        shrink = 0 if inner_decay is None else inner_decay
        shrink = shrink * learning_rate if convention == "torch" else shrink
        beta = 1 - t**beta_2_decay
        return {"beta": beta, "rho": rho, "added": added, "floor": floor, "shrink": shrink}

    @staticmethod
    def update(p, g, v, /, *, beta, added, rho, epsilon_2, clip_threshold, floor, shrink):
        """One vector."""
        v = beta * v + (1 - beta) * (g * g + added)
        return moved(p, g, np.sqrt(v), rho, epsilon_2, clip_threshold, floor, shrink), v

    @staticmethod
    def update_matrix(p, g, r, c, /, *, beta, added, rho, epsilon_2, clip_threshold, floor, shrink):
        """One stack of matrices."""
        square = g * g + added
        r = beta * r + (1 - beta) * np.mean(square, axis=-1, keepdims=True)
        c = beta * c + (1 - beta) * np.mean(square, axis=-2, keepdims=True)
        root = np.sqrt(r / np.maximum(np.mean(r, axis=-2, keepdims=True), floor)) * np.sqrt(c)
        return moved(p, g, root, rho, epsilon_2, clip_threshold, floor, shrink), r, c

    def rule_for(self, name, shape):
        """Matrices are factored; in optax only large ones, by their two longest axes."""
        if self.convention != "optax":
            return self.update_matrix if len(shape) > 1 else self.update
        if len(shape) > 2 and sorted(shape)[-2:] != sorted(shape[-2:]):
            raise ConfigurationError(
                "optax factors the two longest axes, which must be the last two here. "
                f"Got: {name!r} of shape {shape}. Use another convention, or move its axes."
            )
        return self.update_matrix if len(shape) > 1 and min(shape[-2:]) >= 128 else self.update


def moved(p, g, root, rho, epsilon_2, clip_threshold, floor, shrink):
    """The parameter after its step; the root of v, as v itself can be too small for float32."""
    u = g / np.maximum(root, floor)
    step = np.maximum(epsilon_2, rms(p)) * rho / np.maximum(1, rms(u) / clip_threshold)
    return p - shrink * p - step * u
