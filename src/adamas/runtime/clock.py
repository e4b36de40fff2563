"""The clock of a session: which calls update, and what is counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import CheckpointError


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

    def due(self, values: dict[str, Any]) -> bool:
        """Whether the next call updates.

        `values` are the numbers of the step. Where fewer calls make an update than when the
        accumulation began, it is still the mean of all of them.
        """
        steps = int(values.get("gradient_accumulation_steps", 1))
        updating = self.pending + 1 >= steps
        if updating and self.pending + 1 != steps:
            values["gradient_accumulation_steps"] = self.pending + 1
        return updating

    def tick(self, updating: bool) -> None:
        """Count a call."""
        self.calls += 1
        self.pending = 0 if updating else self.pending + 1
        self.updates += updating

    def counters(self) -> dict[str, int]:
        """All counters, by name."""
        return {name: getattr(self, name) for name in COUNTERS}

    def set_counters(self, counters: Mapping[str, int]) -> None:
        """Go on from these counters."""
        for name in COUNTERS:
            setattr(self, name, counters[name])


COUNTERS = tuple(Clock.__dataclass_fields__)
"""Whole numbers of a session that are saved."""


def checked_counters(found: Any, source: str) -> dict[str, int]:
    """The counters in what was saved; `CheckpointError` names `source` if they cannot be."""
    if not isinstance(found, Mapping) or any(
        not isinstance(found.get(name), int) or found[name] < 0 for name in COUNTERS
    ):
        raise CheckpointError(
            f"{source} must hold the counters {', '.join(COUNTERS)}. Got: {found!r}. "
            "Was it written by Optimizer.save?"
        )
    return {name: found[name] for name in COUNTERS}
