"""Functions that kernels call, for what Triton has no function of its own.

Powers and their kin are computed in double precision and rounded once: what the hardware has for
float32 is an approximation.
"""

# Triton reads the source of these functions; its types are not Python's.
# pyright: reportArgumentType=false, reportOperatorIssue=false, reportIndexIssue=false

import triton
import triton.language as tl

from ...language import bits as of_bits
from ...language import noise
from ...language.blocks import BLOCK

# Numbers of the language, as Triton takes what stands outside of functions. None of them is the
# first operand of an operator: the interpreter does not know it there.
_WORD = tl.constexpr(noise.WORD)
_MULTIPLIER, _SECOND_MULTIPLIER = map(tl.constexpr, noise.MULTIPLIERS)
_STEP_OF_INDEX = tl.constexpr(noise.STEP_OF_INDEX)
_STEP_OF_HIGH = tl.constexpr(noise.STEP_OF_HIGH)
_QUIET, _NAN = tl.constexpr(of_bits.QUIET), tl.constexpr(of_bits.NAN)
_MAGNITUDE, _INFINITE = tl.constexpr(of_bits.MAGNITUDE), tl.constexpr(of_bits.INFINITE)
_LEAST, _MOST = map(tl.constexpr, of_bits.EXPONENTS)
_BLOCK = tl.constexpr(BLOCK)


def _numbers(curve):
    """How far a code is shifted, and where codes begin; their top, and what is added to a share."""
    return map(tl.constexpr, (curve.shift, curve.begin, curve.top, curve.least))


_SHIFT, _BEGIN, _TOP, _ADDED = _numbers(of_bits.CURVES["signed"])
_POSITIVE_SHIFT, _POSITIVE_BEGIN, _POSITIVE_TOP, _POSITIVE_ADDED = _numbers(
    of_bits.CURVES["positive"]
)
_ONE = tl.constexpr(1 << of_bits.CURVES["positive"].shift)


@triton.jit
def tanh(x):
    """Hyperbolic tangent: by its series where 1 - e would cancel."""
    wide = x.to(tl.float64)
    size = tl.abs(wide)
    e = tl.exp(-2 * size)
    far = (1 - e) / (1 + e)
    s = size * size
    near = size * (1 - s * (1 / 3 - s * (2 / 15 - s * (17 / 315))))
    result = tl.where(size < 0.02, near, far)
    return tl.where(wide < 0, -result, tl.where(wide == 0, wide, result)).to(x.dtype)


@triton.jit
def cbrt(x):
    """The cube root: by logarithms, then closer by one step of Newton's."""
    wide = x.to(tl.float64)
    size = tl.abs(wide)
    proper = (size > 0) & (size < float("inf"))
    inside = tl.where(proper, size, 1.0)
    root = tl.exp(tl.log(inside) / 3)
    root = root - (root - inside / (root * root)) / 3
    return tl.where(proper, tl.where(wide < 0, root * -1.0, root), wide).to(x.dtype)


@triton.jit
def log1p(x):
    """log(1 + x), also where 1 + x rounds: what rounding lost is made up for by the quotient."""
    wide = x.to(tl.float64)
    above = 1 + wide
    plain = (above == 1) | (above == 0) | (tl.abs(wide) == float("inf")) | (wide != wide)
    lost = tl.where(plain, 1.0, above - 1)
    result = tl.log(above) * (tl.where(plain, 1.0, wide) / lost)
    return tl.where(above == 1, wide, result).to(x.dtype)


@triton.jit
def expm1(x):
    """exp(x) - 1: by the series of sinh where 1 would cancel, exp(x/2) 2 sinh(x/2)."""
    wide = x.to(tl.float64)
    s = wide * wide / 4
    series = 1 + s / 6 * (1 + s / 20 * (1 + s / 42 * (1 + s / 72 * (1 + s / 110 * (1 + s / 156)))))
    near = tl.exp(tl.where(tl.abs(wide) < 1, wide, 0.0) / 2) * wide * series
    return tl.where(tl.abs(wide) < 1, near, tl.exp(wide) - 1).to(x.dtype)


@triton.jit
def arctan2(y, x):
    """The angle of the point (x, y): a rough one, then closer by the angle that is left."""
    up, right = y.to(tl.float64), x.to(tl.float64)
    high, wide = tl.abs(up), tl.abs(right)
    steep = high > wide
    larger, smaller = tl.where(steep, high, wide), tl.where(steep, wide, high)
    z = tl.where(smaller == larger, 1.0, smaller / tl.where(larger == 0, 1.0, larger))
    z = tl.where(larger == 0, 0.0, z)
    rough = z * (0.7853981633974483 + 0.273 * (1 - z))
    c, s = tl.cos(rough), tl.sin(rough)
    left = (z * c - s) / (c + z * s)
    square = left * left
    angle = rough + left * (1 - square * (1 / 3 - square * (1 / 5 - square / 7)))
    angle = tl.where(steep, 1.5707963267948966 - angle, angle)
    behind = (right < 0) | (1 / right < 0)  # -0.0, too
    angle = tl.where(behind, 3.141592653589793 - angle, angle)
    angle = tl.where((up < 0) | (1 / up < 0), angle * -1.0, angle)
    return tl.where((up != up) | (right != right), float("nan"), angle).to(x.dtype)


@triton.jit
def to_even(x):
    """The nearest whole number, of two the even one, with the sign of x."""
    below = tl.floor(x)
    rest = x - below
    odd = tl.floor(below * 0.5) * 2 != below
    nearest = tl.where((rest > 0.5) | ((rest == 0.5) & odd), below + 1, below)
    return tl.where((nearest == 0) & ((x < 0) | (1 / x < 0)), -0.0, nearest)


@triton.jit
def power(x, y):
    """x to the power of y, with the sign and the NaNs that C's pow has."""
    base, exponent = x.to(tl.float64), y.to(tl.float64)
    size = tl.abs(base)
    result = tl.exp(exponent * tl.log(size))
    whole = tl.floor(exponent) == exponent
    odd = whole & (tl.floor(exponent * 0.5) * 2 != exponent)
    below = (base < 0) | (1 / base < 0)  # -0.0, too
    result = tl.where(below & odd, result * -1.0, result)
    finite = size < float("inf")
    result = tl.where((base < 0) & finite & (whole == 0), float("nan"), result)
    one = (exponent == 0) | (base == 1) | ((base == -1) & (tl.abs(exponent) == float("inf")))
    return tl.where(one, 1.0, result).to(x.dtype)


@triton.jit
def remainder(x, y):
    """What is left of x divided by y, with the sign of y, also where it is 0; as in Python."""
    rest = x % y
    other = (rest != 0) & ((rest < 0) != (y < 0))
    result = tl.where(other, rest + y, rest)
    return tl.where(rest == 0, tl.abs(rest) * tl.where(y < 0, -1.0, 1.0), result)


@triton.jit
def sign(x):
    """-1, 0 or 1; a NaN stays."""
    return tl.where(x == x, (x > 0).to(x.dtype) - (x < 0).to(x.dtype), x)


@triton.jit
def hashed(x, added):
    """32 bits in which each of x has a part, and each of what is added half-way."""
    x = x ^ (x >> 16)
    x = x * _MULTIPLIER + added
    x = x ^ (x >> 15)
    x = x * _SECOND_MULTIPLIER
    return x ^ (x >> 16)


@triton.jit
def word(number):
    """A whole number as 32 bits."""
    return number.to(tl.int64).to(tl.uint32)


@triton.jit
def key_piece(start, seed, t, UPPER: tl.constexpr):
    """A half of a word of a key of a step (`adamas.language.noise`), as a number."""
    nothing = word(seed) * 0
    found = hashed(word(seed) + start, nothing)
    found = hashed(found + word(t), nothing)
    return ((found >> (16 * UPPER)) & 0xFFFF).to(tl.float64)


@triton.jit
def of_halves(low, high):
    """A word of its halves, which are numbers."""
    return word(low) + word(high) * 65536


@triton.jit
def drawn_bits(index, a, b, c, d, e, f, g, h):
    """The 32 bits of weights with these indices, int64, for the pieces of the step's key, and of
    the words of the tensor."""
    one, other = of_halves(e, f), of_halves(g, h)
    nothing = one * 0
    first = hashed(hashed(of_halves(a, b) + one, nothing) + other, nothing)
    second = hashed(hashed(of_halves(c, d) + one, nothing) + other, nothing)
    low, high = index.to(tl.uint32), (index >> 32).to(tl.uint32)
    return hashed(low * _STEP_OF_INDEX + first, second + high * _STEP_OF_HIGH)


@triton.jit
def unsigned_numbers(index, a, b, c, d, e, f, g, h):
    """Uniform numbers from 0 to below 1, of 24 bits."""
    return (drawn_bits(index, a, b, c, d, e, f, g, h) >> 8).to(tl.int32).to(
        a.dtype
    ) * 5.9604644775390625e-08


@triton.jit
def signed_numbers(index, a, b, c, d, e, f, g, h):
    """Uniform numbers between -1 and 1, of 32 bits, and never 0."""
    found = drawn_bits(index, a, b, c, d, e, f, g, h)
    below = (found >> 31) != 0
    size = tl.where(below, found ^ _WORD, found).to(tl.int32).to(a.dtype)
    half = (size + 0.5) * 4.656612873077393e-10
    return tl.where(below, half * -1.0, half)


@triton.jit
def low16_numbers(index, a, b, c, d, e, f, g, h):
    """Whole numbers below 2**16: the lowest bits."""
    return (drawn_bits(index, a, b, c, d, e, f, g, h) & 0xFFFF).to(tl.int32).to(a.dtype)


@triton.jit
def high16_numbers(index, a, b, c, d, e, f, g, h):
    """Whole numbers below 2**16: the highest bits."""
    return (drawn_bits(index, a, b, c, d, e, f, g, h) >> 16).to(tl.int32).to(a.dtype)


@triton.jit
def low20_numbers(index, a, b, c, d, e, f, g, h):
    """Whole numbers below 2**20: the lowest bits."""
    return (drawn_bits(index, a, b, c, d, e, f, g, h) & 0xFFFFF).to(tl.int32).to(a.dtype)


@triton.jit
def high20_numbers(index, a, b, c, d, e, f, g, h):
    """Whole numbers below 2**20: the highest bits."""
    return (drawn_bits(index, a, b, c, d, e, f, g, h) >> 12).to(tl.int32).to(a.dtype)


@triton.jit
def rounded(value, coin):
    """`value` as the bfloat16 above it in `coin` of 2**16 cases, else below."""
    single = value.to(tl.float32)
    bits = single.to(tl.int32, bitcast=True) + coin.to(tl.int32)
    stored = (bits & -65536).to(tl.float32, bitcast=True)
    return tl.where(single != single, single, stored).to(value.dtype)


@triton.jit
def upper(value):
    """The nearest bfloat16."""
    single = value.to(tl.float32)
    bits = single.to(tl.int32, bitcast=True)
    chosen = tl.where(single != single, bits | _QUIET, bits + 0x8000)
    return (chosen & -65536).to(tl.float32, bitcast=True).to(value.dtype)


@triton.jit
def lower(value):
    """What `upper` has lost, a whole number of 16 bits."""
    single = value.to(tl.float32)
    found = ((single.to(tl.int32, bitcast=True) + 0x8000) & 0xFFFF) - 0x8000
    return tl.where(single != single, 0, found).to(value.dtype)


@triton.jit
def joined(value, remainder):
    """The number that both were made of."""
    single = value.to(tl.float32)
    found = single.to(tl.int32, bitcast=True) + remainder.to(tl.int32)
    found = found.to(tl.float32, bitcast=True)
    return tl.where(single != single, single, found).to(value.dtype)


@triton.jit
def block_scale(value, within, AXIS: tl.constexpr):
    """The power of two above the largest magnitude in the block of each of some weights.

    They lie in a row, or each row of a tile is a block; those that are not `within` do not count.
    """
    single = tl.where(within, value, 0.0).to(tl.float32)
    bits = single.to(tl.int32, bitcast=True) & _MAGNITUDE
    rows = tl.reshape(bits, [bits.numel // _BLOCK, _BLOCK]) if AXIS == 0 else bits
    top = tl.max(rows, 1)
    exponent = tl.maximum(tl.minimum((top >> 23) + 1, _MOST), _LEAST)
    found = tl.where(top < _INFINITE, exponent << 23, _NAN)
    found = tl.broadcast_to(found[:, None], rows.shape)
    return tl.reshape(found, bits.shape).to(tl.float32, bitcast=True).to(value.dtype)


@triton.jit
def coded(
    value,
    scale,
    coin,
    SHIFT: tl.constexpr,
    BEGIN: tl.constexpr,
    TOP: tl.constexpr,
    ADDED: tl.constexpr,
    FLOOR: tl.constexpr,
):
    """The code of a magnitude above or below it, by a coin (`adamas.language.bits`)."""
    divisor = scale.to(tl.float32).to(tl.int32, bitcast=True)
    inverse = tl.where(divisor < _INFINITE, (254 << 23) - divisor, 0).to(tl.float32, bitcast=True)
    size = tl.abs(value.to(tl.float32))
    share = (size * inverse + ADDED).to(tl.uint32, bitcast=True)
    above = share + coin.to(tl.int32).to(tl.uint32) - (BEGIN << SHIFT)
    above = tl.maximum(above.to(tl.uint32), tl.minimum(size.to(tl.uint32, bitcast=True), FLOOR))
    return tl.minimum(above >> SHIFT, TOP).to(tl.int32)


@triton.jit
def decoded(code, scale, SHIFT: tl.constexpr, BEGIN: tl.constexpr, ADDED: tl.constexpr):
    """The magnitude of which this is the code."""
    bits = (code.to(tl.int32) + BEGIN) << SHIFT
    return (bits.to(tl.float32, bitcast=True) - ADDED) * scale.to(tl.float32)


@triton.jit
def signed_code(value, scale, coin):
    """The code of a value, a whole number between -128 and 127."""
    code = coded(value, scale, coin, _SHIFT, _BEGIN, _TOP, _ADDED, 0)
    return tl.where(value < 0, -code, code).to(value.dtype)


@triton.jit
def signed_value(code, scale):
    """The value of which this is the code."""
    value = decoded(tl.abs(code), scale, _SHIFT, _BEGIN, _ADDED)
    return tl.where(code < 0, -value, value).to(code.dtype)


@triton.jit
def positive_code(value, scale, coin):
    """The code of a value of 0 or more, a whole number below 256; hardly 0 but of 0."""
    return coded(
        value,
        scale,
        coin,
        _POSITIVE_SHIFT,
        _POSITIVE_BEGIN,
        _POSITIVE_TOP,
        _POSITIVE_ADDED,
        _ONE,
    ).to(value.dtype)


@triton.jit
def positive_value(code, scale):
    """The value of which this is the code."""
    value = decoded(code, scale, _POSITIVE_SHIFT, _POSITIVE_BEGIN, _POSITIVE_ADDED)
    return value.to(code.dtype)


@triton.jit
def greater(a, b):
    """The greater of two, or NaN if one is."""
    return tl.where((a >= b) | (a != a), a, b)


@triton.jit
def greatest(x, AXIS: tl.constexpr):
    """The greatest along an axis, or NaN if there is one."""
    missing = tl.max((x != x).to(tl.int32), AXIS) != 0
    return tl.where(missing, float("nan"), tl.max(tl.where(x == x, x, float("-inf")), AXIS))


@triton.jit
def least(x, AXIS: tl.constexpr):
    """The least along an axis, or NaN if there is one."""
    return greatest(x * -1.0, AXIS) * -1.0
