"""Of Adafactor: where each library puts ε₁, what a step is, and which axes can be factored."""

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
    epsilon_2: Any,
    clip_threshold: Any,
    floor: Any,
    shrink: Any,
) -> Any:
    """The parameter after its step; the root of v, as v itself can be too small for float32."""
    u = g / np.maximum(root, floor)
    step = np.maximum(epsilon_2, rms(p)) * rho / np.maximum(1, rms(u) / clip_threshold)
    return p - shrink * p - step * u


def optax_least(name: str, shape: tuple[int, ...]) -> int:
    """How long the last two axes must be that optax factors them.

    Raises `ConfigurationError` for a tensor that it factors by other axes.
    """
    if len(shape) > 2 and sorted(shape)[-2:] != sorted(shape[-2:]):
        raise ConfigurationError(
            "optax factors the two longest axes, which must be the last two here. "
            f"Got: {name!r} of shape {shape}. Use another convention, or move its axes."
        )
    return 128
