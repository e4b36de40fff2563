"""What is left of values once they are stored: a coin of each weight rounds them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from adamas.language.bits import BITWISE, rounded
from adamas.language.noise import values, words_of

Arrays = Mapping[str, Any]
Shape = tuple[int, ...]

BLOCK = 128
KINDS = {"m": "signed", "v": "positive"}
"""The slots of Adam that 8 bits hold."""


def stored(
    states: str | None, made: Arrays, slots: Sequence[str], name: str, shape: Shape, update: int
) -> dict[str, Any]:
    """The new values of slots as they are read again.

    Args:
        states: how they are stored.
        made: the values by slot; of slots that stay wide, too.
        slots: in their order.
        name, shape: of their parameter.
        update: its number.
    """
    large = states == "8bit" and len(shape) == 2 and np.prod(shape) >= 4096
    coded = list(slots) if states == "bfloat16" else list(KINDS) if large else []
    found, known = dict(made), (0, update, words_of(name))
    for slot in made.keys() & set(coded):
        value = np.asarray(made[slot])
        index = np.arange(np.prod(shape, dtype=int)).reshape(value.shape or shape)
        which, half = divmod(coded.index(slot), 2)
        coin = values("coins", f"states {which}", *known, index)[20 if large else 16][half]
        found[slot] = _in_blocks(KINDS[slot], value, coin) if large else rounded(value, coin)
    return found


def _in_blocks(kind: str, value: np.ndarray, coin: np.ndarray) -> np.ndarray:
    """Each row is cut in blocks, whose scale is the power of two above all of them."""
    _, exponents = np.frexp(np.maximum.reduceat(abs(value), _begins(value), axis=-1))
    scale = _spread(2.0**exponents, value)
    return BITWISE[f"{kind}_value"](BITWISE[f"{kind}_code"](value, scale, coin), scale)


def _begins(value: np.ndarray) -> np.ndarray:
    return np.arange(0, value.shape[-1], BLOCK)


def _spread(scales: np.ndarray, value: np.ndarray) -> np.ndarray:
    return np.repeat(scales, BLOCK, axis=-1)[..., : value.shape[-1]]


def decoded(saved: Arrays) -> dict[str, Any]:
    """The tensors of a file, of those in codes the values."""
    found = dict(saved)
    for slot, kind in KINDS.items():
        for scales in [name for name in saved if name.startswith(f"{slot}_scales/")]:
            name = scales.replace("_scales", "")
            each = _spread(np.asarray(found.pop(scales)), saved[name])
            found[name] = BITWISE[f"{kind}_value"](saved[name], each)
    return found
