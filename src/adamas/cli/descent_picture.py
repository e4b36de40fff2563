"""A picture of descents: their ways over contour lines, and how the value falls."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..pictures import INK, colour, legend, new_figure, plain_axes
from .descents import Descent
from .surfaces import Surface

_MESH = 400
_LEVELS = 22
_WORTH_SEEING = 100.0
"""A value as many times that of the start is one of a descent that has failed."""


def draw(surface: Surface, descents: Sequence[Descent]) -> Any:
    """The figure: a map on the left, the values over the steps on the right."""
    figure = new_figure(10.4, 4.9)
    grid = figure.add_gridspec(1, 2, width_ratios=(1.45, 1))
    on_map = plain_axes(figure.add_subplot(grid[0]), surface.title, ("x", "y"))
    _draw_surface(on_map, surface, descents)
    falling = plain_axes(figure.add_subplot(grid[1]), "Value", ("step", ""))
    # Each way is thinner than the one below it, so that those that coincide are all seen.
    widths = [1.4 + 1.9 * above for above in reversed(range(len(descents)))]
    for descent, width in zip(descents, widths, strict=True):
        on_map.plot(*descent.path.T, color="white", linewidth=width + 1.4)
    for index, (descent, width) in enumerate(zip(descents, widths, strict=True)):
        shade = colour(index)
        _draw_way(on_map, descent.path, shade, width)
        positive = np.where(descent.values > 0, descent.values, np.nan)
        falling.plot(positive, color=shade, linewidth=0.8 + 0.6 * width, label=_said(descent))
    _mark(on_map, surface, descents[0].path[0])
    falling.set_yscale("log")
    falling.set_ylim(*_heights(descents))
    falling.set_xlim(0, len(descents[0].path) - 1)
    legend(figure, *_entries(on_map, falling), loc="outside lower left", ncols=6)
    return figure


def _said(descent: Descent) -> str:
    """The name of a way, and whether it has failed."""
    last = descent.values[-1]
    failed = not last <= _WORTH_SEEING * descent.values[0]
    return f"{descent.label} (diverged)" if failed else descent.label


def _heights(descents: Sequence[Descent]) -> tuple[float | None, float | None]:
    """Where the axis of values ends, if one climbs out of all that is worth seeing."""
    start = float(descents[0].values[0])
    highest = _WORTH_SEEING * max(start, float(np.finfo(float).tiny))
    climbs = any(np.nanmax(descent.values) > highest for descent in descents)
    finite = [v[np.isfinite(v) & (v > 0)] for v in (descent.values for descent in descents)]
    lowest = min((v.min() for v in finite if v.size), default=start)
    return (lowest / 2, highest) if climbs and 0 < lowest < highest else (None, None)


def _entries(*panels: Any) -> tuple[list[Any], list[str]]:
    handles: list[Any] = []
    labels: list[str] = []
    for axes in reversed(panels):
        more = axes.get_legend_handles_labels()
        handles, labels = handles + more[0], labels + more[1]
    return handles, labels


def _draw_surface(axes: Any, surface: Surface, descents: Sequence[Descent]) -> None:
    """Contours at levels that crowd towards the minimum: they are even in its logarithm."""
    left, right, bottom, top = _window(surface, descents)
    x, y = np.meshgrid(np.linspace(left, right, _MESH), np.linspace(bottom, top, _MESH))
    height = np.log1p(surface.value(x, y))
    levels = np.linspace(0, height.max(), _LEVELS + 1)
    axes.grid(False)
    axes.set_facecolor("white")
    axes.contourf(x, y, height, levels, cmap="Blues_r", alpha=0.55, antialiased=True)
    axes.contour(x, y, height, levels, colors="white", linewidths=0.6, alpha=0.8)
    axes.set(xlim=(left, right), ylim=(bottom, top))


def _window(surface: Surface, descents: Sequence[Descent]) -> tuple[float, float, float, float]:
    """The surface's own window, widened for starts outside it; ways may leave the picture."""
    left, right, bottom, top = surface.window
    x, y = descents[0].path[0]
    margin_x, margin_y = 0.08 * (right - left), 0.08 * (top - bottom)
    return (
        min(left, x - margin_x),
        max(right, x + margin_x),
        min(bottom, y - margin_y),
        max(top, y + margin_y),
    )


def _draw_way(axes: Any, path: np.ndarray, shade: str, width: float) -> None:
    axes.plot(*path.T, color=shade, linewidth=width, marker=".", markersize=width + 1.6)
    axes.plot(*path[-1], "o", color=shade, markersize=7, markeredgecolor="white")


def _mark(axes: Any, surface: Surface, start: np.ndarray) -> None:
    axes.plot(*start, "s", color=INK, markersize=7, markeredgecolor="white", label="start")
    x, y = zip(*surface.minima, strict=True)
    axes.plot(
        x,
        y,
        "*",
        color="#f2c230",
        markersize=15,
        markeredgecolor=INK,
        markeredgewidth=0.8,
        linestyle="none",
        label="minimum",
        zorder=2.5,
    )
