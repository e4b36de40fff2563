"""Functions of whole tensors on PyTorch's tensors, with products as coarse as they allow."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
import torch

from ..language.matrices import products_of

NARROW = ("avx512_bf16", "amx_bf16", "bf16")
"""What PyTorch calls CPUs that multiply bfloat16: of x86, and of ARM."""


def applied(
    function: Callable[..., torch.Tensor], tensors: torch.Tensor, numbers: Sequence[Any]
) -> torch.Tensor:
    """What a function gives of a stack of tensors, maybe in a narrower dtype."""
    allowed = products_of(function)
    if tensors.dtype is torch.float32:
        if allowed == "bfloat16" and multiplies_bfloat16(tensors.device.type):
            return function(tensors.bfloat16(), *numbers)
        if allowed == "tf32" and tensors.is_cuda:
            with _tf32():
                return function(tensors, *numbers)
    return function(tensors, *numbers)


def applied_on_host(
    function: Callable[..., Any], arrays: np.ndarray, numbers: Sequence[float]
) -> np.ndarray:
    """The same of an array, by NumPy unless PyTorch is faster with coarser products."""
    coarse = products_of(function) == "bfloat16" and arrays.dtype == np.float32
    if not (coarse and multiplies_bfloat16("cpu")):
        return function(arrays, *numbers)
    return applied(function, torch.from_numpy(arrays), numbers).float().numpy()


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
