"""Figures as a picture: how long a step takes beside each peer's, where all take turns."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..pictures import COLOURS, INK, legend, new_figure, plain_axes
from .comparison import Comparison, Row
from .peers import KINDS

OURS, AIM, OWN = COLOURS[0], COLOURS[3], COLOURS[5]
RIGHT = 1.5
"""Where the axis of ratios ends."""
LABEL = "time of a step of adamas, by turns, as a share of the peer's (less is faster)"


def draw(machine: dict[str, Any], comparisons: Sequence[Comparison], path: Path) -> None:
    """A panel for each workload, a bar for each peer: our time as a share of the peer's."""
    groups = [(c.workload.title, _compared(c)) for c in comparisons]
    groups = [(title, rows) for title, rows in groups if rows]
    lines = [len(rows) for _, rows in groups]
    figure = new_figure(8, 0.9 + 0.22 * sum(lines) + 0.34 * len(lines))
    panels = figure.subplots(len(groups), 1, sharex=True, squeeze=False, height_ratios=lines)[:, 0]
    for axes, (title, rows) in zip(panels, groups, strict=True):
        _draw_panel(axes, title, rows)
    panels[0].set_xlim(0, RIGHT)
    panels[-1].set_xlabel(LABEL, fontsize=9, color=INK)
    panels[0].set_title(about(machine), fontsize=8, color=INK, loc="right")
    legend(figure, *_marks(), loc="outside lower right", ncols=2)
    figure.savefig(path)


def about(machine: dict[str, Any]) -> str:
    """Where figures come from, in a few words."""
    return f"{machine['processor']}, {machine['threads']} thread(s)"


def _compared(comparison: Comparison) -> list[Row]:
    """The rows that do comparable work: a copy is there for its speed in GB/s."""
    return [row for row in comparison.rows if row.ratio is not None and row.peer != "copy"]


def _draw_panel(axes: Any, title: str, rows: Sequence[Row]) -> None:
    plain_axes(axes, title)
    axes.grid(visible=False, axis="y")
    axes.spines[["left"]].set_visible(False)
    axes.tick_params(left=False)
    axes.axvline(1, color=INK, linewidth=1, zorder=1)
    axes.set_yticks(range(len(rows)), [row.peer for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    for position, row in enumerate(rows):
        _draw_row(axes, position, row)


def _draw_row(axes: Any, position: int, row: Row) -> None:
    """The median as a bar, and as a number at the edge; the middle half as a line."""
    assert row.ratio is not None
    ratio = row.ratio
    colour = OURS if KINDS[row.peer].library else OWN
    axes.barh(position, min(ratio.median, RIGHT), height=0.7, color=colour, alpha=0.5, zorder=2)
    axes.hlines(position, ratio.low, ratio.high, color=colour, linewidth=2, zorder=3)
    if row.target is not None:
        ends = (position - 0.45, position + 0.45)
        axes.vlines(row.target, *ends, color=AIM, linewidth=2, zorder=4)
    beside = {"transform": axes.get_yaxis_transform(), "va": "center", "fontsize": 8}
    axes.text(1.01, position, f"{ratio.median:.2f}", color=INK, **beside)


def _marks() -> tuple[list[Any], list[str]]:
    from matplotlib.lines import Line2D

    return (
        [Line2D([], [], color=AIM, linewidth=2), Line2D([], [], color=INK, linewidth=2)],
        ["aimed for", "middle half of the rounds"],
    )
