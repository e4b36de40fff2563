"""What processes tell each other: numbers on the host, by PyTorch's own collectives."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import torch.distributed as dist

from ...errors import ConfigurationError
from ...language.reductions import REDUCTIONS

NORMS_DIFFER = 1e-4
"""How far norms of one model may differ, in proportion: sums on a GPU have no fixed order."""


class Group:
    """A process group, of so many processes, for numbers on the host."""

    def __init__(self, group: dist.ProcessGroup) -> None:
        self._group = group
        # Such as "cpu:gloo,cuda:nccl": on the host if the group can.
        kinds = [pair.split(":")[0] for pair in dist.get_backend_config(group).split(",")]
        self._device = torch.device("cpu" if "cpu" in kinds else kinds[0])
        self.size = dist.get_world_size(group)

    def reduce(self, values: np.ndarray, operation: Any = dist.ReduceOp.SUM) -> np.ndarray:
        """The values of all processes, element by element."""
        sent = torch.from_numpy(values).to(self._device)
        dist.all_reduce(sent, operation, self._group)
        return sent.cpu().numpy()

    def join(self, values: np.ndarray, name: str) -> np.ndarray:
        """The reduction `name` of the values of all processes, element by element."""
        return joined(torch.from_numpy(values).to(self._device), name, self._group).cpu().numpy()


def joined(values: torch.Tensor, name: str, group: dist.ProcessGroup) -> torch.Tensor:
    """The reduction `name` of the values of all processes, float64, element by element."""
    if REDUCTIONS[name].adds:
        dist.all_reduce(values, dist.ReduceOp.SUM, group)
        return values
    # As whole numbers in the order of the numbers, NaN above all: what libraries of collectives
    # make of a NaN, and of zeros of two signs, depends on who comes first.
    sign = 1.0 if name == "max" else -1.0
    bits = (sign * values).view(torch.int64)
    keys = torch.where(values.isnan(), _NAN_KEY, bits ^ ((bits >> 63) & _BELOW_SIGN))
    dist.all_reduce(keys, dist.ReduceOp.MAX, group)
    found = (keys ^ ((keys >> 63) & _BELOW_SIGN)).view(torch.float64)
    return torch.where(keys == _NAN_KEY, torch.nan, sign * found)


_BELOW_SIGN = 2**63 - 1
_NAN_KEY = 2**63 - 1


def any_of(value: bool, groups: Sequence[Group]) -> bool:
    """Whether it is true of any process of these groups, which together are one grid."""
    found = np.array([value], np.int64)
    for group in groups:
        found = group.reduce(found, dist.ReduceOp.MAX)
    return bool(found[0])


def refuse_other_norms(groups: Sequence[Group], total: float) -> None:
    """`ConfigurationError` in all processes of these groups unless they have one global norm.

    Args:
        groups: which together are one grid.
        total: the square of the norm here.
    """
    norm = math.sqrt(total) if math.isfinite(total) else math.inf
    found = np.array([norm, -norm])
    for group in groups:
        found = group.reduce(found, dist.ReduceOp.MAX)
    highest, lowest = map(float, (found[0], -found[1]))
    if lowest < highest * (1 - NORMS_DIFFER):
        raise ConfigurationError(
            "All processes of a model must clip by one global norm. "
            f"Got: norms from {lowest:.6g} to {highest:.6g}, here {norm:.6g}. Parameters that "
            "differ from process to process and are not divided along it, such as experts, need "
            "a group of their own with a process_group: {'params': experts, 'process_group': "
            "those processes}. Gradients of all others must be the same everywhere."
        )


def check_process_group(group: Any) -> None:
    """`ConfigurationError` for what is no process group, or one that this process is not in."""
    if not isinstance(group, dist.ProcessGroup):
        raise ConfigurationError(
            "process_group must be a group of torch.distributed that this process is in, or None. "
            f"Got: {group!r}. Use dist.new_group(…) or device_mesh.get_group(…)."
        )


class Others:
    """Processes that have other parameters (see `Peers`).

    Args:
        own: for each parameter the processes it is one's of, or None: all have it.
        also: further groups of processes, of parameters that only others have.

    All processes need the same groups in the same order, whichever parameters they have.
    """

    def __init__(
        self, own: Sequence[dist.ProcessGroup | None], also: Sequence[dist.ProcessGroup]
    ) -> None:
        known = list(dict.fromkeys(also))
        self.groups: Sequence[Any] = list(map(Group, known))
        kinds = [*known, None]
        self._place_of = np.array([kinds.index(group) for group in own], np.int64)

    def total(self, squares: np.ndarray, tensors: Sequence[int]) -> float:
        """The sum of what these parameters have, and those of others; the same bits in each.

        What is in no group is the same everywhere, and counts once.
        """
        return float(self.totals(squares[:, None], tensors)[0])

    def totals(self, values: np.ndarray, tensors: Sequence[int]) -> np.ndarray:
        """The same of several values of each, [tensors, values]."""
        places, count = self._place_of[list(tensors)], len(self.groups)
        *shared, total = (values[places == place].sum(axis=0) for place in range(count + 1))
        for group, own in zip(self.groups, shared, strict=True):
            total = total + group.reduce(own)
        return total

    def any(self, value: bool) -> bool:
        """Whether it is true of any process."""
        return any_of(value, self.groups)

    def joins(self, index: int) -> bool:
        """Whether other processes have parameters that belong to this one."""
        return bool(self._place_of[index] < len(self.groups))
