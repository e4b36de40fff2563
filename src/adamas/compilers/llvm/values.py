"""What a walk takes from the host: values of tensors, of rows and of columns."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...language.expression import Expression
from ...language.shapes import matrix_shape
from ..batch import Batch
from ..inputs import Inputs


class Values:
    """Memory for what is computed outside of the loop of a walk over one batch.

    Attributes:
        tensor: float64 [tensors, values], clip factors and what is known of each among them.
        row: [values, rows of all tensors], in the dtype of the arithmetic.
        column: [values, columns of all tensors], likewise.
    """

    def __init__(self, inputs: Inputs, batch: Batch, matrix: bool, dtype: np.dtype) -> None:
        self._inputs, self._batch, self._matrix = inputs, batch, matrix
        shapes = np.array([matrix_shape(layout.shape) for layout in batch.layouts]).reshape(-1, 3)
        stacks, rows, columns = shapes.T
        self.tensor = np.zeros((len(batch), max(len(inputs.tensor), 1)))
        self.row = np.zeros((len(inputs.row), (stacks * rows).sum()), dtype)
        self.column = np.zeros((len(inputs.column), (stacks * columns).sum()), dtype)
        self._factors = self._take_constants()

    def _take_constants(self) -> list[tuple[int, str]]:
        """Store what is known of each tensor; the places and names of clip factors."""
        known, factors = self._batch.constants(), []
        for index, node in enumerate(self._inputs.tensor):
            name = node.arguments[0] if node.operation == "leaf" else ""
            if name in known:
                self.tensor[:, index] = known[name]
            elif name:
                factors.append((index, name))
        return factors

    def take(self, small: Sequence[Expression], cases: Sequence[Sequence[Any]]) -> None:
        """Store the values of `small`, the nodes that the walk asks for, in each case."""
        values = {node: [case[place] for case in cases] for place, node in enumerate(small)}
        for index, node in enumerate(self._inputs.tensor):
            self.tensor[:, index] = _flat(values[node]) if self._matrix else values[node][0]
        for index, node in enumerate(self._inputs.row):
            self._spread(self.row[index], values[node], 1)
        for index, node in enumerate(self._inputs.column):
            self._spread(self.column[index], values[node], 2)

    def take_factors(self) -> None:
        """As `take`, where the loop needs clip factors only."""
        for index, name in self._factors:
            self.tensor[:, index] = self._batch.factors[name]

    def _spread(self, memory: np.ndarray, values: Sequence[Any], axis: int) -> None:
        """Store a value of each tensor for all of its rows, or columns by `axis`."""
        start = 0
        with np.errstate(over="ignore"):
            for value, layout in zip(values, self._batch.layouts, strict=True):
                batch, rows, columns = matrix_shape(layout.shape)
                shape = (batch, rows, 1) if axis == 1 else (batch, 1, columns)
                end = start + shape[0] * shape[axis]
                memory[start:end] = np.broadcast_to(value, shape).reshape(-1)
                start = end


def _flat(values: list[Any]) -> np.ndarray:
    return np.array([np.asarray(value).reshape(()) for value in values])
