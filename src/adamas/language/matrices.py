"""Functions of whole tensors: what a rule calls them with, and products of matrices in them."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial, wraps
from math import prod
from typing import Any

import numpy as np

from ..errors import RuleError
from .expression import ARRAY, MATRICES, STEP, Expression, Trace
from .namespaces import array_namespace

PRODUCTS = ("float32", "tf32", "bfloat16")
"""How exact the products of a function of float32 tensors are to be at least."""

HALVED = 256
"""Rows from which on half of a product of a matrix and its own transpose takes less time."""


def whole_tensor(
    function: Callable[..., Any] | None = None, *, gives: str | Sequence[str] = ()
) -> Callable[..., Any]:
    """Let rules call `function` of whole tensors, such as a product of matrices.

    It is called with arrays [..., rows, columns] of equally many matrices, then scalars of the
    step as floats, and gives an array, or a tuple of them. It must not change its arguments, and
    may use operators, ``@``, ``.mT`` and methods only, which NumPy, PyTorch and JAX share. Several
    threads may call it at once, of other matrices each: it must keep nothing between calls.

    Args:
        function: of arrays, each of a weight's values or of a slot of a declared shape
            (`Optimizer.shapes`), and scalars.
        gives: for each of its results, the name of an argument that is of the same shape; that is
            the first argument, if none is named.

    A rule may say by ``when=`` in which steps the function is called, such as every tenth; in the
    others its results are the arguments that `gives` names. By ``products=`` it may say that
    float32 tensors may be multiplied as ``"tf32"``, with 11 bits, or as ``"bfloat16"``, with 8. It
    is a permission: PyTorch takes it where a GPU, or a CPU for bfloat16, has the hardware, for
    which `function` gets tensors of bfloat16, and JAX as ``jax.default_matmul_precision``. All
    others multiply as for ``"float32"``.
    """
    if function is None:
        return partial(whole_tensor, gives=gives)
    places = _places(function, gives)
    single = isinstance(gives, str) or not gives

    @wraps(function)
    def call(*given: Any, products: str = PRODUCTS[0], when: Any = True) -> Any:
        if any(isinstance(value, Expression) for value in given):
            results = _on_symbols(function, given, places, products, when)
        elif when:
            return _called(function, places, given)
        else:
            results = tuple(given[place] for place in places)
        return results[0] if single else results

    return call


def _places(function: Callable[..., Any], gives: str | Sequence[str]) -> tuple[int, ...]:
    """The place of the argument that each result is as large as."""
    names = list(inspect.signature(function).parameters)
    wanted = (gives,) if isinstance(gives, str) else tuple(gives) or tuple(names[:1])
    for name in wanted:
        if name not in names:
            raise RuleError(
                f"gives must name arguments of {function.__name__}: {', '.join(names)}. "
                f"Got: {name!r}."
            )
    return tuple(map(names.index, wanted))


@dataclass(frozen=True)
class Whole:
    """A function of whole tensors, as a node of a graph has it: always of all results in a tuple,
    but for one alone.

    Attributes:
        takes: how many arrays come before its numbers.
        gives: for each result, which of them is of the same shape.
        products: how exact its products are to be at least.
        conditional: whether its last number says if it is called.
    """

    function: Callable[..., Any]
    takes: int
    gives: tuple[int, ...]
    products: str = PRODUCTS[0]
    conditional: bool = False

    @property
    def __name__(self) -> str:
        return self.function.__name__

    def __call__(self, *given: Any) -> Any:
        """What the function gives, or what it was given, where it is not called."""
        if not self.conditional:
            return _called(self.function, self.gives, given)
        if given[-1]:
            return _called(self.function, self.gives, given[:-1])
        return self.kept(given)

    def kept(self, given: Sequence[Any]) -> Any:
        """What stands for its results where it is not called."""
        results = tuple(given[place] for place in self.gives)
        return results[0] if len(results) == 1 else results

    def results(self, made: Any) -> tuple[Any, ...]:
        """What was made, as a tuple; `RuleError` where these are not as many as it says."""
        made = tuple(made) if isinstance(made, tuple | list) else (made,)
        if len(made) != len(self.gives):
            raise RuleError(
                f"{self.__name__} must give as many arrays as its decorator names "
                f"({len(self.gives)}). Got: {len(made)}."
            )
        return made


def _called(function: Callable[..., Any], gives: Sequence[int], given: Sequence[Any]) -> Any:
    """What a function makes of arrays; of what is not finite no decomposition need come to an end,
    and NaN is what is made of it."""
    try:
        return function(*given)
    except Exception as error:
        if "LinAlgError" not in type(error).__name__:
            raise
        arrays = [value for value in given if getattr(value, "ndim", 0) > 1]
        if all(bool((abs(array) < np.inf).all()) for array in arrays):
            raise
    made = tuple(given[place] * np.nan for place in gives)
    return made[0] if len(made) == 1 else made


def _on_symbols(
    function: Callable[..., Any],
    given: tuple[Any, ...],
    gives: tuple[int, ...],
    products: str,
    when: Any,
) -> tuple[Expression, ...]:
    if products not in PRODUCTS:
        named = ", ".join(map(repr, PRODUCTS))
        raise RuleError(f"products must be one of {named}. Got: {products!r}.")
    trace = next(value.trace for value in given if isinstance(value, Expression))
    nodes = tuple(map(trace.lift, given))
    takes = next((n for n, node in enumerate(nodes) if node.extent == STEP), len(nodes))
    _check(function, nodes, takes, gives)
    numbers = nodes[takes:]
    conditional = when is not True
    if conditional:
        numbers = (*numbers, _condition(trace, function, when))
    whole = Whole(function, takes, gives, products, conditional)
    return trace.whole(whole, nodes[:takes], numbers, gives)


def _check(
    function: Callable[..., Any], nodes: Sequence[Expression], takes: int, gives: Sequence[int]
) -> None:
    arrays, numbers = nodes[:takes], nodes[takes:]
    fits = all(node.extent in (ARRAY, MATRICES) for node in arrays)
    if not takes or not fits or any(number.extent != STEP for number in numbers):
        raise RuleError(
            f"{function.__name__} takes values for each weight and slots of a declared shape, then "
            "scalars of the step."
        )
    if max(gives) >= takes:
        raise RuleError(f"gives must name arrays that {function.__name__} takes, not numbers.")


def _condition(trace: Trace, function: Callable[..., Any], when: Any) -> Expression:
    condition = trace.lift(when)
    if condition.extent != STEP:
        raise RuleError(
            f"when= of {function.__name__} must be a condition of the step, such as t % 10 == 0."
        )
    return condition


def form_of(node: Expression, forms: Any) -> Any:
    """The declared shape of a node that is of one, from those of slots by name."""
    match node.operation:
        case "leaf":
            return forms[node.arguments[0]]
        case "part":
            whole, place = node.arguments
        case _:
            whole, place = node, 0
    return form_of(whole.arguments[whole.arguments[-1].gives[place]], forms)


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


def reordered(matrices: Any, order: Any, axis: int) -> Any:
    """Stacks of matrices with the columns (`axis` -1) or rows (-2) of each in an order of its own.

    Args:
        order: indices [..., lines], from 0 on.
    """
    if isinstance(matrices, np.ndarray):
        # Whole lines take a sixth of the time of `take_along_axis`, and "wrap" half of "raise".
        new = np.empty(matrices.shape, matrices.dtype)
        for place in np.ndindex(matrices.shape[:-2]):
            np.take(matrices[place], order[place], axis, out=new[place], mode="wrap")
        return new
    xp = array_namespace(matrices)
    places = order[..., None, :] if axis == -1 else order[..., None]
    return xp.take_along_axis(matrices, xp.broadcast_to(places, matrices.shape), axis)
