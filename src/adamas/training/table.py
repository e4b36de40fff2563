"""A table of numbers that grows by a row at a time, and gives its columns as arrays."""

import math
from array import array
from collections.abc import Iterator, Mapping

import numpy as np


class Table(Mapping[str, np.ndarray]):
    """Columns of float64 numbers by name, all equally long; NaN where nothing was measured."""

    def __init__(self) -> None:
        self._columns: dict[str, array[float]] = {}
        self.rows = 0

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._columns:
            known = ", ".join(map(repr, self._columns)) or "none yet"
            raise KeyError(f"There is no column {name!r}. There are: {known}.")
        return np.array(self._columns[name])

    def __contains__(self, name: object) -> bool:
        return name in self._columns

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def add(self, row: Mapping[str, float]) -> None:
        """Append one row."""
        columns = self._columns
        for name, value in row.items():
            if name not in columns:
                columns[name] = array("d", [math.nan]) * self.rows
            columns[name].append(value)
        self.rows += 1
        if len(row) < len(columns):
            for column in columns.values():
                if len(column) < self.rows:
                    column.append(math.nan)

    def fill(self, columns: Mapping[str, np.ndarray]) -> None:
        """Take over whole columns, in place of all that was here."""
        self._columns = {name: array("d", values.tobytes()) for name, values in columns.items()}
        self.rows = len(next(iter(self._columns.values()), ()))

    def row(self, index: int) -> dict[str, float]:
        """One row as a dictionary; negative indices count from the end."""
        return {name: column[index] for name, column in self._columns.items()}
