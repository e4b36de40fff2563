"""The memory that the passes of a batch share, and functions of whole tensors."""

from collections.abc import Callable, Sequence
from math import prod
from typing import Protocol

import torch

from ...dtypes import FLOATS, wide
from ...language.expression import Expression, in_order
from ...language.python import host_function
from ...language.shapes import matrix_shape
from ..products import applied
from .memory import DeviceBatch, Stretches
from .rows import DeviceRows

PIECE = 2**25
"""Weights that a function of whole tensors is given at once, if one tensor has not more."""


class Exchange(Protocol):
    """What the processes that tensors are divided among tell each other in a step."""

    def __call__(
        self, sums: torch.Tensor, axes: tuple[int, ...], places: Sequence[int]
    ) -> torch.Tensor:
        """Sums over axes of [batch, rows, columns] of all processes.

        The first axis of `sums`, float64, has the tensors with these places in the call.
        """
        ...

    def whole(
        self,
        function: Callable[..., torch.Tensor],
        tensors: torch.Tensor,
        numbers: Sequence[Sequence[float]],
        places: Sequence[int],
    ) -> torch.Tensor:
        """`function` of whole tensors: it is given, and gives, the own part of each.

        `tensors` [tensors, batch, rows, columns] have these places; `numbers` are the function's
        further arguments for each.
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
        exchange: what makes the sums of all processes of those of one, or None.
    """

    def __init__(
        self,
        batch: DeviceBatch,
        rows: DeviceRows,
        gradients: torch.Tensor,
        factors: torch.Tensor,
        stop: torch.Tensor,
        scratch: torch.Tensor | None,
        exchange: Exchange | None,
    ) -> None:
        self.rows = rows
        self.gradients = gradients
        self.factors = factors
        self.stop = stop
        self.exchange = exchange
        self._scratch = scratch_of(batch, scratch)
        self.table = batch.table(self._scratch)
        self._functions: dict[Expression, Callable[..., tuple[float, ...]]] = {}
        self._stretches: Stretches | None = None

    def stretches(self, batch: DeviceBatch) -> Stretches:
        """The tensors cut into stretches, once for all passes."""
        if self._stretches is None:
            self._stretches = Stretches(batch)
        return self._stretches

    def run_whole(self, node: Expression, batch: DeviceBatch) -> None:
        """Apply a function of whole tensors to what a walk has stored."""
        scratch = self._scratch
        assert scratch is not None
        _, *scalars, function = node.arguments
        if node not in self._functions:
            self._functions[node] = host_function(scalars, batch.plan.symbols)
        numbers = [self._functions[node](*self._row(batch, int(row))) for row in batch.rows]
        if self.exchange is not None:
            scratch.copy_(self.exchange.whole(function, scratch, numbers, batch.places))
            return
        step = max(1, PIECE // max(prod(scratch.shape[1:]), 1))
        start = 0
        while start < len(batch):
            end = start + 1
            limit = min(start + step, len(batch))
            while end < limit and numbers[end] == numbers[start]:
                end += 1
            piece = scratch[start:end]
            piece.copy_(applied(function, piece, numbers[start]))
            start = end

    def _row(self, batch: DeviceBatch, row: int) -> list[float]:
        """The numbers of a row as the host knows them: without those that the device counts."""
        known = dict(zip(self.rows.names, self.rows.known[row].tolist(), strict=True))
        return [known.get(name, 0.0) for name in batch.plan.symbols]


def scratch_of(batch: DeviceBatch, memory: torch.Tensor | None) -> torch.Tensor | None:
    """Memory for a function of whole tensors: the tensors of a batch are of one shape."""
    if not batch.whole or memory is None:
        return None
    shape = (len(batch), *matrix_shape(batch.tensors[0].shape))
    kind = getattr(torch, wide(batch.dtypes["p"]))
    return memory.view(kind)[: prod(shape)].view(shape)


def depends_on_clock(node: Expression, remembered: Sequence[str]) -> bool:
    """Whether a scalar of a function of whole tensors is known to the device only."""
    _, *scalars, _ = node.arguments
    leaves = {n.arguments[0] for n in in_order(list(scalars)) if n.operation == "leaf"}
    return bool(leaves & {"t", *remembered})


def bytes_of_scratch(batch: DeviceBatch) -> int:
    """How much memory functions of whole tensors need for a batch."""
    if not batch.whole:
        return 0
    size = FLOATS[wide(batch.dtypes["p"])].bytes
    weights = sum(prod(tensor.shape) for tensor in batch.tensors)
    return -(-size * weights // 8) * 8  # whole numbers of each dtype
