"""Codes of slots, in LLVM's language (`adamas.language.codes`)."""

from typing import Any


def rounded(loop: Any, value: str, coin: str) -> str:
    """A value of the arithmetic as a bfloat16 above or below it, in the type of the arithmetic."""
    integers = loop.of("i32")
    single = loop.converted(value, loop.compute, "float")
    bits = loop.emit(f"bitcast {loop.of('float')} {single} to {integers}")
    whole = loop.emit(f"fptoui {loop.type} {coin} to {integers}")
    added = loop.emit(f"add {integers} {bits}, {whole}")
    high = loop.emit(f"and {integers} {added}, {loop.literal(str(-(2**16)), 'i32')}")
    found = loop.emit(f"bitcast {integers} {high} to {loop.of('float')}")
    nan = loop.emit(f"fcmp uno {loop.of('float')} {single}, {single}")
    quiet = loop.literal("0x7FF8000000000000", "float")
    kept = loop.emit(
        f"select {loop.of('i1')} {nan}, {loop.of('float')} {quiet}, {loop.of('float')} {found}"
    )
    return loop.converted(kept, "float", loop.compute)


def cut(loop: Any, value: str) -> str:
    """The upper half of each float, which holds a bfloat16."""
    integers = loop.of("i32")
    bits = loop.emit(f"bitcast {loop.of('float')} {value} to {integers}")
    high = loop.emit(f"lshr {integers} {bits}, {loop.literal('16', 'i32')}")
    return loop.emit(f"trunc {integers} {high} to {loop.of('i16')}")
