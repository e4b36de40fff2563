"""Figures as tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..terminal import ENDLESS, show_table, table, width, wrapped
from .comparison import Comparison, Row
from .timing import Spread

HEADINGS = (
    *("a step of", "by turns", "adamas takes", "target", "", "GB/s"),
    *("hot loop", "adamas"),
)
HOT = 2
"""The last columns, which are about hot loops."""


def show(comparisons: Sequence[Comparison], note: str) -> None:
    """Print a table for each workload, and the note."""
    for comparison in comparisons:
        if comparison.skipped:
            print(f"{comparison.workload.title}: left out. {comparison.skipped}\n")
            continue
        rows = [cells(row) for row in comparison.rows]
        columns = len(HEADINGS) - (HOT if comparison.hot_calls is None else 0)
        show_table(title(comparison), HEADINGS[:columns], [row[:columns] for row in rows])
        print()
    print("\n".join(wrapped(note, width())))


def title(comparison: Comparison) -> str:
    """What was done how often, and what the clock takes."""
    clock = "" if comparison.clock is None else f"; the clock takes {duration(comparison.clock)}"
    hot = "" if comparison.hot_calls is None else f", and {comparison.hot_calls} in hot loops"
    return (
        f"{comparison.workload.title}\n"
        f"{comparison.rounds} rounds of {comparison.calls} calls each{hot}{clock}"
    )


def heading(machine: Mapping[str, Any]) -> str:
    """The machine in three lines."""
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    said = (
        f"{machine['processor']}, {machine['cores']} cores, {machine['threads']} thread(s) for "
        f"every library, load {machine['load']}",
        f"{machine['system']}, Python {machine['python']}",
        versions,
    )
    return "\n".join(line for text in said for line in wrapped(text, width(), later="  "))


def cells(row: Row) -> tuple[str, ...]:
    """The row of a table."""
    speed, hot = row.gigabytes_per_second, row.hot
    verdict = {True: "met", False: "missed", None: ""}[row.met]
    return (
        row.peer,
        duration(row.seconds.median),
        "" if row.ratio is None else _with_range(row.ratio),
        "" if row.target is None else f"≤ {row.target:.2f}",
        verdict,
        "" if speed is None else f"{speed:.1f}",
        "" if hot is None else duration(hot.seconds.median),
        "" if hot is None or hot.ratio is None else f"{hot.ratio.median:.2f}",
    )


def duration(seconds: float) -> str:
    """`seconds` in the unit that suits them."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"


def _with_range(ratio: Spread) -> str:
    """The median, and the middle half."""
    return f"{ratio.median:.2f} ({ratio.low:.2f}–{ratio.high:.2f})"


def plain_table(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The same in plain text, however wide."""
    return "\n".join([title, *table(headings, rows, ENDLESS)])
