"""Nadam: Adam that looks ahead."""

from ..optimizer import Hyperparameter, Optimizer, Rate, hyperparameter
from .libraries import KERAS_MOMENTS, OPTAX_MOMENTS, TORCH_MOMENTS, keras, optax, torch
from .moments import moments, quotient


class Nadam(Optimizer):
    """Nadam: Adam with Nesterov's momentum.

    Dozat, ICLR workshop 2016, https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ, with the
    schedule of momentum of Sutskever et al., ICML 2013, in the form of Dozat's report:

        μₜ ← β₁ (1 − ½ 0.96^(ψ t))          momentum of update t; ψ is momentum_decay
        Πₜ ← Πₜ₋₁ μₜ                        mu_product, from 1
        m ← m + (1 − β₁)(g − m)             mean of the gradient
        v ← v + (1 − β₂)(g² − v)            mean of its square
        m̂ ← μₜ₊₁ m / (1 − Πₜ μₜ₊₁) + (1 − μₜ) g / (1 − Πₜ)
        p ← p − lr m̂ / (√(v / (1 − β₂ᵗ)) + ε)

    PyTorch's default of ψ is 0.004; with None, as in optax, there is no schedule: μₜ = β₁.
    ``epsilon_root``, optax's eps_root, is added to v / (1 − β₂ᵗ) inside the root.

    Args:
        beta_1: what the momentum grows to, and how much of the mean of gradients each update keeps.
        momentum_decay: ψ, how fast the momentum grows to beta_1; None: it is there from the start.
    """

    learning_rate: Rate = 0.001
    beta_1: Hyperparameter = hyperparameter(default=0.9, at_least=0, below=1)
    beta_2: Hyperparameter = hyperparameter(default=0.999, at_least=0, below=1)
    epsilon: Hyperparameter = hyperparameter(default=1e-7, at_least=0)
    momentum_decay: Hyperparameter | None = hyperparameter(default=1.0, at_least=0, kw_only=True)
    epsilon_root: Hyperparameter | None = hyperparameter(default=None, at_least=0, kw_only=True)

    conventions = {
        "keras": keras(KERAS_MOMENTS),
        "torch": torch(
            "lr betas eps weight_decay momentum_decay decoupled_weight_decay maximize",
            {**TORCH_MOMENTS, "mu_product": "mu_product"},
            {"learning_rate": 0.002, "epsilon": 1e-8, "momentum_decay": 0.004},
            name="NAdam",
        ),
        "optax": optax(
            "b1 b2 eps eps_root weight_decay",
            OPTAX_MOMENTS,
            {"epsilon": 1e-8, "momentum_decay": None},
        ),
    }

    remembered = {"mu_product": 1.0}

    @staticmethod
    def prepare(t, learning_rate, beta_1, beta_2, epsilon_root, momentum_decay, mu_product):
        """Scalars of update t = 1, 2, …"""
        mu, mu_next = (momentum(now, beta_1, momentum_decay) for now in (t, t + 1))
        mu_product = mu_product * mu
        return {
            "mu_product": mu_product,
            "of_m": learning_rate * mu_next / (1 - mu_product * mu_next),
            "of_g": learning_rate * (1 - mu) / (1 - mu_product),
            "v_scale": 1 / (1 - beta_2**t),
            "within": epsilon_root,
        }

    @staticmethod
    def update(
        p, g, m, v, /, *,
        learning_rate, beta_1, beta_2, epsilon, of_m, of_g, v_scale, within, turned,
    ):  # fmt: skip
        """One weight."""
        m, v = moments(g, m, v, beta_1, beta_2)
        x = of_m * m + of_g * g
        u = quotient(x, v_scale * v, epsilon, within, rate=learning_rate, turned=turned)
        return p - u, m, v


def momentum(t, beta_1, decay):
    """The momentum μₜ of update t; constant where decay is None."""
    return beta_1 if decay is None else beta_1 * (1 - 0.5 * 0.96 ** (decay * t))
