"""Real numbers, of Python or of any array library."""

import math
import numbers
from typing import Any

import numpy as np

NO_NUMBERS = ("bool", "complex32", "complex64", "complex128")
"""How dtypes of conditions and of complex numbers end, in every array library."""


def is_real(value: Any) -> bool:
    """Whether `value` is one real number, of Python or of any array library."""
    if isinstance(value, bool | np.bool_ | str | bytes | complex) or getattr(value, "ndim", 0):
        return False
    dtype = getattr(value, "dtype", None)
    if getattr(dtype, "kind", "f") not in "fiuV" or str(dtype).endswith(NO_NUMBERS):
        return False
    return hasattr(value, "__float__")


def is_plain(value: Any) -> bool:
    """Whether a number can be read once and for all, until it is set again."""
    return isinstance(value, int | float)


def known(value: Any) -> float | None:
    """A real number as a float; None for a traced array, whose value is not known yet.

    It is infinite where a float cannot be as large, and NaN where an object does not tell.
    """
    try:
        return float(value)
    except TypeError:
        return None
    except OverflowError:
        known_sign = isinstance(value, numbers.Real)
        return (-math.inf if value < 0 else math.inf) if known_sign else math.nan
    except Exception:  # such as a signalling NaN, or a tensor without memory
        return math.nan
