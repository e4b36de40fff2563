"""JAX's manners for drivers: a call, with all that it looks at, is one function to be traced."""

from collections.abc import Callable
from typing import Any

import jax  # pyright: ignore[reportMissingImports]
import jax.numpy as jnp  # pyright: ignore[reportMissingImports]

from ...drivers import Driver, Vector
from ...drivers.branches import settled
from ...drivers.layout import pair_of
from ...drivers.search import first_state
from ...dtypes import wide
from ...errors import ArrayError
from .parameters import Parameters

jax.tree_util.register_pytree_node(
    Vector, lambda vector: (vector.leaves, None), lambda _, leaves: Vector(leaves)
)


class Driven:
    """The calls of a driver as pure functions; `functional` makes it.

    Args:
        driver: whose.
    """

    def __init__(self, driver: Driver) -> None:
        self.driver = driver.replace()

    def init(self, params: Any) -> Any:
        """The state before the first call, a pytree.

        Args:
            params: a pytree of float arrays.

        Raises:
            ArrayTypeError, StructureError: a parameter cannot be optimized.
        """
        return settled(first_state(self.driver, _vector(Parameters(params))))

    def apply(
        self,
        value_and_grad: Callable[..., tuple[Any, Any]],
        state: Any,
        params: Any,
        *others: Any,
        **more: Any,
    ) -> tuple[Any, Any]:
        """One call: the new parameters and the new state. It may be traced.

        Args:
            value_and_grad: of parameters, and whatever else; gives a pair of the loss and gradients
                in their structure, as ``jax.value_and_grad(loss_of)`` does.
            state: what `init` or the call before gave.
            params: the parameters.
            others, more: handed on to `value_and_grad`.

        The state has what there is at the new parameters: ``state.loss``, ``state.iterations``.
        Where the first loss is not finite, parameters stay as they are.

        Raises:
            ArgumentError: it gives no pair.
            StructureError, ArrayTypeError, ArrayError: gradients do not fit.
        """
        parameters = Parameters(params)

        def looked(state: Any) -> Any:
            loss, gradients = pair_of(
                value_and_grad(_tree(parameters, state.point), *others, **more)
            )
            loss = jnp.asarray(loss)
            if loss.shape:
                raise ArrayError(f"The loss must be one number. Got: an array of {loss.shape}.")
            known = settled((loss, _gradient(parameters, gradients)))
            return settled(self.driver.advance(state, *known))

        begun = settled(self.driver.resume(state, _vector(parameters)))
        state = jax.lax.while_loop(lambda state: ~state.done, looked, begun)
        return _tree(parameters, state.x), state


def _vector(parameters: Parameters) -> Vector:
    """The weights in the precision of their arithmetic."""
    return Vector([leaf.astype(wide(str(leaf.dtype))) for leaf in parameters.leaves])


def _gradient(parameters: Parameters, tree: Any) -> Vector:
    """Gradients in the same precision; 0 for a parameter that has none."""
    pairs = zip(parameters.gradients(tree), parameters.leaves, strict=True)
    return Vector(
        [(leaf * 0 if one is None else one).astype(wide(str(leaf.dtype))) for one, leaf in pairs]
    )


def _tree(parameters: Parameters, vector: Vector) -> Any:
    pairs = zip(vector.leaves, parameters.leaves, strict=True)
    return parameters.unflatten([part.astype(leaf.dtype) for part, leaf in pairs])
