"""Means of the gradient and of its square, and what a step divides by, for rules."""

from typing import Any

import numpy as np


def moments(g: Any, m: Any, v: Any, beta_1: Any, beta_2: Any) -> tuple[Any, Any]:
    """The exponential means of the gradient and of its square, one step on."""
    return m + (1 - beta_1) * (g - m), v + (1 - beta_2) * (g * g - v)


def rooted(v: Any, within: Any) -> Any:
    """√v, or with something within the root √(v + within), whose slope at v = 0 is finite."""
    return np.sqrt(v if within is None else v + within)
