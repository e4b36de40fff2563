"""Functions of whole tensors on a device: what walks have stored for them, and what they give."""

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

import torch

from ...dtypes import wide
from ...language.expression import MATRICES, Expression
from ...language.matrices import Whole
from ...language.python import host_function
from ...language.shapes import matrix_shape, stretched_shape
from ...lowering import Walk, result_of, taken_by
from ..products import applied
from .kernel import Kernel, depends_on_clock
from .memory import DeviceBatch
from .shared import Shared

PIECE = 2**25
"""Weights that a function of whole tensors is given at once, if one tensor has not more."""


class DeviceWholes:
    """The calls of functions of whole tensors in one pass, between its walks.

    The tensors of a batch are of one shape, so that each value is one stack of all of them.

    Args:
        uniform: float64 [rows, scalars], what the device knows of the step.
    """

    def __init__(
        self, kernel: Kernel, batch: DeviceBatch, shared: Shared, uniform: torch.Tensor
    ) -> None:
        self._lowered = kernel.lowered
        self._places = kernel.uniform
        self._batch = batch
        self._shared = shared
        self._uniform = uniform
        self._kind: torch.dtype = getattr(torch, wide(batch.dtypes["p"]))
        self._stacks: dict[Any, torch.Tensor] = {}
        self._functions: dict[Expression, Any] = {}

    def give(self, walk: Walk) -> None:
        """Put what functions gave where a walk reads it."""
        for node, name in walk.given.items():
            self._shared.scratch[name].copy_(self._stacks[result_of(node)])

    def call(self, walk: Walk) -> None:
        """Call the functions that follow a walk."""
        place = next(n for n, one in enumerate(self._lowered.walks) if one is walk)
        later = self._lowered.walks[place + 1 :]
        needed = {node for other in later for call in other.wholes for node in taken_by(call)}
        for name, node in walk.feeds.items():
            stack = self._shared.scratch[name]
            self._stacks[node] = stack.clone() if node in needed else stack
        for call in walk.wholes:
            for part, made in enumerate(self._made(call)):
                self._stacks[call, part] = made.to(self._kind)

    def finish(self) -> None:
        """Store the new values of slots of a declared shape, unless the step is stopped."""
        if self._lowered.work.writes:
            goes_on = self._shared.stop == 0
            # A slot may become what another one was: all are taken before one is written.
            for slot, value in [(s, torch.where(goes_on, v, s)) for s, v in self._new_values()]:
                slot.copy_(value)
        self._stacks.clear()

    def found(self) -> torch.Tensor:
        """How many of these would not be finite, of each tensor: float64 [tensors]."""
        count = torch.zeros(len(self._batch), dtype=torch.float64, device=self._batch.device)
        for number, (slot, value) in enumerate(self._new_values()):
            bad = ~torch.isfinite(value.to(slot.dtype)).all()
            count[number % len(self._batch)] += bad
        return count

    def _new_values(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        for slot, node in self._lowered.matrices.items():
            for place, tensor in enumerate(self._batch.tensors):
                own = tensor.arrays[slot]
                yield own, self._taken_of(node, place, place + 1).reshape(own.shape)

    def _made(self, call: Expression) -> Sequence[torch.Tensor]:
        function, taken, count = call.arguments[-1], taken_by(call), len(self._batch)
        numbers = [self._numbers(call, int(row)) for row in self._batch.rows]
        if self._shared.exchange is not None:
            own = [self._taken_of(node, 0, count) for node in taken]
            divided = [node.extent != MATRICES for node in taken]
            places = self._batch.places
            return self._shared.exchange.whole(function, own, divided, numbers, places)
        pieces = [
            self._piece(function, taken, start, end, numbers[start])
            for start, end in self._ranges(numbers)
        ]
        if len(pieces) == 1:
            return pieces[0]
        return [torch.cat(parts) for parts in zip(*pieces, strict=True)]

    def _piece(
        self,
        function: Whole,
        taken: Sequence[Expression],
        start: int,
        end: int,
        numbers: Sequence[Any],
    ) -> Sequence[torch.Tensor]:
        return applied(function, [self._taken_of(node, start, end) for node in taken], numbers)

    def _ranges(self, numbers: Sequence[Sequence[Any]]) -> Iterator[tuple[int, int]]:
        """Tensors that a function is given at once: of equal numbers, and not too many."""
        rows, count = self._batch.rows, len(self._batch)
        step = max(1, PIECE // max(prod(matrix_shape(self._batch.tensors[0].shape)), 1))
        start = 0
        while start < count:
            end = start + 1
            while end < min(start + step, count) and (
                rows[end] == rows[start] or _same(numbers[end], numbers[start])
            ):
                end += 1
            yield start, end
            start = end

    def _numbers(self, call: Expression, row: int) -> list[Any]:
        """Of the function: floats, or tensors of those that the device alone knows."""
        remembered = self._batch.plan.remembered
        return [
            self._uniform[row, self._places[node]]
            if depends_on_clock(node, remembered)
            else self._known(node, row)
            for node in call.arguments[call.arguments[-1].takes : -1]
        ]

    def _known(self, node: Expression, row: int) -> float:
        symbols = self._batch.plan.symbols
        if node not in self._functions:
            self._functions[node] = host_function([node], symbols)
        return self._functions[node](*self._shared.row(symbols, row))[0]

    def _taken_of(self, node: Expression, start: int, end: int) -> torch.Tensor:
        """The tensors from `start` to `end` of what a function takes."""
        key = node if node in self._stacks else result_of(node)
        if key in self._stacks:
            return self._stacks[key][start:end]
        slot, first = node.arguments[0], self._batch.tensors[0]
        sizes = first.sizes or matrix_shape(first.shape)
        shape = stretched_shape(sizes, self._lowered.slots[slot])
        tensors = self._batch.tensors[start:end]
        return torch.stack([tensor.arrays[slot].reshape(shape) for tensor in tensors])


def _same(one: Sequence[Any], other: Sequence[Any]) -> bool:
    """Whether numbers are equal, as far as the host knows."""
    pairs = zip(one, other, strict=True)
    return all(isinstance(a, float) and isinstance(b, float) and a == b for a, b in pairs)
