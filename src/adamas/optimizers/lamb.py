"""Lamb: Adam with a step in proportion to the weights of each tensor."""

from ..optimizer import Hyperparameter, Optimizer, Rate, hyperparameter
from .libraries import KERAS_MOMENTS, OPTAX_MOMENTS, keras, optax
from .moments import moments, quotient
from .norms import trust_ratio


class Lamb(Optimizer):
    """Lamb: layerwise adaptive large batch optimization.

    You, Li, Reddi et al., ICLR 2020, https://arxiv.org/abs/1904.00962, Algorithm 2, with φ(x) = x:

        m ← m + (1 − β₁)(g − m)             mean of the gradient
        v ← v + (1 − β₂)(g² − v)            mean of its square
        r ← (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)
        p ← p − lr ‖p‖ / ‖r‖ r              norms of the whole tensor; the ratio is 1 where one is 0

    In optax r includes ``weight_decay`` · p, as in the paper; in Keras the decay is decoupled.
    """

    learning_rate: Rate = 0.001
    beta_1: Hyperparameter = hyperparameter(default=0.9, at_least=0, below=1)
    beta_2: Hyperparameter = hyperparameter(default=0.999, at_least=0, below=1)
    epsilon: Hyperparameter = hyperparameter(default=1e-7, at_least=0)
    epsilon_root: Hyperparameter | None = hyperparameter(default=None, at_least=0, kw_only=True)

    conventions = {
        "keras": keras(KERAS_MOMENTS),
        "optax": optax(
            "b1 b2 eps eps_root weight_decay", OPTAX_MOMENTS, {"epsilon": 1e-6}, decay="rule"
        ),
    }

    @staticmethod
    def prepare(t, beta_1, beta_2, epsilon_root):
        """Scalars of update t = 1, 2, …"""
        scales = {"m_scale": 1 / (1 - beta_1**t), "v_scale": 1 / (1 - beta_2**t)}
        return {**scales, "within": epsilon_root}

    @staticmethod
    def update(
        p, g, m, v, /, *,
        learning_rate, beta_1, beta_2, epsilon, m_scale, v_scale, within, inner_decay, turned,
    ):  # fmt: skip
        """One tensor."""
        m, v = moments(g, m, v, beta_1, beta_2)
        r = quotient(m_scale * m, v_scale * v, epsilon, within, turned=turned)
        r = r if inner_decay is None else r + inner_decay * p
        p = p - learning_rate * trust_ratio(p, r) * r
        return p, m, v
