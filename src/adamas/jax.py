"""adamas for JAX: steps as pure functions, and optax's form of them.

import adamas
import adamas.jax

step = adamas.jax.functional(adamas.AdamW(1e-3, global_clipnorm=1.0))
state = step.init(params)
params, state = step.apply(grads, state, params)
"""

from .errors import MissingDependencyError

try:
    import jax  # noqa: F401  # pyright: ignore[reportMissingImports]
except ImportError as error:
    raise MissingDependencyError(
        "adamas.jax needs JAX. Install it: pip install 'adamas[jax]'"
    ) from error

from .frameworks.jax import (
    Functional,
    State,
    from_optax,
    functional,
    load,
    save,
    transformation,
)

__all__ = ["Functional", "State", "from_optax", "functional", "load", "save", "transformation"]
