"""The matrices of Muon: orthogonalized by products, and scaled as each library does."""

from typing import Any, Literal

import numpy as np

from ..language.matrices import halved, plus_product, whole_tensor
from .blocks import block_sizes, of_each

Precision = Literal["float32", "tf32", "bfloat16"]
"""How exact products of float32 are at least."""


@whole_tensor
def orthogonalized(
    x: Any, a: float, b: float, c: float, steps: float, added: float, least: float, *block: float
) -> Any:
    """Matrices with the singular vectors of `x` and singular values near 1.

    Newton–Schulz (Jordan et al., 2024, https://kellerjordan.github.io/posts/muon), so many steps
    from x of Frobenius norm 1, for which it is divided by its norm + added, and at least by least:

        x ← a x + (b x xᵀ + c (x xᵀ)²) x

    With the rows and columns of a `block`, each block of x is such a matrix.
    """

    def iterated(x: Any) -> Any:
        x = x / ((x * x).sum((-2, -1), keepdims=True) ** 0.5 + added).clip(least)
        for _ in range(int(steps)):
            x = nearer(x, a, b, c)
        return x

    return of_each(iterated, x, *block)


def nearer(x: Any, a: float, b: float, c: float) -> Any:
    """One iteration of `orthogonalized`."""
    square = x @ x.mT
    return plus_product(a, x, plus_product(b, square, square, halved(square), c), x)


def momentum_weights(t: Any, momentum: Any, nesterov: bool, convention: str) -> dict[str, Any]:
    """What the gradient and the momentum weigh in the momentum and in what is orthogonalized.

    PyTorch and optax keep a mean of gradients, Keras a sum; optax corrects for m = 0 at first.
    """
    gain = 1 if convention == "keras" else 1 - momentum
    of_g, of_m = (gain, momentum) if nesterov else (0, 1)
    if convention == "optax":
        ahead = t + 1 if nesterov else t
        of_g, of_m = of_g / (1 - momentum**t), of_m / (1 - momentum**ahead)
    return {"gain": gain, "u_of_g": of_g, "u_of_m": of_m}


def bounds_of_norm(epsilon: Any, convention: str) -> dict[str, Any]:
    """ε is added to the norm that a matrix is divided by, in PyTorch it is the least one."""
    added, least = (0, epsilon) if convention == "torch" else (epsilon, 0)
    return {"added": added, "least": least}


def step_scale(rows: Any, columns: Any, rms_rate: Any, convention: str, *block: Any) -> Any:
    """rms_rate √max(n, m), of a block if one is given. Without rms_rate (0) each library's own.

    That is 1 in Keras, √max(1, n/m) in PyTorch for weights [out, in], √max(1, m/n) in optax for
    [in, out].
    """
    rows, columns = block_sizes(rows, columns, *block)
    tall = {"keras": 1, "torch": rows / columns, "optax": columns / rows}[convention]
    moonlight = rms_rate * np.sqrt(np.maximum(rows, columns))
    return np.where(rms_rate > 0, moonlight, np.sqrt(np.maximum(1, tall)))
