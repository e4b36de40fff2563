"""What a walk's chunks have summed up, as sums of tensors, rows and columns."""

from typing import Any

import numpy as np

from ...language.expression import AXES, Expression
from ...language.reductions import REDUCTIONS
from ...language.shapes import matrix_shape
from ..batch import Batch
from ..inputs import Inputs
from ..memory import AT, block_height, block_width


class Sums:
    """Memory for the sums of a walk over one batch: compiled code fills it, `read` joins them.

    Attributes:
        tensor: float64 [chunks, results], sums of a chunk, then whether something is not finite.
        row: float64 [sums, rows of all chunks].
        column: float64 [sums, columns of all chunks].
        begins: what those of a chunk begin with; None if there are none.
    """

    def __init__(self, inputs: Inputs, batch: Batch, matrix: bool) -> None:
        self._inputs, self._matrix = inputs, matrix
        self._layouts = batch.layouts
        self._chunks = chunks = batch.chunks(matrix)
        self.tensor = np.zeros((len(chunks), max(inputs.per_tensor, 1)))
        self.row = np.zeros((len(inputs.row_sums), chunks[:, AT["rows"]].sum()))
        self.column = np.zeros((len(inputs.column_sums), chunks[:, AT["length"]].sum()))
        starts = [reduction.start for reduction in inputs.of_tensor]
        # One number where all begin alike: it is assigned in half of the time of several.
        begins = np.array([*starts, 0.0][: inputs.per_tensor]) if any(starts) else 0.0
        self.begins = begins if inputs.per_tensor else None

    def read(self) -> dict[Expression, list[Any]]:
        """The sums of the walk, in each case."""
        inputs = self._inputs
        found: dict[Expression, list[Any]] = {}
        for index, node in enumerate(inputs.tensor_sums):
            found[node] = self._by_tensor(node, self.tensor[:, index])
        for index, node in enumerate(inputs.row_sums):
            found[node] = self._by_row(node, self.row[index])
        for index, node in enumerate(inputs.column_sums):
            found[node] = self._by_column(node, self.column[index])
        return found

    def _by_tensor(self, node: Expression, sums: np.ndarray) -> list[Any]:
        grouped = REDUCTIONS[node.operation].grouped
        if not node.extent & AXES[0]:
            values = grouped(self._chunks[:, AT["tensor"]], sums, len(self._layouts))
            return list(values) if self._matrix else [values]
        tensors, row = self._chunks[:, AT["tensor"]], self._chunks[:, AT["row"]]
        found, start = [], 0
        for tensor, layout in enumerate(self._layouts):
            batch, rows, _ = matrix_shape(layout.shape)
            own = tensors == tensor
            matrices = (row[own] - start) // rows
            found.append(grouped(matrices, sums[own], batch).reshape(batch, 1, 1))
            start += batch * rows
        return found

    def _by_row(self, node: Expression, sums: np.ndarray) -> list[Any]:
        """Join what the chunks have for each row: one sum for each stretch of its columns."""
        along = REDUCTIONS[node.operation].along
        found, start = [], 0
        for layout in self._layouts:
            batch, rows, columns = matrix_shape(layout.shape)
            pieces = -(-columns // block_width(columns))
            end = start + batch * pieces * rows
            each = along(sums[start:end].reshape(batch, pieces, rows), 1)[:, :, None]
            found.append(_over_batch(node, each))
            start = end
        return found

    def _by_column(self, node: Expression, sums: np.ndarray) -> list[Any]:
        """Join what the chunks have for each column: one sum for each block of rows."""
        along = REDUCTIONS[node.operation].along
        found, start = [], 0
        for layout in self._layouts:
            batch, rows, columns = matrix_shape(layout.shape)
            width = block_width(columns)
            blocks = -(-rows // block_height(columns))
            each = np.zeros((batch, 1, columns))
            for matrix in range(batch):
                for left in range(0, columns, width):
                    wide = min(width, columns - left)
                    end = start + blocks * wide
                    part = sums[start:end].reshape(blocks, wide)
                    each[matrix, 0, left : left + wide] = along(part, 0)
                    start = end
            found.append(_over_batch(node, each))
        return found

    def found(self) -> int | None:
        """The first tensor in which something would not be finite."""
        chunks = np.flatnonzero(self.tensor[:, -1])
        return int(self._chunks[chunks[0], AT["tensor"]]) if len(chunks) else None


def _over_batch(node: Expression, each: np.ndarray) -> np.ndarray:
    """The sums of each matrix of a stack, or of all together if the node does not vary over it."""
    along = REDUCTIONS[node.operation].along
    return each if node.extent & AXES[0] else along(each, 0, keepdims=True)
