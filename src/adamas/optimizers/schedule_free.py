"""Schedule-free AdamW: averaging in place of a falling rate."""

import numpy as np

from ..around import schedule_free
from ..optimizer import Hyperparameter, Optimizer, Rate, hyperparameter
from ..step import weight_equally
from .libraries import keras
from .moments import quotient


class ScheduleFreeAdamW(Optimizer):
    """Schedule-free AdamW: it trains at p, between its fast weights z and their average x.

    Defazio, Yang, Mehta et al., NeurIPS 2024, https://arxiv.org/abs/2405.15682, Algorithm 1, with
    equal weights in the average (p is the paper's y):

        v ← v + (1 − β₂)(g² − v)                    mean of the square of the gradient
        z ← z − lr g / (√(v / (1 − β₂ᵗ)) + ε)       lr grows to its value in warmup_steps
        x ← (1 − 1/t) x + z / t
        p ← (1 − β₁) z + β₁ x

    The first two are its rule, the others what `schedule_free` does around any rule.
    Evaluate with x: ``with optimizer.averaged(): ...``, or finalize_variable_values() at the end.

    Args:
        beta_1: how near the average x gradients are taken: at z with 0, at x with 1.
        warmup_steps: updates in which lr grows linearly to its value; 0 for none.
    """

    learning_rate: Rate = 0.0025
    beta_1: Hyperparameter = hyperparameter(default=0.9, above=0, below=1)
    beta_2: Hyperparameter = hyperparameter(default=0.999, at_least=0, below=1)
    epsilon: Hyperparameter = hyperparameter(default=1e-8, at_least=0)
    warmup_steps: Hyperparameter = hyperparameter(default=0, at_least=0)

    conventions = {"keras": keras({"z": "momentum", "v": "velocity"})}
    paths = (
        schedule_free("beta_1", "z", weigh=weight_equally, remembered={}, decays="p"),
    )  # fmt: skip

    @staticmethod
    def prepare(t, learning_rate, beta_2, warmup_steps):
        """Scalars of update t = 1, 2, …"""
        warmed = np.minimum(t / np.maximum(warmup_steps, 1), 1)
        return {"alpha": learning_rate * warmed, "v_scale": 1 / (1 - beta_2**t)}

    @staticmethod
    def update(p, g, v, /, *, alpha, beta_2, epsilon, v_scale, turned):
        """One weight; here p is the paper's z."""
        v = v + (1 - beta_2) * (g * g - v)
        return p - quotient(alpha * g, v_scale * v, epsilon, rate=alpha, turned=turned), v
