"""What the tables of other libraries' optimizers have in common."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from adamas import schedules

Arrays = Sequence[np.ndarray]
State = dict[str, dict[str, np.ndarray]]
"""Slot → parameter → array, as here; a list's parameters are called "0", "1" and so on."""

SHAPES = ((7,), (3, 4), ())
ROUNDING = 1e-10
"""What rounding of float64 may make of some steps."""


@dataclass(frozen=True)
class Peer:
    """An optimizer of another library.

    Attributes:
        name: what it is called there.
        slots: the names of its state there, by the names of the slots here.
        names: the names of its arguments there where they differ, by the names here.
        values: what turns a value here into the one that is meant there.
        packed: tuples that it takes: names there → arguments here with their usual values there.
        given: arguments that it is always compared with.
        shapes: parameters that it is tried on.
        tolerance: how near parameters come; more than rounding says why beside it.
        state_tolerance: how near its state comes.
    """

    name: str
    slots: Mapping[str, str]
    names: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    packed: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)
    shapes: Sequence[tuple[int, ...]] = SHAPES
    tolerance: float = ROUNDING
    state_tolerance: float = ROUNDING

    def called(self, argument: str) -> str:
        """The name of `argument` there."""
        return self.names.get(argument, argument)

    def translated(self, arguments: Mapping[str, Any], leave: Iterable[str]) -> dict[str, Any]:
        """Arguments by their names there, without those that are None or in `leave`."""
        inside = {name for usual in self.packed.values() for name in usual}
        left = inside.union(leave)
        given = {
            self.called(name): self.values.get(name, _same)(value)
            for name, value in arguments.items()
            if value is not None and name not in left
        }
        for theirs, usual in self.packed.items():
            if usual.keys() & arguments.keys():
                given[theirs] = tuple(arguments.get(name, value) for name, value in usual.items())
        return given

    def unpacked(self, known: Mapping[str, Any]) -> dict[str, Any]:
        """Values there by the names there, and what is in tuples by the names here."""
        found = dict(known)
        for theirs, usual in self.packed.items():
            found |= dict(zip(usual, known[theirs], strict=True))
        return found

    def meant(self, argument: str, value: Any) -> Any:
        """A default there as it is written here; each of `values` that has one is its inverse."""
        return value if value is None else self.values.get(argument, _same)(value)


def _same(value: Any) -> Any:
    return value


def rate_at(arguments: Mapping[str, Any], call: int) -> float | None:
    """The learning rate in a call, or None where the arguments leave it to the library."""
    rate = arguments.get("learning_rate")
    return rate(call) if isinstance(rate, schedules.Schedule) else rate
