"""jax.numpy as a library of tensors, for XLA to fuse what it computes."""

from collections.abc import Callable, Sequence
from typing import Any

import jax  # pyright: ignore[reportMissingImports]
import jax.numpy as jnp  # pyright: ignore[reportMissingImports]

from ..refusals import TRACED_COUNT
from .tensors import Arrays


class JaxNumpy:
    """`jax.numpy` as `adamas.compilers.tensors.Library`."""

    @property
    def scalar(self) -> str:
        """float64 where JAX has it."""
        return jnp.result_type(float).name

    def function(self, name: str) -> Callable[..., Any]:
        """A function of `jax.numpy`."""
        return getattr(jnp, name)

    def sum(self, value: Any, axes: tuple[int, ...]) -> Any:
        """The sum over axes, which stay."""
        return jnp.sum(value, axis=axes, keepdims=True)

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

    def whole(self, function: Callable[..., Any], value: Any, numbers: Sequence[Any]) -> Any:
        """A function of a whole array."""
        try:
            return function(value, *numbers)
        except jax.errors.ConcretizationTypeError as error:
            raise TRACED_COUNT.error(f"a traced one for {function.__name__}") from error

    def either(
        self, condition: Any, changed: Callable[[], list[Arrays]], unchanged: list[Arrays]
    ) -> list[Arrays]:
        """One of two, of which only that one is computed."""
        return jax.lax.cond(condition, changed, lambda: unchanged)


JAX = JaxNumpy()
