"""Rules that draw random numbers, in one walk and between walks over rows and columns."""

import numpy as np

from adamas import Hyperparameter, Optimizer, Rate


class Noisy(Optimizer):
    """Element-wise, with numbers of both laws."""

    learning_rate: Rate = 0.1
    seed: int = 3

    drawn = {"z": "normal", "u": "uniform"}

    @staticmethod
    def update(p, g, m, /, *, learning_rate, z, u):
        m = 0.9 * m + z * g
        return p - learning_rate * (m * (0.1 + u) + 0.1 * z), m


class NoisyRows(Optimizer):
    """With a greatest of each row, and a norm."""

    learning_rate: Rate = 0.1
    spread: Hyperparameter = 0.5
    seed: int = 3

    drawn = {"z": "normal"}

    @staticmethod
    def update(p, g, r, /, *, learning_rate, spread, z):
        moved = g + spread * z
        r = np.maximum(0.9 * r, np.max(np.abs(moved), axis=-1, keepdims=True))
        return p - learning_rate * moved / (r + np.sqrt(np.sum(p * p))), r


class Drawn(Optimizer):
    """Shows the numbers themselves: what it adds to p in each update."""

    learning_rate: Rate = 1.0
    seed: int = 0

    drawn = {"u": "uniform"}

    @staticmethod
    def update(p, g, /, *, learning_rate, u):
        return p + learning_rate * u
