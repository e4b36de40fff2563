"""What differs between the backends of Keras around a step."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from ...compilers.keras import keras
from ...refusals import COMPLEX, REPLICAS

ops = keras.ops


def wide_gradient(gradient: Any) -> Any:
    """A gradient as a dense tensor in the precision of the arithmetic, before it is unscaled."""
    if gradient is None:
        return None
    dtype = keras.backend.standardize_dtype(gradient.dtype)
    if dtype.startswith("complex"):
        raise COMPLEX.error(f"{dtype} for a gradient")
    wide = "float64" if dtype == "float64" else "float32"
    return ops.convert_to_tensor(_dense(gradient), wide, sparse=False)


def _dense(gradient: Any) -> Any:
    """Rows of an embedding, which may come more than once, summed in a tensor of all rows."""
    match keras.backend.backend():
        case "tensorflow":
            import tensorflow as tf  # pyright: ignore[reportMissingImports, reportMissingModuleSource]

            # Keras takes it for a tensor, and would square each row before they are summed.
            rows = isinstance(gradient, tf.IndexedSlices)
            return tf.convert_to_tensor(gradient) if rows else gradient
        case "torch" if getattr(gradient, "is_sparse", False):
            return gradient.to_dense()
    return gradient


def value_of(variable: Any) -> Any:
    """The tensor that a variable of Keras, or of the backend, holds."""
    own = isinstance(variable, keras.Variable)
    return variable.value if own else ops.convert_to_tensor(variable)


def is_compiled(tensor: Any) -> bool:
    """Whether what is done with a tensor is traced, for a compiler and for later calls."""
    match keras.backend.backend():
        case "jax":
            from jax.core import Tracer

            return isinstance(tensor, Tracer)
        case "tensorflow":
            import tensorflow as tf  # pyright: ignore[reportMissingImports, reportMissingModuleSource]

            return not tf.executing_eagerly()
    return False


def graphs_hold_variables() -> bool:
    """Whether what was traced goes on with the variables of that time, whoever has others now."""
    return keras.backend.backend() == "tensorflow"


def without_gradients() -> Any:
    """PyTorch would record what is done with parameters."""
    if keras.backend.backend() != "torch":
        return nullcontext()
    import torch

    return torch.no_grad()


@contextmanager
def outside_of_graphs() -> Iterator[bool]:
    """TensorFlow may build while it traces; gives whether variables have values by now."""
    if keras.backend.backend() != "tensorflow":
        yield True
        return
    import tensorflow as tf  # pyright: ignore[reportMissingImports, reportMissingModuleSource]

    known = tf.executing_eagerly()
    with tf.init_scope():
        yield known


def refuse_replicas() -> None:
    """`UnsupportedError` where TensorFlow runs several replicas."""
    if keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf  # pyright: ignore[reportMissingImports, reportMissingModuleSource]

    count = tf.distribute.get_strategy().num_replicas_in_sync
    if count > 1:
        raise REPLICAS.error(f"{count} replicas")
