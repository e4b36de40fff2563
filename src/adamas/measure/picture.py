"""Figures as a picture: how long a step takes beside each peer's, where all take turns."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..pictures import COLOURS, INK, entitle, new_figure, plain_axes
from .comparison import Comparison
from .timing import Spread

TITLE = "The time of a step of adamas, as a share of other libraries'"
RIGHT = 1.25
"""Where the axis of ratios ends."""

LABELS = {
    "torch": "PyTorch, fused",
    "torch bare": "PyTorch's kernel alone",
    "optax": "optax, jitted",
    "numpy": "NumPy by hand",
}
"""Those that a reader compares with, by what they are; what only measures the machine is none."""

Group = tuple[str, Sequence[tuple[str, Spread]]]
"""A workload's title, and our time as a share of each peer's."""


def draw(machine: dict[str, Any], comparisons: Sequence[Comparison], path: Path) -> None:
    """A panel for each workload, a bar for each peer."""
    groups = [(one.workload.title, _compared(one)) for one in comparisons]
    draw_shares(machine, [group for group in groups if group[1]], path)


def draw_shares(machine: dict[str, Any], groups: Sequence[Group], path: Path) -> None:
    """The same of shares that were measured before."""
    lines = [len(rows) for _, rows in groups]
    figure = new_figure(8, 1.3 + 0.27 * sum(lines) + 0.36 * len(lines))
    panels = figure.subplots(len(groups), 1, sharex=True, squeeze=False, height_ratios=lines)[:, 0]
    for axes, (title, rows) in zip(panels, groups, strict=True):
        _draw_panel(axes, title, rows)
    panels[0].set_xlim(0, RIGHT)
    panels[-1].set_xlabel("share of the other library's time: less is faster", color=INK)
    note = "Medians of rounds in which all take turns; thin lines: the middle half of the rounds."
    entitle(figure, TITLE, f"{note} {about(machine)}.")
    figure.savefig(path)


def about(machine: dict[str, Any]) -> str:
    """Where figures come from, in a few words."""
    threads = machine["threads"]
    return f"{machine['processor']}, {threads} thread{'' if threads == 1 else 's'}"


def _compared(comparison: Comparison) -> list[tuple[str, Spread]]:
    """The rows that are of libraries."""
    return [
        (row.peer, row.ratio)
        for row in comparison.rows
        if row.ratio is not None and row.peer in LABELS
    ]


def _draw_panel(axes: Any, title: str, rows: Sequence[tuple[str, Spread]]) -> None:
    plain_axes(axes, title)
    axes.grid(visible=False, axis="y")
    axes.spines[["left"]].set_visible(False)
    axes.tick_params(left=False)
    axes.axvline(1, color=INK, linewidth=1, zorder=1)
    axes.set_yticks(range(len(rows)), [LABELS[peer] for peer, _ in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    for position, (peer, ratio) in enumerate(rows):
        _draw_row(axes, position, COLOURS[list(LABELS).index(peer) % len(COLOURS)], ratio)


def _draw_row(axes: Any, position: int, colour: str, ratio: Spread) -> None:
    """The median as a bar, with its number; the middle half as a line."""
    axes.barh(position, min(ratio.median, RIGHT), height=0.7, color=colour, alpha=0.55, zorder=2)
    axes.hlines(position, ratio.low, min(ratio.high, RIGHT), color=colour, linewidth=2, zorder=3)
    beside = {"va": "center", "fontsize": 9, "fontweight": "bold"}
    end = min(max(ratio.high, ratio.median), RIGHT)
    axes.text(end + 0.012, position, f"{ratio.median:.2f}", color=INK, zorder=4, **beside)
