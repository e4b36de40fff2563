"""Nadam: Adam that looks ahead."""

import numpy as np

from ..optimizer import REQUIRED, Convention, Hyperparameter, Optimizer, Rate, hyperparameter
from .adam import moments


class Nadam(Optimizer):
    """Nadam: Adam with Nesterov's momentum.

    Dozat, ICLR workshop 2016, https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ, with the
    schedule of momentum of Sutskever et al., ICML 2013, in the form of Dozat's report:

        μₜ ← β₁ (1 − ½ 0.96^(ψ t))          momentum of update t; ψ = 1
        Πₜ ← Πₜ₋₁ μₜ                        mu_product, from 1
        m ← m + (1 − β₁)(g − m)             mean of the gradient
        v ← v + (1 − β₂)(g² − v)            mean of its square
        m̂ ← μₜ₊₁ m / (1 − Πₜ μₜ₊₁) + (1 − μₜ) g / (1 − Πₜ)
        p ← p − lr m̂ / (√(v / (1 − β₂ᵗ)) + ε)

    In PyTorch ψ is 0.004; optax has no schedule, μₜ = β₁.
    """

    learning_rate: Rate = 0.001
    beta_1: Hyperparameter = hyperparameter(default=0.9, at_least=0, below=1)
    beta_2: Hyperparameter = hyperparameter(default=0.999, at_least=0, below=1)
    epsilon: Hyperparameter = hyperparameter(default=1e-7, at_least=0)

    conventions = {
        "keras": Convention(data={"psi": 1}),
        "torch": Convention(
            {"learning_rate": 0.002, "epsilon": 1e-8}, {"psi": 0.004}, decay="coupled"
        ),
        "optax": Convention({"learning_rate": REQUIRED, "epsilon": 1e-8}, {"psi": None}),
    }

    remembered = {"mu_product": 1.0}

    @staticmethod
    def prepare(t, learning_rate, beta_1, beta_2, mu_product, psi):
        """Scalars of update t = 1, 2, …"""
        mu, mu_next = momentum(t, beta_1, psi), momentum(t + 1, beta_1, psi)
        mu_product = mu_product * mu
        return {
            "mu_product": mu_product,
            "of_m": learning_rate * mu_next / (1 - mu_product * mu_next),
            "of_g": learning_rate * (1 - mu) / (1 - mu_product),
            "v_scale": 1 / (1 - beta_2**t),
        }

    @staticmethod
    def update(p, g, m, v, /, *, beta_1, beta_2, epsilon, of_m, of_g, v_scale):
        """One weight."""
        m, v = moments(g, m, v, beta_1, beta_2)
        p = p - (of_m * m + of_g * g) / (np.sqrt(v_scale * v) + epsilon)
        return p, m, v


def momentum(t, beta_1, psi):
    """The momentum μₜ of update t; constant where psi is None."""
    return beta_1 if psi is None else beta_1 * (1 - 0.5 * 0.96 ** (psi * t))
