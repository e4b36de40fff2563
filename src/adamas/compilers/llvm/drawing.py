"""Random numbers of a loop's weights, in LLVM's language (`adamas.language.noise`)."""

from collections.abc import Sequence
from typing import Any

from ...language.noise import MULTIPLIERS, STEP_OF_HIGH, STEP_OF_INDEX


def drawn(loop: Any, place: str, size: int, parts: Sequence[str], kind: str) -> str:
    """The numbers of one kind of the weights whose indices times `size` are the address `place`.

    Args:
        loop: which they are drawn in (`Loop`).
        parts: the four pieces of the key.
    """
    found = _bits(loop, place, size, parts)
    return _unsigned(loop, found) if kind == "unsigned" else _signed(loop, found)


def _bits(loop: Any, place: str, size: int, parts: Sequence[str]) -> str:
    low, high = _index(loop, place, size)
    first, second = (_word(loop, *parts[at : at + 2]) for at in (0, 2))
    x = _binary(loop, "add", _times(loop, low, STEP_OF_INDEX), first)
    x = _times(loop, _folded(loop, x, 16), MULTIPLIERS[0])
    added = _binary(loop, "add", second, _times(loop, high, STEP_OF_HIGH))
    x = _folded(loop, _binary(loop, "add", x, added), 15)
    return _folded(loop, _times(loop, x, MULTIPLIERS[1]), 16)


def _index(loop: Any, place: str, size: int) -> tuple[str, str]:
    """The two words of each index: those of the first lane, and how far the others are."""
    whole = loop.emit(f"ptrtoint ptr {place} to i64")
    index = loop.emit(f"lshr i64 {whole}, {size.bit_length() - 1}")
    low = loop.emit(f"trunc i64 {index} to i32")
    above = loop.emit(f"lshr i64 {index}, 32")
    high = loop.emit(f"trunc i64 {above} to i32")
    if loop.width == 1:
        return low, high
    first, high = _spread(loop, low), _spread(loop, high)
    lanes = f"<{', '.join(f'i32 {lane}' for lane in range(loop.width))}>"
    each = _binary(loop, "add", first, lanes)
    over = loop.emit(f"icmp ult {loop.of('i32')} {each}, {first}")
    carried = loop.emit(f"zext {loop.of('i1')} {over} to {loop.of('i32')}")
    return each, _binary(loop, "add", high, carried)


def _spread(loop: Any, value: str) -> str:
    kind = loop.of("i32")
    one = loop.emit(f"insertelement {kind} poison, i32 {value}, i64 0")
    return loop.emit(f"shufflevector {kind} {one}, {kind} poison, {kind} zeroinitializer")


def _word(loop: Any, low: str, high: str) -> str:
    """A word from its halves, which are numbers."""
    halves = [loop.emit(f"fptosi {loop.type} {half} to {loop.of('i32')}") for half in (low, high)]
    return _binary(loop, "or", halves[0], _binary(loop, "shl", halves[1], _literal(loop, 16)))


def _literal(loop: Any, number: int) -> str:
    return loop.literal(str(number), "i32")


def _binary(loop: Any, name: str, a: str, b: str) -> str:
    return loop.emit(f"{name} {loop.of('i32')} {a}, {b}")


def _times(loop: Any, value: str, number: int) -> str:
    return _binary(loop, "mul", value, _literal(loop, number))


def _folded(loop: Any, value: str, shift: int) -> str:
    return _binary(loop, "xor", value, _binary(loop, "lshr", value, _literal(loop, shift)))


def _number(loop: Any, value: str) -> str:
    return loop.emit(f"sitofp {loop.of('i32')} {value} to {loop.type}")


def _unsigned(loop: Any, found: str) -> str:
    whole = _number(loop, _binary(loop, "lshr", found, _literal(loop, 8)))
    return loop.emit(f"fmul {loop.type} {whole}, {loop.literal(repr(2.0**-24))}")


def _signed(loop: Any, found: str) -> str:
    below = loop.emit(f"icmp slt {loop.of('i32')} {found}, {_literal(loop, 0)}")
    size = _binary(loop, "xor", found, _binary(loop, "ashr", found, _literal(loop, 31)))
    half = loop.emit(f"fadd {loop.type} {_number(loop, size)}, {loop.literal('0.5')}")
    half = loop.emit(f"fmul {loop.type} {half}, {loop.literal(repr(2.0**-31))}")
    other = loop.emit(f"fneg {loop.type} {half}")
    return loop.emit(f"select {loop.of('i1')} {below}, {loop.type} {other}, {loop.type} {half}")
