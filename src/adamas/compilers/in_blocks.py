"""Codes of 8 bits and the scales of their blocks, by any library of tensors.

Within a pass what there is for each block is spread over its weights, so that it is computed with
as everything else; where it is stored it is taken once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..language.bits import (
    CURVES,
    MAGNITUDE,
    Curve,
    code_of_bits,
    inverse_bits,
    scale_bits,
    share_bits,
)
from ..language.blocks import BLOCK, leading, run_of
from ..language.scales import NEAREST
from .library import Library
from .words import Words

Shape = tuple[int, ...]


def spread(library: Library, values: Any, shape: Shape) -> Any:
    """What there is for each block, for each weight of a tensor of a shape."""
    first = shape[: leading(shape)]
    count = values.shape[-1]
    each = library.broadcast(library.reshape(values, (*first, count, 1)), (*first, count, BLOCK))
    rows = library.reshape(each, (*first, count * BLOCK))
    return library.reshape(rows[..., : run_of(shape)], shape)


def of_blocks(library: Library, values: Any, shape: Shape) -> Any:
    """What all weights of a block have, once for each block."""
    return library.reshape(values, (*shape[: leading(shape)], run_of(shape)))[..., ::BLOCK]


def encoded(library: Library, kind: str, value: Any, shape: Shape) -> tuple[Any, Any]:
    """As `adamas.language.scales.encoded`, by a library of tensors."""
    coding = Coding(library, shape, "float32")
    scale = coding.scale(value)
    codes = coding.operation(f"{kind}_code")(value, scale, coding.word(NEAREST))
    return codes, of_blocks(library, scale, shape)


@dataclass(frozen=True)
class Coding(Words):
    """What is computed of codes and scales."""

    def operation(self, name: str) -> Callable[..., Any]:
        """One of the operations of `adamas.language.bits` that are of blocks."""
        if name == "block_scale":
            return self.scale
        curve, way = name.split("_")
        return partial(self.code if way == "code" else self.value, CURVES[curve])

    def scale(self, value: Any) -> Any:
        """That of each weight's block."""
        library, function = self.library, self.library.function
        first, run = self.shape[: leading(self.shape)], run_of(self.shape)
        bits = library.bits(self.single(value)) & self.word(MAGNITUDE)
        rows = library.reshape(bits, (*first, run))
        if run % BLOCK:
            rows = function("pad")(rows, [(0, 0)] * len(first) + [(0, -run % BLOCK)])
        blocks = library.reshape(rows, (*first, -(-run // BLOCK), BLOCK))
        top = function("max")(blocks, axis=-1)
        kinds = map(function, ("minimum", "maximum", "where"))
        found = scale_bits(top, self.word, *kinds)
        return self.number(spread(library, library.from_bits(found), self.shape))

    def code(self, curve: Curve, value: Any, scale: Any, coin: Any) -> Any:
        """The code of a value above or below it, by a coin."""
        library, function = self.library, self.library.function
        single, bits = self.single(value), library.bits(self.single(scale))
        inverse = library.from_bits(inverse_bits(bits, self.word, function("where")))
        size = function("absolute")(single)
        given = library.bits(size * inverse + curve.least), self.word(coin)
        kinds = function("minimum"), function("maximum")
        found = code_of_bits(*given, library.bits(size), curve, self.word, *kinds)
        code = self.number(found)
        return function("where")(single < 0, -code, code) if curve.signed else code

    def value(self, curve: Curve, code: Any, scale: Any) -> Any:
        """The value of which this is the code."""
        library, function = self.library, self.library.function
        size = self.word(function("absolute")(code))
        share = library.from_bits(share_bits(size, curve, self.word))
        value = self.number((share - curve.least) * self.single(scale))
        return function("where")(code < 0, -value, value) if curve.signed else value
