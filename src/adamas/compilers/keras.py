"""Keras's operations, on whichever backend it runs, as a library of tensors."""

import importlib
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np

from ..errors import MissingDependencyError
from ..language.matrices import Whole
from ..language.noise import WORD
from ..language.operations import is_sharp, name_in
from ..refusals import TRACED_COUNT
from .library import Arrays

try:
    # Any: Keras annotates its operations with the tensors of all backends at once.
    keras: Any = importlib.import_module("keras")
except ImportError as error:
    raise MissingDependencyError(
        "adamas.keras needs Keras 3 and one of JAX, PyTorch and TensorFlow. "
        "Install it: pip install 'adamas[keras]'"
    ) from error


class Operations:
    """`keras.ops` as `adamas.compilers.library.Library`."""

    @property
    def scalar(self) -> str:
        """float64, but on JAX float32 unless it is told otherwise."""
        if not on_jax():
            return "float64"
        import jax

        return "float64" if jax.config.jax_enable_x64 else "float32"  # type: ignore[attr-defined]

    @property
    def word(self) -> str:
        """PyTorch has no arithmetic of numbers without a sign."""
        return "int64" if keras.backend.backend() == "torch" else "uint32"

    def along(self, shape: tuple[int, ...], axis: int, dtype: str) -> Any:
        """The place along an axis of each element of a shape."""
        form = [size if place == axis else 1 for place, size in enumerate(shape)]
        places = keras.ops.arange(shape[axis], dtype=dtype)
        return keras.ops.broadcast_to(keras.ops.reshape(places, form), shape)

    def bits(self, value: Any) -> Any:
        """The bits of each float32, as whole numbers of the dtype `word`."""
        if self.word == "uint32":
            return keras.ops.view(value, "uint32")
        return keras.ops.cast(keras.ops.view(value, "int32"), self.word) & WORD

    def from_bits(self, bits: Any) -> Any:
        """The float32 of which these are the bits."""
        signed = self.word != "uint32"  # a cast keeps the lower half
        return keras.ops.view(keras.ops.cast(bits, "int32") if signed else bits, "float32")

    def function(self, name: str) -> Callable[..., Any]:
        """A function of `keras.ops`, by NumPy's name; on JAX with finite slopes."""
        if is_sharp(name) and on_jax():
            return slopes().FUNCTIONS[name]
        return getattr(keras.ops, name_in("keras", name))

    def reduce(self, name: str, value: Any, axes: tuple[int, ...]) -> Any:
        """A reduction over axes, which stay; on JAX with finite slopes."""
        if not axes:
            return value
        if on_jax():
            return slopes().REDUCTIONS[name](value, axes)
        return getattr(keras.ops, name)(value, axis=axes, keepdims=True)

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

    def full(self, like: Any, value: Any, dtype: str) -> Any:
        """One value everywhere."""
        return self.broadcast(self.cast(value, dtype), tuple(like.shape))

    def whole(
        self, function: Whole, arrays: Sequence[Any], numbers: Sequence[Any]
    ) -> tuple[Any, ...]:
        """A function of whole tensors, on the tensors of the backend itself."""
        if on_jax():
            return importlib.import_module(".xla", __package__).JAX.whole(function, arrays, numbers)
        if not all(isinstance(number, float | int) for number in numbers):
            raise TRACED_COUNT.error(f"another one for {function.__name__}")
        if keras.backend.backend() == "tensorflow":
            made = function.results(function(*map(Matrices, arrays), *numbers))
            return tuple(one.tensor for one in made)
        products: Any = importlib.import_module(".products", __package__)
        made = products.applied(function, arrays, numbers)
        return tuple(one.to(arrays[0].dtype) for one in made)

    def apart(self, arrays: Arrays) -> Arrays:
        """The same tensors: nothing is shared in any case."""
        return arrays

    def chosen(self, value: Any, condition: Any) -> Any:
        """The same value."""
        return slopes().chosen(value, condition) if on_jax() else value

    def all_finite(self, values: Sequence[Any]) -> Any:
        """Of all together."""
        return keras.ops.all(reduce(keras.ops.logical_and, map(keras.ops.isfinite, values)))

    def choose(
        self, condition: Any, one: Callable[[], list[Any]], other: Callable[[], list[Any]]
    ) -> list[Any]:
        """Only one of the two is computed; JAX would compile it anew in each call of its own."""
        if _is_known(condition):
            return one() if condition else other()
        return keras.ops.cond(condition, one, other)


def on_jax() -> bool:
    """Whether JAX is the backend."""
    return keras.backend.backend() == "jax"


def slopes() -> Any:
    """What JAX, which is there then, needs to differentiate a step."""
    return importlib.import_module(".slopes", __package__)


def _is_known(condition: Any) -> bool:
    """Whether JAX has the value now: the step is not compiled as a whole."""
    if not on_jax():
        return False
    from jax.core import Tracer

    return not isinstance(condition, Tracer)


class Matrices:
    """A tensor of TensorFlow with the operators and methods that other libraries' tensors have."""

    def __init__(self, tensor: Any) -> None:
        self.tensor = tensor

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return tuple(self.tensor.shape)

    @property
    def mT(self) -> "Matrices":  # noqa: N802 (the name in the array API)
        """Each matrix transposed."""
        return Matrices(keras.ops.swapaxes(self.tensor, -1, -2))

    def clip(self, least: Any = None, greatest: Any = None) -> "Matrices":
        """Each element within bounds, one of which may be missing; Keras's needs both."""
        low, high = (
            (-np.inf if least is None else least),
            (np.inf if greatest is None else greatest),
        )
        return Matrices(keras.ops.clip(self.tensor, low, high))

    def __getattr__(self, name: str) -> Callable[..., "Matrices"]:
        function = getattr(keras.ops, name)

        def method(*arguments: Any, **options: Any) -> Matrices:
            return Matrices(function(self.tensor, *arguments, **options))

        return method


def _operator(name: str, reflected: bool) -> Callable[[Matrices, Any], Matrices]:
    def method(self: Matrices, other: Any) -> Matrices:
        pair = (self.tensor, other.tensor if isinstance(other, Matrices) else other)
        return Matrices(getattr(keras.ops, name)(*(pair[::-1] if reflected else pair)))

    return method


for _method, _name in {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "divide",
    "matmul": "matmul",
    "pow": "power",
}.items():
    setattr(Matrices, f"__{_method}__", _operator(_name, reflected=False))
    setattr(Matrices, f"__r{_method}__", _operator(_name, reflected=True))


OPERATIONS = Operations()
