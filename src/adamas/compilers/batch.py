"""The tensors that a compiled pass takes at a time, with all that it needs to know of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from ..dtypes import FLOATS
from ..language.expression import KNOWN
from ..language.matrices import Whole
from ..language.noise import IDENTITY
from ..language.shapes import matrix_shape
from .exchange import Exchange
from .memory import AT, CHUNK_FIELDS, Layout, fields_of
from .pager import Pager

Apply = Callable[[Whole, Sequence[np.ndarray], Sequence[float]], Any]
"""Calls a function of whole tensors with stacks of them and numbers."""


def call(function: Whole, arrays: Sequence[np.ndarray], numbers: Sequence[float]) -> Any:
    """As it is written."""
    return function(*arrays, *numbers)


class Numbered(NamedTuple):
    """What the random numbers of tensors go by.

    Attributes:
        words: the two words that each tensor's name makes.
        pieces: float64 [tensors, IDENTITY], the same as loops take them.
    """

    words: Sequence[tuple[int, int]]
    pieces: np.ndarray


@dataclass
class Batch:
    """The tensors of one combination of plan and dtypes that take part in a call.

    Attributes:
        dtypes: name of each array of the plan → its dtype's name, in the order of the columns.
        addresses: int64 [tensors, arrays + 1]; the last column is the tensor's row of scalars.
        layouts: each tensor's layout.
        scalar_rows: how many rows of scalars there are.
        threads: among how many threads the chunks are shared.
        small: the arrays of slots that have a value for each row, column or tensor only.
        matrices: those of slots of a declared shape.
        factors: each clip's factor of each tensor, by name.
        sizes: [batch, rows, columns] of each tensor, where this process has only a part of it.
        exchange: how the other parts are reached.
        apply: what calls a function of whole tensors, with stacks of them and numbers.
        numbered: what random numbers go by, if the plan draws any.
        pager: the file that slots lie in, if they do.
    """

    dtypes: dict[str, str]
    addresses: np.ndarray
    layouts: list[Layout]
    scalar_rows: int
    threads: int
    small: Mapping[str, list[np.ndarray]] = field(default_factory=dict)
    matrices: Mapping[str, list[np.ndarray]] = field(default_factory=dict)
    factors: dict[str, np.ndarray] = field(default_factory=dict)
    sizes: Sequence[tuple[int, int, int]] = ()
    exchange: Exchange | None = None
    apply: Apply = call
    numbered: Numbered | None = None
    pager: Pager | None = None

    def __post_init__(self) -> None:
        self.sizes = self.sizes or [matrix_shape(layout.shape) for layout in self.layouts]
        self._tables: dict[bool, np.ndarray] = {}

    def __len__(self) -> int:
        return len(self.layouts)

    @property
    def in_blocks(self) -> bool:
        """Whether slots are coded in blocks."""
        return fields_of(self.dtypes) != CHUNK_FIELDS

    def constants(self) -> dict[str, np.ndarray]:
        """What is known of each tensor, by the names of leaves (`KNOWN`, `IDENTITY`)."""
        sizes = np.array(self.sizes, np.float64).reshape(-1, 3).T
        spacing = np.full(len(self), FLOATS[self.dtypes["p"]].spacing)
        pieces = () if self.numbered is None else self.numbered.pieces.T
        return dict(zip((*KNOWN, *IDENTITY), (*sizes, spacing, *pieces), strict=False))

    def chunks(self, matrix: bool) -> np.ndarray:
        """The chunks of all tensors: stretches, or blocks of rows if `matrix`."""
        if matrix not in self._tables:
            make = self._blocks if matrix else self._stretches
            self._tables[matrix] = np.ascontiguousarray(np.concatenate(make()))
        return self._tables[matrix]

    def _stretches(self) -> list[np.ndarray]:
        make = Layout.runs if self.in_blocks else Layout.chunks
        return [make(layout, index) for index, layout in enumerate(self.layouts)]

    def _blocks(self) -> list[np.ndarray]:
        tables = []
        row = column = row_slot = column_slot = 0
        for index, layout in enumerate(self.layouts):
            batch, rows, columns = matrix_shape(layout.shape)
            table = layout.blocks(index, row, column)
            row, column = row + batch * rows, column + batch * columns
            heights, widths = table[:, AT["rows"]], table[:, AT["length"]]
            table[:, AT["row_slot"]] = row_slot + np.cumsum(heights) - heights
            table[:, AT["column_slot"]] = column_slot + np.cumsum(widths) - widths
            row_slot, column_slot = row_slot + heights.sum(), column_slot + widths.sum()
            tables.append(layout.with_scales(table) if self.in_blocks else table)
        return tables
