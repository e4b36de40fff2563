"""RMSprop, plain or centered, with or without momentum."""

from ..optimizer import REQUIRED, Convention, Hyperparameter, Optimizer, Rate, hyperparameter


class RMSprop(Optimizer):
    """RMSprop: gradients divided by their root mean square.

    Tieleman and Hinton, 2012, https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf
    slide 29, and for the centered form Graves, 2013, https://arxiv.org/abs/1308.0850, equations 38
    to 45:

        v ← v + (1 − ρ)(g² − v)             mean square of the gradient
        m ← m + (1 − ρ)(g − m)              its mean, with centered; else m = 0
        u ← g / √(max(v − m², 0) + ε)
        b ← μ b + lr u                      μ is momentum; without it b = lr u
        p ← p − b

    In PyTorch ε is outside the root, √v + ε, and b ← μ b + u, p ← p − lr b. In optax b has the other
    sign. Without the maximum, which they lack, rounding makes constant gradients NaN.
    """

    learning_rate: Rate = 0.001
    rho: Hyperparameter = hyperparameter(default=0.9, at_least=0, at_most=1)
    momentum: Hyperparameter = hyperparameter(default=0.0, at_least=0, at_most=1)
    epsilon: Hyperparameter = hyperparameter(default=1e-7, at_least=0)
    centered: bool = False

    conventions = {
        "keras": Convention(data={"joins": "square", "buffer": "step"}),
        "torch": Convention(
            {"learning_rate": 0.01, "rho": 0.99, "epsilon": 1e-8},
            {"joins": "root", "buffer": "direction"},
            decay="coupled",
        ),
        "optax": Convention(
            {"learning_rate": REQUIRED, "epsilon": 1e-8}, {"joins": "square", "buffer": "move"}
        ),
    }
