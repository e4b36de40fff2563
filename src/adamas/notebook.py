"""What a notebook shows of an object: tables in HTML, in the notebook's own colours."""

from collections.abc import Sequence
from html import escape

MOST = 40
"""Rows of a table: of more, the first and the last are shown."""


def page(*parts: str) -> str:
    """Some parts below each other."""
    return f"<div>{''.join(parts)}</div>"


def line(text: str, *, strong: bool = False) -> str:
    """A line of text."""
    kind = "strong" if strong else "span"
    return f"<div style='margin:0.3em 0'><{kind}>{escape(text)}</{kind}></div>"


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table: the first column is text, the others are set to the right."""
    if not rows:
        return ""
    if len(rows) > MOST:
        rows = [*rows[: MOST // 2], ["…"] * len(headings), *rows[-MOST // 2 :]]
    head = _row("th", headings)
    body = "".join(_row("td", row) for row in rows)
    return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"


def _row(kind: str, cells: Sequence[str]) -> str:
    sides = ["left", *["right"] * (len(cells) - 1)]
    inside = "".join(
        f"<{kind} style='text-align:{side}'>{escape(cell)}</{kind}>"
        for side, cell in zip(sides, cells, strict=True)
    )
    return f"<tr>{inside}</tr>"


def amount(size: float) -> str:
    """Bytes in the unit that suits them."""
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} GB"
