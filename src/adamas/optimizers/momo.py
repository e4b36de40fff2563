"""MoMo: gradient descent with momentum, whose rate follows from the loss."""

import numpy as np

from ..language.totals import total
from ..optimizer import Convention, Hyperparameter, Optimizer, Rate, hyperparameter
from .libraries import optax
from .models import followed, modelled, over


class MoMo(Optimizer):
    """MoMo: steps to where a model of the loss, from all gradients so far, is the lowest.

    Schaipp, Ohana, Eickenberg, Defazio and Gower, ICML 2024, https://arxiv.org/abs/2305.07583,
    Algorithm 2, with sums over all tensors; the means begin with the first loss and gradient:

        f̄ ← β f̄ + (1 − β) loss              mean of the losses
        γ ← β γ + (1 − β) ⟨g, p⟩            and of what they take off
        m ← β m + (1 − β) g                 and of the gradients
        τ ← min(lr, max(f̄ − γ + ⟨m, p⟩ / s − f_*, 0) / (‖m‖² / s))
        p ← (p − τ m) / s                   s = 1 + lr · weight_decay

    f_* is ``lower_bound``, or an estimate above it (section 4, ``adapt_lower_bound``). Each call
    must be given the loss: ``apply(grads, loss=loss)``. Where some tensors do not decay, s is that
    of each. As in optax, whose p is p / s − τ m; PyTorch and Keras do not have it.

    Args:
        learning_rate: the largest rate; give a large one.
        momentum: β, how much of the means each update keeps.
        lower_bound: f_*, the least loss there is.
        adapt_lower_bound: estimate f_* from the losses, where only a bound of it is known.
    """

    learning_rate: Rate = 1.0
    momentum: Hyperparameter = hyperparameter(default=0.9, at_least=0, below=1)
    lower_bound: Hyperparameter = 0.0
    adapt_lower_bound: bool = False

    inputs = {"loss": "number"}
    remembered = {"loss_mean": 0.0, "along": 0.0, "bound": 0.0}

    conventions = {
        "keras": Convention(decay="rule"),
        "optax": optax(
            "beta lower_bound weight_decay adapt_lower_bound",
            {"m": "exp_avg", "loss_mean": "barf", "along": "gamma", "bound": "lb"},
            {"learning_rate": 1.0, "weight_decay": 0.0},
            decay="rule", name="contrib.momo", called={"beta": "momentum"},
        ),
    }  # fmt: skip

    @staticmethod
    def prepare(
        t, learning_rate, momentum, lower_bound, adapt_lower_bound, loss, loss_mean, bound,
        inner_decay, convention,
    ):  # fmt: skip
        """Scalars of update t = 1, 2, …"""
        keep = np.where(t == 1, 0, momentum)
        known = (t, keep, loss, loss_mean, bound, lower_bound, adapt_lower_bound)
        numbers = {"learning_rate": learning_rate, "inner_decay": inner_decay}
        return {"keep": keep, **followed(*known, **numbers, convention=convention)}

    @staticmethod
    def update(p, g, m, /, *, keep, learning_rate, loss_mean, along, bound, least, shrinks,
               shrinks_move):  # fmt: skip
        """One weight."""
        m = m + (1 - keep) * (g - m)
        along = keep * along + (1 - keep) * total(g * p)
        above = loss_mean - along
        far, bound = modelled(p, m, m, above, learning_rate, 1.0, bound, least, shrinks)
        fed = {"along": along, "bound": bound}
        return over(p, shrinks) - over(far * m, shrinks_move), m, fed
