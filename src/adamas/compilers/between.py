"""Between two walks: what varies over tensors, rows or columns, computed on the host in float64.

Values that vary over tensors only are computed for all tensors at once, as vectors. Where rows or
columns matter, each tensor has its turn, with arrays that broadcast against [batch, rows, columns].
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..language.evaluation import evaluate
from ..language.expression import Expression, in_order
from ..language.reductions import REDUCTIONS
from ..language.shapes import stretched_shape
from ..lowering import Lowered
from .batch import Batch
from .exchange import Exchange


class Between:
    """The values of one run that are known so far, for one batch.

    A case is one tensor where rows or columns matter, else all tensors together.
    """

    def __init__(self, lowered: Lowered, batch: Batch) -> None:
        self._lowered = lowered
        self._batch = batch
        self._constants = batch.constants()
        self._there = np.array([0 not in own for own in batch.sizes], bool)
        self._turn: int | None = None

    def begin(self, rows: Sequence[Sequence[float]], turn: int) -> None:
        """Start a run with the numbers of each scalar row, or go on with that of this turn."""
        if turn == self._turn:
            return  # small slots may have been stored since
        batch = self._batch
        numbers = np.array(rows, np.float64)[batch.addresses[:, -1]].T
        leaves: dict[str, Any] = dict(zip(self._lowered.numbers, numbers, strict=True))
        leaves |= {**self._constants, **batch.factors}
        self._leaves = [leaves]
        if self._lowered.matrix:
            self._leaves = [
                {name: values[tensor] for name, values in leaves.items()} | self._small(tensor)
                for tensor in range(len(batch))
            ]
        self._known: list[dict[Expression, Any]] = [{} for _ in self._leaves]
        self._turn = turn

    def _small(self, tensor: int) -> dict[str, np.ndarray]:
        return {
            slot: arrays[tensor].astype(np.float64).reshape(self._stretched(slot, tensor))
            for slot, arrays in self._batch.small.items()
        }

    def _stretched(self, slot: str, tensor: int) -> tuple[int, ...]:
        extent = self._lowered.slots[slot]
        return stretched_shape(self._batch.layouts[tensor].shape, extent)

    def learn(self, sums: Mapping[Expression, Sequence[Any]]) -> None:
        """Take the sums of a walk, one value for each case."""
        for node, values in sums.items():
            for known, value in zip(self._known, values, strict=True):
                known[node] = value

    def values(self, nodes: Sequence[Expression]) -> list[list[Any]]:
        """The values of `nodes` in each case."""
        outputs = list(nodes)
        if self._batch.exchange is not None and self._known:
            self._join(outputs, self._batch.exchange)
        return self._evaluated(outputs)

    def _evaluated(self, outputs: list[Expression]) -> list[list[Any]]:
        order = in_order(outputs, self._known[0]) if self._known else []  # the same in every case
        with np.errstate(all="ignore"):
            return [
                evaluate(outputs, leaves, known=known, order=order)
                for leaves, known in zip(self._leaves, self._known, strict=True)
            ]

    def _join(self, outputs: list[Expression], exchange: Exchange) -> None:
        """Learn the sums of what varies over rows or columns, which other processes have too."""
        for node in in_order(outputs, self._known[0]):
            if node.operation in REDUCTIONS:
                value, axes = node.arguments
                along = REDUCTIONS[node.operation].along
                own = [along(case[0], axes, keepdims=True) for case in self._evaluated([value])]
                self.learn({node: exchange.join([node.operation], [axes], [own])[0]})

    def totals(self) -> dict[str, np.ndarray]:
        """What each tensor adds to sums over all of them, by name; without weights nothing."""
        count, nodes = len(self._batch), self._lowered.totals
        cases = self.values(list(nodes.values()))
        found = {}
        for place, name in enumerate(nodes):
            own = [np.asarray(case[place], np.float64).reshape(-1) for case in cases]
            values = np.concatenate(own) if own else np.zeros(0)
            found[name] = np.where(self._there, np.broadcast_to(values, count), 0.0)
        return found

    def finish(self) -> None:
        """Store the new values of small slots."""
        slots = self._lowered.small
        if not slots or not self._lowered.work.writes:
            return
        for tensor, values in enumerate(self.values(list(slots.values()))):
            if self._is_empty(tensor):
                continue
            for slot, value in zip(slots, values, strict=True):
                array = self._batch.small[slot][tensor]
                stretched = np.broadcast_to(value, self._stretched(slot, tensor))
                with np.errstate(over="ignore"):
                    array[...] = stretched.reshape(array.shape)

    def not_finite(self) -> int | None:
        """The first tensor for which a new value of a small slot would not be finite."""
        slots = self._lowered.small
        for tensor, values in enumerate(self.values(list(slots.values())) if slots else []):
            for slot, value in zip(slots, values, strict=True):
                with np.errstate(over="ignore"):
                    stored = np.asarray(value, self._batch.small[slot][tensor].dtype)
                if not np.isfinite(stored).all() and not self._is_empty(tensor):
                    return tensor
        return None

    def _is_empty(self, tensor: int) -> bool:
        """Whether a tensor has no weights, so that the means over them are 0 / 0."""
        return 0 in self._batch.sizes[tensor]
