"""Real numbers, of Python or of any array library."""

from typing import Any

import numpy as np


def is_real(value: Any) -> bool:
    """Whether `value` is one real number, of Python or of any array library."""
    if isinstance(value, bool | np.bool_ | str | bytes | complex) or getattr(value, "ndim", 0):
        return False
    if getattr(getattr(value, "dtype", None), "kind", "f") not in "fiuV":
        return False
    return hasattr(value, "__float__")


def is_plain(value: Any) -> bool:
    """Whether a number can be read once and for all, until it is set again."""
    return isinstance(value, int | float)


def known(value: Any) -> float | None:
    """A real number as a float; None for a traced array, whose value is not known yet."""
    try:
        return float(value)
    except TypeError:
        return None
