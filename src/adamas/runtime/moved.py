"""Numbers that were moved are state; all others are configuration.

A number that differs from the one that its optimizer was constructed with was moved, by a scheduler
or by hand: it is saved, and back after loading. One that does not differ is the new optimizer's to
choose: a warning tells where it chose another. What schedules and callables give is theirs, and no
number here.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from ..description import GIVEN
from ..errors import warn

UNKNOWN = "unknown"
"""In place of what a number was constructed with, where that is not known: it comes back."""


class Number(NamedTuple):
    """An argument of an optimizer: as it is now, and as it was constructed."""

    now: Any
    constructed: Any

    @property
    def moved(self) -> bool:
        """Whether it is state."""
        return not same(self.now, self.constructed)


Numbers = Mapping[str, Number]
"""The numbers of an optimizer, and of those inside it, by a key."""


def settled(saved: Numbers, own: Numbers) -> dict[str, Any]:
    """What each number of an optimizer becomes when a state is loaded.

    Args:
        saved: those that the state was saved with.
        own: those of the optimizer that loads it.
    """
    return {key: _settled(saved.get(key), number) for key, number in own.items()}


def _settled(saved: Number | None, own: Number) -> Any:
    if is_given(own.now):  # it gives way to a number that was set in place of another callable
        return saved.now if saved and saved.moved and is_given(saved.constructed) else GIVEN
    if saved and saved.moved:
        return saved.now
    return own.constructed if own.moved and not is_given(own.constructed) else own.now


def tell(known: Iterable[tuple[str, Number, Any]], way_out: str) -> None:
    """Warn of numbers that are not taken over, with both values.

    Args:
        known: what each is called, as it was saved, and as it is here from now on.
        way_out: how to take all over.
    """
    plain = [one for one in known if GIVEN not in (one[1].now, one[2])]
    others = [
        f"{n}={saved.now!r} (here {now!r})" for n, saved, now in plain if _far(saved.now, now)
    ]
    back = [f"{n}={saved.now!r}" for n, saved, now in plain if saved.moved and same(saved.now, now)]
    if others:
        moved = f" Moved in training, and taken over: {', '.join(dict.fromkeys(back))}."
        warn(
            "The state was saved with other arguments, which are not taken over: "
            f"{', '.join(dict.fromkeys(others))}. To take them over: {way_out}."
            + (moved if back else "")
        )


def is_given(value: Any) -> bool:
    """Whether it stands for what a callable gives."""
    return isinstance(value, str) and value == GIVEN


def same(one: Any, other: Any) -> bool:
    """Whether two arguments are the same; numbers may be tensors, and tuples lists.

    What cannot be compared is something else.
    """
    if isinstance(one, str) or isinstance(other, str):
        return type(one) is type(other) and one == other
    if isinstance(one, tuple | list) and isinstance(other, tuple | list):
        return len(one) == len(other) and all(map(same, one, other))
    try:
        return bool(one == other)
    except Exception:
        return False


def _far(one: Any, other: Any) -> bool:
    """Whether they differ by more than a rounding to float32, in which Keras keeps its rate.

    A weight decay that is off is 0 in PyTorch.
    """
    if one is None or other is None:
        return one != other and 0 not in (one, other)
    numbers = isinstance(one, int | float) and isinstance(other, int | float)
    return not same(one, other) and not (numbers and np.float32(one) == np.float32(other))
