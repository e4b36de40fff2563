"""jax.numpy as a library of tensors, for XLA to fuse what it computes."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import reduce
from typing import Any

import jax  # pyright: ignore[reportMissingImports]
import jax.numpy as jnp  # pyright: ignore[reportMissingImports]
from jax.core import Tracer  # pyright: ignore[reportMissingImports]

from ..language.matrices import Whole
from ..language.operations import is_sharp
from ..refusals import TRACED_COUNT
from .library import Arrays
from .slopes import FUNCTIONS, REDUCTIONS, chosen, differentiable


class JaxNumpy:
    """`jax.numpy` as `adamas.compilers.library.Library`."""

    @property
    def scalar(self) -> str:
        """float64 where JAX has it."""
        return jnp.result_type(float).name

    word = "uint32"

    def along(self, shape: tuple[int, ...], axis: int, dtype: str) -> Any:
        """The place along an axis of each element of a shape."""
        return jax.lax.broadcasted_iota(dtype, shape, axis)

    def bits(self, value: Any) -> Any:
        """The bits of each float32."""
        return jax.lax.bitcast_convert_type(value, jnp.uint32)

    def from_bits(self, bits: Any) -> Any:
        """The float32 of which these are the bits."""
        return jax.lax.bitcast_convert_type(bits, jnp.float32)

    def function(self, name: str) -> Callable[..., Any]:
        """A function of `jax.numpy`, with finite slopes."""
        return FUNCTIONS[name] if is_sharp(name) else getattr(jnp, name)

    def reduce(self, name: str, value: Any, axes: tuple[int, ...]) -> Any:
        """A reduction over axes, which stay, with finite slopes."""
        return REDUCTIONS[name](value, axes)

    def cast(self, value: Any, dtype: str) -> Any:
        """An array of this dtype."""
        return jnp.asarray(value, dtype)

    def dtype(self, value: Any) -> str:
        """The name of a dtype."""
        return value.dtype.name

    def reshape(self, value: Any, shape: tuple[int, ...]) -> Any:
        """Another shape."""
        return jnp.reshape(value, shape)

    def broadcast(self, value: Any, shape: tuple[int, ...]) -> Any:
        """Repeated to a shape."""
        return jnp.broadcast_to(value, shape)

    def full(self, like: Any, value: Any, dtype: str) -> Any:
        """One value everywhere, sharded as `like` is."""
        return jnp.full_like(like, value, dtype)

    def whole(
        self, function: Whole, arrays: Sequence[Any], numbers: Sequence[Any]
    ) -> tuple[Any, ...]:
        """A function of whole arrays, and of those numbers that are traced."""
        traced = {n: one for n, one in enumerate(numbers) if isinstance(one, Tracer)}

        def call(*given: Any) -> tuple[Any, ...]:
            own, others = given[: len(arrays)], given[len(arrays) :]
            known = dict(enumerate(numbers)) | dict(zip(traced, others, strict=True))
            with _multiplying(function.products):
                return function.results(function(*own, *known.values()))

        try:
            return differentiable(call)(*arrays, *traced.values())
        except jax.errors.ConcretizationTypeError as error:
            raise TRACED_COUNT.error(f"a traced one for {function.__name__}") from error

    def apart(self, arrays: Arrays) -> Arrays:
        """With a barrier: XLA would store what two loops compute, but to compute it is cheaper."""
        return jax.lax.optimization_barrier(arrays)

    def chosen(self, value: Any, condition: Any) -> Any:
        """The same value."""
        return chosen(value, condition)

    def all_finite(self, values: Sequence[Any]) -> Any:
        """Of one array by a sum of zeros, which is fused on CPU; of several by conditions.

        What is not finite less itself is NaN, and a sum with NaN is NaN.
        """
        if len(values) == 1:
            return jnp.sum(values[0] - values[0]) == 0
        return jnp.all(reduce(jnp.logical_and, map(jnp.isfinite, values)))

    def choose(
        self, condition: Any, one: Callable[[], list[Any]], other: Callable[[], list[Any]]
    ) -> list[Any]:
        """Only one of the two is computed."""
        return jax.lax.cond(condition, one, other)


MULTIPLIED = {"tf32": "tensorfloat32", "bfloat16": "bfloat16"}
"""What JAX calls coarser products; others are as it is set to make them."""


def _multiplying(products: str) -> AbstractContextManager[Any]:
    """Products that are traced inside may be as coarse as that."""
    name = MULTIPLIED.get(products)
    return nullcontext() if name is None else jax.default_matmul_precision(name)


JAX = JaxNumpy()
