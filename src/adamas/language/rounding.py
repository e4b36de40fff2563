"""Numbers rounded to fewer bits, up or down by a coin, so that they are right in the mean."""

from collections.abc import Callable
from typing import Any

import numpy as np

Word = Callable[[int], Any]


def rounded_bits(bits: Any, coin: Any, word: Word = int) -> Any:
    """The bits of a float32 cut to those of a bfloat16, after a coin of 16 bits was added."""
    return (bits + coin) & word(0xFFFF0000)


def to_bfloat16(value: Any, coin: Any) -> np.ndarray:
    """The definition: `value` as the bfloat16 above it in `coin` of 2**16 cases, else below.

    What is no number stays so, and infinity is exact. Gives the value, in double precision.
    """
    with np.errstate(over="ignore"):
        single = np.asarray(value, np.float32)
    bits = rounded_bits(single.view(np.uint32).astype(np.uint64), _whole(coin), np.uint64)
    stored = bits.astype(np.uint32).view(np.float32)
    return np.where(np.isnan(single), single, stored).astype(np.float64)


def _whole(number: Any) -> Any:
    return np.asarray(number).astype(np.uint64)
