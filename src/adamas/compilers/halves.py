"""The upper and lower halves of float32 numbers, by any library of tensors."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..language.bits import QUIET, UPPER, joined_bits, lower_bits, rounded_bits, upper_bits
from .words import Words

HALVES = ("rounded", "upper", "lower", "joined")
"""The operations of `adamas.language.bits` that are of one weight alone, and in no block."""


@dataclass(frozen=True)
class Halves(Words):
    """What is computed of halves: a bfloat16 is the upper one."""

    def operation(self, name: str) -> Callable[..., Any]:
        """One of `HALVES`."""
        return getattr(self, name)

    def rounded(self, value: Any, coin: Any) -> Any:
        """A value as a bfloat16 above or below it, by a coin."""
        single, bits = self._bits(value)
        return self._unless_nan(single, rounded_bits(bits, self.word(coin), self.word), single)

    def upper(self, value: Any) -> Any:
        """The nearest bfloat16."""
        single, bits = self._bits(value)
        quiet = self.library.from_bits((bits | self.word(QUIET)) & self.word(UPPER))
        return self._unless_nan(single, upper_bits(bits, self.word), quiet)

    def lower(self, value: Any) -> Any:
        """What `upper` has lost."""
        single, bits = self._bits(value)
        found = self.number(lower_bits(bits, self.word)) - 0x8000
        return self.library.function("where")(self._isnan(single), 0.0, found)

    def joined(self, value: Any, remainder: Any) -> Any:
        """The number that both were made of."""
        single, bits = self._bits(value)
        lower = self.word(self.library.cast(remainder, "float32") + 0x8000)
        return self._unless_nan(single, joined_bits(bits, lower, self.word), single)

    def _bits(self, value: Any) -> tuple[Any, Any]:
        """A value as float32 for each weight, and its bits."""
        single = self.single(value)
        return single, self.library.bits(single)

    def _unless_nan(self, single: Any, bits: Any, otherwise: Any) -> Any:
        chosen = self.library.from_bits(bits)
        return self.number(self.library.function("where")(self._isnan(single), otherwise, chosen))

    def _isnan(self, value: Any) -> Any:
        return self.library.function("isnan")(value)
