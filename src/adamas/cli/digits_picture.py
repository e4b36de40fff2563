"""A picture of test digits with what the network read in them, the doubtful ones first."""

from pathlib import Path
from typing import Any

import numpy as np

from ..pictures import COLOURS, INK, new_figure, plain_axes
from .digits import Batch

_ROWS, _COLUMNS = 4, 10
_ACROSS, _DOWN = 10, 12.5
"""From one image to the next, in pixels of the images, which are 8 × 8."""
_RIGHT, _WRONG = COLOURS[2:4]


def draw(probabilities: np.ndarray, batch: Batch, path: Path) -> None:
    """Save the images that the network was least sure of; `probabilities` is (examples, 10)."""
    images, labels = batch
    read = probabilities.argmax(1)
    doubtful = np.argsort(probabilities[np.arange(len(labels)), labels], kind="stable")
    wrong = int((read != labels).sum())
    figure = new_figure(8.4, 4.35)
    title = f"{wrong} of {len(labels)} test digits were read wrong; here are the hardest for it"
    axes = plain_axes(figure.add_subplot(), title)
    for place, index in enumerate(doubtful[: _ROWS * _COLUMNS]):
        row, column = divmod(place, _COLUMNS)
        share = float(probabilities[index, read[index]])
        left_top = (_ACROSS * column, _DOWN * row)
        _draw_digit(axes, left_top, images[index], int(labels[index]), int(read[index]), share)
    axes.set(xlim=(-0.3, _ACROSS * _COLUMNS - 1.7), ylim=(_DOWN * _ROWS - 2, -2.5), aspect="equal")
    axes.axis("off")
    figure.savefig(path)


def _draw_digit(
    axes: Any, left_top: tuple[float, float], image: np.ndarray, label: int, read: int, share: float
) -> None:
    left, top = left_top
    shade = _RIGHT if read == label else _WRONG
    axes.imshow(
        image.reshape(8, 8),
        cmap="gray_r",
        vmin=0,
        vmax=1,
        extent=(left, left + 8, top + 8, top),
    )
    sides = ([left, left + 8, left + 8, left, left], [top, top, top + 8, top + 8, top])
    axes.plot(*sides, color=shade, linewidth=0.9 if read == label else 1.8)
    text = f"{read}" if read == label else f"{read}, is {label}"
    middle = {"horizontalalignment": "center"}
    axes.text(left + 4, top - 0.4, text, color=shade, fontsize=9, fontweight="bold", **middle)
    axes.text(left + 4, top + 9.5, f"{share:.0%} sure", color=INK, fontsize=7, **middle)
