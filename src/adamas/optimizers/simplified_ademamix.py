"""SimplifiedAdEMAMix: AdEMAMix with one momentum."""

from ..optimizer import Hyperparameter, Optimizer, Rate, hyperparameter
from .libraries import optax
from .moments import rooted


class SimplifiedAdEMAMix(Optimizer):
    """Simplified AdEMAMix: a sum of gradients that forgets slowly, and the gradient itself.

    Morwani, Vyas, Zhang and Kakade, 2025, https://arxiv.org/abs/2502.02431, section 5:

        m ← β₁ m + g                        sum of gradients, which is not corrected
        v ← v + (1 − β₂)(g² − v)            mean of their squares
        p ← p − lr (m + α g) / (√(v / (1 − β₂ᵗ)) + ε)

    m grows to 1 / (1 − β₁) gradients, so rates are that much smaller than Adam's. With α = 0 it is
    Adam without the correction of its first moment. The same as in optax; PyTorch and Keras do not
    have it.

    Args:
        beta_1: how much of the sum of gradients each update keeps.
        alpha: α, what the gradient weighs beside the sum.
    """

    learning_rate: Rate = 1e-5
    beta_1: Hyperparameter = hyperparameter(default=0.99, at_least=0, below=1)
    beta_2: Hyperparameter = hyperparameter(default=0.95, at_least=0, below=1)
    alpha: Hyperparameter = hyperparameter(default=0.0, at_least=0)
    epsilon: Hyperparameter = hyperparameter(default=1e-8, at_least=0)
    epsilon_root: Hyperparameter | None = hyperparameter(default=None, at_least=0, kw_only=True)

    conventions = {
        "optax": optax(
            "b1 b2 alpha eps eps_root weight_decay",
            {"m": "m", "v": "n"}, {"weight_decay": 0.0}, name="contrib.simplified_ademamix",
        ),
    }  # fmt: skip

    @staticmethod
    def prepare(t, beta_2, epsilon_root):
        """Scalars of update t = 1, 2, …"""
        return {"v_scale": 1 / (1 - beta_2**t), "within": epsilon_root}

    @staticmethod
    def update(p, g, m, v, /, *, learning_rate, beta_1, beta_2, alpha, epsilon, v_scale, within):
        """One weight."""
        m = beta_1 * m + g
        v = v + (1 - beta_2) * (g * g - v)
        return p - learning_rate * (m + alpha * g) / (rooted(v_scale * v, within) + epsilon), m, v
