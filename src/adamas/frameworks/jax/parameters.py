"""Pytrees of parameters: their names, and what may be one."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import jax  # pyright: ignore[reportMissingImports]
import jax.numpy as jnp  # pyright: ignore[reportMissingImports]
import numpy as np

from ...dtypes import FLOATS
from ...errors import ArgumentError, ArrayError, ArrayTypeError, StructureError
from ...refusals import COMPLEX
from ...runtime.missing import refuse_no_gradients
from ...runtime.structure import too_deep


class Parameters:
    """The structure, names, shapes and dtypes of a pytree of parameters.

    Args:
        params: the pytree.
        abstract: whether parameters without values, `jax.ShapeDtypeStruct`, are enough.
    """

    def __init__(self, params: Any, *, abstract: bool = False) -> None:
        try:
            found, self.structure = jax.tree_util.tree_flatten_with_path(params)
        except (RecursionError, SystemError):  # so JAX says that Python's recursion has an end
            raise too_deep("Parameters") from None
        self.names = [name_of(path) for path, _ in found]
        for name, times in Counter(self.names).items():
            if times > 1:
                raise StructureError(
                    f"Each parameter needs a name of its own. Got twice: {name!r}."
                )
        self.leaves = [
            _array("Parameter", n, leaf, abstract)
            for n, (_, leaf) in zip(self.names, found, strict=True)
        ]

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """The shape of each parameter."""
        return [leaf.shape for leaf in self.leaves]

    @property
    def dtypes(self) -> list[str]:
        """The name of the dtype of each parameter."""
        return [leaf.dtype.name for leaf in self.leaves]

    def same(self, tree: Any, what: str) -> list[Any]:
        """The leaves of a tree of this structure, which may have None in place of some."""
        try:
            return self.structure.flatten_up_to(tree)
        except ValueError as error:
            raise StructureError(
                f"{what} must have the structure of the parameters. Got another one: {error}"
            ) from None

    def gradients(self, grads: Any) -> list[Any]:
        """The gradients in the order of the parameters, None for those without one."""
        found = self.given(grads, "Gradients", "The gradient of")
        if found and all(gradient is None for gradient in found):
            refuse_no_gradients()
        return found

    def given(self, tree: Any, all_of_them: str, one: str) -> list[Any]:
        """Arrays of the parameters' shapes in their order, None where there is none.

        Args:
            tree: they are in the structure of the parameters.
            all_of_them, one: what messages call them, and one of them before a name.
        """
        found = []
        leaves = self.same(tree, all_of_them)
        for name, array, parameter in zip(self.names, leaves, self.leaves, strict=True):
            if array is not None:
                array = _array(one, name, array)
                if array.shape != parameter.shape:
                    raise ArrayError(
                        f"{one} {name!r} must have the parameter's shape "
                        f"{parameter.shape}. Got: {array.shape}."
                    )
            found.append(array)
        return found

    def masked(self, mask: Any) -> tuple[bool, ...]:
        """For each parameter what a mask says, as optax has them; empty without a mask.

        Raises `ArgumentError` for a mask that is not of bools.
        """
        if mask is None:
            return ()
        tree = self.unflatten(self.leaves)
        found = mask(tree) if callable(mask) else mask
        try:
            # What stands for several parameters is said of each.
            spread = jax.tree.map(lambda one, part: jax.tree.map(lambda _: one, part), found, tree)
        except ValueError as error:
            raise StructureError(
                "weight_decay_mask must have the structure of the parameters, or of its first "
                f"levels. Got another one: {error}"
            ) from None
        said = self.same(spread, "weight_decay_mask")
        for one in said:
            if not isinstance(one, bool | np.bool_):
                raise ArgumentError(
                    "weight_decay_mask must be True for parameters that decay, and False for "
                    f"others. Got: {one!r}."
                )
        return tuple(map(bool, said))

    def unflatten(self, leaves: Sequence[Any]) -> Any:
        """A tree of this structure."""
        return self.structure.unflatten(leaves)


def name_of(path: Sequence[Any]) -> str:
    """The keys on the way to a leaf, joined by ``/``: ``"layer1/bias"``, as for NumPy arrays."""
    keys = [_key(entry) for entry in path]
    if len(keys) > 1 and isinstance(path[-1], jax.tree_util.GetAttrKey) and keys[-1] == "value":
        keys.pop()  # the box that flax puts around each array
    return "/".join(keys)


def _key(entry: Any) -> str:
    for attribute in ("key", "idx", "name"):
        if hasattr(entry, attribute):
            return str(getattr(entry, attribute))
    return str(entry)


def is_abstract(leaf: Any) -> bool:
    """Whether a leaf has a shape and a dtype, but no value."""
    return isinstance(leaf, jax.ShapeDtypeStruct)


def _array(what: str, name: str, leaf: Any, abstract: bool = False) -> Any:
    """A leaf as an array that can be optimized; numbers of Python are floats."""
    if isinstance(leaf, int | float) and not isinstance(leaf, bool):
        return jnp.asarray(float(leaf))
    dtype = getattr(leaf, "dtype", None)
    if dtype is None or not hasattr(leaf, "shape"):
        raise ArrayTypeError(
            f"{what} {name!r} must be an array. Got: {type(leaf).__name__}. Split the tree first, "
            "for instance with equinox.partition(model, equinox.is_inexact_array)."
        )
    if hasattr(leaf, "todense"):
        raise ArrayTypeError(
            f"{what} {name!r} must be dense. Got: {type(leaf).__name__}. Use array.todense()."
        )
    if str(dtype) not in FLOATS:
        if jnp.issubdtype(dtype, jnp.complexfloating):
            raise COMPLEX.error(f"{dtype} for {name!r}")
        raise ArrayTypeError(
            f"{what} {name!r} must be of dtype {', '.join(FLOATS)}. Got: {dtype}. "
            "Use array.astype(jax.numpy.float32), or leave it out of the parameters."
        )
    if not is_abstract(leaf):
        return jnp.asarray(leaf)
    if not abstract:
        raise ArrayTypeError(
            f"{what} {name!r} must have a value. Got: {leaf}. Only init takes parameters without."
        )
    return leaf
