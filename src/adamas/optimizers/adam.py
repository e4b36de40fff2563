"""Adam and its variant AMSGrad."""

import numpy as np

from ..optimizer import Hyperparameter, Optimizer, Rate, hyperparameter
from .libraries import KERAS_MOMENTS, OPTAX_AMSGRAD, TORCH_AMSGRAD, keras, optax, torch
from .moments import moments, quotient


class Adam(Optimizer):
    """Adam: adaptive moment estimation.

    Kingma and Ba, ICLR 2015, https://arxiv.org/abs/1412.6980, Algorithm 1 in the form of the end
    of its section 2, so that epsilon is the paper's "epsilon hat":

        m ← m + (1 − β₁)(g − m)             mean of the gradient
        v ← v + (1 − β₂)(g² − v)            mean of its square
        α ← lr √(1 − β₂ᵗ) / (1 − β₁ᵗ)       step size, corrected for m = v = 0 at t = 0
        p ← p − α m / (√v + ε)

    With ``amsgrad=True`` (Reddi, Kale and Kumar, ICLR 2018, https://arxiv.org/abs/1904.09237,
    Algorithm 2) the step divides by the root of the largest v so far:

        v̂ ← max(v̂, v)
        p ← p − α m / (√v̂ + ε)

    In PyTorch and optax ε is added to the corrected √(v / (1 − β₂ᵗ)). PyTorch's ``weight_decay`` is
    L2 regularization; optax takes the largest of the corrected v. ``epsilon_root`` is added to the
    corrected v, inside the root.
    """

    learning_rate: Rate = 0.001
    beta_1: Hyperparameter = hyperparameter(default=0.9, at_least=0, below=1)
    beta_2: Hyperparameter = hyperparameter(default=0.999, at_least=0, below=1)
    epsilon: Hyperparameter = hyperparameter(default=1e-7, at_least=0)
    amsgrad: bool = False
    epsilon_root: Hyperparameter | None = hyperparameter(default=None, at_least=0, kw_only=True)

    conventions = {
        "keras": keras(KERAS_MOMENTS, {"v_hat": "velocity_hat"}, corrects="rate"),
        "torch": torch(
            "lr betas eps weight_decay amsgrad maximize decoupled_weight_decay",
            TORCH_AMSGRAD, {"epsilon": 1e-8}, {"corrects": "root"},
        ),
        "optax": optax("b1 b2 eps eps_root", OPTAX_AMSGRAD, {"epsilon": 1e-8}, {"corrects": "v"}),
    }  # fmt: skip

    @staticmethod
    def prepare(t, learning_rate, beta_1, beta_2, epsilon, epsilon_root, amsgrad, corrects):
        """Scalars of update t = 1, 2, …"""
        rate, of_v = learning_rate / (1 - beta_1**t), 1 - beta_2**t
        if corrects == "v" and amsgrad:
            scaled = {"v_scale": 1 / of_v, "within": epsilon_root}
            return {"alpha": rate, "epsilon_hat": epsilon, **scaled}
        alpha = learning_rate * np.sqrt(of_v) / (1 - beta_1**t)
        epsilon_hat = epsilon if corrects == "rate" else epsilon * np.sqrt(of_v)
        within = None if epsilon_root is None else epsilon_root * of_v
        return {"alpha": alpha, "epsilon_hat": epsilon_hat, "v_scale": 1, "within": within}

    @staticmethod
    def update(p, g, m, v, /, *, alpha, learning_rate, beta_1, beta_2, epsilon_hat, within, turned):
        """One weight."""
        m, v = moments(g, m, v, beta_1, beta_2)
        u = quotient(alpha * m, v, epsilon_hat, within, rate=learning_rate, turned=turned)
        return p - u, m, v

    @staticmethod
    def update_amsgrad(
        p, g, m, v, v_hat, /, *,
        alpha, learning_rate, beta_1, beta_2, epsilon_hat, v_scale, within, turned,
    ):  # fmt: skip
        """One weight, divided by the largest second moment so far."""
        m, v = moments(g, m, v, beta_1, beta_2)
        v_hat = np.maximum(v_hat, v_scale * v)
        u = quotient(alpha * m, v_hat, epsilon_hat, within, rate=learning_rate, turned=turned)
        return p - u, m, v, v_hat

    def rule(self):
        """The function of one weight that the arguments choose."""
        return self.update_amsgrad if self.amsgrad else self.update
