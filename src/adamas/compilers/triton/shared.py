"""The memory that the passes of a batch share."""

from collections.abc import Sequence
from math import prod
from typing import Any, Protocol

import torch

from ...dtypes import FLOATS, wide
from ...language.matrices import Whole
from ...language.shapes import matrix_shape
from .memory import DeviceBatch, Stretches
from .rows import DeviceRows


class Exchange(Protocol):
    """What the processes that tensors are divided among tell each other in a step."""

    def __call__(
        self, results: torch.Tensor, axes: tuple[int, ...], places: Sequence[int], name: str
    ) -> torch.Tensor:
        """The reduction `name` over axes of [batch, rows, columns] of all processes.

        The first axis of `results`, float64, has the tensors with these places in the call.
        """
        ...

    def whole(
        self,
        function: Whole,
        tensors: Sequence[torch.Tensor],
        divided: Sequence[bool],
        numbers: Sequence[Sequence[Any]],
        places: Sequence[int],
    ) -> Sequence[torch.Tensor]:
        """`function` of whole tensors: it is given, and gives, the own part of each.

        Each of `tensors` [tensors, batch, rows, columns] has those with these places, and is
        divided, or what all processes have; `numbers` are the function's further arguments for
        each.
        """
        ...


class Shared:
    """The memory of a batch that its passes share.

    Attributes:
        rows: the scalars.
        table: int64 [tensors, arrays], addresses and rows.
        gradients: int64 [tensors], the addresses of gradients: those of the step that is next.
        factors: float64 [tensors, clips].
        stop: int32 [1], not 0 if this step is to store nothing.
        scratch: memory between walks and functions of whole tensors, by name.
        exchange: what makes the sums of all processes of those of one, or None.
    """

    def __init__(
        self,
        batch: DeviceBatch,
        rows: DeviceRows,
        gradients: torch.Tensor,
        factors: torch.Tensor,
        stop: torch.Tensor,
        memory: torch.Tensor,
        exchange: Exchange | None,
    ) -> None:
        self.rows = rows
        self.gradients = gradients
        self.factors = factors
        self.stop = stop
        self.exchange = exchange
        self.scratch = scratch_of(batch, memory)
        self.table = batch.table(self.scratch)
        self._stretches: Stretches | None = None

    def stretches(self, batch: DeviceBatch) -> Stretches:
        """The tensors cut into stretches, once for all passes."""
        if self._stretches is None:
            self._stretches = Stretches(batch)
        return self._stretches

    def row(self, symbols: Sequence[str], row: int) -> list[float]:
        """The numbers of a row as the host knows them: without those that the device counts."""
        known = dict(zip(self.rows.names, self.rows.known[row].tolist(), strict=True))
        return [known.get(name, 0.0) for name in symbols]


def scratch_of(batch: DeviceBatch, memory: torch.Tensor) -> dict[str, torch.Tensor]:
    """Memory for functions of whole tensors by name: the tensors of a batch are of one shape."""
    if not batch.scratch:
        return {}
    shape = (len(batch), *matrix_shape(batch.tensors[0].shape))
    kind = getattr(torch, wide(batch.dtypes["p"]))
    parts = memory.view(kind)[: len(batch.scratch) * prod(shape)].view(len(batch.scratch), *shape)
    return dict(zip(batch.scratch, parts, strict=True))


def bytes_of_scratch(batch: DeviceBatch) -> int:
    """How much memory functions of whole tensors need for a batch."""
    size = FLOATS[wide(batch.dtypes["p"])].bytes
    weights = sum(prod(tensor.shape) for tensor in batch.tensors)
    return -(-size * len(batch.scratch) * weights // 8) * 8  # whole numbers of each dtype
