"""A picture of test digits with what the network read in them, the doubtful ones first."""

from pathlib import Path
from typing import Any

import numpy as np

from .digits import Batch
from .pictures import INK, new_figure

_ROWS, _COLUMNS = 4, 10
_RIGHT, _WRONG = "#3a9a78", "#c2475f"


def draw(probabilities: np.ndarray, batch: Batch, path: Path) -> None:
    """Save the images that the network was least sure of; `probabilities` is (examples, 10)."""
    images, labels = batch
    read = probabilities.argmax(1)
    doubtful = np.argsort(probabilities[np.arange(len(labels)), labels], kind="stable")
    figure = new_figure(8.4, 4.6)
    wrong = int((read != labels).sum())
    figure.suptitle(
        f"{wrong} of {len(labels)} test digits were read wrong; here are the hardest for it",
        x=0.01,
        ha="left",
        fontsize=11,
        fontweight="bold",
        color=INK,
    )
    grid = figure.subplots(_ROWS, _COLUMNS)
    for axes, index in zip(grid.flat, doubtful, strict=False):
        share = probabilities[index, read[index]]
        _draw_digit(axes, images[index], int(labels[index]), int(read[index]), float(share))
    figure.savefig(path)


def _draw_digit(axes: Any, image: np.ndarray, label: int, read: int, share: float) -> None:
    axes.imshow(image.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
    axes.set(xticks=[], yticks=[])
    right = read == label
    text = f"{read}" if right else f"{read}, is {label}"
    shade = _RIGHT if right else _WRONG
    axes.set_title(text, fontsize=9, fontweight="bold", color=shade, pad=3)
    axes.set_xlabel(f"{share:.0%} sure", fontsize=7, color=INK, labelpad=2)
    axes.spines[:].set_color(shade)
    axes.spines[:].set_linewidth(1.5 if not right else 0.8)
