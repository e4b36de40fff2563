"""The look that all pictures share: light lines, no box, for white pages and for dark ones.

A figure has no ground of its own; ink and colours stand out from either. matplotlib is loaded when
a picture is asked for. No window is opened, and no setting of matplotlib is changed.
"""

from collections.abc import Sequence
from functools import cache
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import Any

from .errors import ConfigurationError, MissingDependencyError

INK = "#737b87"
"""Of all that is written and of axes: as far from white as from the dark of a page at night."""

COLOURS = ("#3a7bc8", "#d9722e", "#3a9a78", "#c2475f", "#8a5fb0", "#7a7f87")
"""Told apart also by those who see colours differently, in this order."""

SUFFIXES = (".png", ".svg", ".pdf")


def check_picture(path: str | PathLike[str]) -> Path:
    """`path`, if a picture can be written there; asked before any work is done."""
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise ConfigurationError(
            f"A picture's name must end in {', '.join(SUFFIXES)}. Got: {str(path)!r}."
        )
    if not path.parent.is_dir():
        raise ConfigurationError(
            f"A picture must go to a folder that is there. Got: {str(path)!r}. Make it first."
        )
    _figure_class()
    return path


def new_figure(width: float, height: float) -> Any:
    """An empty figure of so many inches."""
    options = {"figsize": (width, height), "dpi": 150, "layout": "constrained"}
    return _figure_class()(facecolor="none", **options)


def plain_axes(axes: Any, title: str, labels: Sequence[str] = ("", "")) -> Any:
    """Axes in the house's look: a title on the left, names with their units, pale lines."""
    axes.set_facecolor("none")
    axes.set_title(title, loc="left", fontsize=10, fontweight="bold", color=INK)
    axes.set_xlabel(labels[0], fontsize=9, color=INK)
    axes.set_ylabel(labels[1], fontsize=9, color=INK)
    axes.grid(True, color=INK, alpha=0.25, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(INK)
    axes.tick_params(which="both", colors=INK, labelsize=8)
    return axes


def entitle(figure: Any, title: str, note: str = "") -> None:
    """What a figure shows, above it, and below it where that is from."""
    figure.suptitle(title, x=0.01, ha="left", fontsize=12, fontweight="bold", color=INK)
    if note:
        figure.supxlabel(note, x=0.01, ha="left", fontsize=8, color=INK)


def legend(owner: Any, *entries: Any, **options: Any) -> None:
    """The names of curves, of axes or of a figure; `entries`, if given, are handles and labels."""
    owner.legend(*entries, **{"frameon": False, "labelcolor": INK, "fontsize": 8, **options})


def colour(index: int) -> str:
    """The colour of the curve with this number."""
    return COLOURS[index % len(COLOURS)]


def _figure_class() -> Any:
    try:
        import matplotlib.figure
    except ImportError:
        raise MissingDependencyError(
            "A picture needs matplotlib, which is not installed. Run: pip install 'adamas[plot]'"
        ) from None
    return _shown_inline(matplotlib.figure.Figure)


@cache
def _shown_inline(figure: Any) -> Any:
    """Figures that a notebook shows, also where nobody has told matplotlib of it."""

    class Picture(figure):
        def _repr_png_(self) -> bytes:
            content = BytesIO()
            self.savefig(content, format="png")
            return content.getvalue()

    return Picture
