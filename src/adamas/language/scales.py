"""Scales of blocks of weights, as the stages of a step ask for them: of arrays, and of symbols."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .bits import BITWISE, MAGNITUDE, SCALE, scaled
from .blocks import BLOCK, of_blocks, run_of, spread
from .expression import Trace
from .shapes import matrix_shape


@dataclass(frozen=True)
class OfArrays:
    """The blocks of a tensor of a shape, as a pass that is run by NumPy asks for them."""

    shape: tuple[int, ...]

    def scale(self, value: Any) -> np.ndarray:
        """Of each weight's block."""
        run, form = run_of(self.shape), matrix_shape(self.shape)
        with np.errstate(over="ignore"):
            single = np.broadcast_to(np.asarray(value, np.float32), form)
        rows = np.ascontiguousarray(single.reshape(-1, run)).view(np.uint32) & np.uint32(MAGNITUDE)
        scales = scaled(np.maximum.reduceat(rows, np.arange(0, run, BLOCK), axis=1))
        return spread(scales, self.shape).reshape(form).astype(np.float64)


@dataclass(frozen=True)
class OfSymbols:
    """The same on symbols: each compiler knows the blocks."""

    trace: Trace

    def scale(self, value: Any) -> Any:
        """Of each weight's block."""
        return self.trace.bitwise(SCALE, value)


NEAREST = 2**19
"""A coin of 20 bits by which a value is rounded to nearest."""


def encoded(kind: str, value: Any, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The nearest codes of a tensor's values, and the scales of its blocks (float32).

    Args:
        kind: which of `adamas.language.bits.CURVES`.
        value: the values, or one for all.
        shape: of the tensor.
    """
    form = matrix_shape(shape)
    values = np.broadcast_to(np.asarray(value, np.float32), shape).reshape(form)
    scale = OfArrays(shape).scale(values)
    codes = BITWISE[f"{kind}_code"](values, scale, NEAREST).reshape(shape)
    return codes, of_blocks(scale, shape).astype(np.float32)


def decoded(kind: str, codes: Any, scales: Any, shape: tuple[int, ...]) -> np.ndarray:
    """The values that codes and scales stand for, float32 of a tensor's shape."""
    each = spread(np.asarray(scales, np.float32), shape)
    return BITWISE[f"{kind}_value"](np.asarray(codes), each).astype(np.float32)
