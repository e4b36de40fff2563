"""Rprop: steps by signs, that grow and shrink weight by weight."""

import numpy as np

from ..optimizer import Hyperparameter, Optimizer, Rate, hyperparameter
from .libraries import optax, torch


class Rprop(Optimizer):
    """Rprop: resilient backpropagation, for gradients of all the data.

    Riedmiller and Braun, ICNN 1993, https://doi.org/10.1109/ICNN.1993.298623, in the form of Igel
    and Hüsken, 2000 (iRprop−), with a size s for each weight, which begins as lr:

        s ← min(max(s η, smallest), largest)        η = η₊ where g has the sign it had, η₋ where it
                                                    turned, 1 where one of both is 0
        g ← 0                                       where it turned; so it is remembered
        p ← p − s sign(g)
        last ← g

    In optax a weight takes each step one update later, if g does not turn then, and s is bounded
    only where it changes. Keras does not have the optimizer.

    Args:
        learning_rate: the first size of every step; it changes nothing later.
        eta_minus, eta_plus: what the size of a step is multiplied by.
        smallest, largest: what the size of a step is at least and at most.
    """

    learning_rate: Rate = 0.01
    eta_minus: Hyperparameter = hyperparameter(default=0.5, above=0, below=1)
    eta_plus: Hyperparameter = hyperparameter(default=1.2, above=1)
    smallest: Hyperparameter = hyperparameter(default=1e-6, at_least=0)
    largest: Hyperparameter = hyperparameter(default=50.0, at_least=0)

    conventions = {
        "torch": torch(
            "lr etas step_sizes maximize", {"last": "prev", "s": "step_size"}, {},
            called={"etas": ("eta_minus", "eta_plus"), "step_sizes": ("smallest", "largest")},
        ),
        "optax": optax(
            "eta_minus eta_plus min_step_size max_step_size",
            {"last": "prev_updates", "s": "step_sizes"}, {},
            called={"min_step_size": "smallest", "max_step_size": "largest"},
        ),
    }  # fmt: skip

    @staticmethod
    def initial(p, /, *, learning_rate):
        """The slot that does not begin as 0."""
        return {"s": learning_rate}

    @staticmethod
    def update(p, g, last, s, /, *, eta_minus, eta_plus, smallest, largest):
        """One weight."""
        same = np.sign(g * last)
        s = np.clip(s * factor(same, eta_minus, eta_plus), smallest, largest)
        g = np.where(same < 0, 0, g)
        return p - s * np.sign(g), g, s

    @staticmethod
    def update_moves(p, g, last, s, /, *, eta_minus, eta_plus, smallest, largest):
        """One weight that takes its step in the next update, unless g turns."""
        same = np.sign(g * last)
        changed = np.clip(s * factor(same, eta_minus, eta_plus), smallest, largest)
        s = np.where(same == 0, s, changed)
        move = np.where(same < 0, 0, s * np.sign(g))
        return p - np.where(same < 0, 0, last), move, s

    def rule(self):
        """The function of one weight that the convention chooses."""
        return self.update_moves if self.convention == "optax" else self.update


def factor(same, eta_minus, eta_plus):
    """What a step grows by."""
    return np.where(same > 0, eta_plus, np.where(same < 0, eta_minus, 1))
