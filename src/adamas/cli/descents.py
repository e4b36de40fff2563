"""The ways of optimizers over a known surface."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..optimizer import Optimizer
from .surfaces import Surface


@dataclass(frozen=True)
class Descent:
    """The way of one optimizer: (steps + 1, 2) points, the start first; NaN after a fall off."""

    label: str
    optimizer: Optimizer
    path: np.ndarray
    values: np.ndarray


def descend(
    label: str, optimizer: Optimizer, surface: Surface, start: Sequence[float], steps: int
) -> Descent:
    """Follow an optimizer for so many steps, in double precision."""
    point = np.array(start, np.float64)
    optimizer.build([point])
    path = np.empty((steps + 1, 2))
    path[0] = point
    with np.errstate(all="ignore"):  # whoever falls off goes on to infinity
        for step in range(steps):
            loss = float(surface.value(*point))
            optimizer.apply([np.array(surface.gradient(*point))], loss=loss)
            path[step + 1] = point
        values = np.asarray(surface.value(path[:, 0], path[:, 1]))
    return Descent(label, optimizer, path, values)
