"""Shapes of tensors seen as stacks of matrices, and of what varies over some of their axes."""

from collections.abc import Sequence
from math import prod

from .expression import AXES, SIZES

Form = tuple[int | str, ...]
"""A declared shape: sizes for each matrix of a stack, each a number, "rows" or "columns"."""

Extent = int | Form
"""What a slot varies over, or its declared shape."""


def matrix_shape(shape: Sequence[int]) -> tuple[int, int, int]:
    """A tensor's shape as a stack of matrices, [batch, rows, columns]; a vector is one row."""
    whole = (1, 1, *shape)
    return prod(whole[:-2]), whole[-2], whole[-1]


def varying(rank: int, extent: int) -> tuple[bool, ...]:
    """Whether something varies over each axis of a tensor with so many."""
    batch, *inner = (bool(extent & axis) for axis in AXES)
    return (*[batch] * (rank - 2), *inner[max(2 - rank, 0) :])


def small_shape(shape: Sequence[int], extent: Extent) -> tuple[int, ...]:
    """The shape of a slot that varies over some axes only, of a parameter of this shape.

    That of a declared shape has the parameter's leading axes before it.
    """
    if isinstance(extent, tuple):
        return (*shape[:-2], *_sizes(shape, extent))
    kept = varying(len(shape), extent)
    return tuple(size for size, keep in zip(shape, kept, strict=True) if keep)


def stretched_shape(shape: Sequence[int], extent: Extent) -> tuple[int, ...]:
    """As `small_shape`, as [batch, rows, columns] with 1 for each axis it does not vary over.

    That of a declared shape has one for each matrix of the batch.
    """
    if isinstance(extent, tuple):
        return (matrix_shape(shape)[0], *_sizes(shape, extent))
    sizes = matrix_shape(shape)
    return tuple(size if extent & axis else 1 for size, axis in zip(sizes, AXES, strict=True))


def _sizes(shape: Sequence[int], form: Form) -> tuple[int, ...]:
    known: dict[int | str, int] = dict(zip(SIZES, matrix_shape(shape), strict=True))
    return tuple(size if isinstance(size, int) else known[size] for size in form)
