"""Which PyTorch tensors can be parameters, and how their memory looks to a compiler."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from ...compilers.llvm.tensor_guard import span
from ...dtypes import FLOATS, STORED, numpy_dtype, wide
from ...errors import ArrayError, ArrayTypeError
from ...refusals import COMPLEX, FOREIGN_DEVICE, SPARSE
from ...runtime.order import other_order

DTYPES = {getattr(torch, name): numpy_dtype(name) for name in FLOATS}
_STORED = {getattr(torch, name): numpy_dtype(name) for name in STORED}
"""The dtypes that parameters and gradients may have."""

_NAMED = " or ".join(", ".join(FLOATS).rsplit(", ", 1))

DEVICES = ("cpu", "cuda")


def local(tensor: torch.Tensor) -> torch.Tensor:
    """The part of a tensor that this process has: all of it, unless it is a DTensor."""
    return tensor.to_local() if is_divided(tensor) else tensor  # type: ignore[attr-defined]


def is_divided(tensor: torch.Tensor) -> bool:
    """Whether a tensor is a `torch.distributed.tensor.DTensor`."""
    return hasattr(tensor, "_local_tensor") and hasattr(tensor, "device_mesh")


def has_memory(tensor: torch.Tensor) -> bool:
    """Whether a local tensor's elements lie in its storage, which may have been resized."""
    if tensor.numel() == 0:
        return True
    if tensor._is_zerotensor():
        return False
    try:
        storage = tensor.untyped_storage()
    except (RuntimeError, NotImplementedError):  # as of tensors that other tensors stand for
        return False
    size = 0 if storage.device.type == "meta" else storage.nbytes()
    return tensor.storage_offset() * tensor.element_size() + span(tensor) <= size


def plain(gradient: Any) -> Any:
    """A gradient whose bits are its values: not to be read with the other sign, nor zeros without.

    PyTorch makes such views of the parts of complex numbers, and where it differentiates.
    """
    if not isinstance(gradient, torch.Tensor) or gradient.layout is not torch.strided:
        return gradient
    if gradient._is_zerotensor():
        return torch.zeros(gradient.shape, dtype=gradient.dtype, device=gradient.device)
    return gradient.resolve_neg()


def shell(tensor: torch.Tensor, what: str = "A tensor of the state") -> np.ndarray:
    """A NumPy array over the memory of a local tensor, in its shape and strides.

    On a GPU it only tells where and how the tensor lies: its memory cannot be read here. Of a
    tensor that has no memory, or whose bits are not its values, an `ArrayError` tells `what` it is.
    """
    tensor = tensor.detach()
    if tensor.is_neg():
        raise ArrayError(
            f"{what} must lie in memory as it is. Got: a view with the other sign. "
            "Use tensor.resolve_neg()."
        )
    if not has_memory(tensor):
        raise ArrayError(
            f"{what} must have memory for {tensor.numel()} elements. "
            f"Got: a {type(tensor).__name__} without. Give it back its storage, or use a copy."
        )
    dtype = _STORED[tensor.dtype]
    if tensor.device.type == "cpu":
        try:
            whole = tensor.view(torch.int16) if tensor.dtype is torch.bfloat16 else tensor
            return whole.numpy().view(dtype)
        except (RuntimeError, TypeError) as error:
            raise ArrayError(
                f"{what} must be a tensor with memory of its own. "
                f"Got: a {type(tensor).__name__}. PyTorch says: {error}"
            ) from None
    return np.asarray(_Memory(tensor, dtype)).view(dtype)


class _Memory:
    """What NumPy asks for to make an array of memory that it does not own."""

    def __init__(self, tensor: torch.Tensor, dtype: np.dtype) -> None:
        self.__array_interface__ = {
            "version": 3,
            "data": (tensor.data_ptr(), False),
            "shape": tuple(tensor.shape),
            "strides": tuple(stride * dtype.itemsize for stride in tensor.stride()),
            "typestr": f"<V{dtype.itemsize}" if dtype.kind == "V" else dtype.str,
        }


def compute_dtype(dtype: torch.dtype) -> torch.dtype:
    """The dtype of slots: never narrower than float32."""
    return getattr(torch, wide(DTYPES[dtype].name))


def check_parameter(name: str, parameter: torch.Tensor) -> None:
    """Refuse what cannot be updated in place, saying why."""
    if parameter.dtype.is_complex:
        raise COMPLEX.error(f"{parameter.dtype} for {name!r}")
    if parameter.dtype not in DTYPES:
        raise ArrayTypeError(
            f"Parameter {name!r} must be of dtype {_NAMED}. "
            f"Got: {parameter.dtype}. Use parameter.float()."
        )
    if parameter.layout is not torch.strided:
        raise ArrayTypeError(
            f"Parameter {name!r} must be dense. Got: {parameter.layout}. Use parameter.to_dense()."
        )
    if parameter.device.type not in DEVICES:
        raise FOREIGN_DEVICE.error(f"{name!r} on {parameter.device}")


def check_gradient(
    name: str, gradient: torch.Tensor, parameter: torch.Tensor, what: str = "The gradient of"
) -> None:
    """Refuse what is no gradient of a parameter, or no such tensor, saying why."""
    if isinstance(gradient, torch.nn.Parameter):
        raise other_order(name, "a torch.nn.Parameter")
    if gradient.layout is not torch.strided:
        raise SPARSE.error(f"{gradient.layout} for {name!r}")
    if gradient.dtype not in DTYPES:
        raise ArrayTypeError(f"{what} {name!r} must be of dtype {_NAMED}. Got: {gradient.dtype}.")
    if gradient.shape != parameter.shape:
        raise ArrayError(
            f"{what} {name!r} must have the parameter's shape {tuple(parameter.shape)}. "
            f"Got: {tuple(gradient.shape)}."
        )
    if gradient.device != parameter.device:
        raise ArrayError(
            f"{what} {name!r} must be on the parameter's device {parameter.device}. "
            f"Got: {gradient.device}."
        )
    if is_divided(gradient) != is_divided(parameter):
        raise ArrayError(
            f"{what} {name!r} must be a DTensor exactly if the parameter is. "
            f"Got: {type(gradient).__name__} for {type(parameter).__name__}."
        )


def pointers(tensors: Sequence[torch.Tensor]) -> np.ndarray:
    """Where the memory of each tensor begins, int64."""
    return np.fromiter(map(torch.Tensor.data_ptr, tensors), np.int64, len(tensors))


def as_array(tensor: torch.Tensor) -> np.ndarray:
    """The values of a local tensor for NumPy: its own memory on the CPU, else a copy of it."""
    return shell(tensor.detach().cpu())


def over(array: np.ndarray) -> torch.Tensor:
    """A tensor over the memory of an array."""
    if array.dtype.name == "bfloat16":  # which PyTorch does not know from NumPy
        return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(array)


def fill(tensor: torch.Tensor, value: Any) -> None:
    """Write a NumPy array, or a number, into a local tensor."""
    array = np.array(value, np.float64)
    if array.ndim:  # along axes that a slot does not vary over, tensors have the length 1
        array = array.reshape(tuple(tensor.shape))
    tensor.copy_(torch.from_numpy(array).to(tensor.device).expand(tensor.shape))
