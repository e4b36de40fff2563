"""JAX's manners: steps as pure functions of pytrees, and optax's form of them."""

from .curvature import hessian_diagonal
from .files import convert, load, save
from .optax import from_optax, transformation
from .state import State
from .steps import Functional, functional

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
