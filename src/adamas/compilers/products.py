"""Functions of whole tensors on PyTorch's tensors, with products as coarse as they allow."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
import torch

from ..language.matrices import Whole
from ..language.namespaces import linear_algebra
from .decompositions import Decompositions

NARROW = ("avx512_bf16", "amx_bf16", "bf16")
"""What PyTorch calls CPUs that multiply bfloat16: of x86, and of ARM."""


def applied(
    function: Whole, tensors: Sequence[torch.Tensor], numbers: Sequence[Any]
) -> tuple[torch.Tensor, ...]:
    """What a function gives of stacks of tensors, maybe in a narrower dtype."""
    kind, device = tensors[0].dtype, tensors[0].device
    if kind is torch.float32 and device.type == "cuda" and function.products == "tf32":
        with _tf32():
            return function.results(function(*tensors, *numbers))
    if (
        kind is torch.float32
        and function.products == "bfloat16"
        and multiplies_bfloat16(device.type)
    ):
        tensors = [tensor.bfloat16() for tensor in tensors]
    return function.results(function(*tensors, *numbers))


def applied_on_host(
    function: Whole, arrays: Sequence[np.ndarray], numbers: Sequence[float]
) -> tuple[np.ndarray, ...]:
    """The same of arrays, by NumPy but for what PyTorch is faster in.

    That is coarser products, and decompositions: `Decompositions`. NumPy takes half of the time
    where a matrix is multiplied with its own transpose.
    """
    coarse = function.products == "bfloat16" and arrays[0].dtype == np.float32
    if not (coarse and multiplies_bfloat16("cpu")):
        with linear_algebra(Decompositions()):
            return function.results(function(*arrays, *numbers))
    made = applied(function, [torch.from_numpy(array) for array in arrays], numbers)
    return tuple(tensor.float().numpy() for tensor in made)


@cache
def multiplies_bfloat16(device: str) -> bool:
    """Whether devices of a type have hardware for it."""
    if device == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    tell = getattr(torch.cpu, "get_capabilities", None)
    known = {} if tell is None or device != "cpu" else tell()
    return torch.backends.mkldnn.is_available() and any(known.get(name) for name in NARROW)


@contextmanager
def _tf32() -> Iterator[None]:
    """PyTorch has one setting for all: it is as before afterwards."""
    setting = torch.backends.cuda.matmul
    # Versions before 2.9 have a flag, which must not be asked together with what followed it.
    name, coarse = "allow_tf32", True
    if hasattr(setting, "fp32_precision"):
        name, coarse = "fp32_precision", "tf32"
    before = getattr(setting, name)
    setattr(setting, name, coarse)
    try:
        yield
    finally:
        setattr(setting, name, before)
