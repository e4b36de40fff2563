"""The picture of a history: losses on top, metrics, learning rate and gradient norm below."""

from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..pictures import COLOURS, INK, legend, new_figure, plain_axes
from .table import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TRAINING, _VALIDATION, *_ = COLOURS
_OTHERS = COLOURS[1:]
_POINTS = 600
"""More steps than this are drawn as the mean and the range of so many groups."""
_WIDE_RANGE = 30
"""Positive values that differ by this factor get a logarithmic axis."""


def draw(
    epochs: Table, steps: Table, best_epoch: int | None, path: str | PathLike[str] | None
) -> "Figure":
    """The figure; saved if there is a `path`. Columns are those of `History`."""
    small = _small_panels(epochs, steps)
    figure = new_figure(9, 6.2 if small else 4)
    grid = figure.add_gridspec(
        2 if small else 1, max(len(small), 1), height_ratios=(3, 1.7) if small else None
    )
    axis = _Axis.of(epochs, steps)
    large = _panel(figure.add_subplot(grid[0, :]), "Loss", axis)
    _draw_losses(large, epochs, steps, axis)
    if best_epoch is not None:
        _mark(large, best_epoch)
    for index, panel in enumerate(small):
        _draw_small(_panel(figure.add_subplot(grid[1, index]), panel.title, axis), panel, axis)
    if path is not None:
        figure.savefig(fspath(path))
    return figure


class _Small(NamedTuple):
    """A small panel: columns per epoch, or one column per step."""

    title: str
    epochs: dict[str, np.ndarray]
    steps: np.ndarray | None = None


class _Axis(NamedTuple):
    """Where epochs and steps stand on the horizontal axis."""

    label: str
    epochs: np.ndarray
    steps: np.ndarray

    @classmethod
    def of(cls, epochs: Table, steps: Table) -> "_Axis":
        """In epochs, or in steps until the first epoch is finished."""
        count = np.arange(1.0, steps.rows + 1)
        if not epochs.rows:
            return cls("step", np.zeros(0), count)
        ends = np.array([0, *epochs["step"]])
        numbers = np.arange(len(ends), dtype=float)
        places = np.interp(count, ends, numbers)
        beyond = count > ends[-1]  # of an epoch that was interrupted
        places[beyond] = numbers[-1] + (count[beyond] - ends[-1]) / max(ends[-1] - ends[-2], 1)
        return cls("epoch", numbers[1:], places)


def _small_panels(epochs: Table, steps: Table) -> list[_Small]:
    known = ("loss", "val_loss", "learning_rate", "gradient_norm", "skipped", "step", "seconds")
    metrics = {name: column for name, column in epochs.items() if name not in known}
    panels = [_Small("Metrics", metrics)] if metrics else []
    for name, title in (("learning_rate", "Learning rate"), ("gradient_norm", "Gradient norm")):
        if name in steps:
            panels.append(_Small(title, {}, steps[name]))
    return panels


def _panel(axes: Any, title: str, axis: _Axis) -> Any:
    plain_axes(axes, title, (axis.label, ""))
    axes.xaxis.get_major_locator().set_params(integer=True)
    return axes


def _draw_losses(axes: Any, epochs: Table, steps: Table, axis: _Axis) -> None:
    seen = []
    if steps.rows:
        seen.append(_draw_steps(axes, axis.steps, steps["loss"], "each step"))
    for name, label, colour in (
        ("loss", "training", _TRAINING),
        ("val_loss", "validation", _VALIDATION),
    ):
        if name in epochs:
            seen.append(_draw_epochs(axes, axis, epochs[name], label, colour))
    _choose_scale(axes, seen)
    if seen:
        legend(axes)


def _mark(axes: Any, epoch: int) -> None:
    """Mark the best epoch."""
    axes.axvline(epoch, color=INK, linewidth=1, linestyle=(0, (2, 3)))
    axes.annotate(
        f"best: epoch {epoch}",
        (epoch, 1),
        xycoords=("data", "axes fraction"),
        xytext=(4, -10),
        textcoords="offset points",
        fontsize=8,
        color=INK,
    )


def _draw_small(axes: Any, panel: _Small, axis: _Axis) -> None:
    seen = [
        _draw_epochs(axes, axis, column, name, colour)
        for (name, column), colour in zip(
            panel.epochs.items(), _OTHERS * len(panel.epochs), strict=False
        )
    ]
    if panel.steps is not None:
        measured = np.isfinite(panel.steps)  # no norm where a step only accumulates
        x, y = axis.steps[measured], panel.steps[measured]
        seen.append(_draw_steps(axes, x, y, None, colour=_TRAINING, strong=True))
    if panel.epochs:
        legend(axes)
    if panel.title != "Learning rate":
        _choose_scale(axes, seen)
    else:  # a schedule is known by its shape, which a logarithm would hide
        axes.set_ylim(0, 1.1 * float(np.max(seen[0], initial=0)) or 1)


def _draw_epochs(axes: Any, axis: _Axis, y: np.ndarray, label: str, colour: str) -> np.ndarray:
    marker = "o" if len(y) <= 30 else None
    axes.plot(
        axis.epochs, y, color=colour, linewidth=1.8, marker=marker, markersize=3.5, label=label
    )
    return y


def _draw_steps(
    axes: Any,
    x: np.ndarray,
    y: np.ndarray,
    label: str | None,
    *,
    colour: str = _TRAINING,
    strong: bool = False,
) -> np.ndarray:
    """Each step, or with very many of them the mean and the range of groups."""
    style: dict[str, Any] = {"color": colour, "linewidth": 1.4 if strong else 0.8}
    style |= {"alpha": 1.0 if strong else 0.45, "label": label}
    if len(y) <= _POINTS:
        axes.plot(x, y, **style)
        return y
    starts = np.linspace(0, len(y), _POINTS, endpoint=False).astype(np.int64)
    sizes = np.diff([*starts, len(y)])
    mean = np.add.reduceat(y, starts) / sizes
    middle = np.add.reduceat(x, starts) / sizes
    low, high = np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts)
    axes.fill_between(middle, low, high, color=colour, alpha=0.15, linewidth=0)
    axes.plot(middle, mean, **style)
    return mean


def _choose_scale(axes: Any, seen: list[np.ndarray]) -> None:
    values = np.concatenate([np.zeros(0), *seen])
    values = values[np.isfinite(values)]
    if not len(values) or values.min() <= 0:
        return
    low, high = np.quantile(values, (0.02, 0.98))  # a few outliers decide nothing
    if high > _WIDE_RANGE * low:
        axes.set_yscale("log")
