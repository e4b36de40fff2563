"""The clock of a session: which calls update, and what is counted."""

from dataclasses import dataclass
from typing import Any


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


COUNTERS = tuple(Clock.__dataclass_fields__)
"""Whole numbers of a session that are saved."""
