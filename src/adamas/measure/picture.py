"""Figures as a picture: how long a step takes beside each peer's."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import ArgumentError, MissingDependencyError
from .comparison import Comparison, Row
from .machine import installed
from .peers import KINDS

SUFFIXES = (".png", ".svg", ".pdf")
OURS, LIMIT = "#1b6ca8", "#d1495b"
RIGHT = 1.5
"""Where the axis of ratios ends."""


def check_picture(path: str | Path) -> Path:
    """`path`, if a picture can be written there; asked before anything takes time."""
    path = Path(path)
    if path.suffix not in SUFFIXES:
        raise ArgumentError(
            f"A picture's name must end in {', '.join(SUFFIXES)}. Got: {str(path)!r}."
        )
    if not path.parent.is_dir():
        raise ArgumentError(
            f"A picture must go to a folder that is there. Got: {str(path)!r}. Make it first."
        )
    if not installed("matplotlib"):
        raise MissingDependencyError("Pictures need matplotlib: pip install 'adamas[plot]'.")
    return path


def draw(machine: dict[str, Any], comparisons: Sequence[Comparison], path: Path) -> None:
    """A bar for each peer of each workload: our time as a share of the peer's."""
    from matplotlib.figure import Figure

    groups = [(c.workload.title, _compared(c)) for c in comparisons]
    groups = [(title, rows) for title, rows in groups if rows]
    lines = sum(len(rows) + 1.2 for _, rows in groups)
    figure = Figure(figsize=(8, 1.4 + 0.26 * lines), layout="constrained")
    axes = figure.add_subplot()
    position, labels = 0.0, []
    for title, rows in groups:
        _draw_title(axes, position, title)
        for row in rows:
            position += 1
            labels.append((position, row.peer))
            _draw_row(axes, position, row)
        position += 1.2
    axes.axvline(1, color="0.3", linewidth=1, zorder=1)
    axes.set_yticks([place for place, _ in labels], [text for _, text in labels])
    axes.set_ylim(position - 0.4, -0.7)
    _finish(figure, axes, machine)
    figure.savefig(path, dpi=150)


def _compared(comparison: Comparison) -> list[Row]:
    """The rows that do comparable work: a copy is there for its speed in GB/s."""
    return [row for row in comparison.rows if row.ratio is not None and row.peer != "copy"]


def _draw_title(axes: Any, position: float, title: str) -> None:
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
    font = {"weight": "bold", "fontsize": 9}
    axes.text(0.003, position, title, va="center", bbox=box, zorder=5, **font)


def _draw_row(axes: Any, position: float, row: Row) -> None:
    """The median as a bar, the middle half as a line; what is slower than `RIGHT` is cut off."""
    assert row.ratio is not None
    ratio = row.ratio
    colour = OURS if KINDS[row.peer].library else "0.6"
    axes.barh(position, min(ratio.median, RIGHT), height=0.7, color=colour, zorder=2)
    axes.hlines(position, ratio.low, ratio.high, color="0.15", linewidth=1.2, zorder=3)
    if row.target is not None:
        ends = (position - 0.45, position + 0.45)
        axes.vlines(row.target, *ends, color=LIMIT, linewidth=2, zorder=4)
    end = max(ratio.median, ratio.high, row.target or 0)
    text = {"va": "center", "fontsize": 8, "zorder": 6}
    if end < RIGHT - 0.1:
        box = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
        axes.text(end + 0.012, position, f"{ratio.median:.2f}", bbox=box, **text)
    else:
        box = {"facecolor": colour, "edgecolor": "none", "pad": 0.5}
        place = min(ratio.median, RIGHT) - 0.012
        shown = f"{ratio.median:.2f}"
        axes.text(place, position, shown, ha="right", color="white", bbox=box, **text)


def _finish(figure: Any, axes: Any, machine: dict[str, Any]) -> None:
    from matplotlib.lines import Line2D

    axes.set_xlim(0, RIGHT)
    axes.set_xlabel("time of a step of adamas as a share of the peer's (less is faster)")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(left=False)
    axes.grid(axis="x", color="0.92", zorder=0)
    axes.set_axisbelow(True)
    lines = {
        "target": Line2D([], [], color=LIMIT, linewidth=2),
        "middle half of the rounds": Line2D([], [], color="0.15", linewidth=1.2),
    }
    figure.legend(
        list(lines.values()),
        list(lines),
        loc="outside lower right",
        ncols=2,
        fontsize=8,
        frameon=False,
    )
    threads = machine["threads"]
    axes.set_title(f"{machine['processor']}, {threads} thread(s)", fontsize=9, loc="right")
