"""Operations on the bits of float32 numbers, by which values are stored in fewer of them.

Each is a function of numbers that gives numbers, and is written once for whole numbers of 32 bits
without a sign, or of more, which are cut. The definitions are on arrays of NumPy, in double
precision; each compiler has functions of the same names.

A bfloat16 is the upper half of a float32. Rounded by a coin it is right in the mean; a weight that
is rounded to nearest has a remainder, the lower half, from which it is joined again exactly.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .noise import WORD

Word = Callable[[int], Any]

UPPER = 0xFFFF0000
QUIET = 0x00400000
"""The bit by which a NaN is told from infinity, however its other bits are cut."""


def rounded_bits(bits: Any, coin: Any, word: Word = int) -> Any:
    """Cut to those of a bfloat16, after a coin of 16 bits was added."""
    return (bits + coin) & word(UPPER)


def upper_bits(bits: Any, word: Word = int) -> Any:
    """Those of the nearest bfloat16."""
    return (bits + word(0x8000)) & word(UPPER)


def lower_bits(bits: Any, word: Word = int) -> Any:
    """How far they are from those of the nearest bfloat16, and 2**15."""
    return (bits + word(0x8000)) & word(0xFFFF)


def joined_bits(upper: Any, lower: Any, word: Word = int) -> Any:
    """Those that both were made of."""
    return (upper + lower - word(0x8000)) & word(WORD)


def rounded(value: Any, coin: Any) -> np.ndarray:
    """`value` as the bfloat16 above it in `coin` of 2**16 cases, else below; NaN stays so."""
    single = _single(value)
    found = _floats(rounded_bits(_bits(single), _words(coin), np.uint64))
    return np.where(np.isnan(single), single, found).astype(np.float64)


def upper(value: Any) -> np.ndarray:
    """The nearest bfloat16; of two the one that is further from 0. NaN stays so."""
    single = _single(value)
    quiet = _floats((_bits(single) | np.uint64(QUIET)) & np.uint64(UPPER))
    found = _floats(upper_bits(_bits(single), np.uint64))
    return np.where(np.isnan(single), quiet, found).astype(np.float64)


def lower(value: Any) -> np.ndarray:
    """What `upper` has lost, a whole number of 16 bits: 0 of NaN."""
    single = _single(value)
    found = lower_bits(_bits(single), np.uint64).astype(np.float64) - 0x8000
    return np.where(np.isnan(single), 0.0, found)


def joined(value: Any, remainder: Any) -> np.ndarray:
    """The number of which `value` is the nearest bfloat16, and `remainder` what was lost."""
    single = _single(value)
    lower = _words(np.asarray(remainder, np.float64) + 0x8000)
    found = _floats(joined_bits(_bits(single), lower, np.uint64))
    return np.where(np.isnan(single), single, found).astype(np.float64)


BITWISE: Mapping[str, Callable[..., Any]] = {
    function.__name__: function for function in (rounded, upper, lower, joined)
}
"""Every operation by its name."""


def _single(value: Any) -> np.ndarray:
    with np.errstate(over="ignore"):
        return np.asarray(value, np.float32)


def _bits(single: np.ndarray) -> np.ndarray:
    return single.view(np.uint32).astype(np.uint64)


def _floats(bits: Any) -> np.ndarray:
    return np.asarray(bits).astype(np.uint32).view(np.float32)


def _words(number: Any) -> np.ndarray:
    return np.asarray(number).astype(np.uint64)
