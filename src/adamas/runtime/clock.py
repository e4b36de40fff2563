"""The clock of a session: which calls update, and what is counted."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ..errors import CheckpointError, shown

Counts = tuple[int, int, int, int]
"""Updates, calls, pending, skipped."""


@dataclass(eq=False)
class Clock:
    """Counts calls; every so many of them are an update.

    Attributes:
        updates: updates made.
        calls: calls that counted, what learning-rate schedules look at.
        pending: calls since the last update.
        skipped: calls that were passed over.
    """

    updates: int = 0
    calls: int = 0
    pending: int = 0
    skipped: int = 0

    def due(self, values: dict[str, Any], closing: bool = False) -> bool:
        """Whether the next call updates; with `closing`, the last one is to.

        `values` are the numbers of the step. Where fewer calls make an update than when the
        accumulation began, it is still the mean of all of them.
        """
        steps = int(values.get("gradient_accumulation_steps", 1))
        came = self.pending + (not closing)
        updating = closing or came >= steps
        if updating and came != steps:
            values["gradient_accumulation_steps"] = came
        return updating

    def now(self) -> Counts:
        """What is counted."""
        return self.updates, self.calls, self.pending, self.skipped

    def before_last(self) -> Counts:
        """What was counted before the last call, which only accumulated."""
        return self.updates, self.calls - 1, self.pending - 1, self.skipped

    def go_on(self, before: Counts, updating: bool, skipped: bool = False) -> None:
        """Count a call after those that were counted `before` it; it may be done again."""
        updates, calls, pending, passed = before
        if skipped:
            self.skipped = passed + 1
            return
        self.calls = calls + 1
        self.pending = 0 if updating else pending + 1
        self.updates = updates + updating

    def counters(self) -> dict[str, int]:
        """All counters, by name."""
        return {name: getattr(self, name) for name in COUNTERS}

    def set_counters(self, counters: Mapping[str, int]) -> None:
        """Go on from these counters."""
        for name in COUNTERS:
            setattr(self, name, counters[name])


class Counted:
    """What a front end shows of its clock, under the same names on each."""

    def _counters(self) -> Mapping[str, Any]:
        """The counters of its clock, by name; 0 before there is one."""
        raise NotImplementedError

    @property
    def iterations(self) -> int:
        """How many updates were made; calls that only accumulate or are skipped do not count."""
        return self._counters()["updates"]

    @property
    def calls(self) -> int:
        """How many calls counted; what learning-rate schedules look at."""
        return self._counters()["calls"]

    @property
    def pending(self) -> int:
        """How many calls have accumulated since the last update."""
        return self._counters()["pending"]

    @property
    def skipped(self) -> int:
        """How many calls were passed over, as ``nonfinite="skip"`` does."""
        return self._counters()["skipped"]


COUNTERS = tuple(Clock.__dataclass_fields__)
"""Whole numbers of a session that are saved."""

NONE_YET: Mapping[str, int] = dict.fromkeys(COUNTERS, 0)
"""The counters before the first call."""


LARGEST = 2**63 - 1
"""Counters of NumPy, PyTorch and files end here."""


def checked_counters(
    found: Any, source: str, *, steps: int | None = None, largest: int = LARGEST
) -> dict[str, int]:
    """The counters in what was saved; `CheckpointError` names `source` if they cannot be.

    Args:
        found: counters by name.
        source: begins the message.
        steps: how many calls make an update, where that is known.
        largest: where the counters that they become end.
    """
    if not isinstance(found, Mapping) or any(name not in found for name in COUNTERS):
        raise CheckpointError(
            f"{source} must hold the counters {', '.join(COUNTERS)}. Got: {shown(found)}. "
            "Was it written by Optimizer.save?"
        )
    counters = {name: checked_count(found[name], name, source, largest) for name in COUNTERS}
    updates, calls, pending = (counters[name] for name in ("updates", "calls", "pending"))
    if updates + pending > calls:
        raise CheckpointError(
            f"{source} must have had a call for each update, and for each call that is pending. "
            f"Got: {updates} updates and {pending} pending in {calls} calls."
        )
    if steps is not None and pending >= steps:
        raise CheckpointError(
            f"{source} must have fewer calls pending than the {steps} that make an update. "
            f"Got: {pending}. Construct it with the gradient_accumulation_steps of that time."
        )
    return counters


def checked_count(value: Any, name: str, source: str, largest: int = LARGEST) -> int:
    """A whole number of something; `CheckpointError` names `source` if it is none."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= largest:
        return value
    raise CheckpointError(
        f"{source} must have a whole number of {name} from 0 to {largest}. Got: {shown(value)}."
        + (" NumPy counts further." if largest < LARGEST else "")
    )


def as_count(value: Any) -> Any:
    """A count that is kept in an array, or as a float as PyTorch does, as an int; else `value`."""
    known = value
    if getattr(value, "shape", None) is not None and tuple(value.shape) in ((), (1,)):
        with suppress(RuntimeError):  # of a tensor without memory
            known = value.item()
    if isinstance(known, float) and known.is_integer():
        known = int(known)
    return known if isinstance(known, int) and not isinstance(known, bool) else value


def steps_of(argument: Any) -> int | None:
    """How many calls make an update, by ``gradient_accumulation_steps``; None if not known."""
    if argument is None:
        return 1
    plain = isinstance(argument, int | float) and not isinstance(argument, bool)
    return int(argument) if plain and 1 <= argument <= LARGEST else None
