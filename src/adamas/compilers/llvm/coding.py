"""Operations on bits, in LLVM's language (`adamas.language.bits`), and how numbers are stored."""

from functools import partial
from typing import Any

from ...dtypes import STORED
from ...language.bits import (
    CURVES,
    EXPONENTS,
    INFINITE,
    INVERSE,
    MAGNITUDE,
    NAN,
    QUIET,
    UPPER,
    Curve,
)

_MADE = ("rounded", "upper")
"""Operations whose results are bfloat16 already."""


def loaded(loop: Any, value: str, dtype: str) -> str:
    """A number that was stored in a dtype, as one of the arithmetic."""
    memory = STORED[dtype].llvm
    if dtype == "bfloat16":
        return loop.converted(_float(loop, _shifted(loop, value)), "float", loop.compute)
    if memory.startswith("i"):
        kind = "uitofp" if dtype.startswith("u") else "sitofp"
        return loop.emit(f"{kind} {loop.of(memory)} {value} to {loop.type}")
    return loop.converted(value, memory, loop.compute)


def stored(loop: Any, value: str, dtype: str, operation: str) -> str:
    """What is stored in a dtype of a number of the arithmetic, made by an operation."""
    memory = STORED[dtype].llvm
    if dtype == "bfloat16":
        single = loop.converted(value, loop.compute, "float")
        return _cut(loop, single) if operation in _MADE else _nearest(loop, single)
    if memory.startswith("i"):
        kind = "fptoui" if dtype.startswith("u") else "fptosi"
        return loop.emit(f"{kind} {loop.type} {value} to {loop.of(memory)}")
    return loop.converted(value, loop.compute, memory)


def rounded(loop: Any, value: str, coin: str) -> str:
    """A value as a bfloat16 above or below it, by a coin."""
    single, bits = _both(loop, value)
    whole = loop.emit(f"fptoui {loop.type} {coin} to {loop.of('i32')}")
    # All bits of a NaN are set, so that no coin carries it to where numbers are.
    nan = loop.emit(f"fcmp uno {loop.of('float')} {single}, {single}")
    ones = loop.emit(f"sext {loop.of('i1')} {nan} to {loop.of('i32')}")
    found = _binary(loop, "or", _binary(loop, "add", bits, whole), ones)
    high = _float(loop, _binary(loop, "and", found, UPPER - 2**32))
    return loop.converted(high, "float", loop.compute)


def upper(loop: Any, value: str) -> str:
    """The nearest bfloat16."""
    single, bits = _both(loop, value)
    near = _binary(loop, "and", _binary(loop, "add", bits, 0x8000), UPPER - 2**32)
    quiet = _binary(loop, "and", _binary(loop, "or", bits, QUIET), UPPER - 2**32)
    return _unless_nan(loop, single, _float(loop, near), _float(loop, quiet))


def lower(loop: Any, value: str) -> str:
    """What `upper` has lost, a whole number of 16 bits: half of the bits, with their sign."""
    single, bits = _both(loop, value)
    nan = loop.emit(f"fcmp uno {loop.of('float')} {single}, {single}")
    kept = _chosen(loop, nan, "i32", loop.literal("0", "i32"), bits)
    half = loop.emit(f"trunc {loop.of('i32')} {kept} to {loop.of('i16')}")
    return loop.emit(f"sitofp {loop.of('i16')} {half} to {loop.type}")


def joined(loop: Any, value: str, remainder: str) -> str:
    """The number that both were made of."""
    single, bits = _both(loop, value)
    whole = loop.emit(f"fptosi {loop.type} {remainder} to {loop.of('i32')}")
    return _unless_nan(loop, single, _float(loop, _binary(loop, "add", bits, whole)), single)


def coded(loop: Any, value: str, scale: str, coin: str, *, curve: Curve) -> str:
    """The code of a value above or below it, by a coin; without a sign, of a magnitude."""
    single, bits = _both(loop, value)
    bits = _binary(loop, "and", bits, MAGNITUDE) if curve.signed else bits
    size = _float(loop, bits)
    # Products with powers of two are exact: both may be one instruction.
    share = loop.emit(f"fmul contract {loop.of('float')} {size}, {_inverse(loop, scale)}")
    least = loop.literal(repr(curve.least), "float")
    share = loop.emit(f"fadd contract {loop.of('float')} {share}, {least}")
    whole = loop.emit(f"fptoui {loop.type} {coin} to {loop.of('i32')}")
    above = _binary(loop, "add", _bits(loop, share), whole)
    above = _binary(loop, "sub", above, curve.begin << curve.shift)
    if not curve.signed:
        above = _called(loop, "umax", above, _least(loop, bits, 1 << curve.shift))
    code = _least(loop, _binary(loop, "lshr", above, curve.shift), curve.top)
    if curve.signed:
        zero = loop.literal("0.0", "float")
        turned = _binary(loop, "sub", loop.literal("0", "i32"), code)
        below = loop.emit(f"fcmp olt {loop.of('float')} {single}, {zero}")
        code = _chosen(loop, below, "i32", turned, code)
    return loop.emit(f"sitofp {loop.of('i32')} {code} to {loop.type}")


def decoded(loop: Any, code: str, scale: str, *, curve: Curve) -> str:
    """The value of which this is the code."""
    whole = loop.emit(f"fptosi {loop.type} {code} to {loop.of('i32')}")
    # A magnitude of the shifted code: that of the code is found in 8 bits, and then spread again.
    whole = _binary(loop, "shl", whole, curve.shift)
    size = _absolute(loop, whole) if curve.signed else whole
    share = _float(loop, _binary(loop, "add", size, curve.begin << curve.shift))
    single = loop.converted(scale, loop.compute, "float")
    least = loop.literal(repr(curve.least), "float")
    # The difference times the scale: products with powers of two are exact.
    least = loop.emit(f"fmul {loop.of('float')} {single}, {least}")
    value = loop.emit(f"fmul contract {loop.of('float')} {share}, {single}")
    value = loop.emit(f"fsub contract {loop.of('float')} {value}, {least}")
    if curve.signed:
        sign = _binary(loop, "and", whole, 2**31)
        value = _float(loop, _binary(loop, "xor", _bits(loop, value), sign))
    return loop.converted(value, "float", loop.compute)


def magnitude(loop: Any, value: str) -> str:
    """The bits of a value without its sign: the larger, the larger it is, and most of all NaN's."""
    return _binary(loop, "and", _both(loop, value)[1], MAGNITUDE)


def largest(loop: Any, one: str, other: str) -> str:
    """The larger of bits."""
    return _called(loop, "umax", one, other)


def scale(loop: Any, top: str) -> str:
    """The scale of a block, from the largest magnitude in it by its bits."""
    exponent = _binary(loop, "add", _binary(loop, "lshr", top, 23), 1)
    least, most = EXPONENTS
    within = _called(loop, "umax", _least(loop, exponent, most), loop.literal(str(least), "i32"))
    bits = _binary(loop, "shl", within, 23)
    finite = loop.emit(f"icmp ult {loop.of('i32')} {top}, {loop.literal(str(INFINITE), 'i32')}")
    return _float(loop, _chosen(loop, finite, "i32", bits, loop.literal(str(NAN), "i32")))


def _inverse(loop: Any, scale: str) -> str:
    """What a scale is divided by: 0 of NaN."""
    bits = _bits(loop, loop.converted(scale, loop.compute, "float"))
    whole = loop.literal(str(INVERSE), "i32")
    zero = loop.literal("0", "i32")
    finite = loop.emit(f"icmp ult {loop.of('i32')} {bits}, {loop.literal(str(INFINITE), 'i32')}")
    return _float(loop, _chosen(loop, finite, "i32", _binary(loop, "sub", whole, bits), zero))


OPERATIONS = {
    **{function.__name__: function for function in (rounded, upper, lower, joined)},
    **{f"{kind}_code": partial(coded, curve=curve) for kind, curve in CURVES.items()},
    **{f"{kind}_value": partial(decoded, curve=curve) for kind, curve in CURVES.items()},
}


def _both(loop: Any, value: str) -> tuple[str, str]:
    """A value of the arithmetic as a float, and its bits."""
    single = loop.converted(value, loop.compute, "float")
    return single, _bits(loop, single)


def _bits(loop: Any, single: str) -> str:
    return loop.emit(f"bitcast {loop.of('float')} {single} to {loop.of('i32')}")


def _float(loop: Any, bits: str) -> str:
    return loop.emit(f"bitcast {loop.of('i32')} {bits} to {loop.of('float')}")


def _binary(loop: Any, name: str, value: str, other: str | int) -> str:
    other = loop.literal(str(other), "i32") if isinstance(other, int) else other
    return loop.emit(f"{name} {loop.of('i32')} {value}, {other}")


def _least(loop: Any, value: str, bound: int) -> str:
    return _called(loop, "umin", value, loop.literal(str(bound), "i32"))


def _absolute(loop: Any, value: str) -> str:
    kind = loop.of("i32")
    function = _intrinsic(loop, "abs")
    loop.declarations[f"declare {kind} {function}({kind}, i1)"] = None
    return loop.emit(f"call {kind} {function}({kind} {value}, i1 false)")


def _called(loop: Any, name: str, one: str, other: str) -> str:
    """An intrinsic of two whole numbers."""
    kind = loop.of("i32")
    function = _intrinsic(loop, name)
    loop.declarations[f"declare {kind} {function}({kind}, {kind})"] = None
    return loop.emit(f"call {kind} {function}({kind} {one}, {kind} {other})")


def _intrinsic(loop: Any, name: str) -> str:
    return f"@llvm.{name}.{f'v{loop.width}i32' if loop.width > 1 else 'i32'}"


def _unless_nan(loop: Any, single: str, found: str, otherwise: str) -> str:
    """What was found, as a number of the arithmetic, where there was one."""
    nan = loop.emit(f"fcmp uno {loop.of('float')} {single}, {single}")
    return loop.converted(_chosen(loop, nan, "float", otherwise, found), "float", loop.compute)


def _chosen(loop: Any, condition: str, kind: str, one: str, other: str) -> str:
    form = loop.of(kind)
    return loop.emit(f"select {loop.of('i1')} {condition}, {form} {one}, {form} {other}")


def _shifted(loop: Any, value: str) -> str:
    wide = loop.emit(f"zext {loop.of('i16')} {value} to {loop.of('i32')}")
    return _binary(loop, "shl", wide, 16)


def _cut(loop: Any, single: str) -> str:
    """The upper half of each float, which holds a bfloat16."""
    high = _binary(loop, "lshr", _bits(loop, single), 16)
    return loop.emit(f"trunc {loop.of('i32')} {high} to {loop.of('i16')}")


def _nearest(loop: Any, single: str) -> str:
    """The nearest bfloat16, of two the even one."""
    bits = _bits(loop, single)
    high = _binary(loop, "lshr", bits, 16)
    odd = _binary(loop, "and", high, 1)
    bias = _binary(loop, "add", odd, 32767)
    nearest = _binary(loop, "lshr", _binary(loop, "add", bits, bias), 16)
    # Rounding could carry a NaN's payload into infinity: keep it a quiet NaN.
    quiet = _binary(loop, "or", high, 64)
    nan = loop.emit(f"fcmp uno {loop.of('float')} {single}, {single}")
    chosen = _chosen(loop, nan, "i32", quiet, nearest)
    return loop.emit(f"trunc {loop.of('i32')} {chosen} to {loop.of('i16')}")
