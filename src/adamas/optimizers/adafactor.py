"""Adafactor: second moments of a matrix from those of its rows and columns."""

import numpy as np

from ..errors import ConfigurationError
from ..optimizer import REQUIRED, Convention, Hyperparameter, Optimizer, Rate, hyperparameter


class Adafactor(Optimizer):
    """Adafactor: for an n × m matrix it remembers n + m numbers.

    Shazeer and Stern, ICML 2018, https://arxiv.org/abs/1804.04235, Algorithms 4 and 5:

        β ← 1 − tᵟ                          δ is beta_2_decay
        r ← β r + (1 − β) mean of each row of (g² + ε₁)
        c ← β c + (1 − β) mean of each column of (g² + ε₁)
        v ← r c / mean(r)                   for vectors v ← β v + (1 − β)(g² + ε₁)
        u ← g / √v
        p ← p − max(ε₂, RMS(p)) ρ u / max(1, RMS(u) / d)     RMS(x) = √mean(x²)

    ρ is min(lr, 1/√t), or lr itself with ``relative_step=False``; d is clip_threshold. The last two
    axes of a tensor are a matrix. PyTorch has ε₁ as a lower bound of mean(r) and √v instead, and
    its default is float32's spacing; optax has ρ = lr and factors from 128 × 128 on.
    """

    learning_rate: Rate = 0.001
    beta_2_decay: Hyperparameter = hyperparameter(default=-0.8, below=0)
    epsilon_1: Hyperparameter = hyperparameter(default=1e-30, at_least=0)
    epsilon_2: Hyperparameter = hyperparameter(default=1e-3, at_least=0)
    clip_threshold: Hyperparameter = hyperparameter(default=1.0, above=0)
    relative_step: bool = True

    conventions = {
        "keras": Convention(data={"adds": True, "least": 1}),
        "torch": Convention(
            {"learning_rate": 0.01, "epsilon_1": 2.0**-23}, {"adds": False, "least": 1}
        ),
        "optax": Convention(
            {"learning_rate": REQUIRED, "relative_step": False},
            {"adds": True, "least": 128},
            decay="independent",
        ),
    }

    @staticmethod
    def prepare(t, learning_rate, beta_2_decay, epsilon_1, relative_step, adds):
        """Scalars of update t = 1, 2, …"""
        rho = np.minimum(learning_rate, 1 / np.sqrt(t)) if relative_step else learning_rate
        added, floor = (epsilon_1, 0.0) if adds else (0.0, epsilon_1)
        return {"beta": 1 - t**beta_2_decay, "rho": rho, "added": added, "floor": floor}

    @staticmethod
    def update(p, g, v, /, *, beta, rho, epsilon_2, clip_threshold, added, floor):
        """One vector."""
        v = beta * v + (1 - beta) * (g * g + added)
        return moved(p, g, v, rho, epsilon_2, clip_threshold, floor), v

    @staticmethod
    def update_matrix(p, g, r, c, /, *, beta, rho, epsilon_2, clip_threshold, added, floor):
        """One stack of matrices."""
        square = g * g + added
        r = beta * r + (1 - beta) * np.mean(square, axis=-1, keepdims=True)
        c = beta * c + (1 - beta) * np.mean(square, axis=-2, keepdims=True)
        v = r / np.maximum(np.mean(r, axis=-2, keepdims=True), floor) * c
        return moved(p, g, v, rho, epsilon_2, clip_threshold, floor), r, c

    def rule_for(self, name, shape):
        """Matrices are factored, unless the convention finds them too small."""
        least = self.find_convention().data["least"]
        if least > 1 and len(shape) > 2 and sorted(shape)[-2:] != sorted(shape[-2:]):
            raise ConfigurationError(
                "optax factors the two longest axes, adamas the last two, which must be these. "
                f"Got: {name!r} of shape {shape}. Use another convention, or move its axes."
            )
        factored = len(shape) > 1 and min(shape[-2:]) >= least
        return self.update_matrix if factored else self.update


def moved(p, g, v, rho, epsilon_2, clip_threshold, floor):
    """The parameter after its step."""
    u = g / np.sqrt(np.maximum(v, floor * floor))
    return p - np.maximum(epsilon_2, rms(p)) * rho * u / np.maximum(1, rms(u) / clip_threshold)


def rms(x):
    """Root of the mean square."""
    return np.sqrt(np.mean(x * x))
