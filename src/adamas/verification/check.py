"""What a check is, and what comes of it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..dtypes import FLOATS
from ..errors import AdamasError
from .runs import Make

BOUNDS = {
    name: max(512 * FLOATS[row.wide].spacing, 2 * row.spacing) for name, row in FLOATS.items()
}
"""How far a compiled run may be from the definition, as a share of the largest weight.

The definition computes in double precision and rounds when it stores. Some 20 operations in each of
6 calls make 64 ulp; differences of nearly equal numbers, as in Ftrl, make that more: 1,024. A wrong
operation is off by far more, everywhere. Parameters of 16 bits are rounded once a call, to a
neighbour."""


@dataclass(frozen=True)
class Outcome:
    """What a check found: passed, failed, or (None) that it does not apply; and its figure."""

    passed: bool | None
    figure: str


@dataclass(frozen=True)
class Check:
    """One law."""

    law: str
    holds: Callable[[Make], Outcome]

    def asked(self, make: Make) -> Outcome:
        """What it finds; any error in it is a failure with its message."""
        try:
            with np.errstate(all="ignore"):
                return self.holds(make)
        except Exception as error:
            return Outcome(False, told(error))


def told(error: Exception) -> str:
    """An error on one line: its message, after its kind where that is not one of ours."""
    message = next(iter(str(error).splitlines()), "")
    return message if isinstance(error, AdamasError) else f"{type(error).__name__}: {message}"
