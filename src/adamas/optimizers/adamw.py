"""AdamW: Adam with weight decay of its own."""

from ..optimizer import hyperparameter
from .adam import Adam
from .libraries import OPTAX_AMSGRAD, TORCH_AMSGRAD, optax, torch


class AdamW(Adam):
    """AdamW: Adam with decoupled weight decay.

    Loshchilov and Hutter, ICLR 2019, https://arxiv.org/abs/1711.05101, Algorithm 2; λ is
    ``weight_decay``, and None or 0 switch it off:

        p ← p − lr λ p                      decay, apart from the gradient
        p, m, v ← as in `Adam`

    The libraries differ in ε as in `Adam`, and in the default of λ: 0.01 in PyTorch, 1e-4 in optax.
    """

    weight_decay: float | None = hyperparameter(
        default=0.004, kw_only=True, after="learning_rate", at_least=0
    )

    conventions = {
        "keras": Adam.conventions["keras"],
        "torch": torch(
            "lr betas eps weight_decay amsgrad maximize",
            TORCH_AMSGRAD,
            {"epsilon": 1e-8, "weight_decay": 0.01, "decoupled_weight_decay": True},
            {"corrects": "root"},
            decay="decoupled",
        ),
        "optax": optax(
            "b1 b2 eps eps_root weight_decay",
            OPTAX_AMSGRAD,
            {"epsilon": 1e-8, "weight_decay": 1e-4},
            {"corrects": "v"},
        ),
    }
