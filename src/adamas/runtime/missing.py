"""What a call in which parameters have no gradient is told, by every front end."""

from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from ..errors import ArrayError, warn
from .assignment import Assignment


def refuse_no_gradients() -> NoReturn:
    """Refuse a call without any gradient, before anything is changed."""
    raise ArrayError(
        "At least one gradient must be given. Got: None for every parameter. "
        "Does the loss depend on the parameters?"
    )


def warn_of_missing(
    gradients: Sequence[Any],
    names: Sequence[str],
    assignment: Assignment,
    said: Iterable[int],
) -> None:
    """Name the parameters that stay as they are though they are not frozen.

    Args:
        gradients: one for each parameter, or None.
        names: of all parameters.
        assignment: what says which of them are frozen.
        said: the parameters that the call speaks of.
    """
    plans = assignment.plan_of
    missing = [i for i in said if gradients[i] is None and plans[i] is not None]
    if missing:
        listed = ", ".join(repr(names[index]) for index in missing)
        warn(f"No gradient for {listed}: not updated in this step.")
