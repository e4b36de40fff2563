"""A caller's arrays or tensors ↔ one vector of all their weights in a row."""

import math
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..dtypes import FLOATS, wide
from ..errors import ArgumentError, ArrayError, ArrayTypeError, shown
from ..refusals import COMPLEX, JAX_IN_PLACE
from ..runtime.missing import refuse_no_gradients
from ..runtime.structure import read_structure, rebuilt
from .vector import Vector, is_of_jax


class Layout:
    """Parameters, and where each stands in the vector.

    Args:
        params: a sequence or a (nested) mapping of arrays of NumPy or tensors of PyTorch.
        dtype: of the vector; None for the widest of the parameters.

    Raises:
        StructureError, ArrayTypeError: they cannot be optimized.
    """

    def __init__(self, params: Any, dtype: str | None = None) -> None:
        structure = read_structure(params, lambda leaf: hasattr(leaf, "shape"))
        self.names, self.leaves = structure.names, structure.leaves
        self._structure, self._tree = structure, params
        dtypes = [_check(n, a) for n, a in zip(self.names, self.leaves, strict=True)]
        self._dtype = dtype or widest(dtypes)

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """The shape of each parameter."""
        return [tuple(leaf.shape) for leaf in self.leaves]

    def read(self) -> Vector:
        """The weights, copied."""
        return self._joined(self.leaves)

    def tree(self, vector: Vector) -> Any:
        """New arrays with these weights, in the structure and the dtypes of the parameters.

        Args:
            vector: of all weights.
        """
        pairs = zip(self.parts(vector), self.leaves, strict=True)
        return rebuilt(self._tree, iter([_like(part, leaf) for part, leaf in pairs]))

    def gradient(self, tree: Any) -> Vector:
        """Gradients in a row; 0 for a parameter that has none, `ArrayError` if none has one.

        Args:
            tree: gradients in the structure of the parameters, or None for some.
        """
        found = self._structure.flatten(tree, "Gradients")
        if all(gradient is None for gradient in found):
            refuse_no_gradients()
        return self.gradients(found)

    def gradients(self, found: Sequence[Any]) -> Vector:
        """Gradients in a row; 0 for a parameter that has none.

        Args:
            found: in the order of the parameters, or None for some.
        """
        for name, leaf, gradient in zip(self.names, self.leaves, found, strict=True):
            shape = None if gradient is None else tuple(getattr(gradient, "shape", ()))
            if shape is not None and shape != tuple(leaf.shape):
                raise ArrayError(
                    f"The gradient of {name!r} must have the parameter's shape "
                    f"{tuple(leaf.shape)}. Got: {shape}."
                )
        pairs = zip(self.leaves, found, strict=True)
        return self._joined([leaf * 0 if one is None else one for leaf, one in pairs])

    def write(self, vector: Vector) -> None:
        """Put weights into the parameters.

        Args:
            vector: of all weights.
        """
        for leaf, part in zip(self.leaves, self.parts(vector), strict=True):
            if isinstance(leaf, np.ndarray):
                leaf[...] = part
            else:
                leaf.detach().copy_(part)

    def parts(self, vector: Vector) -> list[Any]:
        """Views of a vector, of the shape of each parameter.

        Args:
            vector: of all weights.
        """
        [row], begin, found = vector.leaves, 0, []
        for shape in self.shapes:
            end = begin + math.prod(shape)
            found.append(row[begin:end].reshape(shape))
            begin = end
        return found

    def of_arrays(self, parts: Sequence[Any]) -> Vector:
        """A vector of NumPy's arrays, one for each parameter, in the parameters' library.

        Args:
            parts: as `parts` gives them.
        """
        leaf = self.leaves[0]
        if isinstance(leaf, np.ndarray):
            return self._joined(parts)
        tensor = sys.modules["torch"].as_tensor
        return self._joined([tensor(part, device=leaf.device) for part in parts])

    def _joined(self, leaves: Sequence[Any]) -> Vector:
        if isinstance(self.leaves[0], np.ndarray):
            rows = [np.asarray(leaf, self._dtype).ravel() for leaf in leaves]
            return Vector([np.concatenate(rows)])
        torch = sys.modules["torch"]
        dtype = getattr(torch, self._dtype)
        return Vector([torch.cat([leaf.detach().reshape(-1).to(dtype) for leaf in leaves])])


def widest(dtypes: Iterable[str]) -> str:
    """The dtype of a vector of parameters of these dtypes."""
    return "float64" if "float64" in [wide(one) for one in dtypes if one in FLOATS] else "float32"


def loss_of(value: Any) -> np.float64:
    """A loss as a number.

    Raises `ArgumentError` for what is none.
    """
    try:
        return np.float64(float(value.detach() if hasattr(value, "detach") else value))
    except (TypeError, ValueError, RuntimeError):
        raise ArgumentError(
            f"The loss must be one number. Got: {shown(value)} ({type(value).__name__})."
        ) from None


def pair_of(result: Any) -> tuple[Any, Any]:
    """The loss and the gradients that a function gave."""
    if isinstance(result, tuple | list) and len(result) == 2:
        return result[0], result[1]
    raise ArgumentError(
        f"value_and_grad must return a pair (loss, gradients). Got: {type(result).__name__}."
    )


def _check(name: str, leaf: Any) -> str:
    """The dtype of a parameter, or an error."""
    if is_of_jax(leaf):
        raise JAX_IN_PLACE.error("JAX arrays as parameters")
    dtype = str(getattr(leaf, "dtype", type(leaf).__name__)).removeprefix("torch.")
    if dtype.startswith("complex"):
        raise COMPLEX.error(f"{dtype} for {name!r}")
    if dtype not in FLOATS or not (isinstance(leaf, np.ndarray) or hasattr(leaf, "detach")):
        raise ArrayTypeError(
            f"Parameter {name!r} must be an array of NumPy or a tensor of PyTorch, of dtype "
            f"{', '.join(FLOATS)}. Got: {dtype}."
        )
    if hasattr(leaf, "full_tensor"):
        raise ArrayTypeError(
            f"Parameter {name!r} must be whole: a search looks at all weights as one vector. "
            "Got: a DTensor, of which each process has a part. Use the optimizer of adamas.torch, "
            "whose step(closure) takes them."
        )
    if isinstance(leaf, np.ndarray) and not leaf.flags.writeable:
        raise ArrayError(f"Parameter {name!r} must be writeable. Got: a read-only array.")
    return dtype


def _like(part: Any, leaf: Any) -> Any:
    """An array of one's own with the dtype of a parameter."""
    if isinstance(leaf, np.ndarray):
        return part.astype(leaf.dtype)
    return part.to(leaf.dtype, copy=True).requires_grad_(leaf.requires_grad)
