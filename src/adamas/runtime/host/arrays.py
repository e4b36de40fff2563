"""Which NumPy arrays can be parameters and gradients, and which share memory."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.array_utils import byte_bounds

from ...dtypes import FLOATS
from ...errors import ArrayError, ArrayTypeError
from ...refusals import COMPLEX


class Form(NamedTuple):
    """What an array keeps from `build` on."""

    shape: tuple[int, ...]
    dtype: np.dtype


def is_array(value: Any) -> bool:
    """Whether `value` is a NumPy array."""
    return isinstance(value, np.ndarray)


def check_parameter(name: str, array: Any) -> None:
    """Refuse what cannot be updated in place, saying why."""
    _check_array("Parameter", name, array)
    if not array.flags.writeable:
        raise ArrayError(
            f"Parameter {name!r} must be writable, because it is updated in place. "
            "Got: a read-only array. Give a copy, or open the file in mode 'r+'."
        )
    refuse_own_overlap(name, array)


def check_gradient(
    name: str, gradient: Any, parameter: Form, what: str = "The gradient of"
) -> None:
    """Refuse what is no gradient of a parameter of this form, or no such array, saying why."""
    _check_array(what, name, gradient)
    if gradient.shape != parameter.shape:
        raise ArrayError(
            f"{what} {name!r} must have the parameter's shape {parameter.shape}. "
            f"Got: {gradient.shape}."
        )


def _check_array(what: str, name: str, array: Any) -> None:
    if not isinstance(array, np.ndarray):
        sparse = hasattr(array, "toarray")
        raise ArrayTypeError(
            f"{what} {name!r} must be a NumPy array. Got: {type(array).__name__}. "
            f"Use {'value.toarray()' if sparse else 'numpy.asarray(value, dtype=numpy.float32)'}."
        )
    # Not np.ma: that would import a module which most programs never need.
    masked = sys.modules.get("numpy.ma")
    if masked is not None and isinstance(array, masked.MaskedArray):
        raise ArrayTypeError(f"{what} {name!r} cannot be a masked array. Use array.filled().")
    if array.dtype.name not in FLOATS:
        if array.dtype.kind == "c":
            raise COMPLEX.error(f"{array.dtype} for {name!r}")
        raise ArrayTypeError(
            f"{what} {name!r} must be of dtype {', '.join(FLOATS)}. Got: {array.dtype}. "
            "Use array.astype(numpy.float32)."
        )
    if not array.dtype.isnative:
        raise ArrayTypeError(
            f"{what} {name!r} must have this machine's byte order. Got: {array.dtype.str}. "
            "Use array.astype(array.dtype.newbyteorder('='))."
        )


def refuse_own_overlap(name: str, array: np.ndarray) -> None:
    """Refuse a parameter in which elements share memory, as after expanding."""
    if _overlaps_itself(array):
        raise ArrayError(
            f"The elements of parameter {name!r} must lie at addresses of their own. Got: "
            f"shape {array.shape} with strides of {array.strides} bytes. Give a copy."
        )


def _overlaps_itself(array: np.ndarray) -> bool:
    """Whether two elements may share bytes: no axis may step inside what lies within it."""
    reach = array.itemsize
    axes = [(abs(s), n) for s, n in zip(array.strides, array.shape, strict=True) if n > 1]
    if array.size == 0:
        return False
    for stride, length in sorted(axes):
        if stride < reach:
            return True
        reach += stride * (length - 1)
    return False


def refuse_overlaps(names: Sequence[str], arrays: Sequence[np.ndarray]) -> None:
    """Refuse parameters that share memory with one another."""
    found = _sharing(arrays)
    if found is not None:
        one, other = found
        raise ArrayError(
            "Parameters must not share memory: each would be updated twice. "
            f"Got: {names[one]!r} and {names[other]!r}. Give a shared array once."
        )


def _sharing(arrays: Sequence[np.ndarray]) -> tuple[int, int] | None:
    """Two arrays that share memory, if there are any."""
    bounds = [byte_bounds(array) for array in arrays]
    order = sorted((i for i in range(len(arrays)) if arrays[i].size), key=lambda i: bounds[i])
    open_until: list[int] = []
    for index in order:
        low = bounds[index][0]
        open_until = [other for other in open_until if bounds[other][1] > low]
        for other in open_until:
            if np.shares_memory(arrays[other], arrays[index]):
                return other, index
        open_until.append(index)
    return None


class Intervals:
    """Memory that a step writes, to tell quickly whether gradients may lie in it."""

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        self._arrays = arrays
        bounds = np.array(
            [byte_bounds(p) for p in arrays.values() if p.size] or [(0, 0)], np.uint64
        )
        bounds = bounds[np.argsort(bounds[:, 0], kind="stable")]
        self.lows = np.ascontiguousarray(bounds[:, 0])
        self.highs = np.maximum.accumulate(bounds[:, 1])

    def touch(self, gradients: Sequence[np.ndarray]) -> bool:
        """Whether the extent of any gradient meets any of this memory."""
        bounds = np.array([byte_bounds(g) for g in gradients if g.size] or [(0, 0)], np.uint64)
        last = np.searchsorted(self.lows, bounds[:, 1]) - 1
        return bool(np.any((last >= 0) & (self.highs[last] > bounds[:, 0])))

    def refuse_shared(self) -> None:
        """Refuse memory that would be written twice."""
        found = _sharing(list(self._arrays.values()))
        if found is not None:
            one, other = (list(self._arrays)[place] for place in found)
            raise ArrayError(
                "What a step updates must have memory of its own. "
                f"Got: {one} and {other} in the same. Give a copy."
            )

    def refuse(self, names: Sequence[str], gradients: Sequence[Any], active: Sequence[int]) -> None:
        """Refuse gradients that really share memory with it."""
        for index in active:
            if not self.touch([gradients[index]]):
                continue
            for name, array in self._arrays.items():
                if np.shares_memory(gradients[index], array):
                    raise ArrayError(
                        f"The gradient of {names[index]!r} must not share memory with a parameter "
                        "or the state: it would change while it is read. "
                        f"Got: memory of {name}. Give a copy."
                    )


def extents(
    names: Sequence[str],
    params: Sequence[np.ndarray | None],
    slots: Mapping[str, Sequence[np.ndarray | None]],
) -> Intervals:
    """The memory that steps write, under names for messages."""
    named = {f"parameter {n!r}": p for n, p in zip(names, params, strict=True) if p is not None}
    for slot, arrays in slots.items():
        for name, array in zip(names, arrays, strict=True):
            if array is not None:
                named[f"slot {slot!r} of {name!r}"] = array
    return Intervals(named)
