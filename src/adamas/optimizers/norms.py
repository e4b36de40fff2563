"""Norms of whole tensors, for rules."""

from typing import Any

import numpy as np


def rms(x: Any) -> Any:
    """Root of the mean square."""
    return np.sqrt(np.mean(x * x))


def norm(x: Any) -> Any:
    """Root of the sum of squares."""
    return np.sqrt(np.sum(x * x))


def trust_ratio(p: Any, r: Any) -> Any:
    """‖p‖ / ‖r‖, or 1 where one of them is 0."""
    weights, step = norm(p), norm(r)
    return np.where((weights > 0) & (step > 0), weights / step, 1.0)
