"""How slots are stored in less memory than arithmetic takes: one row for each way.

A slot is decoded as it is loaded and coded as it is stored, in the same pass; its rule says nothing
about it. What is rounded to nearest stays where it is if updates are small beside it: v, of which
each update takes a thousandth, would never fade in 8 bits of significand. So a code rounds up or
down by a coin, as likely as the value is near to each, and is right in the mean. Coins are random
numbers of a weight (`adamas.language.noise`): bits depend neither on threads and chunks nor on how
a tensor is divided.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .bits import BITWISE, CURVES
from .blocks import BLOCK, SCALES
from .expression import Expression

Values = Mapping[str, Any]


def bitwise(name: str, *arguments: Any) -> Any:
    """One of `adamas.language.bits`, of symbols or of arrays."""
    symbol = next((one for one in arguments if isinstance(one, Expression)), None)
    return BITWISE[name](*arguments) if symbol is None else symbol.trace.bitwise(name, *arguments)


@dataclass(frozen=True)
class Code:
    """A way to store a slot that has a value for each weight: as it is rounded by a coin.

    Attributes:
        dtype: of the slot where it is stored.
        scales: whether blocks of it have scales, in a slot of their own.
        coin: the bits of its coins: as many as it has not.
    """

    dtype: str
    scales: bool = False
    coin: int = 16

    def __str__(self) -> str:
        return self.dtype

    @property
    def dtypes(self) -> tuple[str, ...]:
        """Those of its slots."""
        return (self.dtype,)

    def slots(self, slot: str) -> tuple[str, ...]:
        """The slots that hold it."""
        return (slot,)

    def value(self, slot: str, arrays: Values) -> Any:
        """What a slot holds."""
        return arrays[slot]

    def stored(self, slot: str, value: Any, coin: Any, blocks: Any) -> dict[str, Any]:
        """What is stored of a value, by slot.

        Args:
            slot: whose new value it is.
            value: for each weight.
            coin: for each weight, a whole number.
            blocks: those of the tensor.
        """
        return {slot: bitwise("rounded", value, coin)}

    def tested(self, slot: str, value: Any, coin: Any) -> dict[str, Any]:
        """What must be finite for a value to be stored, by slot."""
        return self.stored(slot, value, coin, None)


SAID = {"signed": "of either sign", "positive": "never negative"}
"""What is said of the kinds of numbers that codes are for."""


@dataclass(frozen=True)
class BlockCode(Code):
    """A code of 8 bits, of a share of its block's scale.

    Attributes:
        kind: which of `adamas.language.bits.CURVES`.
    """

    scales: bool = True
    coin: int = 20
    kind: str = "signed"

    def __str__(self) -> str:
        return f"{self.dtype} in blocks of {BLOCK} ({SAID[self.kind]})"

    @property
    def dtypes(self) -> tuple[str, ...]:
        """Of codes, and of scales."""
        return self.dtype, "float32"

    def slots(self, slot: str) -> tuple[str, ...]:
        """Codes, and scales."""
        return slot, slot + SCALES

    def value(self, slot: str, arrays: Values) -> Any:
        """What codes and scales stand for."""
        return bitwise(f"{self.kind}_value", *(arrays[name] for name in self.slots(slot)))

    def stored(self, slot: str, value: Any, coin: Any, blocks: Any) -> dict[str, Any]:
        """The codes, and the scales of their blocks."""
        value = value if CURVES[self.kind].signed else np.abs(value)
        scale = blocks.scale(value)
        return {slot: bitwise(f"{self.kind}_code", value, scale, coin), slot + SCALES: scale}

    def tested(self, slot: str, value: Any, coin: Any) -> dict[str, Any]:
        """The value: a code of it is finite in any case."""
        return {slot + SCALES: value}


WIDE = "float32"
"""The name of what is no code: as wide as the arithmetic."""

NARROWER = {"bfloat16": Code("bfloat16")}
"""Codes by their names in ``states``, of all slots with a value for each weight."""

IN_BLOCKS = {"8bit": (BlockCode("int8"), BlockCode("uint8", kind="positive"))}
"""Those of slots of large tensors alone: of any numbers, and of such as are not negative."""

NAMES = (WIDE, *NARROWER, *IN_BLOCKS)
"""What ``states`` may be."""

PER_COIN = 2
"""A weight's 32 bits are coins for so many slots."""


def coins(place: int) -> str:
    """What the coins of the coded slots number `place` and its neighbour are called."""
    return f"states {place // PER_COIN}"
