"""Of Adafactor: where each library puts ε₁, what a step is, and what is factored."""

from typing import Any

import numpy as np

from ..errors import ConfigurationError
from .norms import rms


def placed(epsilon_1: Any, convention: str) -> dict[str, Any]:
    """ε₁ is added to the squares or bounds their root below; None is so many spacings of p's dtype.

    With None it is a bound, which PyTorch has.
    """
    if epsilon_1 is None:
        return {"added": 0, "floor": 0, "spacings": 1}
    added, floor = (0, epsilon_1) if convention == "torch" else (epsilon_1, 0)
    return {"added": added, "floor": floor, "spacings": 0}


def share_of_decay(decay: Any, learning_rate: Any, convention: str) -> Any:
    """What decay takes off p, as a share of it: times the rate in PyTorch only; 0 without decay."""
    share = 0 if decay is None else decay
    return share * learning_rate if convention == "torch" else share


def moved(
    p: Any,
    g: Any,
    root: Any,
    rho: Any,
    least: Any,
    clip_threshold: Any,
    floor: Any,
    shrink: Any,
) -> Any:
    """The parameter after its step; the root of v, as v itself can be too small for float32.

    It is in proportion to the weights, at least to `least`, unless that is None.
    """
    u = g / np.maximum(root, floor)
    rate = rho if least is None else np.maximum(least, rms(p)) * rho
    step = rate / np.maximum(1, rms(u) / clip_threshold)
    return p - shrink * p - step * u


def is_factored(name: str, shape: tuple[int, ...], least: int | None, convention: str) -> bool:
    """Whether a tensor is factored: with two axes that are at least so long, in optax 128.

    Raises `ConfigurationError` for a tensor that optax factors by other axes than the last two.
    """
    if len(shape) < 2:
        return False
    least = (128 if convention == "optax" else 0) if least is None else least
    if convention == "optax" and sorted(shape)[-2:] != sorted(shape[-2:]):
        raise ConfigurationError(
            "optax factors the two longest axes, which must be the last two here. "
            f"Got: {name!r} of shape {shape}. Use another convention, or move its axes."
        )
    return min(shape[-2:]) >= least
