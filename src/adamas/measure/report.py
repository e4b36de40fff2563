"""Figures as a table: by rich where it is installed, else in plain text."""

import importlib.util
from collections.abc import Sequence
from typing import Any

from .comparison import Comparison, Row
from .timing import Spread

HEADINGS = ("a step of", "takes", "adamas takes", "middle half", "target", "", "GB/s")


def show(machine: dict[str, Any], comparisons: Sequence[Comparison], note: str) -> None:
    """Print the machine, one table for each workload, and the note."""
    print(heading(machine))
    for comparison in comparisons:
        print()
        if comparison.skipped:
            print(f"{comparison.workload.title}: left out. {comparison.skipped}")
            continue
        rows = [cells(row) for row in comparison.rows]
        title = (
            f"{comparison.workload.title} "
            f"({comparison.rounds} rounds, {comparison.calls} calls each)"
        )
        show_table(title, HEADINGS, rows)
    print()
    print(note)


def heading(machine: dict[str, Any]) -> str:
    """The machine in three lines."""
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    return (
        f"{machine['processor']}, {machine['cores']} cores, {machine['threads']} thread(s) for "
        f"every library, load {machine['load']}\n"
        f"{machine['system']}, Python {machine['python']}\n{versions}"
    )


def cells(row: Row) -> tuple[str, ...]:
    """The row of a table."""
    speed = row.gigabytes_per_second
    verdict = {True: "met", False: "missed", None: ""}[row.met]
    return (
        row.peer,
        duration(row.seconds.median),
        "" if row.ratio is None else f"{row.ratio.median:.2f} of it",
        "" if row.ratio is None else _between(row.ratio),
        "" if row.target is None else f"≤ {row.target:.2f}",
        verdict,
        "" if speed is None else f"{speed:.1f}",
    )


def duration(seconds: float) -> str:
    """`seconds` in the unit that suits them."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"


def _between(ratio: Spread) -> str:
    return f"{ratio.low:.2f}–{ratio.high:.2f}"


def show_table(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; the first column is text, the others are set to the right."""
    if importlib.util.find_spec("rich") is None:
        print(plain_table(title, headings, rows))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for index, text in enumerate(headings):
        table.add_column(text, justify="right" if index else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def plain_table(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The same in plain text."""
    lines = [tuple(headings), *map(tuple, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    text = [title]
    for line in lines:
        first, *others = zip(line, widths, strict=True)
        padded = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
        text.append("  ".join(padded).rstrip())
    return "\n".join(text)
