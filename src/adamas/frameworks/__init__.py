"""The manners of each framework; `open_session` finds whose arrays these are.

Nothing here imports a framework that is not loaded already.
"""

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import UnsupportedError

if TYPE_CHECKING:
    from ..optimizer import Optimizer
    from .numpy import Session


def open_session(optimizer: "Optimizer", params: Any, compiler: str | None) -> "Session":
    """The state of `optimizer` for `params`, on the side of the framework they belong to."""
    foreign = _framework_of(_first_leaf(params))
    if foreign is not None:
        raise UnsupportedError(
            f"Parameters must be NumPy arrays. Got: an array of {foreign}. "
            "Convert them with numpy.asarray, and the results back."
        )
    from .numpy import Session

    return Session(optimizer, params, compiler)


def _first_leaf(tree: Any) -> Any:
    while isinstance(tree, Mapping | Sequence) and not isinstance(tree, str | bytes) and len(tree):
        tree = next(iter(tree.values())) if isinstance(tree, Mapping) else tree[0]
    return tree


def _framework_of(leaf: Any) -> str | None:
    """The name of the framework whose array `leaf` is, looking only at loaded modules."""
    for name, kind in {"torch": "Tensor", "jax": "Array", "tensorflow": "Tensor"}.items():
        module = sys.modules.get(name)
        if module is not None and isinstance(leaf, getattr(module, kind, ())):
            return name
    return None
