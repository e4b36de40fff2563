"""Adam along a few directions of a matrix: functions of matrices.

They take a matrix that is taller than wide as its transpose.
"""

from typing import Any

from ..language.matrices import whole_tensor
from ..language.namespaces import array_namespace
from .moments import moments


@whole_tensor(gives="basis")
def directions(basis: Any, g: Any) -> Any:
    """The first left singular vectors of g lying down, each turned to where basis points."""
    xp = array_namespace(g)
    tall = g.shape[-2] > g.shape[-1]
    u = xp.linalg.svd(g.mT if tall else g, full_matrices=False)[0][..., : basis.shape[-1]]
    along = (u * basis).sum(-2, keepdims=True)
    return u * xp.copysign(xp.ones_like(along), along)


@whole_tensor(gives=("g", "m", "v"))
def adam_along(
    g: Any, basis: Any, m: Any, v: Any, beta_1: float, beta_2: float, epsilon: float
) -> tuple[Any, Any, Any]:
    """Adam's move along the vectors of basis, and its means there."""
    tall = g.shape[-2] > g.shape[-1]
    m, v = moments(basis.mT @ (g.mT if tall else g), m, v, beta_1, beta_2)
    u = basis @ (m / (v**0.5 + epsilon))
    return (u.mT if tall else u), m, v
