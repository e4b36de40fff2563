"""Where each slot lies in a file of states.

It follows from the forms of the slots, in their order: first those that are small, packed, then the
others, each from the beginning of a page on. So what is small shares no page with what is not.
"""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np

from ...dtypes import STORED, numpy_dtype

PAGE = 4096
SMALL = 16 * PAGE
"""Bytes below which a slot is small: it is read and written where it lies in memory."""

ALIGNED = 64


class Form(NamedTuple):
    """A slot of a parameter.

    Attributes:
        slot, name: whose it is.
        dtype: of its numbers.
        shape: its shape.
        axes: its axes, from the one that is slowest in memory to the fastest.
    """

    slot: str
    name: str
    dtype: str
    shape: tuple[int, ...]
    axes: tuple[int, ...]

    @property
    def bytes(self) -> int:
        """Its size."""
        return prod(self.shape) * numpy_dtype(self.dtype).itemsize

    def over(self, memory: np.ndarray) -> np.ndarray:
        """The array in these bytes."""
        ordered = memory.view(numpy_dtype(self.dtype))
        ordered = ordered.reshape([self.shape[axis] for axis in self.axes])
        return ordered.transpose(np.argsort(self.axes)) if self.shape else ordered


def axes_of(strides: Sequence[int]) -> tuple[int, ...]:
    """The axes of an array with these strides, from the slowest to the fastest."""
    return tuple(sorted(range(len(strides)), key=lambda axis: (-abs(strides[axis]), axis)))


def placed(forms: Sequence[Form]) -> tuple[list[int], int]:
    """Where each begins, and how long the file is."""
    begins, end = [0] * len(forms), 0
    for small in (True, False):
        step = ALIGNED if small else PAGE
        for index, form in enumerate(forms):
            if (form.bytes < SMALL) == small:
                begins[index] = -(-end // step) * step
                end = begins[index] + form.bytes
        end = -(-end // PAGE) * PAGE
    return begins, max(end, PAGE)


def said(form: Form) -> dict[str, Any]:
    """A form as JSON holds it."""
    return {**form._asdict(), "shape": list(form.shape), "axes": list(form.axes)}


def read(content: Any) -> Form | None:
    """What `said` gave; None for anything else."""
    if not isinstance(content, Mapping) or {*content} != {*Form.__annotations__}:
        return None
    form = Form(**content)
    texts = all(isinstance(text, str) for text in (form.slot, form.name, form.dtype))
    if not (texts and form.dtype in STORED and _are_sizes(form.shape) and _are_sizes(form.axes)):
        return None
    whole = sorted(form.axes) == list(range(len(form.shape)))
    return form._replace(shape=tuple(form.shape), axes=tuple(form.axes)) if whole else None


def _are_sizes(value: Any) -> bool:
    return isinstance(value, list) and all(type(n) is int and 0 <= n < 2**62 for n in value)
