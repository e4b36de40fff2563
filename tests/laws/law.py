"""What a law is."""

from collections.abc import Callable
from typing import NamedTuple

from front import Front
from optimizers import Case

Check = Callable[[type[Front], Case], None]


class Law(NamedTuple):
    """A law of a session.

    Attributes:
        holders: the module of ``adamas.runtime`` that holds it; of a call, one for tensors that
            are updated in place, and one for tensors as values.
        check: fails where it does not hold.
        cases: a pattern for the optimizers that it is about.
    """

    holders: str
    check: Check
    cases: str = "*"
