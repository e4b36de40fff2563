"""SM3: second moments of a tensor from the greatest of its rows and columns."""

import numpy as np

from ..optimizer import Hyperparameter, Optimizer, Rate, hyperparameter
from .libraries import optax


class SM3(Optimizer):
    """SM3: Adagrad that remembers n + m numbers for an n × m matrix.

    Anil, Gupta, Koren and Singer, NeurIPS 2019, https://arxiv.org/abs/1901.11150, Algorithm SM3-II,
    whose sets are the rows, the columns and the matrices of a stack:

        v ← min(s, r, c) + g²               at least the sum of all squares of g
        r ← greatest v of each row          c of each column, s of each matrix
        m ← μ m + (1 − μ) g / √(v + ε)      0 where v = 0
        p ← p − lr m

    A vector has v itself; without momentum there is no m. In optax ε is 10⁻⁸, and a tensor of four
    or more axes has a set for each of them; here all but the last two are one axis, that of the
    stack. PyTorch and Keras do not have the optimizer.
    """

    learning_rate: Rate = 0.1
    momentum: Hyperparameter = hyperparameter(default=0.9, at_least=0, below=1)
    epsilon: Hyperparameter = hyperparameter(default=0.0, at_least=0)

    conventions = {
        "optax": optax("momentum", {"m": "nu"}, {"epsilon": 1e-8}),
    }

    @staticmethod
    def update(p, g, v, /, *, learning_rate, epsilon):
        """One vector."""
        v = v + g * g
        return p - learning_rate * scaled(g, v, epsilon), v

    @staticmethod
    def update_momentum(p, g, v, m, /, *, learning_rate, momentum, epsilon):
        """One vector, with a memory of its steps."""
        v = v + g * g
        m = momentum * m + (1 - momentum) * scaled(g, v, epsilon)
        return p - learning_rate * m, v, m

    @staticmethod
    def update_matrix(p, g, s, r, c, /, *, learning_rate, epsilon):
        """One stack of matrices."""
        v = np.minimum(s, np.minimum(r, c)) + g * g
        return p - learning_rate * scaled(g, v, epsilon), *greatest(v)

    @staticmethod
    def update_matrix_momentum(p, g, s, r, c, m, /, *, learning_rate, momentum, epsilon):
        """One stack of matrices, with a memory of its steps."""
        v = np.minimum(s, np.minimum(r, c)) + g * g
        m = momentum * m + (1 - momentum) * scaled(g, v, epsilon)
        return p - learning_rate * m, *greatest(v), m

    def rules(self):
        """That of vectors and that of matrices."""
        if self.is_always("momentum", 0):
            return self.update, self.update_matrix
        return self.update_momentum, self.update_matrix_momentum

    def rule_for(self, name, shape):
        """The one for this shape."""
        return self.rules()[len(shape) > 1]


def scaled(g, v, epsilon):
    """The gradient over its root mean, or rather sum, of squares."""
    return np.where(v > 0, g / np.sqrt(v + epsilon), 0)


def greatest(v):
    """The greatest of each matrix, of each row and of each column of a stack."""
    rows = np.max(v, axis=2, keepdims=True)
    r, s = np.max(rows, axis=0, keepdims=True), np.max(rows, axis=1, keepdims=True)
    return s, r, np.max(v, axis=(0, 1), keepdims=True)
