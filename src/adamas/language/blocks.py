"""Blocks of weights that have one scale: where they are cut, which a whole tensor alone decides.

Blocks follow each other along the last axis of a tensor, or where it is short along all but the
first, and begin anew with each index before: so a tensor that is divided along its first axis, as
nearly all are, has the same blocks in each part. What is small stays as wide as the arithmetic.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

BLOCK = 128
"""Weights that have one scale."""

FROM = 4096
"""Tensors of fewer weights are not cut in blocks."""

VECTORS_FROM = 2**20
"""Vectors of fewer are not: biases and the like; parts of those could not have whole blocks."""

SCALES = "_scales"
"""Ends the name of the slot with the scales of another slot's blocks."""


@dataclass(frozen=True)
class Blocks:
    """The extent of a slot with one value for each block of weights."""


BLOCKS = Blocks()


def leading(shape: Sequence[int]) -> int:
    """The axes with each index of which blocks begin anew: the first so many."""
    if len(shape) < 2 or shape[-1] >= BLOCK:
        return max(len(shape) - 1, 0)
    return 1


LAST_AXIS, SEVERAL_AXES = "last axis", "several axes"


def along(shape: Sequence[int]) -> str:
    """Along what blocks of a tensor follow each other."""
    return LAST_AXIS if leading(shape) == max(len(shape) - 1, 0) else SEVERAL_AXES


def run_of(shape: Sequence[int]) -> int:
    """The weights along which blocks follow each other."""
    return prod(shape[leading(shape) :])


def blocks_shape(shape: Sequence[int]) -> tuple[int, ...]:
    """The shape of what has one value for each block of a tensor."""
    return (*shape[: leading(shape)], -(-run_of(shape) // BLOCK))


def is_cut(shape: Sequence[int]) -> bool:
    """Whether a tensor is large enough for blocks."""
    least = FROM if len(shape) > 1 else VECTORS_FROM
    return prod(shape) >= least and run_of(shape) >= BLOCK


def spread(values: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """What there is for each block, for each weight of a tensor."""
    run = run_of(shape)
    rows = values.reshape(-1, values.shape[-1])
    return np.repeat(rows, BLOCK, axis=1)[:, :run].reshape(shape)


def of_blocks(values: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """What all weights of a block have, once for each block."""
    return values.reshape(-1, run_of(shape))[:, ::BLOCK].reshape(blocks_shape(shape))
