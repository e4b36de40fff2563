"""Random numbers of a weight, which depend on what it is and on nothing else.

A number is made of 32 bits, a hash of (seed, number of the update, name of the number, name of the
tensor, index of the weight in the whole tensor). So it is the same on any compiler, in any number
of threads and chunks, however a tensor is divided, in whatever order parameters come, and after a
file was loaded. The first three make two words, the key of a step; with those of the tensor's name
they are its key; that and the index make the bits. The arithmetic is written for unsigned numbers
of 32 bits and for wider ones, which are cut.

The hash is lowbias32 (Wellons, https://nullprogram.com/blog/2018/07/31/) with a second key added
half-way: one that only joins its keys by exclusive or gives numbers that are biased together.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache, partial
from hashlib import sha256
from math import prod
from typing import Any

import numpy as np

WORD = 0xFFFFFFFF
MULTIPLIERS = (0x7FEB352D, 0x846CA68B)
STEP_OF_INDEX, STEP_OF_HIGH = 0x9E3779B1, 0x85EBCA6B
BEGINNINGS = (0x243F6A88, 0x85A308D3)
"""Where the two words of a key begin: the first digits of π."""

PIECES = 4
"""Two words travel as so many numbers of 16 bits, which every float holds."""

IDENTITY = tuple(f"tensor.{place}" for place in range(PIECES))
"""Leaves that hold the two words that a tensor's name makes."""

INDEX = "index"
"""What the array is called whose addresses are indices, and in which nothing is stored."""

Word = Callable[[int], Any]


def hashed(x: Any, added: Any, word: Word = int) -> Any:
    """32 bits in which each of x has a part, and each of what is added half-way."""
    x = x ^ (x >> word(16))
    x = ((x * word(MULTIPLIERS[0]) & word(WORD)) + added) & word(WORD)
    x = x ^ (x >> word(15))
    x = x * word(MULTIPLIERS[1]) & word(WORD)
    return x ^ (x >> word(16))


def bits(key: Sequence[Any], low: Any, high: Any, word: Word = int) -> Any:
    """The 32 bits of the weight with an index of these two words, for a key of two."""
    x = (low * word(STEP_OF_INDEX) + key[0]) & word(WORD)
    return hashed(x, (key[1] + high * word(STEP_OF_HIGH)) & word(WORD), word)


_INSIDE = ("_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module")
WRAPPED = re.compile(rf"^(module\.)+|(?<![^.])({'|'.join(_INSIDE)})\.")
"""What wrappers of PyTorch put into the names of a model: the bits are the same without."""


@cache
def words_of(name: str) -> tuple[int, int]:
    """The two words that a name makes, without what wrappers put into it."""
    plain = WRAPPED.sub("", WRAPPED.sub("", name))  # each may be around the other
    digest = sha256(plain.encode()).digest()
    return int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:8], "little")


def identity_of(name: str) -> tuple[float, ...]:
    """The values of the leaves `IDENTITY` of a tensor."""
    low, high = words_of(name)
    return tuple(float(half) for word in (low, high) for half in (word & 0xFFFF, word >> 16))


def key(place: int, name: str, parts: Sequence[Any], word: Word = int) -> Any:
    """One of the two words of a step for numbers called `name`, of (seed, update)."""
    return _hashed_with(word(prefix(place, name)), parts, word)


def key_of_tensor(keys: Sequence[Any], words: Sequence[Any], word: Word = int) -> list[Any]:
    """The two words of a tensor from those of the step, and the two that its name makes."""
    return [_hashed_with(key, words, word) for key in keys]


def _hashed_with(found: Any, parts: Sequence[Any], word: Word) -> Any:
    for part in parts:
        found = hashed((found + part) & word(WORD), word(0), word)
    return found


@cache
def prefix(place: int, name: str) -> int:
    """What a word of a key is made of before anything but the name of the numbers is known."""
    return _hashed_with(BEGINNINGS[place], words_of(name), int)


def piece(place: int, name: str, parts: Sequence[Any], word: Word = int) -> Any:
    """One of the `PIECES` of a key: low and high half of the first word, and of the second."""
    whole = key(place // 2, name, parts, word)
    return whole >> word(16) if place % 2 else whole & word(0xFFFF)


@cache
def _seeded(place: int, name: str, seed: int) -> int:
    return key(place, name, (seed & WORD,))


@lru_cache(PIECES)
def _known_key(name: str, seed: int, t: int) -> tuple[float, ...]:
    words = [_hashed_with(_seeded(place, name, seed), (t & WORD,), int) for place in range(2)]
    return tuple(float(half) for word in words for half in (word & 0xFFFF, word >> 16))


def key_piece(seed: float, t: float, name: str, place: int) -> float:
    """As `piece`, of numbers that are known; all of one key are made at once."""
    return _known_key(name, int(seed), int(t))[place]


def joined(parts: Sequence[Any], word: Word = int) -> tuple[Any, Any]:
    """The two words of a key from its pieces."""
    a, b, c, d = parts
    return a + b * word(2**16), c + d * word(2**16)


def index_words(along: Sequence[Any], shape: Sequence[int], word: Word) -> tuple[Any, Any]:
    """The two words of the index in the order of C, from those along each axis of a shape."""
    low, high = word(0), word(0)
    for axis, place in enumerate(along):
        stride = prod(shape[axis + 1 :])
        under = place * word(stride & WORD) & word(WORD)
        low = (low + under) & word(WORD)
        if prod(shape) > WORD:
            carried = (low < under) * word(1)
            over = _high_product(place, stride & WORD, word) + place * word(stride >> 32)
            high = (high + over + carried) & word(WORD)
    return low, high


def _high_product(a: Any, b: int, word: Word) -> Any:
    """The upper 32 bits of a product, by halves."""
    low, high = a & word(0xFFFF), a >> word(16)
    first = low * word(b & 0xFFFF) >> word(16)
    second = high * word(b & 0xFFFF) + first
    third = low * word(b >> 16) + (second & word(0xFFFF))
    return high * word(b >> 16) + (second >> word(16)) + (third >> word(16))


# -- numbers of 32 bits ---------------------------------------------------------------------------


def unsigned(found: Any, word: Word, number: Callable[[Any], Any]) -> Any:
    """From 0 to below 1, with 24 bits, which every language makes exactly."""
    return number(found >> word(8)) * 2.0**-24


def signed(found: Any, word: Word, number: Callable[[Any], Any], where: Any = np.where) -> Any:
    """Between -1 and 1 and never 0: a sign, and 31 bits."""
    below = (found >> word(31)) > word(0)
    size = where(below, found ^ word(WORD), found)
    half = (number(size) + 0.5) * 2.0**-31
    return where(below, -half, half)


def low(count: int, found: Any, word: Word, number: Callable[[Any], Any]) -> Any:
    """The lowest bits, a whole number."""
    return number(found & word((1 << count) - 1))


def high(count: int, found: Any, word: Word, number: Callable[[Any], Any]) -> Any:
    """The highest bits, a whole number."""
    return number(found >> word(32 - count))


COINS = (16, 20)
"""How many bits a coin may have. Of the 32 one takes the lowest and another the highest: of 20 they
share 8, which are the first for the one and the last for the other, and so are as good as apart."""

MADE: Mapping[str, Callable[..., Any]] = {
    "unsigned": unsigned,
    "signed": signed,
    **{f"low{count}": partial(low, count) for count in COINS},
    **{f"high{count}": partial(high, count) for count in COINS},
}
"""Kinds of numbers that 32 bits are made into."""

_TOP = (10.0264167, 54.0777635, -47.6615182, -50.9520581, 36.632434)
_BOTTOM = (1.0, 8.8898836, 2.82652147, -27.5329501, 15.0548916)


def normal(s: Any) -> Any:
    """A standard normal number from one that is uniform between -1 and 1, as rules are written.

    |s| is how likely a number is that is further from 0. The quantile is a quotient of polynomials
    in the eighth root of that, within 1e-5 of itself, up to 6.3: with square roots for logarithms
    it is rounded alike in every language that does not join a product and a sum.
    """
    y = 1 - np.sqrt(np.sqrt(np.sqrt(np.abs(s))))
    size = y * _polynomial(_TOP, y) / _polynomial(_BOTTOM, y)
    return np.where(s < 0, -size, size)


def _polynomial(coefficients: Sequence[float], y: Any) -> Any:
    *lower, value = coefficients
    for coefficient in lower[::-1]:
        value = value * y + coefficient
    return value


def _by_bits(*ends: Any) -> dict[int, tuple[Any, Any]]:
    """Two coins of a weight, by how many bits they have."""
    return {count: ends[2 * place :][:2] for place, count in enumerate(COINS)}


LAWS: Mapping[str, tuple[tuple[str, ...], Callable[..., Any]]] = {
    "uniform": (("unsigned",), lambda u: u),
    "normal": (("signed",), normal),
    "coins": (tuple(f"{end}{count}" for count in COINS for end in ("low", "high")), _by_bits),
}
"""Which numbers there are: of which kinds they are made, and how."""

ASKED = ("uniform", "normal")
"""Those laws that a rule may ask for."""


def values(
    law: str, name: str, seed: float, t: float, tensor: Sequence[int], index: np.ndarray
) -> Any:
    """The definition, in double precision: the numbers of the weights with these indices.

    Args:
        law: one of `LAWS`.
        name: what the rule calls them.
        seed: whole; its lower 32 bits count.
        t: the number of the update.
        tensor: the two words of the tensor's name.
        index: in the whole tensor, in the order of C.
    """
    kinds, function = LAWS[law]
    parts = [int(part) & WORD for part in (seed, t)]
    step = [key(place, name, parts) for place in range(2)]
    pair = list(map(np.uint64, key_of_tensor(step, tensor)))
    index = index.astype(np.uint64)
    found = bits(pair, index & np.uint64(WORD), index >> np.uint64(32), np.uint64)
    made = (MADE[kind](found, np.uint64, lambda whole: whole.astype(float)) for kind in kinds)
    return function(*made)
