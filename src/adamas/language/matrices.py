"""Functions of whole tensors: what a rule calls them with, and products of matrices in them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from math import prod
from typing import Any

import numpy as np

from ..errors import RuleError
from .expression import Expression

PRODUCTS = ("float32", "tf32", "bfloat16")
"""How exact the products of a function of float32 tensors are to be at least."""

HALVED = 256
"""Rows from which on half of a product of a matrix and its own transpose takes less time."""


def whole_tensor(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let rules call `function` of a whole tensor, such as a product of matrices.

    It is called with an array [..., rows, columns] of equally shaped matrices, then scalars of
    the step as floats, and gives an array of the same shape. It must not change its argument, and
    may use operators, ``@``, ``.mT`` and methods only, which NumPy, PyTorch and JAX share.

    Args:
        function: of an array [..., rows, columns] and scalars.

    A rule may say by ``products=`` that float32 tensors may be multiplied as ``"tf32"``, with 11
    bits, or as ``"bfloat16"``, with 8. It is a permission: PyTorch takes it where a GPU, or a CPU
    for bfloat16, has the hardware, for which `function` gets tensors of bfloat16, and JAX as
    ``jax.default_matmul_precision``. All others multiply as for ``"float32"``.
    """

    @wraps(function)
    def call(value: Any, *scalars: Any, products: str = PRODUCTS[0]) -> Any:
        if isinstance(value, Expression):
            return value.trace.whole(_multiplying(function, products), value, scalars)
        return function(value, *scalars)

    return call


@dataclass(frozen=True)
class Coarse:
    """A function that may multiply less exactly than float32."""

    function: Callable[..., Any]
    products: str

    @property
    def __name__(self) -> str:
        return self.function.__name__

    def __call__(self, *given: Any) -> Any:
        """What the function gives."""
        return self.function(*given)


def _multiplying(function: Callable[..., Any], products: str) -> Callable[..., Any]:
    """The function, as one that says how it may multiply."""
    if products not in PRODUCTS:
        named = ", ".join(map(repr, PRODUCTS))
        raise RuleError(f"products must be one of {named}. Got: {products!r}.")
    return function if products == PRODUCTS[0] else Coarse(function, products)


def products_of(function: Callable[..., Any]) -> str:
    """How a function may multiply."""
    return function.products if isinstance(function, Coarse) else PRODUCTS[0]


def plus_product(scale: Any, x: Any, y: Any, z: Any, factor: Any = None) -> Any:
    """scale x + factor y z, for stacks of matrices; factor is 1 if it is not given.

    Where the library's tensors have a method for all of it (PyTorch's ``baddbmm``), it is rounded
    once, and goes over memory once.
    """
    if hasattr(x, "baddbmm") and x.shape[:-2] == y.shape[:-2] == z.shape[:-2]:
        count = prod(x.shape[:-2])
        stacks = (each.reshape(count, *each.shape[-2:]) for each in (x, y, z))
        alpha = 1 if factor is None else factor
        return next(stacks).baddbmm(*stacks, beta=scale, alpha=alpha).reshape(x.shape)
    product = y @ z
    return scale * x + (product if factor is None else factor * product)


def halved(symmetric: Any) -> Any:
    """Symmetric matrices, so that a product with them from the right takes half of the time.

    That is as transposes: NumPy asks BLAS for one half of a product of a matrix and its own
    transpose. Others do not, and have no use for it.
    """
    large = isinstance(symmetric, np.ndarray) and symmetric.shape[-1] >= HALVED
    return symmetric.mT if large else symmetric
