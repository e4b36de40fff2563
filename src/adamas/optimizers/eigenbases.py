"""Covariances of a gradient, their eigenbases and roots: functions of matrices.

A side that is too large has an empty matrix, which stands for the identity.
"""

from typing import Any

from ..language.matrices import whole_tensor
from ..language.namespaces import array_namespace


@whole_tensor(gives=("left", "right"))
def covariances(left: Any, right: Any, g: Any, beta: float) -> tuple[Any, Any]:
    """The means of g gᵀ and of gᵀ g, which keep β of what they were."""
    if left.shape[-1]:
        left = beta * left + (1 - beta) * (g @ g.mT)
    if right.shape[-1]:
        right = beta * right + (1 - beta) * (g.mT @ g)
    return left, right


@whole_tensor
def rotated(g: Any, left: Any, right: Any) -> Any:
    """leftᵀ g right: what g is in these bases."""
    g = left.mT @ g if left.shape[-1] else g
    return g @ right if right.shape[-1] else g


@whole_tensor
def rotated_back(u: Any, left: Any, right: Any) -> Any:
    """left u rightᵀ."""
    u = left @ u if left.shape[-1] else u
    return u @ right.mT if right.shape[-1] else u


@whole_tensor(gives=("left_basis", "right_basis"))
def eigenbases(left_basis: Any, right_basis: Any, left: Any, right: Any) -> tuple[Any, Any]:
    """The eigenvectors of left and right, by falling eigenvalue."""
    found = []
    for matrix in (left, right):
        xp = array_namespace(matrix)
        found.append(xp.flip(xp.linalg.eigh(matrix)[1], (-1,)) if matrix.shape[-1] else matrix)
    return found[0], found[1]


@whole_tensor(gives=("m", "v", "left_basis", "right_basis"))
def turned(
    m: Any, v: Any, left_basis: Any, right_basis: Any, left: Any, right: Any
) -> tuple[Any, Any, Any, Any]:
    """m and v in bases that follow left and right by one step of power iteration, and these bases.

    A basis is ordered by falling eigenvalue first, as far as it knows them, v with it; then QR
    makes an orthogonal one of matrix · basis, into which m is turned.
    """
    if left.shape[-1]:
        m, v, left_basis = _turned(m, v, left_basis, left)
    if right.shape[-1]:
        m, v, right_basis = _turned(m.mT, v.mT, right_basis, right)
        m, v = m.mT, v.mT
    return m, v, left_basis, right_basis


def _turned(m: Any, v: Any, basis: Any, matrix: Any) -> tuple[Any, Any, Any]:
    """The same for the basis of the rows of m and v."""
    xp = array_namespace(matrix)
    product = matrix @ basis
    order = xp.argsort(-(basis * product).sum(-2))[..., None, :]
    ahead = xp.take_along_axis(product, xp.broadcast_to(order, product.shape), -1)
    following = xp.linalg.qr(ahead)[0]
    v = xp.take_along_axis(v, xp.broadcast_to(order.mT, v.shape), -2)
    return following.mT @ (basis @ m), v, following


@whole_tensor(gives=("left_root", "right_root"))
def inverse_roots(
    left_root: Any, right_root: Any, left: Any, right: Any, scale: float, epsilon: float
) -> tuple[Any, Any]:
    """(left · scale + ε)^(−1/2s) and the same of right; s is how many sides have a matrix."""
    power = -0.5 / max(bool(left.shape[-1]) + bool(right.shape[-1]), 1)
    left, right = (_power(matrix, scale, epsilon, power) for matrix in (left, right))
    return left, right


def _power(matrix: Any, scale: float, epsilon: float, power: float) -> Any:
    if not matrix.shape[-1]:
        return matrix
    values, vectors = array_namespace(matrix).linalg.eigh(matrix)
    # Of a covariance none is negative; rounding makes some so.
    raised = (values.clip(0) * scale + epsilon) ** power
    return (vectors * raised[..., None, :]) @ vectors.mT
