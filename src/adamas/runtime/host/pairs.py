"""Pairs of a gradient and its parameter, in the order of the parameters."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ...errors import StructureError


def in_order(
    pairs: Iterable[Any], params: Sequence[Any], names: Sequence[str]
) -> tuple[list[Any], list[int]]:
    """A gradient, or None, for each parameter; and the place of the parameter of each pair.

    Raises `StructureError` for what is no pair, or of a parameter that is none, or comes twice.
    """
    gradients: list[Any] = [None] * len(params)
    places: list[int] = []
    positions = {id(parameter): index for index, parameter in enumerate(params)}
    for pair in pairs:
        gradient, index = _checked_pair(pair, positions)
        if index in places:
            raise StructureError(f"Each parameter may come once. Got twice: {names[index]!r}.")
        places.append(index)
        gradients[index] = gradient
    return gradients, places


def spread(value: Any, places: Sequence[int], count: int) -> Any:
    """Arrays in the order of the pairs in that of the parameters; anything else as it is."""
    if not isinstance(value, list | tuple) or len(value) != len(places):
        return value
    found: list[Any] = [None] * count
    for place, array in zip(places, value, strict=True):
        found[place] = array
    return found


def _checked_pair(pair: Any, positions: Mapping[int, int]) -> tuple[Any, int]:
    """The gradient, and the place of the parameter, of a pair."""
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise StructureError(f"Each pair must be (gradient, parameter). Got: {_described(pair)}.")
    gradient, parameter = pair
    index = positions.get(id(parameter))
    if index is None:
        raise StructureError(
            "Each pair must be (gradient, parameter) with a parameter that the "
            f"optimizer was built for. Got: {_described(parameter)}."
        )
    return gradient, index


def _described(value: Any) -> str:
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        kind = "an array" if isinstance(value, np.ndarray) else "a tensor"
        return f"{kind} of shape {tuple(value.shape)}, dtype {value.dtype}, that is none of them"
    return type(value).__name__
