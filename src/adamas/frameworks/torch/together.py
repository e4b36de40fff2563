"""What processes find together of vectors of which each has a part, or a copy."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...drivers import Vector, dot
from ...errors import ArgumentError, ConfigurationError
from .processes import NORMS_DIFFER, Group, any_of


class Together:
    """Numbers of vectors that are the same, bit for bit, in all processes of a grid.

    So all of them go the same way, and none waits for another that has ended its search.

    Args:
        groups: those that DTensors are divided among, or copied.
        cuts: for each row of the vectors, which of these have different parts of it.
        copies: process groups whose processes each have all rows.
    """

    def __init__(
        self, groups: Sequence[Group], cuts: Sequence[tuple[bool, ...]], copies: Sequence[Any]
    ) -> None:
        self._groups = [*groups, *map(Group, copies)]
        every = [(*cut, *[False] * len(copies)) for cut in cuts]
        self._cuts = [np.array(cut) for cut in zip(*every, strict=True)]

    def total(self, parts: Sequence[Any]) -> np.float64:
        """The sum of what each row adds, over all weights."""
        found = np.array(parts, np.float64)
        for group, cut in zip(self._groups, self._cuts, strict=True):
            if cut.any():
                found[cut] = group.reduce(found[cut])
        total = np.array([found.sum()])
        # Copies may differ in the last bit: processors add up in orders of their own.
        for group, cut in zip(self._groups, self._cuts, strict=True):
            if not cut.all():
                total = group.join(total, "max")
        return total[0]

    def largest(self, size: Any) -> np.float64:
        """The largest of all; NaN where there is one."""
        found = np.array([size], np.float64)
        for group in self._groups:
            found = group.join(found, "max")
        return found[0]

    def mean(self, loss: np.float64 | None) -> np.float64:
        """The mean of the losses of all; `ArgumentError` in all if one has None."""
        found = np.array([0.0, 1.0] if loss is None else [loss, 0.0])
        for group in self._groups:
            found = group.reduce(found) / group.size
        if found[1]:
            raise ArgumentError(
                "A closure must give a loss and gradients in each process. Got: none in some."
            )
        return found[0]

    def refuse_others(self, x: Vector) -> None:
        """`ConfigurationError` in all unless those who have copies have the same weights."""
        norms = np.sqrt([float(dot(Vector([row]), Vector([row]))) for row in x.leaves])
        counts = [float(len(row)) for row in x.leaves]
        differ = False
        for group, cut in zip(self._groups, self._cuts, strict=True):
            if cut.all():
                continue
            known = np.concatenate([norms[~cut], np.array(counts)[~cut]])
            known = np.concatenate([known, -known])
            highest, lowest = np.split(group.join(known, "max"), 2)
            differ |= bool((-lowest < highest * (1 - NORMS_DIFFER)).any())
        if any_of(differ, self._groups):
            raise ConfigurationError(
                "All processes must search from the same weights, which each has whole or as "
                "DTensors. Got: other weights in some. Give the optimizer all parameters in each "
                "process, without ZeroRedundancyOptimizer."
            )
