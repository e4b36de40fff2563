"""The functions of NumPy on arrays of any library, for functions of whole tensors."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from ..errors import RuleError

TORCH: Mapping[str, str] = {
    "concatenate": "cat",
    "power": "pow",
    "take_along_axis": "take_along_dim",
}
"""NumPy's functions that PyTorch calls otherwise; it takes ``axis`` and ``keepdims`` as NumPy."""


_LINALG: ContextVar[Any] = ContextVar("linalg", default=None)


@contextmanager
def linear_algebra(linalg: Any) -> Iterator[None]:
    """Inside, what `array_namespace` gives for arrays of NumPy has this as ``linalg``."""
    token = _LINALG.set(linalg)
    try:
        yield
    finally:
        _LINALG.reset(token)


class NumPyWith:
    """NumPy with another ``linalg``."""

    def __init__(self, linalg: Any) -> None:
        self.linalg = linalg

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)


class Renamed:
    """A library with NumPy's names for some of its functions."""

    def __init__(self, library: Any, names: Mapping[str, str]) -> None:
        self._library = library
        self._names = names

    def __getattr__(self, name: str) -> Any:
        return getattr(self._library, self._names.get(name, name))


def array_namespace(array: Any) -> Any:
    """A module with NumPy's functions for arrays of the library that `array` is of.

    Functions of whole tensors (`whole_tensor`) are called with arrays of NumPy, PyTorch or JAX.
    Operators, ``@`` and ``.mT`` need nothing; for others write::

        xp = adamas.array_namespace(x)
        u, _, v = xp.linalg.svd(x, full_matrices=False)

    Args:
        array: an array [..., rows, columns].

    Raises `RuleError` for an array of another library.
    """
    library = type(array).__module__.partition(".")[0]
    if isinstance(array, np.ndarray):
        linalg = _LINALG.get()
        return np if linalg is None else NumPyWith(linalg)
    if library == "torch":
        return Renamed(sys.modules["torch"], TORCH)
    if library in ("jax", "jaxlib"):
        return sys.modules["jax.numpy"]
    raise RuleError(
        "Functions of whole tensors have NumPy's functions on arrays of NumPy, PyTorch and JAX. "
        f"Got: {type(array).__name__} of {library}. Use operators, @, .mT and methods only."
    )
