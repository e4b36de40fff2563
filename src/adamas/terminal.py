"""What is printed: as wide as the terminal, in one style of tables, with colours where they are
wanted; into pipes and files the same, plain.

No line is broken within a word: what does not fit stands below.
"""

import os
import shutil
import sys
import textwrap
from collections.abc import Sequence
from typing import Any

WIDEST = 100
"""Columns that text fills at most: longer lines are hard to read."""

ENDLESS = 10_000
"""For pipes: whoever reads them by the line has each row in one."""

STYLES = {"bold": "1", "dim": "2", "bad": "31", "code": "36"}
"""The codes of ANSI terminals for what is said of a text."""


def width() -> int:
    """How many columns text may fill: COLUMNS, or the terminal's, or 80."""
    return max(min(shutil.get_terminal_size().columns, WIDEST), 20)


def row_width() -> int:
    """The same for tables, which pipes get with whole rows."""
    known = "COLUMNS" in os.environ or _is_terminal(sys.stdout)
    return width() if known else ENDLESS


def styled(text: str, style: str, stream: Any = None) -> str:
    """`text` in one of `STYLES`, where `stream`, standard output by default, shows colours."""
    shows = text and has_colours(sys.stdout if stream is None else stream)
    return f"\x1b[{STYLES[style]}m{text}\x1b[0m" if shows else text


def has_colours(stream: Any) -> bool:
    """Whether colours are wanted: NO_COLOR forbids them, FORCE_COLOR asks for them."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return _is_terminal(stream) and os.environ.get("TERM") != "dumb"


def _is_terminal(stream: Any) -> bool:
    return stream is not None and stream.isatty()


def wrapped(text: str, columns: int, *, first: str = "", later: str = "") -> list[str]:
    """The lines of a text, broken between words alone."""
    lines = textwrap.wrap(
        text,
        columns,
        initial_indent=first,
        subsequent_indent=later,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return lines or [""]


def packed(parts: Sequence[str], columns: int, later: str = "") -> list[str]:
    """Parts with two spaces between them, in as few lines as there can be."""
    lines = [""]
    for part in parts:
        longer = f"{lines[-1]}  {part}" if lines[-1].strip() else f"{lines[-1]}{part}"
        if len(longer) > columns and lines[-1].strip():
            longer = f"{later}{part}"
            lines.append("")
        lines[-1] = longer
    return lines


def table(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    columns: int = ENDLESS,
    *,
    colours: bool = False,
) -> list[str]:
    """The lines of a table: the first column to the left, numbers to the right.

    One that is too wide has its rows one below the other, with a heading before each value.
    """
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    if sum(widths) + 2 * (len(widths) - 1) > columns:
        return _records(headings, rows, columns, colours)
    cells = list(zip(*rows, strict=True)) or [()] * len(headings)
    right = [index > 0 and _are_numbers(column) for index, column in enumerate(cells)]

    def line(cells: Sequence[str], fill: str = " ") -> str:
        padded = [
            cell.rjust(wide, fill) if to_right else cell.ljust(wide, fill)
            for cell, wide, to_right in zip(cells, widths, right, strict=True)
        ]
        return "  ".join(padded).rstrip()

    rule = line([""] * len(headings), _rule())
    head = line(headings)
    if colours:
        head, rule = styled(head, "bold"), styled(rule, "dim")
    return [head, rule, *map(line, rows)]


def show_table(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table below its title."""
    columns = row_width()
    for part in title.splitlines():
        print("\n".join(styled(line, "bold") for line in wrapped(part, columns)))
    print("\n".join(table(headings, rows, columns, colours=True)))


def _records(
    headings: Sequence[str], rows: Sequence[Sequence[str]], columns: int, colours: bool
) -> list[str]:
    lines: list[str] = []
    for first, *cells in rows:
        head = f"{headings[0]} {first}".strip()
        named = wrapped(head, columns, later="  ")
        lines += [styled(line, "bold") for line in named] if colours else named
        for heading, cell in zip(headings[1:], cells, strict=True):
            if cell:
                text = f"{heading}: {cell}" if heading else cell
                lines += wrapped(text, columns, first="  ", later="    ")
    return lines


def _are_numbers(cells: Sequence[str]) -> bool:
    """Whether most cells of a column begin as a number does."""
    filled = [cell.lstrip("+-≤−") for cell in cells if cell and cell != "-"]
    return 2 * sum(cell.strip()[:1].isdigit() for cell in filled) >= len(filled) > 0


def _rule() -> str:
    """What a line is made of."""
    try:
        "─".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return "-"
    return "─"
