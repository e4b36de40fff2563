"""Adagrad: the sum of all squared gradients sets each weight's rate."""

import numpy as np

from ..optimizer import REQUIRED, Convention, Hyperparameter, Optimizer, Rate, hyperparameter


class Adagrad(Optimizer):
    """Adagrad: adaptive subgradient method.

    Duchi, Hazan and Singer, JMLR 12 (2011), https://jmlr.org/papers/v12/duchi11a.html, Figure 1
    with diagonal matrices:

        a ← a + g²                          from initial_accumulator_value
        p ← p − lr g / √(a + ε)

    In PyTorch ε is outside the root, √a + ε. In optax weights with a = 0 stay where they are,
    whatever ε is.
    """

    learning_rate: Rate = 0.001
    initial_accumulator_value: float = hyperparameter(default=0.1, at_least=0)
    epsilon: Hyperparameter = hyperparameter(default=1e-7, at_least=0)

    conventions = {
        "keras": Convention(data={"joins": "square", "stays": False}),
        "torch": Convention(
            {"learning_rate": 0.01, "initial_accumulator_value": 0.0, "epsilon": 1e-10},
            {"joins": "root", "stays": False},
            decay="coupled",
        ),
        "optax": Convention({"learning_rate": REQUIRED}, {"joins": "square", "stays": True}),
    }

    @staticmethod
    def initial(p, /, *, initial_accumulator_value):
        """The sum begins above 0, so that first steps are not too long."""
        return {"a": initial_accumulator_value}

    @staticmethod
    def prepare(epsilon, joins, stays):
        """Scalars of each update."""
        return {**sides(epsilon, joins), "still": 0 if stays else -1}

    @staticmethod
    def update(p, g, a, /, *, learning_rate, inside, outside, still):
        """One weight."""
        a = a + g * g
        p = p - learning_rate * np.where(a <= still, 0, g / root(a, inside, outside))
        return p, a


def sides(epsilon, joins):
    """Where ε joins: the square inside the root, or the root itself."""
    inside, outside = (epsilon, 0) if joins == "square" else (0, epsilon)
    return {"inside": inside, "outside": outside}


def root(square, inside, outside):
    """√(square + ε) or √square + ε: one of the two is 0."""
    return np.sqrt(square + inside) + outside
