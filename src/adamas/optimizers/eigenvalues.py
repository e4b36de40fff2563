"""Bounds of eigenvalues, for functions of matrices."""

from typing import Any

from ..language.namespaces import array_namespace

TINY = 1e-30
"""What is divided by is at least that."""


def largest_eigenvalue(s: Any) -> Any:
    """The largest eigenvalues of matrices that have none below 0, from below, within √2.

    By one step of power iteration from the longest row.
    """
    xp = array_namespace(s)
    size = xp.amax(abs(s), (-2, -1), keepdims=True).clip(TINY)
    s = s / size
    place = xp.argmax((s * s).sum(-1), -1)[..., None, None]
    x = xp.take_along_axis(s, xp.broadcast_to(place, (*s.shape[:-2], 1, s.shape[-1])), -2) @ s
    x = x / ((x * x).sum(-1, keepdims=True) ** 0.5).clip(TINY)
    x = x @ s
    return size * ((x * x).sum(-1, keepdims=True) ** 0.5).clip(TINY)
