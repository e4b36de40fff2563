"""How other libraries store a slot in 8 or 16 bits, as they document it: what is left of an array.

Written anew, to compare with. None of them has a coin: each number becomes the nearest code.
"""

from collections.abc import Callable
from functools import cache

import numpy as np

from adamas.dtypes import numpy_dtype

LEAST, BLOCK = 4096, 256
"""Elements under which a tensor stays float32, and those that share a scale, in both libraries."""

Format = Callable[[np.ndarray, bool], np.ndarray]
"""An array, and whether it may be negative → what is read again once it was stored."""


def to_nearest(values: np.ndarray, signed: bool) -> np.ndarray:
    """bfloat16."""
    return values.astype(numpy_dtype("bfloat16")).astype(np.float32)


def bitsandbytes(values: np.ndarray, signed: bool) -> np.ndarray:
    """Dynamic 8 bits: the largest of a block is 1, and codes stand closer towards 0."""
    if values.size < LEAST:
        return values
    codes = dynamic_codes(signed)
    blocks, scales = _scaled(values)
    between = (codes[1:] + codes[:-1]) / 2
    return _whole(codes[np.searchsorted(between, blocks)] * scales, values)


def torchao(values: np.ndarray, signed: bool) -> np.ndarray:
    """float8 with 4 bits of exponent: the largest of a block is 448; it must fill its blocks."""
    if values.size < LEAST or values.size % BLOCK:
        return values
    blocks, scales = _scaled(values)
    codes = (blocks * np.float32(448)).astype(numpy_dtype("float8_e4m3fn"))
    return _whole(codes.astype(np.float32) / np.float32(448) * scales, values)


@cache
def dynamic_codes(signed: bool) -> np.ndarray:
    """256 numbers up to 1: in each of seven decades twice as many as in the one below, and 0.

    Dettmers et al., 8-bit Optimizers via Block-wise Quantization, ICLR 2022.
    """
    decades = []
    for decade in range(7):
        ends = np.linspace(0.1, 1, 2 ** (decade + (not signed)) + 1)
        decades.append(10.0 ** (decade - 6) * (ends[1:] + ends[:-1]) / 2)
    positive = np.concatenate(decades)
    mirrored = -positive if signed else np.empty(0)
    return np.sort(np.concatenate([mirrored, [0.0, 1.0], positive])).astype(np.float32)


def _scaled(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Blocks from -1 to 1, the last one filled with 0, and what each was divided by."""
    flat = np.pad(values.ravel(), (0, -values.size % BLOCK)).reshape(-1, BLOCK)
    scales = np.maximum(np.abs(flat).max(1, keepdims=True), np.float32(1e-38))
    return flat / scales, scales


def _whole(blocks: np.ndarray, values: np.ndarray) -> np.ndarray:
    return blocks.ravel()[: values.size].reshape(values.shape)


FORMATS: dict[str, Format] = {
    "bfloat16, to nearest": to_nearest,
    "bitsandbytes, 8 bits": bitsandbytes,
    "torchao, float8": torchao,
}
