"""Decompositions of NumPy's matrices by PyTorch's LAPACK: several at a time, each on one thread."""

import os
from collections.abc import Callable, Sequence
from functools import cache
from threading import Barrier
from typing import Any, NamedTuple

import numpy as np
import torch

from .threads import num_threads


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
    matrices = list(torch.from_numpy(a.reshape(-1, *a.shape[-2:])))
    made = [[part.numpy() for part in parts] for parts in _shared(decompose, matrices)]
    stacks = [p[0][None] if len(p) == 1 else np.stack(p) for p in zip(*made, strict=True)]
    return [stack.reshape(*a.shape[:-2], *stack.shape[1:]) for stack in stacks]


def _shared(decompose: Callable[..., Any], matrices: Sequence[torch.Tensor]) -> list[Any]:
    """What a function makes of each matrix; threads share the matrices, and each has one alone.

    Threads that share one matrix wait for each other at every few columns: where others use the
    processor as well, twelve of 768 rows took ten times as long so, and ten times the work. What
    comes out does not depend on how many matrices or threads there are.
    """
    return list(_team(os.getpid(), num_threads()).map(decompose, matrices))


@cache
def _team(process: int, size: int) -> Any:
    """Threads of Python in each of which PyTorch has one thread; a forked child has its own."""
    from concurrent.futures import ThreadPoolExecutor

    before, begun = torch.get_num_threads(), Barrier(size + 1)

    def begin() -> None:
        torch.get_num_threads()  # it takes the usual number when it is first asked
        torch.set_num_threads(1)
        begun.wait()

    team = ThreadPoolExecutor(size, "adamas-matrices", begin)
    for _ in range(size):
        team.submit(torch.get_num_threads)
    begun.wait()
    torch.set_num_threads(before)  # what threads to come are given, which was changed as well
    return team
