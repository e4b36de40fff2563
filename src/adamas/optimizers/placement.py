"""Where libraries put ε and the learning rate: the scalars that follow, for rules."""

from typing import Any

import numpy as np


def sides(epsilon: Any, joins: str) -> dict[str, Any]:
    """Where ε joins: the square inside the root, or the root itself."""
    inside, outside = (epsilon, 0) if joins == "square" else (0, epsilon)
    return {"inside": inside, "outside": outside}


def root(square: Any, inside: Any, outside: Any) -> Any:
    """√(square + ε) or √square + ε: one of the two is 0."""
    return np.sqrt(square + inside) + outside


def gains(learning_rate: Any, buffer: str) -> dict[str, Any]:
    """What is multiplied by lr: what goes into b, or what comes out; with which sign."""
    inner, outer = {
        "direction": (1, -learning_rate),
        "move": (-learning_rate, 1),
        "step": (learning_rate, -1),
    }[buffer]
    return {"inner": inner, "outer": outer}
