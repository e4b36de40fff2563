"""Functions of numbers that are more than one instruction, in LLVM's language.

Each is given the loop that it is written into (`Loop`), and the names of values in it.
"""

from collections.abc import Callable, Sequence
from typing import Any


def intrinsic(loop: Any, name: str, numbers: Sequence[str]) -> str:
    """A function that LLVM knows, of all lanes at once."""
    bits = 32 if loop.compute == "float" else 64
    suffix = f"v{loop.width}f{bits}" if loop.width > 1 else f"f{bits}"
    arguments = ", ".join(f"{loop.type} {number}" for number in numbers)
    types = ", ".join([loop.type] * len(numbers))
    loop.declarations[f"declare {loop.type} @llvm.{name}.{suffix}({types})"] = None
    return loop.emit(f"call {loop.type} @llvm.{name}.{suffix}({arguments})")


def of_each(loop: Any, name: str, numbers: Sequence[str]) -> str:
    """A function of C, of one weight after the other."""
    function = f"{name}f" if loop.compute == "float" else name
    types = ", ".join([loop.compute] * len(numbers))
    loop.declarations[f"declare {loop.compute} @{function}({types})"] = None
    if loop.width == 1:
        return loop.emit(_called(loop, function, numbers))
    result = "poison"
    for lane in range(loop.width):
        one = [loop.emit(f"extractelement {loop.type} {n}, i64 {lane}") for n in numbers]
        value = loop.emit(_called(loop, function, one))
        result = loop.emit(
            f"insertelement {loop.type} {result}, {loop.compute} {value}, i64 {lane}"
        )
    return result


def _called(loop: Any, function: str, numbers: Sequence[str]) -> str:
    arguments = ", ".join(f"{loop.compute} {number}" for number in numbers)
    return f"call {loop.compute} @{function}({arguments})"


def chosen(loop: Any, condition: str, yes: str, no: str, kind: str | None = None) -> str:
    """One of two values, of the arithmetic or of another kind."""
    kind = kind or loop.type
    return loop.emit(f"select {loop.of('i1')} {condition}, {kind} {yes}, {kind} {no}")


def logical_not(loop: Any, condition: str) -> str:
    """Whether a condition is not so."""
    return loop.emit(f"xor {loop.of('i1')} {condition}, {loop.literal('true', 'i1')}")


def isnan(loop: Any, x: str) -> str:
    """Whether a number is none."""
    return loop.emit(f"fcmp uno {loop.type} {x}, {x}")


def not_finite(loop: Any, x: str) -> str:
    """Whether a number is infinite, or none: x - x is 0 for a finite x and NaN for all else."""
    return isnan(loop, loop.emit(f"fsub {loop.type} {x}, {x}"))


def isfinite(loop: Any, x: str) -> str:
    """Whether a number is finite."""
    return logical_not(loop, not_finite(loop, x))


def maximum(loop: Any, a: str, b: str) -> str:
    """The larger of two, or NaN if one is."""
    return _extreme(loop, a, b, "oge")


def minimum(loop: Any, a: str, b: str) -> str:
    """The smaller of two, or NaN if one is."""
    return _extreme(loop, a, b, "ole")


def _extreme(loop: Any, a: str, b: str, comparison: str) -> str:
    first = loop.emit(f"fcmp {comparison} {loop.type} {a}, {b}")
    either = loop.emit(f"or {loop.of('i1')} {first}, {isnan(loop, a)}")
    return chosen(loop, either, a, b)


def sign(loop: Any, x: str) -> str:
    """-1, 0 or 1; a NaN stays."""
    below = loop.emit(f"fcmp olt {loop.type} {x}, {loop.literal('0.0')}")
    above = loop.emit(f"fcmp ogt {loop.type} {x}, {loop.literal('0.0')}")
    zero = loop.emit(f"fadd {loop.type} {x}, {loop.literal('0.0')}")  # -0.0 becomes 0.0
    negative = chosen(loop, below, loop.literal("-1.0"), zero)
    return chosen(loop, above, loop.literal("1.0"), negative)


def remainder(loop: Any, a: str, b: str) -> str:
    """What is left of a division, with the sign of the divisor as in Python, 0 as well."""
    rest = loop.emit(f"frem {loop.type} {a}, {b}")
    one = intrinsic(loop, "copysign", [loop.literal("1.0"), rest])
    product = loop.emit(f"fmul {loop.type} {one}, {b}")
    other = loop.emit(f"fcmp olt {loop.type} {product}, {loop.literal('0.0')}")
    moved = loop.emit(f"fadd {loop.type} {rest}, {b}")
    result = chosen(loop, other, moved, rest)
    none = loop.emit(f"fcmp oeq {loop.type} {rest}, {loop.literal('0.0')}")
    return chosen(loop, none, intrinsic(loop, "copysign", [rest, b]), result)


PROGRAMS: dict[str, Callable[..., str]] = {
    function.__name__: function
    for function in (logical_not, isnan, isfinite, maximum, minimum, sign, remainder)
}
"""Those that the table of operations names (`adamas.language.operations`)."""
