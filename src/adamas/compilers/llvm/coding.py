"""Operations on bits, in LLVM's language (`adamas.language.bits`), and how numbers are stored."""

from typing import Any

from ...dtypes import STORED
from ...language.bits import QUIET, UPPER

_MADE = ("rounded", "upper")
"""Operations whose results are bfloat16 already."""


def loaded(loop: Any, value: str, dtype: str) -> str:
    """A number that was stored in a dtype, as one of the arithmetic."""
    memory = STORED[dtype].llvm
    if dtype == "bfloat16":
        return loop.converted(_float(loop, _shifted(loop, value)), "float", loop.compute)
    if memory.startswith("i"):
        return loop.emit(f"sitofp {loop.of(memory)} {value} to {loop.type}")
    return loop.converted(value, memory, loop.compute)


def stored(loop: Any, value: str, dtype: str, operation: str) -> str:
    """What is stored in a dtype of a number of the arithmetic, made by an operation."""
    memory = STORED[dtype].llvm
    if dtype == "bfloat16":
        single = loop.converted(value, loop.compute, "float")
        return _cut(loop, single) if operation in _MADE else _nearest(loop, single)
    if memory.startswith("i"):
        return loop.emit(f"fptosi {loop.type} {value} to {loop.of(memory)}")
    return loop.converted(value, loop.compute, memory)


def rounded(loop: Any, value: str, coin: str) -> str:
    """A value as a bfloat16 above or below it, by a coin."""
    single, bits = _both(loop, value)
    whole = loop.emit(f"fptoui {loop.type} {coin} to {loop.of('i32')}")
    high = _binary(loop, "and", _binary(loop, "add", bits, whole), UPPER - 2**32)
    quiet = loop.literal("0x7FF8000000000000", "float")
    return _unless_nan(loop, single, _float(loop, high), quiet)


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


OPERATIONS = {function.__name__: function for function in (rounded, upper, lower, joined)}


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
