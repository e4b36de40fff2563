"""adamas for JAX: steps as pure functions, and optax's form of them.

import adamas
import adamas.jax

step = adamas.jax.functional(adamas.AdamW(1e-3, global_clipnorm=1.0))
state = step.init(params)
params, state = step.apply(grads, state, params)
"""

from . import optimizers
from .errors import MissingDependencyError
from .registry import no_attribute

try:
    import jax  # noqa: F401  # pyright: ignore[reportMissingImports]
except ImportError as error:
    raise MissingDependencyError(
        "adamas.jax needs JAX. Install it: pip install 'adamas[jax]'"
    ) from error

from .frameworks.jax import (
    Functional,
    State,
    convert,
    from_optax,
    functional,
    hessian_diagonal,
    load,
    save,
    transformation,
)

__all__ = [
    "Functional",
    "State",
    "convert",
    "from_optax",
    "functional",
    "hessian_diagonal",
    "load",
    "save",
    "transformation",
]

_WAYS = {
    name: f"Steps of JAX are made of adamas.{name}: adamas.jax.functional(adamas.{name}()), or "
    f"transformation for optax's init and update."
    for name in optimizers.__all__
}
_WAYS |= {name.lower(): way for name, way in _WAYS.items()}


def __getattr__(name: str) -> object:
    """What is not here, with the way out."""
    raise no_attribute(__name__, name, __all__, _WAYS)
