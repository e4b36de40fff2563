"""What processes tell each other: numbers on the host, by PyTorch's own collectives."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import torch.distributed as dist


class Group:
    """A process group, for numbers on the host."""

    def __init__(self, group: dist.ProcessGroup) -> None:
        self._group = group
        # Such as "cpu:gloo,cuda:nccl": on the host if the group can.
        kinds = [pair.split(":")[0] for pair in dist.get_backend_config(group).split(",")]
        self._device = torch.device("cpu" if "cpu" in kinds else kinds[0])

    def reduce(self, values: np.ndarray, operation: Any = dist.ReduceOp.SUM) -> np.ndarray:
        """The values of all processes, element by element."""
        sent = torch.from_numpy(values).to(self._device)
        dist.all_reduce(sent, operation, self._group)
        return sent.cpu().numpy()


def any_of(value: bool, groups: Sequence[Group]) -> bool:
    """Whether it is true of any process of these groups, which together are one grid."""
    found = np.array([value], np.int64)
    for group in groups:
        found = group.reduce(found, dist.ReduceOp.MAX)
    return bool(found[0])


class Others:
    """Processes that have other parameters (see `Peers`), as `ZeroRedundancyOptimizer` has them."""

    def __init__(self, group: dist.ProcessGroup) -> None:
        self._group = Group(group)

    def total(self, value: float) -> float:
        """The sum of the values of all processes, the same bits in each."""
        return float(self._group.reduce(np.array([value]))[0])

    def any(self, value: bool) -> bool:
        """Whether it is true of any process."""
        return any_of(value, [self._group])
