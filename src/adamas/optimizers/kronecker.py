"""Kronecker factors that make gradients white, fitted by probes: functions of matrices.

A side has a triangular matrix, or where that would be too large, and is empty, a diagonal one.
"""

from typing import Any

from ..language.matrices import whole_tensor
from ..language.namespaces import array_namespace
from .eigenvalues import TINY, largest_eigenvalue


@whole_tensor
def preconditioned(x: Any, left: Any, right: Any, left_diagonal: Any, right_diagonal: Any) -> Any:
    """Qₗᵀ Qₗ x Qᵣᵀ Qᵣ."""
    x = _product(left, left_diagonal, x)
    x = _product(right, right_diagonal, x.mT)
    x = _product(right.mT, right_diagonal, x).mT
    return _product(left.mT, left_diagonal, x)


@whole_tensor(gives=("left", "right", "left_diagonal", "right_diagonal"))
def fitted(
    left: Any, right: Any, left_diagonal: Any, right_diagonal: Any, x: Any, z: Any, rate: float,
    damping: float,
) -> tuple[Any, Any, Any, Any]:  # fmt: skip
    """The factors after a step by x and the probes z, of which a little joins x."""
    if 0 in x.shape:
        return left, right, left_diagonal, right_diagonal
    x = x + damping * z
    a = _product(left, left_diagonal, _product(right, right_diagonal, x.mT).mT)
    b = _quotient(left, left_diagonal, _quotient(right, right_diagonal, z.mT).mT)
    left, left_diagonal = _stepped(left, left_diagonal, a, b, rate)
    right, right_diagonal = _stepped(right, right_diagonal, a.mT, b.mT, rate)
    return _balanced(left, right, left_diagonal, right_diagonal)


def _product(q: Any, diagonal: Any, x: Any) -> Any:
    return q @ x if q.shape[-1] else diagonal[..., :, None] * x


def _quotient(q: Any, diagonal: Any, x: Any) -> Any:
    """The inverse transpose of a factor, times x."""
    if not q.shape[-1]:
        return x / diagonal[..., :, None]
    return array_namespace(x).linalg.solve(q.mT, x)


def _stepped(q: Any, diagonal: Any, a: Any, b: Any, rate: float) -> tuple[Any, Any]:
    """One factor, towards a aᵀ = b bᵀ by a step that is relative to it."""
    xp = array_namespace(a)
    if not q.shape[-1]:
        one, two = (a * a).sum(-1), (b * b).sum(-1)
        length = xp.amax(one + two, -1, keepdims=True).clip(TINY)
        return q, diagonal - rate / length * (one - two) * diagonal
    one, two = a @ a.mT, b @ b.mT
    return q - rate / largest_eigenvalue(one + two) * xp.triu(one - two) @ q, diagonal


def _balanced(*factors: Any) -> tuple[Any, Any, Any, Any]:
    """With factors of both sides that have the same largest element; their product stays."""
    xp = array_namespace(factors[0])
    left, right, left_diagonal, right_diagonal = factors
    sizes = [
        xp.amax(abs(q), (-2, -1)) if q.shape[-1] else xp.amax(abs(diagonal), -1)
        for q, diagonal in ((left, left_diagonal), (right, right_diagonal))
    ]
    scale = (sizes[1] / sizes[0]) ** 0.5
    return (
        left * scale[..., None, None],
        right / scale[..., None, None],
        left_diagonal * scale[..., None],
        right_diagonal / scale[..., None],
    )
