"""Means of the gradient and of its square, and what a step divides by, for rules."""

from typing import Any

import numpy as np


def moments(g: Any, m: Any, v: Any, beta_1: Any, beta_2: Any) -> tuple[Any, Any]:
    """The exponential means of the gradient and of its square, one step on."""
    return m + (1 - beta_1) * (g - m), v + (1 - beta_2) * (g * g - v)


def quotient(
    x: Any, v: Any, epsilon: Any, within: Any = None, *, rate: Any = 1, turned: Any = None
) -> Any:
    """x / (√v + ε); or, with a number for `turned`, an angle instead, which needs no ε.

    Everett et al., 2024, https://arxiv.org/abs/2407.05872, section 4.3: s arctan2(x, s √v) is
    x / √v where that is small beside s, and at most s π / 2.

    Args:
        x: what is divided, times the `rate`.
        v: the mean of squares.
        epsilon, within: what is added to the root, and within it.
        rate: what is not part of the angle.
        turned: s, or None.
    """
    if turned is None:
        return x / (rooted(v, within) + epsilon)
    angle = np.arctan2(x * (1 / np.where(rate == 0, 1.0, rate)), turned * np.sqrt(v))
    return rate * turned * angle


def rooted(v: Any, within: Any) -> Any:
    """√v, or with something within the root √(v + within), whose slope at v = 0 is finite."""
    return np.sqrt(v if within is None else v + within)


def corrected(t: Any, beta_1: Any, nesterov: bool) -> dict[str, Any]:
    """What m and g weigh in the mean of the gradient, corrected for m = 0 at t = 0.

    With `nesterov` it is the one that the next update would have if g came again.
    """
    if not nesterov:
        return {"of_m": 1 / (1 - beta_1**t), "of_g": 0}
    return {"of_m": beta_1 / (1 - beta_1 ** (t + 1)), "of_g": (1 - beta_1) / (1 - beta_1**t)}


def centered(g: Any, v: Any, m: Any, rho: Any) -> tuple[Any, Any, Any]:
    """The next means of squares and of gradients, and the variance."""
    m, v = moments(g, m, v, rho, rho)
    return v, m, np.maximum(v - m * m, 0)
