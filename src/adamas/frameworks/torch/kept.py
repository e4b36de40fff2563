"""The state of a driver as entries of ``optimizer.state``: tensors and numbers by name."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from ...drivers import Vector
from ...drivers.content import content_of, state_from
from ...errors import CheckpointError
from .rows import Rows

Entry = dict[str, Any]


def written(state: Any, rows: Rows) -> list[Entry]:
    """An entry for each parameter, which share the tensors of the state.

    Numbers are the first one's, and rows of all weights, which others have none of; where
    parameters are divided among processes each has its part of every vector.
    """
    entries: list[Entry] = [{} for _ in rows.params]
    for name, value in content_of(state):
        if not isinstance(value, Vector):
            entries[0][name] = np.asarray(value).item()
        elif not rows.are_parts:
            [entries[0][name]] = value.leaves
        else:
            for entry, part in zip(entries, rows.parts(value), strict=True):
                entry[name] = part
    return entries


def read(entries: Sequence[Mapping[str, Any]], rows: Rows, begun: Any) -> Any:
    """The state in entries; `CheckpointError` if it is not of these parameters.

    Args:
        entries: what `written` gave, perhaps in another run, of parameters divided otherwise.
        rows: the parameters.
        begun: a state that has just begun.
    """
    return state_from(Entries(entries, rows), begun)


class Entries:
    """The entries of all parameters."""

    def __init__(self, entries: Sequence[Mapping[str, Any]], rows: Rows) -> None:
        self._entries, self._rows = entries, rows
        self._shapes = [tuple(parameter.shape) for parameter in rows.params]

    def vector(self, name: str) -> Vector:
        """A tensor, or the parts of one."""
        row: Any = self._entries[0].get(name)
        sizes = list(map(math.prod, self._shapes))
        found = [entry.get(name) for entry in self._entries]
        if getattr(row, "shape", None) == (sum(sizes),) and self._shapes != [(sum(sizes),)]:
            forms = zip(torch.split(row, sizes), self._shapes, strict=True)
            found = [part.reshape(shape) for part, shape in forms]
        for part, shape in zip(found, self._shapes, strict=True):
            if getattr(part, "shape", None) != shape:
                raise _other(name, row, sum(sizes))
        return self._rows.joined(found)  # type: ignore[arg-type]

    def number(self, name: str) -> Any:
        """A number."""
        value = self._entries[0].get(name)
        if not isinstance(value, bool | int | float):
            raise CheckpointError(f"The state must have a number {name!r}. Got: {value!r:.80}.")
        return np.asarray(value)[()]

    def has(self, beginning: str) -> bool:
        """Whether a name begins so."""
        return any(name.startswith(beginning) for name in self._entries[0])


def fitting(tensor: Any, name: str, x: Vector) -> Vector:
    """A tensor of a state as a vector like the weights, or `CheckpointError`."""
    [row] = x.leaves
    if getattr(tensor, "shape", None) != row.shape:
        raise _other(name, tensor, len(row))
    return Vector([tensor.to(row)], x.shared)


def _other(name: str, tensor: Any, weights: int) -> CheckpointError:
    shape = getattr(tensor, "shape", None)
    came = "nothing" if shape is None else f"shape {tuple(shape)}"
    return CheckpointError(f"The state must have {name!r} of {weights} weights. Got: {came}.")
