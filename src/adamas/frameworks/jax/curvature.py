"""Estimates of the diagonal of the Hessian, for optimizers that are given one."""

from collections.abc import Callable
from typing import Any

import jax  # pyright: ignore[reportMissingImports]


def hessian_diagonal(
    loss_of: Callable[[Any], Any], params: Any, key: Any, *, samples: int = 1
) -> Any:
    """Hutchinson's estimate: z ⊙ (H z), the mean over vectors z of ±1; it may be traced.

    Bekas, Kokiopoulou and Saad, Applied Numerical Mathematics 57 (2007). It is right on average,
    and always where the Hessian is diagonal. Give it to ``step.apply(…, hessian=…)``.

    Args:
        loss_of: the loss as a function of the parameters alone.
        params: where it is looked at, a pytree of float arrays.
        key: a key of `jax.random`, another one for each call.
        samples: how many vectors; each costs about a gradient more.

    Gives a tree like the parameters.
    """
    leaves, form = jax.tree.flatten(params)

    def one(own: Any) -> Any:
        keys = jax.random.split(own, len(leaves))
        drawn = [
            jax.random.rademacher(k, leaf.shape, leaf.dtype)
            for k, leaf in zip(keys, leaves, strict=True)
        ]
        signs = jax.tree.unflatten(form, drawn)
        _, products = jax.jvp(jax.grad(loss_of), (params,), (signs,))
        return jax.tree.map(lambda sign, product: sign * product, signs, products)

    found = [one(own) for own in jax.random.split(key, samples)]
    return jax.tree.map(lambda *several: sum(several) / samples, *found)
