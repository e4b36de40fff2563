"""PolyakSGD: gradient descent whose rate follows from the loss."""

import numpy as np

from ..language.totals import total
from ..optimizer import Convention, Hyperparameter, Optimizer, Rate, hyperparameter


class PolyakSGD(Optimizer):
    """PolyakSGD: the step at whose end a convex loss would be the lowest.

    Polyak, Introduction to Optimization, 1987; Loizou, Vaswani, Laradji and Lacoste-Julien, AISTATS
    2021, https://arxiv.org/abs/2002.10542, equation 3, for losses of batches:

        γ ← min((f − f_min) / (‖g‖² + ε), γ_max)       ‖g‖ of all tensors together
        p ← p − lr γ g

    Each call must be given the loss f: ``apply(grads, loss=loss)``. Nothing moves where g is 0.
    optax calls lr ``scaling``, f ``value``, and takes the norm of lr g; PyTorch and Keras do not
    have it.

    Args:
        learning_rate: what every step is multiplied by.
        max_learning_rate: the largest rate γ, before that.
        f_min: the lowest loss there is.
        epsilon: what is added to the square of the norm.
        positive: take a loss below ``f_min`` for ``f_min``, instead of going up.
    """

    learning_rate: Rate = 1.0
    max_learning_rate: Hyperparameter = hyperparameter(default=1.0, above=0)
    f_min: Hyperparameter = 0.0
    epsilon: Hyperparameter = hyperparameter(default=0.0, at_least=0)
    positive: bool = False

    inputs = {"loss": "number"}

    conventions = {
        "optax": Convention(
            arguments={
                "max_learning_rate": "max_learning_rate",
                "scaling": "learning_rate",
                "f_min": "f_min",
                "eps": "epsilon",
            },
            elsewhere={"variant": "variant='sps+' is positive=True."},
        ),
    }

    @staticmethod
    def prepare(t, learning_rate, loss, f_min, positive, convention):
        """How far the loss is above the lowest, and what the norm is of."""
        gap = np.maximum(loss - f_min, 0.0) if positive else loss - f_min
        return {"gap": gap, "factor": learning_rate**2 if convention == "optax" else 1.0}

    @staticmethod
    def update(p, g, /, *, learning_rate, max_learning_rate, epsilon, gap, factor):
        """One weight."""
        square = factor * total(g * g) + epsilon
        rate = np.where(square > 0, np.minimum(gap / square, max_learning_rate), 0.0)
        return p - learning_rate * rate * g
