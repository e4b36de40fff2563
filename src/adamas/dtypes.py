"""The floats that parameters, gradients and slots may be stored as: one row each.

What a float is narrower than float32 for is memory: arithmetic is never narrower, and neither are
slots, unless it is asked for.
"""

from typing import NamedTuple

import numpy as np


class Float(NamedTuple):
    """A dtype of real numbers.

    Attributes:
        name: NumPy's name for it, which is PyTorch's, JAX's, Keras's and Triton's as well.
        bytes: of one number.
        spacing: how far its numbers are apart from 1 upwards, its machine epsilon.
        wide: the dtype of the arithmetic on its numbers, and of slots beside them.
        llvm: the type of LLVM by which it is loaded and stored; an integer where the processor
            may have no such float.
    """

    name: str
    bytes: int
    spacing: float
    wide: str
    llvm: str


FLOATS = {
    row.name: row
    for row in (
        Float("float64", 8, 2.0**-52, "float64", "double"),
        Float("float32", 4, 2.0**-23, "float32", "float"),
        Float("float16", 2, 2.0**-10, "float32", "half"),
        Float("bfloat16", 2, 2.0**-7, "float32", "i16"),
    )
}


INTEGERS = {
    row.name: row
    for row in (
        Float("int16", 2, 1.0, "float32", "i16"),
        Float("int8", 1, 1.0, "float32", "i8"),
        Float("uint8", 1, 1.0, "float32", "i8"),
    )
}
"""Whole numbers as which codes are stored."""

STORED = {**FLOATS, **INTEGERS}
"""All that an array of a step may hold."""


def wide(name: str) -> str:
    """The dtype of the arithmetic on numbers of a dtype, and of slots beside them."""
    return FLOATS[name].wide


def numpy_dtype(name: str) -> np.dtype:
    """A dtype of this name as NumPy has it, or as ml_dtypes, loaded only for those, teaches it."""
    if not hasattr(np, name):
        import ml_dtypes  # noqa: F401
    return np.dtype(name)
