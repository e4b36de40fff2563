"""Matrices that are made of blocks, such as the heads of attention: each is one of its own."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import ConfigurationError


def of_each(function: Callable[[Any], Any], x: Any, rows: float = 0, columns: float = 0) -> Any:
    """`function` of each matrix of a stack, or of each block of so many rows and columns (0: all).

    It gets those that are taller than wide as their transposes.
    """
    each = _cut(x, int(rows), int(columns)) if rows or columns else x
    tall = each.shape[-2] > each.shape[-1]
    each = function(each.mT if tall else each)
    each = each.mT if tall else each
    return each.swapaxes(-3, -2).reshape(*x.shape) if rows or columns else each


def _cut(x: Any, rows: int, columns: int) -> Any:
    """[…, n, m] as […, n / rows, m / columns, rows, columns]."""
    *batch, n, m = x.shape
    rows, columns = rows or n, columns or m
    return x.reshape(*batch, n // rows, rows, m // columns, columns).swapaxes(-3, -2)


def block_sizes(rows: Any, columns: Any, *block: Any) -> tuple[Any, Any]:
    """How many rows and columns each matrix has, or its block of that many (0: all), for rules."""
    sides = zip(block, (rows, columns), strict=True) if block else ()
    found = [np.where(size > 0, size, whole) for size, whole in sides]
    return (found[0], found[1]) if found else (rows, columns)


def refuse_remainders(
    name: str, shape: Sequence[int], block_rows: int | None, block_columns: int | None
) -> None:
    """`ConfigurationError` for a matrix that blocks do not divide."""
    given = {"block_rows": (block_rows, shape[-2]), "block_columns": (block_columns, shape[-1])}
    for argument, (size, side) in given.items():
        if size is not None and side % size:
            raise ConfigurationError(
                f"{argument} must divide that side of every matrix. Got: {size} for {name!r} of "
                f"shape {tuple(shape)}. Give it another optimizer: another group of parameters in "
                "PyTorch, MultiOptimizer, or exclude_layers, which leaves it to AdamW."
            )
