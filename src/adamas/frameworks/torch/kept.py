"""The state of a driver as an entry of ``optimizer.state``: tensors and numbers by name."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...drivers import Vector
from ...drivers.content import content_of, state_from
from ...errors import CheckpointError


def written(state: Any) -> dict[str, Any]:
    """An entry, which shares the tensors of the state."""
    return {
        name: value.leaves[0] if isinstance(value, Vector) else np.asarray(value).item()
        for name, value in content_of(state)
    }


def read(entry: Mapping[str, Any], begun: Any) -> Any:
    """The state in an entry; `CheckpointError` if it is not of these parameters.

    Args:
        entry: what `written` gave, perhaps in another run.
        begun: a state that has just begun.
    """
    return state_from(Entry(entry, begun.x), begun)


class Entry:
    """An entry, of parameters like the weights `x`."""

    def __init__(self, entry: Mapping[str, Any], x: Vector) -> None:
        self._entry, self._x = entry, x

    def vector(self, name: str) -> Vector:
        """A tensor."""
        return fitting(self._entry.get(name), name, self._x)

    def number(self, name: str) -> Any:
        """A number."""
        value = self._entry.get(name)
        if not isinstance(value, bool | int | float):
            raise CheckpointError(f"The state must have a number {name!r}. Got: {value!r:.80}.")
        return np.asarray(value)[()]

    def has(self, beginning: str) -> bool:
        """Whether a name begins so."""
        return any(name.startswith(beginning) for name in self._entry)


def fitting(tensor: Any, name: str, x: Vector) -> Vector:
    """A tensor of a state as a vector like the weights, or `CheckpointError`."""
    [row] = x.leaves
    shape = getattr(tensor, "shape", None)
    if shape != row.shape:
        raise CheckpointError(
            f"The state must have {name!r} of {len(row)} weights. Got: "
            f"{'nothing' if shape is None else f'shape {tuple(shape)}'}."
        )
    return Vector([tensor.to(row)])  # type: ignore[union-attr]
