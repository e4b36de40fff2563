"""What the tables of other libraries' optimizers have in common."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from adamas import schedules

Arrays = Sequence[np.ndarray]
State = dict[str, list[np.ndarray]]


@dataclass(frozen=True)
class Peer:
    """An optimizer of another library.

    Attributes:
        name: what it is called there.
        slots: the names of its state there, by the names of the slots here.
        names: the names of its arguments there where they differ, by the names here.
    """

    name: str
    slots: Mapping[str, str]
    names: Mapping[str, str] = field(default_factory=dict)

    def called(self, argument: str) -> str:
        """The name of `argument` there."""
        return self.names.get(argument, argument)

    def translated(self, arguments: Mapping[str, Any], leave: Iterable[str]) -> dict[str, Any]:
        """Arguments by their names there, without those that are None or in `leave`."""
        return {
            self.called(name): value
            for name, value in arguments.items()
            if value is not None and name not in leave
        }


def rate_at(arguments: Mapping[str, Any], call: int) -> float | None:
    """The learning rate in a call, or None where the arguments leave it to the library."""
    rate = arguments.get("learning_rate")
    return rate(call) if isinstance(rate, schedules.Schedule) else rate
