"""Random numbers of a loop's weights, in LLVM's language (`adamas.language.noise`)."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from ...language.noise import COINS, MULTIPLIERS, PIECES, STEP_OF_HIGH, STEP_OF_INDEX, WORD


def drawn(loop: Any, place: str, size: int, parts: Sequence[str], kind: str) -> str:
    """The numbers of one kind of the weights whose indices times `size` are the address `place`.

    Args:
        loop: which they are drawn in (`Loop`).
        parts: the pieces of the step's key, and of the words of the tensor.
    """
    return _MADE[kind](loop, _bits(loop, place, size, parts))


def _bits(loop: Any, place: str, size: int, parts: Sequence[str]) -> str:
    low, high = _index(loop, place, size)
    step, tensor = _words(loop, parts[:PIECES]), _words(loop, parts[PIECES:])
    first, second = (_key(loop, word, tensor) for word in step)
    added = _binary(loop, "add", second, high)
    return _hashed(loop, _binary(loop, "add", low, first), added)


def _hashed(loop: Any, x: str, added: str | None = None) -> str:
    """`adamas.language.noise.hashed`; without what is added half-way, 0 is."""
    x = _times(loop, _folded(loop, x, 16), MULTIPLIERS[0])
    x = x if added is None else _binary(loop, "add", x, added)
    return _folded(loop, _times(loop, _folded(loop, x, 15), MULTIPLIERS[1]), 16)


def _index(loop: Any, place: str, size: int) -> tuple[str, str]:
    """The two words of each index, times their steps.

    The lower is known of the first lane, and the others are as far from it as lanes are, so that
    vectors are only added. In a row of vectors all have one upper word (`one_upper_word`).
    """
    whole = loop.emit(f"ptrtoint ptr {place} to i64")
    index = loop.emit(f"lshr i64 {whole}, {size.bit_length() - 1}")
    low = loop.emit(f"trunc i64 {index} to i32")
    begin = loop.emit(f"mul i32 {low}, {STEP_OF_INDEX}")
    if loop.width == 1:
        above = loop.emit(f"lshr i64 {index}, 32")
        word = loop.emit(f"trunc i64 {above} to i32")
        return begin, loop.emit(f"mul i32 {word}, {STEP_OF_HIGH}")
    steps = (lane * STEP_OF_INDEX & WORD for lane in range(loop.width))
    lanes = f"<{', '.join(f'i32 {step}' for step in steps)}>"
    each = _binary(loop, "add", _spread(loop, begin), lanes)
    return each, _spread(loop, loop.emit(f"mul i32 %upper.word, {STEP_OF_HIGH}"))


def one_upper_word(begin: str, size: int) -> list[str]:
    """The upper word of the indices of a row, and whether all have it.

    Args:
        begin: the first index times `size`.
    """
    shift = size.bit_length() - 1
    return [
        f"  %first.index = lshr i64 {begin}, {shift}",
        "  %after.index = add i64 %first.index, %length",
        "  %last.index = sub i64 %after.index, 1",
        "  %first.upper = lshr i64 %first.index, 32",
        "  %last.upper = lshr i64 %last.index, 32",
        "  %upper.word = trunc i64 %first.upper to i32",
        "  %upper.one = icmp eq i64 %first.upper, %last.upper",
    ]


def _spread(loop: Any, value: str) -> str:
    kind = loop.of("i32")
    one = loop.emit(f"insertelement {kind} poison, i32 {value}, i64 0")
    return loop.emit(f"shufflevector {kind} {one}, {kind} poison, {kind} zeroinitializer")


def _words(loop: Any, halves: Sequence[str]) -> list[str]:
    return [_word(loop, *halves[at : at + 2]) for at in (0, 2)]


def _key(loop: Any, found: str, words: Sequence[str]) -> str:
    """A word of a tensor's key: it is the same along a row, and stands before its loop."""
    for word in words:
        found = _hashed(loop, _binary(loop, "add", found, word))
    return found


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


def _low(count: int, loop: Any, found: str) -> str:
    few = loop.emit(f"trunc {loop.of('i32')} {found} to {loop.of(f'i{count}')}")
    return loop.emit(f"uitofp {loop.of(f'i{count}')} {few} to {loop.type}")


def _high(count: int, loop: Any, found: str) -> str:
    return _low(count, loop, _binary(loop, "lshr", found, _literal(loop, 32 - count)))


_MADE = {
    "unsigned": _unsigned,
    "signed": _signed,
    **{f"low{count}": partial(_low, count) for count in COINS},
    **{f"high{count}": partial(_high, count) for count in COINS},
}
