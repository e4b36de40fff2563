"""All laws asked of an optimizer: those on arrays of NumPy, then those on each front end."""

from collections.abc import Iterator, Sequence

from .check import Check, Outcome
from .checks import CHECKS
from .fronts import FRONTS
from .on_front_ends import checks_on
from .runs import Make


def verify(make: Make, on: Sequence[str] = tuple(FRONTS)) -> Iterator[tuple[Check, Outcome]]:
    """Each law and what came of it; an error in a check is a failure with its message.

    Args:
        make: makes the optimizer, with arguments in place of its own.
        on: the front ends, by the names in `FRONTS`; those that are not installed are told.
    """
    for check in CHECKS:
        yield check, check.asked(make)
    for name in on:
        for check in checks_on(name, make):
            yield check, check.asked(make)
