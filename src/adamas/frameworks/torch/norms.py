"""The norm of gradients that are never there together: known afterwards."""

import math
from collections.abc import Mapping

import torch

from .groups import LAST_NORM
from .optimizer import TorchOptimizer

Norm = float | torch.Tensor
"""A number, or a 0-d tensor on a device, for which nothing waits."""


def joined(norms: Mapping[int, Norm | None]) -> Norm | None:
    """The norm of all gradients from that of each; None if not all are known, or there is none."""
    known = [norms[index] for index in sorted(norms)]
    values = [norm for norm in known if norm is not None]
    if not values or len(values) < len(known):
        return None
    tensors = [value for value in values if isinstance(value, torch.Tensor)]
    if len(tensors) == len(values):
        return torch.stack(tensors).square().sum().sqrt()
    return math.sqrt(sum(float(value) ** 2 for value in values))


class LastNorm:
    """By which the gradients of a call are divided: how far the update before was above a limit.

    Args:
        optimizer: its groups carry the norm, 0 as long as none is known.
    """

    def __init__(self, optimizer: TorchOptimizer) -> None:
        self._optimizer = optimizer
        for group in optimizer.param_groups:
            group.setdefault(LAST_NORM, 0.0)

    def divisor(self) -> torch.Tensor:
        """At least 1, in float32, where the norm is."""
        norm = torch.as_tensor(self._optimizer.param_groups[0][LAST_NORM])
        return (norm / self._optimizer.largest_norm()).clamp(min=1.0).float()

    def take(self, norm: Norm) -> None:
        """The norm of an update; one that is not finite says nothing, and is not taken."""
        groups = self._optimizer.param_groups
        if isinstance(norm, torch.Tensor):
            norm = torch.where(norm.isfinite(), norm, groups[0][LAST_NORM])
        elif not math.isfinite(norm):
            return
        for group in groups:
            group[LAST_NORM] = norm
