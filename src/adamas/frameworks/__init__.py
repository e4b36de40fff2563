"""The manners of each framework; `open_session` finds whose arrays these are.

Nothing here imports a framework that is not loaded already.
"""

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from ..refusals import FOREIGN_ARRAYS, JAX_IN_PLACE

if TYPE_CHECKING:
    from ..optimizer import Optimizer
    from .numpy import Session


def open_session(optimizer: "Optimizer", params: Any, compiler: str | None) -> "Session":
    """The state of `optimizer` for `params`, on the side of the framework they belong to."""
    foreign = _framework_of(_first_leaf(params))
    if foreign == "jax":
        raise JAX_IN_PLACE.error("JAX arrays as parameters")
    if foreign == "torch":
        from .torch.life import TensorSession

        return cast("Session", TensorSession(optimizer, params, compiler))
    if foreign is not None:
        raise FOREIGN_ARRAYS.error(f"an array of {foreign}")
    from .numpy import Session

    return Session(optimizer, params, compiler)


def save(optimizer: "Optimizer", path: Any) -> None:
    """Write the state of `optimizer` to a file."""
    from . import files

    files.save(optimizer, path)


def load(optimizer: "Optimizer", path: Any, *, hyperparameters: bool) -> None:
    """Take the state of `optimizer` from a file."""
    from . import files

    files.load(optimizer, path, hyperparameters=hyperparameters)


def explain(optimizer: "Optimizer", params: Any, *, source: bool) -> str:
    """The text that `Optimizer.explain` prints."""
    from ..explanation import explain as explanation
    from ..explanation import plans

    shapes, dtype = _forms(optimizer, params)
    text = str(explanation(optimizer, shapes, dtype))
    if source:
        from ..compilers.graph import render_pass
        from ..lowering import lower

        for plan in plans(optimizer, shapes):
            passes = (*plan.update, *plan.accumulate)
            text += "\n\n" + "\n\n".join(render_pass(lower(plan, work)) for work in passes)
    return text


def _forms(optimizer: "Optimizer", params: Any) -> tuple[dict[str, tuple[int, ...]], str]:
    """Shapes by name and the dtype of `params`, or of what the optimizer was built for."""
    session = optimizer.session if optimizer.built else None
    if isinstance(params, Mapping) and all(map(_is_shape, params.values())):
        return dict(params), "float32"
    if params is None:
        named = dict(session.parameters()) if session is not None else {}
    else:
        from ..runtime.structure import Structure

        structure = Structure(params, lambda leaf: hasattr(leaf, "shape"))
        named = dict(zip(structure.names, structure.leaves, strict=True))
    dtypes = [str(array.dtype).removeprefix("torch.") for array in named.values()]
    return {name: tuple(a.shape) for name, a in named.items()}, max(
        dtypes, key=dtypes.count, default="float32"
    )


def _is_shape(value: Any) -> bool:
    return isinstance(value, tuple) and all(isinstance(size, int) for size in value)


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
