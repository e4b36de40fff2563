"""Shapes of tensors seen as stacks of matrices, and of what varies over some of their axes."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from .blocks import Blocks, blocks_shape
from .expression import AXES, SIZES


@dataclass(frozen=True, init=False)
class Shape:
    """A declared shape of a slot: what it has for each matrix of a stack.

    Args:
        sizes: each ``"rows"``, ``"columns"``, the ``"smaller"`` or ``"larger"`` of both, a whole
            number, or an argument that is fixed by `build`.
        at_most: the largest size, a number or such an argument. A slot that would be larger along
            any axis is empty: all of its sizes are 0, which its functions see in ``x.shape``.
        above: the same of one that would not be larger along any.
    """

    sizes: tuple[int | str, ...]
    at_most: int | str | None
    above: int | str | None

    def __init__(
        self, *sizes: int | str, at_most: int | str | None = None, above: int | str | None = None
    ) -> None:
        object.__setattr__(self, "sizes", sizes)
        object.__setattr__(self, "at_most", at_most)
        object.__setattr__(self, "above", above)

    def of(self, shape: Sequence[int]) -> tuple[int, ...]:
        """The sizes for a tensor of this shape, whose names have become numbers."""
        known: dict[int | str, int] = dict(zip(SIZES, matrix_shape(shape), strict=True))
        both = known["rows"], known["columns"]
        known |= {"smaller": min(both), "larger": max(both)}
        sizes = tuple(known.get(size, size) for size in self.sizes)
        found = tuple(size for size in sizes if isinstance(size, int))
        largest = max(found, default=0)
        over = isinstance(self.at_most, int) and largest > self.at_most
        under = isinstance(self.above, int) and largest <= self.above
        return (0,) * len(found) if over or under else found

    def __str__(self) -> str:
        return " × ".join(map(str, self.sizes))


Extent = int | Shape | Blocks
"""What a slot varies over, or its declared shape, or that it has one value for each block."""


def matrix_shape(shape: Sequence[int]) -> tuple[int, int, int]:
    """A tensor's shape as a stack of matrices, [batch, rows, columns]; a vector is one row."""
    whole = (1, 1, *shape)
    return prod(whole[:-2]), whole[-2], whole[-1]


def matrix_axes(shape: tuple[int, ...]) -> tuple[int, ...]:
    """A tensor's own axes, with those that a vector or a scalar lacks of a matrix before them."""
    return shape if len(shape) > 1 else (1, 1, *shape)[-2:]


def varying(rank: int, extent: int) -> tuple[bool, ...]:
    """Whether something varies over each axis of a tensor with so many."""
    batch, *inner = (bool(extent & axis) for axis in AXES)
    return (*[batch] * (rank - 2), *inner[max(2 - rank, 0) :])


def small_shape(shape: Sequence[int], extent: Extent) -> tuple[int, ...]:
    """The shape of a slot that varies over some axes only, of a parameter of this shape.

    That of a declared shape has the parameter's leading axes before it.
    """
    if isinstance(extent, Shape):
        return (*shape[:-2], *extent.of(shape))
    if isinstance(extent, Blocks):
        return blocks_shape(shape)
    kept = varying(len(shape), extent)
    return tuple(size for size, keep in zip(shape, kept, strict=True) if keep)


def own_axes_shape(shape: Sequence[int], extent: Extent) -> tuple[int, ...]:
    """As `small_shape`, with 1 for each of the parameter's axes that it does not vary over."""
    if isinstance(extent, Shape | Blocks):
        return small_shape(shape, extent)
    kept = varying(len(shape), extent)
    return tuple(size if keep else 1 for size, keep in zip(shape, kept, strict=True))


def stretched_shape(shape: Sequence[int], extent: Extent) -> tuple[int, ...]:
    """As `small_shape`, as [batch, rows, columns] with 1 for each axis it does not vary over.

    That of a declared shape has one for each matrix of the batch.
    """
    if isinstance(extent, Shape):
        return (matrix_shape(shape)[0], *extent.of(shape))
    if isinstance(extent, Blocks):
        return blocks_shape(shape)
    sizes = matrix_shape(shape)
    return tuple(size if extent & axis else 1 for size, axis in zip(sizes, AXES, strict=True))
