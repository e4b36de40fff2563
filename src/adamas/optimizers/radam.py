"""RAdam: Adam that is adaptive once it knows enough."""

import numpy as np

from ..optimizer import Hyperparameter, Optimizer, Rate, hyperparameter
from .libraries import OPTAX_MOMENTS, TORCH_MOMENTS, optax, torch
from .moments import corrected, moments, rooted


class RAdam(Optimizer):
    """RAdam: rectified Adam.

    Liu, Jiang, He et al., ICLR 2020, https://arxiv.org/abs/1908.03265, Algorithm 2:

        m ← m + (1 − β₁)(g − m)             mean of the gradient
        v ← v + (1 − β₂)(g² − v)            mean of its square
        ρ ← ρ∞ − 2 t β₂ᵗ / (1 − β₂ᵗ)        ρ∞ = 2 / (1 − β₂) − 1
        p ← p − lr m̂                        while ρ ≤ threshold; m̂ = m / (1 − β₁ᵗ)
        p ← p − lr r m̂ / (√(v / (1 − β₂ᵗ)) + ε)     then, where
                r = √((ρ − 4)(ρ − 2) ρ∞ / ((ρ∞ − 4)(ρ∞ − 2) ρ))

    In PyTorch ε is added to √v before it is corrected. optax begins where ρ ≥ threshold, and has
    ``epsilon_root`` and ``nesterov``; Keras does not have the optimizer.

    Args:
        threshold: how large ρ, the number of gradients that v stands for, must be; the paper has 4.
    """

    learning_rate: Rate = 0.001
    beta_1: Hyperparameter = hyperparameter(default=0.9, at_least=0, below=1)
    beta_2: Hyperparameter = hyperparameter(default=0.999, at_least=0, below=1)
    epsilon: Hyperparameter = hyperparameter(default=1e-8, at_least=0)
    threshold: Hyperparameter = hyperparameter(default=5.0, at_least=4, kw_only=True)
    epsilon_root: Hyperparameter | None = hyperparameter(default=None, at_least=0, kw_only=True)
    nesterov: bool = hyperparameter(default=False, kw_only=True)

    conventions = {
        "torch": torch(
            "lr betas eps weight_decay decoupled_weight_decay maximize", TORCH_MOMENTS, {}
        ),
        "optax": optax("b1 b2 eps eps_root threshold nesterov", OPTAX_MOMENTS, {}),
    }

    @staticmethod
    def prepare(t, beta_1, beta_2, epsilon, threshold, epsilon_root, nesterov, convention):
        """Scalars of update t = 1, 2, …"""
        of_v = 1 - beta_2**t
        most = 2 / (1 - beta_2) - 1
        rho = most - 2 * t * (1 - of_v) / of_v
        square = (rho - 4) * (rho - 2) * most / ((most - 4) * (most - 2) * rho)
        rectified = rho >= threshold if convention == "optax" else rho > threshold
        return {
            **corrected(t, beta_1, nesterov),
            "rectified": rectified,
            "r": np.sqrt(np.where(rectified, square, 1)),
            "v_scale": 1 / of_v,
            "added": epsilon / np.sqrt(of_v) if convention == "torch" else epsilon,
            "within": epsilon_root,
        }

    @staticmethod
    def update(p, g, m, v, /, *, learning_rate, beta_1, beta_2, of_m, of_g, rectified, r, v_scale,
               added, within):  # fmt: skip
        """One weight."""
        m, v = moments(g, m, v, beta_1, beta_2)
        u = of_m * m + of_g * g
        u = np.where(rectified, r * u / (rooted(v_scale * v, within) + added), u)
        return p - learning_rate * u, m, v
