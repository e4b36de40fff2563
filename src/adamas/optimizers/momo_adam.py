"""MoMoAdam: Adam whose rate follows from the loss."""

import numpy as np

from ..language.totals import total
from ..optimizer import Convention, Hyperparameter, Optimizer, Rate, hyperparameter
from .libraries import optax
from .models import followed, modelled, over
from .moments import moments


class MoMoAdam(Optimizer):
    """MoMo-Adam: `MoMo` along the steps of Adam.

    Schaipp, Ohana, Eickenberg, Defazio and Gower, ICML 2024, https://arxiv.org/abs/2305.07583,
    Algorithm 3, with sums over all tensors:

        f̄ ← β₁ f̄ + (1 − β₁) loss            mean of the losses
        γ ← β₁ γ + (1 − β₁) ⟨g, p⟩          and of what they take off
        m ← β₁ m + (1 − β₁) g               and of the gradients
        v ← β₂ v + (1 − β₂) g²              and of their squares
        u ← m / (√(v / (1 − β₂ᵗ)) + ε)
        c ← 1 − β₁ᵗ
        τ ← min(lr / c, max(f̄ − γ + ⟨m, p⟩ / s − c f_*, 0) / (⟨m, u⟩ / s))
        p ← (p − τ u) / s                   s = 1 + lr · weight_decay

    All else is as in `MoMo`.

    Args:
        learning_rate: the largest rate; give a large one.
        lower_bound: f_*, the least loss there is.
        adapt_lower_bound: estimate f_* from the losses, where only a bound of it is known.
    """

    learning_rate: Rate = 0.01
    beta_1: Hyperparameter = hyperparameter(default=0.9, at_least=0, below=1)
    beta_2: Hyperparameter = hyperparameter(default=0.999, at_least=0, below=1)
    epsilon: Hyperparameter = hyperparameter(default=1e-8, at_least=0)
    lower_bound: Hyperparameter = 0.0
    adapt_lower_bound: bool = False

    inputs = {"loss": "number"}
    remembered = {"loss_mean": 0.0, "along": 0.0, "bound": 0.0}

    conventions = {
        "keras": Convention(decay="rule"),
        "optax": optax(
            "b1 b2 eps lower_bound weight_decay adapt_lower_bound",
            {"m": "exp_avg", "v": "exp_avg_sq", "loss_mean": "barf", "along": "gamma",
             "bound": "lb"},
            {"learning_rate": 0.01, "weight_decay": 0.0}, decay="rule", name="contrib.momo_adam",
        ),
    }  # fmt: skip

    @staticmethod
    def prepare(
        t, learning_rate, beta_1, beta_2, lower_bound, adapt_lower_bound, loss, loss_mean, bound,
        inner_decay, convention,
    ):  # fmt: skip
        """Scalars of update t = 1, 2, …"""
        known = (t, beta_1, loss, loss_mean, bound, lower_bound, adapt_lower_bound)
        numbers = {"learning_rate": learning_rate, "inner_decay": inner_decay}
        corrections = {"weight": 1 - beta_1**t, "v_scale": 1 / (1 - beta_2**t)}
        return {**corrections, **followed(*known, **numbers, convention=convention)}

    @staticmethod
    def update(p, g, m, v, /, *, learning_rate, beta_1, beta_2, epsilon, weight, v_scale, loss_mean,
               along, bound, least, shrinks, shrinks_move):  # fmt: skip
        """One weight."""
        m, v = moments(g, m, v, beta_1, beta_2)
        u = m / (np.sqrt(v_scale * v) + epsilon)
        along = beta_1 * along + (1 - beta_1) * total(g * p)
        above = loss_mean - along
        far, bound = modelled(p, m, u, above, learning_rate, weight, bound, least, shrinks)
        fed = {"along": along, "bound": bound}
        return over(p, shrinks) - over(far * u, shrinks_move), m, v, fed
