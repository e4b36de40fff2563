"""Eigenbases of the covariances of a gradient: functions of matrices.

A side that is too large has an empty matrix, which stands for the identity.
"""

from typing import Any

from ..language.matrices import reordered, whole_tensor
from ..language.namespaces import array_namespace


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


@whole_tensor(gives=("left_basis", "right_basis"))
def following(left_basis: Any, right_basis: Any, left: Any, right: Any) -> tuple[Any, Any]:
    """Bases that follow left and right by one step of power iteration: QR of matrix · basis."""
    found = []
    for basis, matrix in ((left_basis, left), (right_basis, right)):
        xp = array_namespace(matrix)
        found.append(xp.linalg.qr(matrix @ basis)[0] if matrix.shape[-1] else basis)
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
        order, ahead = _following(left_basis, left)
        v = reordered(v, order, -2)
        m = _product(ahead.mT, left_basis, m)
        left_basis = ahead
    if right.shape[-1]:
        order, ahead = _following(right_basis, right)
        v = reordered(v, order, -1)
        m = _product(m, right_basis.mT, ahead)
        right_basis = ahead
    return m, v, left_basis, right_basis


def _following(basis: Any, matrix: Any) -> tuple[Any, Any]:
    """The order of a basis by falling eigenvalue, [..., columns], and the basis after it."""
    xp = array_namespace(matrix)
    product = matrix @ basis
    order = xp.argsort(-(basis * product).sum(-2))
    return order, xp.linalg.qr(reordered(product, order, -1))[0]


def _product(x: Any, y: Any, z: Any) -> Any:
    """x y z, in the order that takes fewer multiplications; y is square."""
    return (x @ y) @ z if x.shape[-2] < z.shape[-1] else x @ (y @ z)
