"""RMSprop, plain or centered, with or without momentum."""

from ..optimizer import Hyperparameter, Optimizer, Rate, hyperparameter
from .libraries import OPTAX_MOMENTS, keras, optax, torch
from .moments import centered, quotient
from .placement import gains, sides


class RMSprop(Optimizer):
    """RMSprop: gradients divided by their root mean square.

    Tieleman and Hinton, 2012, https://www.cs.toronto.edu/~hinton/coursera/lecture6/lec6.pdf, and
    with centered and momentum Graves, 2013, https://arxiv.org/abs/1308.0850, equations 38 to 41:

        v ← v + (1 − ρ)(g² − v)             mean square of the gradient
        m ← m + (1 − ρ)(g − m)              its mean, with centered; else m = 0
        b ← μ b + lr g / √(max(v − m², 0) + ε)      μ is momentum
        p ← p − b

    In PyTorch ε is outside the root and lr outside of b; in optax b has the other sign. None has
    the maximum: in Keras and optax rounding makes NaN of steady gradients.

    Args:
        centered: divide by the root of the variance of the gradient, not of its mean square.
    """

    learning_rate: Rate = 0.001
    rho: Hyperparameter = hyperparameter(default=0.9, at_least=0, at_most=1)
    momentum: Hyperparameter = hyperparameter(default=0.0, at_least=0)
    epsilon: Hyperparameter = hyperparameter(default=1e-7, at_least=0)
    centered: bool = False

    conventions = {
        "keras": keras({"v": "velocity"}, {"b": "momentum"}, {"m": "average_gradient"},
            joins="square", buffer="step"),
        "torch": torch("lr alpha eps weight_decay momentum centered maximize",
            {"v": "square_avg", "m": "grad_avg", "b": "momentum_buffer"},
            {"learning_rate": 0.01, "rho": 0.99, "epsilon": 1e-8},
            {"joins": "root", "buffer": "direction"}),
        "optax": optax("decay eps centered momentum", {**OPTAX_MOMENTS, "b": "trace"},
            {"epsilon": 1e-8}, {"joins": "square", "buffer": "move"}),
    }  # fmt: skip

    @staticmethod
    def prepare(learning_rate, epsilon, joins, buffer):
        """Scalars of each update."""
        return {**sides(epsilon, joins), **gains(learning_rate, buffer)}

    @staticmethod
    def update(p, g, v, /, *, learning_rate, rho, inside, outside, turned):
        """One weight."""
        v = v + (1 - rho) * (g * g - v)
        u = quotient(learning_rate * g, v, outside, inside, rate=learning_rate, turned=turned)
        return p - u, v

    @staticmethod
    def update_momentum(p, g, v, b, /, *, rho, momentum, inside, outside, inner, outer, turned):
        """One weight with a memory of its steps."""
        v = v + (1 - rho) * (g * g - v)
        u = quotient(inner * g, v, outside, inside, rate=inner, turned=turned)
        b = momentum * b + u
        return p + outer * b, v, b

    @staticmethod
    def update_centered(p, g, v, m, /, *, learning_rate, rho, inside, outside, turned):
        """One weight, by the variance of its gradient."""
        v, m, about = centered(g, v, m, rho)
        u = quotient(learning_rate * g, about, outside, inside, rate=learning_rate, turned=turned)
        return p - u, v, m

    @staticmethod
    def update_centered_momentum(p, g, v, m, b, /, *, rho, momentum, inside, outside, inner, outer,
                                 turned):  # fmt: skip
        """One weight with a memory of its steps, by the variance of its gradient."""
        v, m, about = centered(g, v, m, rho)
        u = quotient(inner * g, about, outside, inside, rate=inner, turned=turned)
        b = momentum * b + u
        return p + outer * b, v, m, b

    def rule(self):
        """The function of one weight that the arguments choose."""
        if self.is_always("momentum", 0):
            return self.update_centered if self.centered else self.update
        return self.update_centered_momentum if self.centered else self.update_momentum
