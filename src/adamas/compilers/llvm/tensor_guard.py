"""A compiled look at many tensors at once.

It asks them through PyTorch's C interface, whose form is promised to stay
(``torch/csrc/inductor/aoti_torch/c/shim.h``). That takes a tensor as the address of a pointer,
which is a field of the Python object. `available` finds the field by its value, which PyTorch
tells, and tries the look on tensors of each kind; where that fails, Python asks instead.
"""

import ctypes
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import numpy as np
import torch

from ...dtypes import FLOATS
from ..look import words
from .compiled_look import CompiledLook, Known
from .guard import HEAD, SPAN, Answer, Field, Guard, Inner, Storage, readable

PLACES = (HEAD, HEAD + 8)
"""Where the pointer may be: versions before 2.10 have a flag in front of it."""

TENSOR_BYTES, STORAGE_BYTES = 192, 64
"""What PyTorch has in memory for a tensor, and for a storage, is not smaller in any version."""


@cache
def _library() -> ctypes.CDLL:
    """PyTorch's: its C interface is in a library that this one was linked with."""
    return ctypes.CDLL(torch._C.__file__)


def _asked(question: str, kind: str) -> Answer:
    function = getattr(_library(), f"aoti_torch_get_{question}")
    return Answer(ctypes.cast(function, ctypes.c_void_p).value or 0, kind)


@cache
def guard() -> Guard:
    """What is asked about each tensor.

    Sizes, strides and addresses only of tensors of the known keys, which tell the layout: asked
    of a sparse tensor, they are errors, which some versions print.
    """
    return Guard(
        axes=_asked("dim", "i64"),
        sizes=_asked("sizes", "ptr"),
        strides=_asked("strides", "ptr"),
        address=_asked("data_ptr", "i64"),
        facts={"dtype": _asked("dtype", "i32"), "keys": Inner(_place_of_keys())},
        handle=_place(),
        storage=_storage(),
    )


@cache
def _place() -> int:
    """Where a Python object has its pointer to the tensor; LookupError where it is not found."""
    tensors = [torch.zeros(2), torch.nn.Parameter(torch.zeros(3))]
    for place in PLACES:
        if [Field(place).of(tensor) for tensor in tensors] == list(map(_pointer, tensors)):
            return place
    raise LookupError("no field of a tensor's object is its pointer")


def _pointer(owner: Any) -> int:
    """Where a tensor, or the memory of some, lies in PyTorch."""
    return owner._cdata


def keys_of(tensor: torch.Tensor) -> int:
    """What PyTorch dispatches a tensor by: its device, layout, negative bit, and the like."""
    return torch._C._dispatch_keys(tensor).raw_repr()


@cache
def _place_of_keys() -> int:
    """Where that stands in what the pointer points to; LookupError where it is not found."""
    plain = torch.zeros(2)
    negative = torch._neg_view(plain)  # pyright: ignore[reportPrivateImportUsage]
    tensors = [plain, torch.nn.Parameter(plain), negative, plain.to("meta"), plain.to_sparse()]
    return _found_at(map(_pointer, tensors), map(keys_of, tensors), TENSOR_BYTES)


@cache
def _storage() -> Storage:
    """Where the memory of a tensor is told of; LookupError where it is not found."""
    tensors = [torch.zeros(2), torch.zeros(5, 7), torch.zeros(3)[1:]]
    storages = [tensor.untyped_storage() for tensor in tensors]
    owners = list(map(_pointer, storages))
    return Storage(
        _found_at(map(_pointer, tensors), owners, TENSOR_BYTES),
        _found_at(owners, [storage.data_ptr() for storage in storages], STORAGE_BYTES),
        _found_at(owners, [storage.nbytes() for storage in storages], STORAGE_BYTES),
    )


def _found_at(objects: Iterable[int], values: Iterable[int], size: int) -> int:
    """The first word of objects of this size that has these values; LookupError if none has."""
    objects, values = list(objects), list(values)
    for place in range(0, size, 8):
        if [ctypes.c_uint64.from_address(one + place).value for one in objects] == values:
            return place
    raise LookupError("no word of PyTorch's objects is what was looked for")


@cache
def _number(dtype: torch.dtype) -> int:
    """What the interface calls a dtype."""
    return getattr(_library(), f"aoti_torch_dtype_{str(dtype).removeprefix('torch.')}")()


def known(tensor: torch.Tensor, word: int) -> Known:
    """What is known of a strided tensor whose address is kept in `word`."""
    facts = {
        "dtype": _number(tensor.dtype),
        "keys": ctypes.c_int64(keys_of(tensor)).value,
        SPAN: span(tensor),
    }
    return Known(type(tensor), facts, (*tensor.shape, *tensor.stride()), word)


def span(tensor: torch.Tensor) -> int:
    """Bytes from a tensor's first element to the end of its last."""
    if tensor.numel() == 0:
        return 0
    steps = zip(tensor.shape, tensor.stride(), strict=True)
    return tensor.element_size() * (1 + sum((size - 1) * stride for size, stride in steps))


class Look(CompiledLook):
    """What is known of a list of tensors; call it with others to learn whether they are alike.

    Args:
        tensors: strided tensors that were checked.
        addresses: where their memory begins, int64.
        moves: the tensors may lie anywhere, and their addresses are written to `addresses`.
            Otherwise they must lie where they did.
    """

    def __init__(
        self, tensors: Sequence[torch.Tensor], addresses: np.ndarray, *, moves: bool
    ) -> None:
        super().__init__(
            guard(),
            [known(t, word) for t, word in zip(tensors, words(addresses), strict=True)],
            moves=moves,
            alive=addresses,
        )


@cache
def available() -> bool:
    """Whether the interface is there and tells of tensors what they are."""
    try:
        return readable() and all(_tells_the_truth(getattr(torch, name)) for name in FLOATS)
    except (OSError, AttributeError, LookupError):
        return False


def _tells_the_truth(dtype: torch.dtype) -> bool:
    base = torch.zeros(4, 6, dtype=dtype)
    alike = [base, base.t(), base[1:, ::2], torch.nn.Parameter(base[0]), base[3, 2]]
    addresses = np.array([tensor.data_ptr() for tensor in alike], np.int64)
    look = Look(alike, addresses, moves=False)
    other = torch.float32 if dtype is torch.float64 else torch.float64
    different = [base[1:], base.t()[:, 1:].t(), base.view(6, 4), base.view(2, 2, 6), base.clone()]
    different.append(torch._neg_view(base))  # pyright: ignore[reportPrivateImportUsage]
    return look(alike) and not any(
        look([changed, *alike[1:]]) for changed in (*different, base.to(other))
    )
