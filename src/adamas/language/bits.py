"""Operations on the bits of float32 numbers, by which values are stored in fewer of them.

Each is a function of numbers that gives numbers, and is written once for whole numbers of 32 bits
without a sign, or of more, which are cut. The definitions are on arrays of NumPy, in double
precision; each compiler has functions of the same names.

A bfloat16 is the upper half of a float32. Rounded by a coin it is right in the mean; a weight that
is rounded to nearest has a remainder, the lower half, from which it is joined again exactly.

In 8 bits a number is a share of a scale, a power of two that is larger than all of its block. A
little is added to the share, and then a coin of as many bits as a code has not; the upper bits are
the code: those of the exponent and the first of the fraction. So codes lie evenly near 0, and
further on ever more apart, as floats do.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

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


class Curve(NamedTuple):
    """How codes of 8 bits lie between 0 and 1.

    Attributes:
        fraction: bits of a share's fraction that a code has.
        octaves: from 1 downwards where they are ever closer; below, they lie evenly.
        signed: whether a code has a sign.
    """

    fraction: int
    octaves: int
    signed: bool

    @property
    def shift(self) -> int:
        """The bits of a float that a code has not."""
        return 23 - self.fraction

    @property
    def least(self) -> float:
        """What is added to a share."""
        return 2.0**-self.octaves

    @property
    def begin(self) -> int:
        """The upper bits of a share of 0."""
        return (127 - self.octaves) << self.fraction

    @property
    def top(self) -> int:
        """The largest code: that of what is a little more than 1."""
        return (self.octaves << self.fraction) + 1


CURVES = {"signed": Curve(3, 15, signed=True), "positive": Curve(3, 31, signed=False)}
"""Codes of 8 bits of any numbers, and of those that are not negative.

Both have 3 bits of fraction: what is rounded lies within an eighth. A mean of squares spreads over
twice as many octaves as a mean, and has twice as many as it has no sign. What is far below the
largest must not become 0: whoever divides by its root would take a step beyond all measure. Nor may
a mean there be rounded to a multiple of itself, so 4 bits of fraction and 7 octaves would not do.
"""

MAGNITUDE = 0x7FFFFFFF
INFINITE = 0x7F800000
NAN = INFINITE | QUIET
INVERSE = 254 << 23
"""The bits of a power of two and of what it is divided by, together."""

EXPONENTS = (35, 253)
"""The exponents of the least scale and of the largest. What it is divided by is a normal number,
too, and whatever a code stands for is 0 or one: nothing is rounded on the way."""


def scale_bits(top: Any, word: Word, minimum: Any, maximum: Any, where: Any) -> Any:
    """Those of a scale, from the largest bits of magnitudes in a block: NaN if one is not finite.

    Args:
        top: the largest bits.
        minimum, maximum, where: as NumPy's.
    """
    least, most = map(word, EXPONENTS)
    exponent = maximum(minimum((top >> word(23)) + word(1), most), least)
    return where(top >= word(INFINITE), word(NAN), exponent << word(23))


def inverse_bits(scale: Any, word: Word, where: Any) -> Any:
    """Those of what a scale is divided by: 0 of NaN."""
    finite = scale < word(INFINITE)
    return where(finite, word(INVERSE) - where(finite, scale, word(0)), word(0))


def code_of_bits(
    share: Any, coin: Any, size: Any, curve: Curve, word: Word, minimum: Any, maximum: Any
) -> Any:
    """The code of a share to which the least was added, above or below it by a coin.

    Args:
        share: its bits.
        coin: of as many bits as a code has not.
        size: the bits of the magnitude of which it is a share.
        minimum, maximum: as NumPy's.
    """
    one = word(1 << curve.shift)
    above = (share + coin - word(curve.begin << curve.shift)) & word(WORD)
    if not curve.signed:
        # Those of numbers below 2**-129 are less.
        above = maximum(above, minimum(size, one))
    # What is below 0, as of a NaN with a sign, is beyond the top without one.
    return minimum(above >> word(curve.shift), word(curve.top))


def share_bits(code: Any, curve: Curve, word: Word) -> Any:
    """Those of the share, with the least, that a code stands for."""
    return (code + word(curve.begin)) << word(curve.shift)


def scaled(top: Any) -> np.ndarray:
    """The power of two above the largest magnitude of a block, by its bits."""
    kinds = np.minimum, np.maximum, np.where
    return _floats(scale_bits(np.asarray(top, np.uint64), np.uint64, *kinds))


def coded(value: Any, scale: Any, coin: Any, curve: Curve) -> np.ndarray:
    """The code of a value above or below it, in the mean the value.

    Without a sign 0 is the code of 0 alone, and of what is below 2**-129.
    """
    single, divisor = _single(value), _bits(_single(scale))
    inverse = _floats(inverse_bits(divisor, np.uint64, np.where))
    with np.errstate(all="ignore"):
        share = np.abs(single) * inverse + np.float32(curve.least)
    given = _bits(share), _words(coin), _bits(np.abs(single))
    code = code_of_bits(*given, curve, np.uint64, np.minimum, np.maximum).astype(np.float64)
    return np.where(single < 0, -code, code) if curve.signed else code


def decoded(code: Any, scale: Any, curve: Curve) -> np.ndarray:
    """The value of which this is the code."""
    whole, single = np.asarray(code, np.float64), _single(scale)
    share = _floats(share_bits(_words(np.abs(whole)), curve, np.uint64))
    with np.errstate(all="ignore"):
        value = (share - np.float32(curve.least)) * single
    return np.where(whole < 0, -value, value).astype(np.float64)


def _of(curve: Curve) -> dict[str, Callable[..., Any]]:
    """The operations of one curve by name."""
    kind = "signed" if curve.signed else "positive"

    def code(value: Any, scale: Any, coin: Any) -> np.ndarray:
        return coded(value, scale, coin, curve)

    def value(code: Any, scale: Any) -> np.ndarray:
        return decoded(code, scale, curve)

    return {f"{kind}_code": code, f"{kind}_value": value}


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
    **{function.__name__: function for function in (rounded, upper, lower, joined)},
    **_of(CURVES["signed"]),
    **_of(CURVES["positive"]),
}
"""Every operation by its name."""

SCALE = "block_scale"
"""The one that is of all weights of a block (`adamas.language.blocks`)."""

CODES = {kind: f"{kind}_code" for kind in CURVES}
"""The operations that code, by what for."""

ON_BLOCKS = (*_of(CURVES["signed"]), *_of(CURVES["positive"]), SCALE)
ON_BITS = (*BITWISE, SCALE)
"""The names of all that compilers have for bits; of codes in blocks and scales the first."""


def _single(value: Any) -> np.ndarray:
    with np.errstate(over="ignore"):
        return np.asarray(value, np.float32)


def _bits(single: np.ndarray) -> np.ndarray:
    return single.view(np.uint32).astype(np.uint64)


def _floats(bits: Any) -> np.ndarray:
    return np.asarray(bits).astype(np.uint32).view(np.float32)


def _words(number: Any) -> np.ndarray:
    return np.asarray(number).astype(np.uint64)
