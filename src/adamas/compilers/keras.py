"""Keras's operations, on whichever backend it runs, as a library of tensors."""

from collections.abc import Callable, Sequence
from typing import Any

import keras

from ..errors import UnsupportedError

REFUSES: dict[str, str] = {
    "nonfinite='raise'": (
        "A compiled step cannot raise. Use nonfinite='skip' and look at optimizer.skipped."
    ),
    "traced counts": (
        "How often a function of whole tensors repeats something, such as Muon's ns_steps, must "
        "be a plain number."
    ),
    "whole tensors on TensorFlow": (
        "A function of whole tensors, such as Muon's, needs the operators and methods that NumPy, "
        "PyTorch and JAX share. Use Keras on JAX or PyTorch."
    ),
}

_NAMES = {"remainder": "mod"}
"""Functions that Keras calls by another name than NumPy."""


class Operations:
    """`keras.ops` as `adamas.compilers.tensors.Library`."""

    @property
    def scalar(self) -> str:
        """float64, but on JAX float32 unless it is told otherwise."""
        if keras.backend.backend() != "jax":
            return "float64"
        import jax

        return "float64" if jax.config.jax_enable_x64 else "float32"  # type: ignore[attr-defined]

    def function(self, name: str) -> Callable[..., Any]:
        """A function of `keras.ops`, by NumPy's name."""
        return getattr(keras.ops, _NAMES.get(name, name))

    def sum(self, value: Any, axes: tuple[int, ...]) -> Any:
        """The sum over axes, which stay."""
        return keras.ops.sum(value, axis=axes, keepdims=True) if axes else value

    def cast(self, value: Any, dtype: str) -> Any:
        """A tensor of this dtype."""
        if isinstance(value, float | int):
            return keras.ops.convert_to_tensor(value, dtype)
        return keras.ops.cast(value, dtype)

    def dtype(self, value: Any) -> str:
        """The name of a dtype."""
        return keras.backend.standardize_dtype(value.dtype)

    def reshape(self, value: Any, shape: tuple[int, ...]) -> Any:
        """Another shape; nothing is done where it is the same."""
        return value if tuple(value.shape) == shape else keras.ops.reshape(value, shape)

    def broadcast(self, value: Any, shape: tuple[int, ...]) -> Any:
        """Repeated to a shape; nothing is done where it has it."""
        return value if tuple(value.shape) == shape else keras.ops.broadcast_to(value, shape)

    def whole(self, function: Callable[..., Any], value: Any, numbers: Sequence[Any]) -> Any:
        """A function of a whole tensor, on the tensors of the backend itself."""
        if keras.backend.backend() == "tensorflow":
            raise UnsupportedError(REFUSES["whole tensors on TensorFlow"])
        if not all(isinstance(number, float | int) for number in numbers):
            raise UnsupportedError(REFUSES["traced counts"])
        return function(value, *numbers)


OPERATIONS = Operations()
