"""How slots are stored in less memory than arithmetic takes: one row for each way.

A slot is decoded as it is loaded and coded as it is stored, in the same pass; its rule says nothing
about it. What is rounded to nearest stays where it is if updates are small beside it: v, of which
each update takes a thousandth, would never fade in 8 bits of significand. So a code rounds up or
down by a coin, as likely as the value is near to each, and is right in the mean. Coins are random
numbers of a weight (`adamas.language.noise`): bits depend neither on threads and chunks nor on how
a tensor is divided.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from .bits import BITWISE
from .expression import Expression


def bitwise(name: str, *arguments: Any) -> Any:
    """One of `adamas.language.bits`, of symbols or of arrays."""
    if isinstance(arguments[0], Expression):
        return arguments[0].trace.bitwise(name, *arguments)
    return BITWISE[name](*arguments)


class Code(NamedTuple):
    """A way to store a slot that has a value for each weight.

    Attributes:
        name: as ``states`` has it.
        dtype: of the slot where it is stored.
    """

    name: str
    dtype: str


WIDE = "float32"
"""The name of what is no code: as wide as the arithmetic."""

CODES: Mapping[str, Code] = {row.name: row for row in (Code("bfloat16", "bfloat16"),)}
"""Every code by its name."""

NAMES = (WIDE, *CODES)
"""What ``states`` may be."""

PER_COIN = 2
"""A weight's 32 bits are coins for so many slots."""


def coins(place: int) -> str:
    """What the coins of the coded slots number `place` and its neighbour are called."""
    return f"states {place // PER_COIN}"
