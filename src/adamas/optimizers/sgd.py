"""Gradient descent, with or without momentum."""

import numpy as np

from ..errors import ConfigurationError
from ..optimizer import Hyperparameter, Optimizer, Rate, hyperparameter
from .libraries import keras, optax, torch
from .placement import gains, refuse_large_momentum


class SGD(Optimizer):
    """SGD: stochastic gradient descent.

    Robbins and Monro, Ann. Math. Statist. 22 (1951), https://doi.org/10.1214/aoms/1177729586:

        p ← p − lr g

    With ``momentum`` μ > 0, Sutskever, Martens, Dahl and Hinton, ICML 2013,
    https://proceedings.mlr.press/v28/sutskever13.html, equations 1 to 4, with p where the gradient
    is taken:

        b ← μ b − lr g
        p ← p + b                           with nesterov p ← p + μ b − lr g

    In PyTorch and optax lr is outside of b: b ← μ b + g, p ← p − lr b. That is the same as long as
    lr is. In Keras μ ≤ 1.

    Args:
        dampening: PyTorch's: b takes (1 − dampening) g in place of every g but the first.
    """

    learning_rate: Rate = 0.01
    momentum: Hyperparameter = hyperparameter(default=0.0, at_least=0)
    nesterov: bool = False
    dampening: Hyperparameter = hyperparameter(default=0.0, kw_only=True)

    conventions = {
        "keras": keras({"b": "momentum"}, buffer="move"),
        "torch": torch(
            "lr momentum dampening weight_decay nesterov maximize",
            {"b": "momentum_buffer"},
            {"learning_rate": 0.001}, {"buffer": "direction"}, counted=False,
        ),
        "optax": optax("momentum nesterov", {"b": "trace"}, {}, {"buffer": "direction"}),
    }  # fmt: skip

    def __post_init__(self):
        super().__post_init__()
        refuse_large_momentum(self, "keras", 1)
        still = self.convention == "torch" and self.is_always("momentum", 0)
        if self.nesterov and (still or not self.is_always("dampening", 0)):
            raise ConfigurationError(
                "nesterov must have no dampening, and with PyTorch momentum above 0. "
                f"Got: dampening={self.dampening!r}, momentum={self.momentum!r}. Change these."
            )

    @staticmethod
    def prepare(t, learning_rate, dampening, buffer):
        """Scalars of update t = 1, 2, …"""
        return {**gains(learning_rate, buffer), "share": np.where(t == 1, 1, 1 - dampening)}

    @staticmethod
    def update(p, g, /, *, learning_rate):
        """One weight."""
        return p - learning_rate * g

    @staticmethod
    def update_momentum(p, g, b, /, *, momentum, inner, outer, share):
        """One weight with a memory of its steps."""
        b = momentum * b + share * inner * g
        return p + outer * b, b

    @staticmethod
    def update_nesterov(p, g, b, /, *, momentum, inner, outer, share):
        """One weight, with the gradient ahead of it."""
        b = momentum * b + share * inner * g
        return p + outer * (momentum * b + inner * g), b

    def rule(self):
        """The function of one weight that the arguments choose."""
        if self.is_always("momentum", 0):
            return self.update
        return self.update_nesterov if self.nesterov else self.update_momentum
