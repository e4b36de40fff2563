"""What the comparisons with other libraries' optimizers have in common.

What each library calls arguments and state is in the conventions of the optimizers themselves.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import adamas
from adamas import schedules
from adamas.description import find_convention
from adamas.optimizer import Convention

Arrays = Sequence[np.ndarray]
State = dict[str, dict[str, np.ndarray]]
"""Slot → parameter → array, as here; a list's parameters are called "0", "1" and so on."""

SHAPES = ((7,), (3, 4), ())
ROUNDING = 1e-10
"""What rounding of float64 may make of some steps."""

CLIPS = ("clipvalue", "global_clipnorm")


@dataclass(frozen=True)
class Peer:
    """How an optimizer is compared with another library's.

    Attributes:
        given: arguments that it is always compared with.
        turned: arguments that mean something else there: the name there, and what turns a value
            into the one that is meant there, and back.
        constant: whether it takes a number for the rate only.
        otherwise: arguments here that are another function there.
        shapes: parameters that it is tried on.
        tolerance: how near parameters come; more than rounding says why beside it.
        state_tolerance: how near its state comes.
    """

    given: Mapping[str, Any] = field(default_factory=dict)
    turned: Mapping[str, tuple[str, Callable[[Any], Any]]] = field(default_factory=dict)
    constant: bool = False
    otherwise: tuple[str, ...] = ()
    shapes: Sequence[tuple[int, ...]] = SHAPES
    tolerance: float = ROUNDING
    state_tolerance: float = ROUNDING


def convention_of(library: str, name: str) -> Convention:
    """What the library means by the optimizer."""
    return find_convention(getattr(adamas, name), library)


def known_to(library: str, name: str, peer: Peer, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that the library has in some way."""
    known = {*convention_of(library, name).fields(), *peer.turned, *peer.otherwise}
    known |= {"learning_rate", *CLIPS}
    return {argument: value for argument, value in arguments.items() if argument in known}


def translated(
    library: str, name: str, peer: Peer, arguments: Mapping[str, Any], leave: Collection[str] = ()
) -> dict[str, Any]:
    """Arguments by their names there, without those that are None or in `leave`."""
    wanted = {a for a in arguments if a not in (*leave, *CLIPS)}
    convention = convention_of(library, name)
    rate = {"learning_rate": 0.1, **arguments}
    everything = vars(getattr(adamas, name)(**rate, convention=library))
    given = {
        theirs: value
        for theirs, value in convention.there(everything).items()
        if value is not None and wanted.intersection(as_tuple(convention.arguments[theirs]))
    }
    for ours, (theirs, turn) in peer.turned.items():
        if ours in wanted:
            given[theirs] = turn(arguments[ours])
    return given


def as_tuple(ours: str | tuple[str, ...]) -> tuple[str, ...]:
    """The fields here of one argument there."""
    return (ours,) if isinstance(ours, str) else ours


def rate_at(arguments: Mapping[str, Any], call: int) -> float | None:
    """The learning rate in a call, or None where the arguments leave it to the library."""
    rate = arguments.get("learning_rate")
    return rate(call) if isinstance(rate, schedules.Schedule) else rate
