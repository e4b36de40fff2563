"""The look that the command line's pictures share."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError
from .terminal import need

INK, PALE = "#333b47", "#d9dde3"
COLOURS = ("#2f6db3", "#e07b39", "#3a9a78", "#c2475f", "#8a5fb0", "#7a7f87")
"""Told apart also by those who see colours differently, in this order."""

SUFFIXES = (".png", ".svg", ".pdf")


def check_picture(path: Path) -> Path:
    """`path`, if a picture can be written there; asked before any work is done."""
    if path.suffix.lower() not in SUFFIXES:
        raise ConfigurationError(
            f"A picture's name must end in {', '.join(SUFFIXES)}. Got: {str(path)!r}."
        )
    if not path.parent.is_dir():
        raise ConfigurationError(
            f"A picture must go to a folder that is there. Got: {str(path)!r}. Make it first."
        )
    need("matplotlib", "matplotlib", "plot", "A picture")
    return path


def new_figure(width: float, height: float) -> Any:
    """An empty figure of so many inches. No window is opened and no setting is changed."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), dpi=150, layout="constrained")


def plain_axes(axes: Any, title: str, labels: Sequence[str] = ("", "")) -> Any:
    """Axes in the house's look: a title on the left, light lines, no box."""
    axes.set_title(title, loc="left", fontsize=10, fontweight="bold", color=INK)
    axes.set_xlabel(labels[0], fontsize=9, color=INK)
    axes.set_ylabel(labels[1], fontsize=9, color=INK)
    axes.grid(True, color=PALE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(INK)
    axes.tick_params(colors=INK, labelsize=8)
    return axes


def colour(index: int) -> str:
    """The colour of the curve with this number."""
    return COLOURS[index % len(COLOURS)]
