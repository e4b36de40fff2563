"""Where libraries put ε and the learning rate, for rules, and what momentum they have."""

from typing import Any

from ..errors import ConfigurationError
from ..fields import is_plain


def sides(epsilon: Any, joins: str) -> dict[str, Any]:
    """Where ε joins: the square inside the root, or the root itself."""
    inside, outside = (epsilon, 0) if joins == "square" else (0, epsilon)
    return {"inside": inside, "outside": outside}


def gains(learning_rate: Any, buffer: str) -> dict[str, Any]:
    """What is multiplied by lr: what goes into b, or what comes out; with which sign."""
    inner, outer = {
        "direction": (1, -learning_rate),
        "move": (-learning_rate, 1),
        "step": (learning_rate, -1),
    }[buffer]
    return {"inner": inner, "outer": outer}


def refuse_large_momentum(optimizer: Any, convention: str, most: float) -> None:
    """`ConfigurationError` for a momentum that the library of a convention does not have."""
    momentum = optimizer.momentum
    if optimizer.convention == convention and is_plain(momentum) and momentum > most:
        law = "at most" if most == 1 else "less than"
        raise ConfigurationError(
            f"momentum must be {law} {most:.4g} with the convention of {convention}. "
            f"Got: {momentum}. Use another convention for more."
        )
