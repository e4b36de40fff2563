"""Covariances of rows and of columns that suit each other, and steps by them.

A side that is too large has an empty matrix, which stands for the identity.
"""

from typing import Any

from ..language.matrices import whole_tensor
from .eigenbases import eigenbases, rotated, rotated_back

LARGEST_ROOT = 4000
"""The bound of roots of inverse eigenvalues that the authors of KL-Shampoo have."""


@whole_tensor(gives=("left", "right", "left_values", "right_values"))
def kl_covariances(
    left: Any, right: Any, left_values: Any, right_values: Any, g: Any, left_basis: Any,
    right_basis: Any, beta: float, keeps: float, known: float,
) -> tuple[Any, Any, Any, Any]:  # fmt: skip
    """The next covariances, each of g that the other one has made white, and their eigenvalues.

    These are those along the bases, so far; where they are not `known` (0 in place of 1) the others
    are taken for the identity, and nothing is learned about them (`keeps` is 1).
    """
    n, k = (max(size, 1) for size in g.shape[-2:])
    from_left, from_right = g, g
    if left.shape[-1]:
        from_left = _roots(left_values, known)[..., :, None] * (left_basis.mT @ g)
    if right.shape[-1]:
        from_right = (g @ right_basis) * _roots(right_values, known)[..., None, :]
    if left.shape[-1]:
        left = beta * left + (1 - beta) / k * (from_right @ from_right.mT)
        seen = ((left_basis.mT @ from_right) ** 2).sum(-1) / k
        left_values = _bounded(keeps * left_values + (1 - keeps) * seen)
    if right.shape[-1]:
        right = beta * right + (1 - beta) / n * (from_left.mT @ from_left)
        seen = ((from_left @ right_basis) ** 2).sum(-2) / n
        right_values = _bounded(keeps * right_values + (1 - keeps) * seen)
    return left, right, left_values, right_values


def learned(
    g: Any, left: Any, right: Any, left_values: Any, right_values: Any, left_basis: Any,
    right_basis: Any, t: Any, beta: Any, keeps: Any, known: Any,
) -> tuple[tuple[Any, Any, Any, Any], tuple[Any, Any]]:  # fmt: skip
    """The next covariances and eigenvalues, and bases if it is the first update, for rules."""
    covariances = kl_covariances(
        left, right, left_values, right_values, g, left_basis, right_basis, beta, keeps, known
    )  # fmt: skip
    return covariances, eigenbases(left_basis, right_basis, *covariances[:2], when=t == 1)


def _roots(values: Any, known: float) -> Any:
    return values ** (-0.5 * known)


def _bounded(values: Any) -> Any:
    """Those of n whose inverses have roots of at most n, but of 10 in any case, and of 4,000."""
    return values.clip(min(max(10, values.shape[-1]), LARGEST_ROOT) ** -2.0)


@whole_tensor
def whitened(
    m: Any, left_values: Any, right_values: Any, left_basis: Any, right_basis: Any, epsilon: float
) -> Any:
    """m over the roots of both covariances, by their eigenvalues in these bases."""
    root: Any = 1.0
    if left_values.shape[-1]:
        root = left_values[..., :, None] ** 0.5
    if right_values.shape[-1]:
        root = root * right_values[..., None, :] ** 0.5
    return rotated_back(
        rotated(m, left_basis, right_basis) / (root + epsilon), left_basis, right_basis
    )
