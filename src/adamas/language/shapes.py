"""Shapes of tensors seen as stacks of matrices, and of what varies over some of their axes."""

from collections.abc import Sequence
from math import prod

from .expression import AXES


def matrix_shape(shape: Sequence[int]) -> tuple[int, int, int]:
    """A tensor's shape as a stack of matrices, [batch, rows, columns]; a vector is one row."""
    whole = (1, 1, *shape)
    return prod(whole[:-2]), whole[-2], whole[-1]


def varying(rank: int, extent: int) -> tuple[bool, ...]:
    """Whether something varies over each axis of a tensor with so many."""
    batch, *inner = (bool(extent & axis) for axis in AXES)
    return (*[batch] * (rank - 2), *inner[max(2 - rank, 0) :])


def small_shape(shape: Sequence[int], extent: int) -> tuple[int, ...]:
    """The shape of a slot that varies over some axes only, of a parameter of this shape."""
    kept = varying(len(shape), extent)
    return tuple(size for size, keep in zip(shape, kept, strict=True) if keep)


def stretched_shape(shape: Sequence[int], extent: int) -> tuple[int, ...]:
    """As `small_shape`, as [batch, rows, columns] with 1 for each axis it does not vary over."""
    sizes = matrix_shape(shape)
    return tuple(size if extent & axis else 1 for size, axis in zip(sizes, AXES, strict=True))
