"""Covariances of the rows and of the columns of a gradient, and their roots: functions of matrices.

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
