"""LARS: momentum with a rate for each tensor."""

import re
from collections.abc import Sequence

import numpy as np

from ..optimizer import Convention, Hyperparameter, Optimizer, Rate, hyperparameter
from ..registry import check_pattern
from .libraries import optax
from .norms import norm


class LARS(Optimizer):
    """LARS: layerwise adaptive rates.

    You, Gitman and Ginsburg, 2017, https://arxiv.org/abs/1708.03888, Algorithm 1; η is
    ``trust_coefficient`` and μ ``momentum``:

        r ← η ‖p‖ / (‖g‖ + ε)               norms of the whole tensor; 1 where one of them is 0
        b ← μ b − lr r g                    g with weight decay, which is L2 regularization
        p ← p + b                           with nesterov p ← p + μ b − lr r g

    Vectors and what is excluded have r = 1: those are biases and scales, as in the authors' runs.
    In optax vectors have an r as well.

    Args:
        trust_coefficient: η, how large a step is beside the weights.
        exclude_layers: patterns (regular expressions); tensors in whose name one of them is found
            have r = 1.
        vectors: whether tensors of fewer than two axes have an r.
    """

    learning_rate: Rate = 1.0
    momentum: Hyperparameter = hyperparameter(default=0.9, at_least=0)
    trust_coefficient: Hyperparameter = hyperparameter(default=0.001, at_least=0)
    epsilon: Hyperparameter = hyperparameter(default=0.0, at_least=0)
    nesterov: bool = False
    exclude_layers: Sequence[str] = hyperparameter(default=(), kw_only=True)
    vectors: bool = hyperparameter(default=False, kw_only=True)

    conventions = {
        "keras": Convention(decay="coupled"),
        "optax": optax(
            "weight_decay trust_coefficient eps momentum nesterov", {"b": "trace"},
            {"vectors": True, "weight_decay": 0.0}, decay="coupled",
        ),
    }  # fmt: skip

    def __post_init__(self):
        super().__post_init__()
        for pattern in self.exclude_layers:
            check_pattern("exclude_layers", pattern)

    @staticmethod
    def prepare(learning_rate, momentum, nesterov):
        """Scalars of each update."""
        of_g, of_b = (learning_rate, momentum) if nesterov else (0, 1)
        return {"of_g": of_g, "of_b": of_b}

    @staticmethod
    def update(p, g, b, /, *, learning_rate, momentum, trust_coefficient, epsilon, of_g, of_b):
        """One tensor, in proportion to its weights."""
        weights, gradient = norm(p), norm(g)
        known = (weights > 0) & (gradient > 0)
        g = g * np.where(known, trust_coefficient * weights / (gradient + epsilon), 1)
        b = momentum * b - learning_rate * g
        return p + (of_b * b - of_g * g), b

    @staticmethod
    def update_plain(p, g, b, /, *, learning_rate, momentum, of_g, of_b):
        """One weight of what has no rate of its own."""
        b = momentum * b - learning_rate * g
        return p + (of_b * b - of_g * g), b

    def rule_for(self, name, shape):
        """By the shape, and the name."""
        excluded = any(re.search(pattern, name) for pattern in self.exclude_layers)
        adapts = (self.vectors or len(shape) > 1) and not excluded
        return self.update if adapts else self.update_plain

    def rules(self):
        """That of what has a rate of its own and that of others."""
        return self.update, self.update_plain
