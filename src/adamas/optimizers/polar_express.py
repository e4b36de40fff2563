"""Orthogonal matrices by products, with the best coefficients for each."""

from typing import Any

from ..language.matrices import whole_tensor
from .blocks import of_each
from .newton_schulz import nearer

POLAR_EXPRESS = (
    (8.156554524902461, -22.48329292557795, 15.878769915207462),
    (4.042929935166739, -2.808917465908714, 0.5000178451051316),
    (3.8916678022926607, -2.772484153217685, 0.5060648178503393),
    (3.285753657755655, -2.3681294933425376, 0.46449024233003106),
    (2.3465413258596377, -1.7097828382687081, 0.42323551169305323),
)
"""The coefficients of five iterations, for norms of at most 1 / 1.02."""


@whole_tensor
def polar_express(x: Any, steps: float, *block: float) -> Any:
    """As `newton_schulz.orthogonalized`, with coefficients for each step, so nearer to it.

    Amsel, Persson, Musco and Gower, 2025, https://arxiv.org/abs/2505.16932, from x / (1.02 ‖x‖ +
    1e-6); steps beyond the fifth are as that.
    """

    def iterated(x: Any) -> Any:
        x = x / (1.02 * (x * x).sum((-2, -1), keepdims=True) ** 0.5 + 1e-6)
        for step in range(int(steps)):
            x = nearer(x, *POLAR_EXPRESS[min(step, 4)])
        return x

    return of_each(iterated, x, *block)
