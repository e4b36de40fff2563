"""Gradient descent, with or without momentum."""

from ..optimizer import REQUIRED, Convention, Hyperparameter, Optimizer, Rate, hyperparameter


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
    lr is.
    """

    learning_rate: Rate = 0.01
    momentum: Hyperparameter = hyperparameter(default=0.0, at_least=0, at_most=1)
    nesterov: bool = False

    conventions = {
        "keras": Convention(data={"buffer": "move"}),
        "torch": Convention({"learning_rate": 0.001}, {"buffer": "direction"}, decay="coupled"),
        "optax": Convention({"learning_rate": REQUIRED}, {"buffer": "direction"}),
    }

    @staticmethod
    def prepare(learning_rate, buffer):
        """Scalars of each update."""
        return gains(learning_rate, buffer)

    @staticmethod
    def update(p, g, /, *, learning_rate):
        """One weight."""
        return p - learning_rate * g

    @staticmethod
    def update_momentum(p, g, b, /, *, momentum, inner, outer):
        """One weight with a memory of its steps."""
        b = momentum * b + inner * g
        return p + outer * b, b

    @staticmethod
    def update_nesterov(p, g, b, /, *, momentum, inner, outer):
        """One weight, with the gradient ahead of it."""
        b = momentum * b + inner * g
        return p + outer * (momentum * b + inner * g), b

    def rule(self):
        """The function of one weight that the arguments choose."""
        if self.is_always("momentum", 0):
            return self.update
        return self.update_nesterov if self.nesterov else self.update_momentum


def gains(learning_rate, buffer):
    """What is multiplied by lr: what goes into b, or what comes out; with which sign."""
    inner, outer = {
        "direction": (1, -learning_rate),
        "move": (-learning_rate, 1),
        "step": (learning_rate, -1),
    }[buffer]
    return {"inner": inner, "outer": outer}
