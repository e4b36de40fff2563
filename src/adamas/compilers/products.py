"""Functions of whole tensors on PyTorch's tensors, with products as coarse as they allow."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import torch

from ..language.matrices import Whole
from ..language.namespaces import linear_algebra

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


class Eigh(NamedTuple):
    """As NumPy's."""

    eigenvalues: np.ndarray
    eigenvectors: np.ndarray


class QR(NamedTuple):
    """As NumPy's."""

    Q: np.ndarray
    R: np.ndarray


class Decompositions:
    """NumPy's linear algebra, in which PyTorch's LAPACK has the symmetric eigenproblem and QR.

    They took 0.67 and 0.44 of NumPy's time for float32 matrices of 768 rows, on one thread. Each
    matrix is given alone, as what comes out depends on where a matrix begins in memory.
    """

    def __getattr__(self, name: str) -> Any:
        return getattr(np.linalg, name)

    def eigh(self, a: np.ndarray) -> Eigh:
        """Eigenvalues and eigenvectors of symmetric matrices, of which the lower half is read."""
        return Eigh(*_of_each(torch.linalg.eigh, a))

    def qr(self, a: np.ndarray) -> QR:
        """a = Q R, with as many columns in Q as there are rows or columns."""
        return QR(*_of_each(torch.linalg.qr, a))


def _of_each(decompose: Callable[..., Any], a: np.ndarray) -> list[np.ndarray]:
    """What a function of PyTorch makes of each matrix, as stacks."""
    matrices = torch.from_numpy(a.reshape(-1, *a.shape[-2:]))
    made = [[part.numpy() for part in decompose(matrix)] for matrix in matrices]
    stacks = [p[0][None] if len(p) == 1 else np.stack(p) for p in zip(*made, strict=True)]
    return [stack.reshape(*a.shape[:-2], *stack.shape[1:]) for stack in stacks]


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
