"""A compiled look at many NumPy arrays at once.

It reads the fields of the array objects, which NumPy's C interface documents (``PyArrayObject``:
data, nd, dimensions, strides, descr, flags). `available` tries the layout on real arrays first;
where it does not hold, Python asks instead.
"""

import ctypes
from collections.abc import Sequence
from functools import cache

import numpy as np

from ..look import Occupied
from .compiled_look import CompiledLook, Known
from .guard import HEAD, TYPE, Field, Guard, readable

WRITEABLE = 0x400
"""NumPy's flag ``NPY_ARRAY_WRITEABLE``."""

DATA = Field(HEAD)
AXES = Field(HEAD + 8, "i32")
DIMENSIONS = Field(HEAD + 16, "ptr")
STRIDES = Field(HEAD + 24, "ptr")
DESCR = Field(HEAD + 40)
FLAGS = Field(HEAD + 48, "i32", flags=True)

GUARD = Guard(
    axes=AXES,
    sizes=DIMENSIONS,
    strides=STRIDES,
    address=DATA,
    facts={"descr": DESCR, "flags": FLAGS},
)


def known(array: np.ndarray, word: int, *, written: bool) -> Known:
    """What is known of an array whose address is kept in `word`; one `written` is writable."""
    low, high = np.lib.array_utils.byte_bounds(array) if array.size else (0, 0)
    data = _address(array) if array.size else 0
    facts = {"descr": id(array.dtype), "flags": WRITEABLE if written else 0}
    form = (*array.shape, *array.strides)
    return Known(type(array), facts, form, word, low - data, high - data)


class Look(CompiledLook):
    """What is known of a list of arrays; call it with others to learn whether they are alike.

    Args:
        arrays: arrays that were checked.
        words: addresses of the int64 words that hold their data pointers.
        moves: the arrays may lie anywhere, and their data pointers are written to `words`.
            Otherwise they must be writable and lie where they did.
        occupied: memory that they may not touch if they move.
    """

    def __init__(
        self,
        arrays: Sequence[np.ndarray],
        words: Sequence[int],
        *,
        moves: bool,
        occupied: Occupied | None = None,
    ) -> None:
        super().__init__(
            GUARD,
            [known(a, word, written=not moves) for a, word in zip(arrays, words, strict=True)],
            moves=moves,
            occupied=occupied,
            alive=[array.dtype for array in arrays],
        )


@cache
def available() -> bool:
    """Whether array objects lie in memory as they are read: tried on arrays of each kind."""
    base = np.arange(24.0).reshape(2, 3, 4)
    arrays = [base, base.T, base[::-1, 1:, ::2], np.array(1.5), np.zeros((0, 3), np.float32)]
    return readable() and all(_reads_as_expected(array) for array in arrays)


def _reads_as_expected(array: np.ndarray) -> bool:
    def vector(field: Field) -> tuple[int, ...]:
        axes = ctypes.c_int64 * array.ndim
        return tuple(axes.from_address(field.of(array))) if array.ndim else ()

    return (
        TYPE.of(array) == id(type(array))
        and DATA.of(array) == _address(array)
        and AXES.of(array) == array.ndim
        and vector(DIMENSIONS) == array.shape
        and vector(STRIDES) == array.strides
        and DESCR.of(array) == id(array.dtype)
        and bool(FLAGS.of(array) & WRITEABLE) == array.flags.writeable
    )


def _address(array: np.ndarray) -> int:
    return array.__array_interface__["data"][0]
