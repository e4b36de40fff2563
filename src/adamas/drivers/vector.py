"""All weights of a model as one vector, and the one place where its products are summed."""

import math
import sys
from collections.abc import Callable, Sequence
from functools import reduce
from operator import add
from typing import Any, Protocol

import numpy as np


class Shared(Protocol):
    """What processes know together of vectors of which each has a part, or a copy."""

    def total(self, parts: Sequence[Any]) -> np.float64:
        """The sum of what each array of a vector adds, over all weights; the same in all."""
        ...

    def largest(self, size: Any) -> np.float64:
        """The largest of all, NaN where there is one; the same in all."""
        ...


class Vector:
    """Arrays or tensors of one library that are added, and multiplied by numbers, together.

    Args:
        leaves: the arrays; one, where all weights stand in a row.
        shared: who knows of the parts that other processes have, if there are any.
    """

    __slots__ = ("leaves", "shared")

    def __init__(self, leaves: Sequence[Any], shared: Shared | None = None) -> None:
        self.leaves = tuple(leaves)
        self.shared = shared

    def __add__(self, other: "Vector") -> "Vector":
        leaves = [a + b for a, b in zip(self.leaves, other.leaves, strict=True)]
        return Vector(leaves, _shared(self, other))

    def __sub__(self, other: "Vector") -> "Vector":
        leaves = [a - b for a, b in zip(self.leaves, other.leaves, strict=True)]
        return Vector(leaves, _shared(self, other))

    def __mul__(self, number: Any) -> "Vector":
        return self.map(lambda leaf: leaf * _number_for(leaf, number))

    __rmul__ = __mul__

    def __neg__(self) -> "Vector":
        return self.map(lambda leaf: -leaf)

    def map(self, function: Callable[[Any], Any]) -> "Vector":
        """Another one, of what a function makes of each array.

        Args:
            function: of one array.
        """
        return Vector([function(leaf) for leaf in self.leaves], self.shared)

    def zeros(self) -> "Vector":
        """Zeros of the same forms."""
        return self.map(lambda leaf: _functions_of(leaf).zeros_like(leaf))


def dot(a: Vector, b: Vector) -> Any:
    """The inner product of two vectors."""
    parts = [_product(x, y) for x, y in zip(a.leaves, b.leaves, strict=True)]
    return _summed(parts, _shared(a, b))


def total_size(a: Vector) -> Any:
    """The sum of the sizes of all elements."""
    return _summed([abs(leaf).sum() for leaf in a.leaves], a.shared)


def largest(a: Vector) -> Any:
    """The size of the largest element; 0 of none, NaN where there is one."""
    sizes = [_number(abs(leaf).max()) for leaf in a.leaves if math.prod(leaf.shape)]
    size = _functions_of(*sizes).stack(sizes).max() if sizes else 0.0
    return size if a.shared is None else a.shared.largest(size)


def is_finite(number: Any) -> Any:
    """Whether a number is neither infinite nor NaN."""
    return abs(number) < math.inf


def least(a: Any, b: Any) -> Any:
    """The smaller one of two numbers."""
    return _functions_of(a, b).minimum(a, b)


def most(a: Any, b: Any) -> Any:
    """The larger one of two numbers."""
    return _functions_of(a, b).maximum(a, b)


def root(number: Any) -> Any:
    """The square root of a number, NaN of one below 0."""
    return _functions_of(number).sqrt(number)


def _shared(a: Vector, b: Vector) -> Shared | None:
    """Of two vectors one may have been made anew, by a driver of one's own."""
    return a.shared if a.shared is not None else b.shared


def _product(x: Any, y: Any) -> Any:
    if is_of_jax(x):
        return (x * y).sum()  # a row of all weights would be gathered on each device
    return x.ravel().dot(y.ravel())


def _summed(parts: Sequence[Any], shared: Shared | None) -> Any:
    """Sums of arrays as one, in double precision where they are no traced ones."""
    numbers = list(map(_number, parts))
    return reduce(add, numbers, 0.0) if shared is None else shared.total(numbers)


def _number(value: Any) -> Any:
    """A number that is known as one of NumPy, which divides by 0 as IEEE says."""
    return value if is_of_jax(value) else np.float64(float(value))


def _number_for(leaf: Any, number: Any) -> Any:
    """A number in the dtype of an array, which it must not widen."""
    return number.astype(leaf.dtype) if is_of_jax(number) else float(number)


def _functions_of(*values: Any) -> Any:
    """The functions of the library that has one of these."""
    for value in values:
        if is_of_jax(value):
            return sys.modules["jax"].numpy
        if not isinstance(value, np.ndarray | np.generic | float | int):
            return sys.modules["torch"]
    return np


def is_of_jax(value: Any) -> bool:
    """Whether a value is an array of JAX, perhaps a traced one."""
    jax = sys.modules.get("jax")
    return jax is not None and isinstance(value, jax.Array)
