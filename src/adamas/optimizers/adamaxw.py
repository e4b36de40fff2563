"""AdamaxW: Adamax with weight decay of its own."""

from ..optimizer import hyperparameter
from .adamax import Adamax
from .libraries import optax


class AdamaxW(Adamax):
    """AdamaxW: Adamax with decoupled weight decay.

    Loshchilov and Hutter, ICLR 2019, https://arxiv.org/abs/1711.05101, applied to `Adamax`; λ is
    ``weight_decay``, and None or 0 switch it off:

        p ← p − lr λ p                      decay, apart from the gradient
        p, m, u ← as in `Adamax`

    In optax the default of λ is 1e-4, and ε is inside the maximum. Keras and PyTorch do not have
    it.
    """

    weight_decay: float | None = hyperparameter(
        default=0.004, kw_only=True, after="learning_rate", at_least=0
    )

    conventions = {
        "optax": optax(
            "b1 b2 eps weight_decay",
            {"m": "mu", "u": "nu"},
            {"epsilon": 1e-8, "weight_decay": 1e-4},
            {"joins": "maximum"},
        ),
    }

    @staticmethod
    def prepare(  # pyright: ignore[reportIncompatibleMethodOverride]
        t, learning_rate, beta_1, epsilon, convention
    ):
        """Scalars of update t = 1, 2, …"""
        joins = "maximum" if convention == "optax" else "denominator"
        return Adamax.prepare(t, learning_rate, beta_1, epsilon, joins)
