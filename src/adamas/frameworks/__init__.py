"""The manners of each framework; `open_session` finds whose arrays these are.

Nothing here imports a framework that is not loaded already.
"""

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..description import Description
from ..refusals import FOREIGN_ARRAYS, JAX_IN_PLACE
from ..runtime.structure import DEEPEST, listed, read_structure, too_deep

if TYPE_CHECKING:
    from ..runtime.host.in_folder import Path
    from ..runtime.host.session import Session


KINDS = {"torch": "Tensor", "jax": "Array", "tensorflow": "Tensor", "keras": "Variable"}
"""The class of arrays in each framework."""


def open_session(
    description: Description, params: Any, compiler: str | None, folder: "Path | None" = None
) -> "Session":
    """The state of an optimizer for `params`, on the side of the framework they belong to.

    With `folder` its slots lie there.
    """
    params = listed(params)
    foreign = _framework_of(_first_leaf(params))
    if foreign == "jax":
        raise JAX_IN_PLACE.error("JAX arrays as parameters")
    if foreign == "torch":
        from .torch.sessions import open_tensors

        return open_tensors(description, params, compiler, folder)
    if foreign is not None:
        raise FOREIGN_ARRAYS.error(f"an array of {foreign}")
    if folder is not None:
        from .numpy_folder import FolderArraySession

        return FolderArraySession(description, params, compiler, folder)
    from .numpy import ArraySession

    return ArraySession(description, params, compiler)


def explain(
    description: Description, session: "Session | None", params: Any, *, source: bool
) -> str:
    """The text that `Optimizer.explain` prints."""
    from ..explanation import explain as explanation
    from ..explanation import plans
    from ..terminal import row_width

    shapes, dtype = _forms(session, params)
    text = explanation(description, shapes, dtype).text(row_width())
    if source:
        from ..compilers.graph import render_pass
        from ..lowering import lower

        for plan in plans(description, shapes):
            passes = (*plan.update, *plan.accumulate)
            text += "\n\n" + "\n\n".join(render_pass(lower(plan, work)) for work in passes)
    return text


def _forms(session: "Session | None", params: Any) -> tuple[dict[str, tuple[int, ...]], str]:
    """Shapes by name and the dtype of `params`, or of what the optimizer was built for."""
    if isinstance(params, Mapping) and all(map(_is_shape, params.values())):
        return dict(params), "float32"
    if params is None:
        named = dict(session.parameters()) if session is not None else {}
    else:
        structure = read_structure(params, lambda leaf: hasattr(leaf, "shape"))
        named = dict(zip(structure.names, structure.leaves, strict=True))
    dtypes = [str(array.dtype).removeprefix("torch.") for array in named.values()]
    return {name: tuple(a.shape) for name, a in named.items()}, max(
        dtypes, key=dtypes.count, default="float32"
    )


def _is_shape(value: Any) -> bool:
    return isinstance(value, tuple) and all(isinstance(size, int) for size in value)


def _first_leaf(tree: Any) -> Any:
    for _ in range(DEEPEST + 1):
        if not isinstance(tree, Mapping | Sequence) or isinstance(tree, str | bytes) or not tree:
            return tree
        tree = next(iter(tree.values())) if isinstance(tree, Mapping) else tree[0]
    raise too_deep("Parameters")


def _framework_of(leaf: Any) -> str | None:
    """The name of the framework whose array `leaf` is, looking only at loaded modules."""
    for name, kind in KINDS.items():
        module = sys.modules.get(name)
        if module is not None and isinstance(leaf, getattr(module, kind, ())):
            return name
    return None
