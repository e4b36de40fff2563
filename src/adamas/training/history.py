"""History: what was measured in each step and each epoch."""

import json
import math
from collections.abc import Iterator
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from ..notebook import line, page, table
from .table import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SHOWN = 8
"""Epochs that `repr` lists: the first few and the last few."""


class History:
    """What `fit` measured: ``history["val_loss"]`` is a NumPy array with a number per epoch.

    Attributes:
        epochs: columns with one number per epoch: ``loss`` (mean over the examples of the epoch,
            as seen in training), ``val_loss`` and ``val_…`` (or the metrics alone, where there
            are no validation data), ``learning_rate`` (of the last step), ``gradient_norm`` (mean
            over the updates, where the optimizer clips by norm), ``skipped`` (steps passed over,
            with ``nonfinite="skip"``), ``step`` (steps made by the end of the epoch),
            ``seconds``.
        steps: columns with one number per step, that is per batch: ``loss``, ``learning_rate``,
            ``gradient_norm``, ``seconds``.
        stopped: why training ended before its last epoch, or None.
        best_epoch: the epoch (from 1) that early stopping found best, or None.
        interrupted: whether Ctrl-C ended the run.
    """

    def __init__(self) -> None:
        self.epochs = Table()
        self.steps = Table()
        self.stopped: str | None = None
        self.best_epoch: int | None = None
        self.interrupted = False

    def __getitem__(self, name: str) -> np.ndarray:
        return self.epochs[name]

    def __contains__(self, name: object) -> bool:
        return name in self.epochs

    def __iter__(self) -> Iterator[str]:
        return iter(self.epochs)

    def __len__(self) -> int:
        """How many epochs were finished."""
        return self.epochs.rows

    def to_dict(self) -> dict[str, Any]:
        """Everything as lists of floats and None, in dictionaries."""
        return {
            "epochs": {name: column.tolist() for name, column in self.epochs.items()},
            "steps": {name: column.tolist() for name, column in self.steps.items()},
            "stopped": self.stopped,
            "best_epoch": self.best_epoch,
            "interrupted": self.interrupted,
        }

    def to_json(self, **options: Any) -> str:
        """`to_dict` as JSON text, with null for what is not finite; `options` of `json.dumps`."""
        content = self.to_dict()
        for kind in ("epochs", "steps"):
            content[kind] = {
                name: [value if math.isfinite(value) else None for value in column]
                for name, column in content[kind].items()
            }
        return json.dumps(content, allow_nan=False, **options)

    def plot(self, path: "str | PathLike[str] | None" = None) -> "Figure":
        """Draw the losses, the metrics, the learning rate and the gradient norm.

        Args:
            path: where to save the picture; its ending chooses the format (``.png``, ``.svg``,
                ``.pdf``). Without it nothing is saved.

        Returns:
            The matplotlib figure, which a notebook draws. No window is opened and no setting of
            matplotlib is changed.

        Raises:
            MissingDependencyError: matplotlib is not installed.
        """
        from .picture import draw

        return draw(self.epochs, self.steps, self.best_epoch, path)

    def __repr__(self) -> str:
        seconds = float(np.nansum(self.steps["seconds"])) if self.steps.rows else 0.0
        if "seconds" in self.epochs:
            seconds = max(seconds, float(np.nansum(self.epochs["seconds"])))
        parts = [f"{len(self)} epochs, {self.steps.rows} steps, {seconds:.3g} s"]
        if self.interrupted:
            parts.append("interrupted")
        if self.stopped:
            parts.append(f"stopped: {self.stopped}")
        return "\n".join([f"History: {'; '.join(parts)}", *self._listing()])

    def _repr_html_(self) -> str:
        title, *_ = repr(self).splitlines()
        lines = self._cells()
        return page(line(title, strong=True), table(lines[0], lines[1:]) if lines else "")

    def _cells(self) -> list[list[str]]:
        """The headings, and a row for each of the first and the last epochs."""
        names = [name for name in self.epochs if name != "step"]
        count = len(self)
        if not count:
            return []
        shown = range(count) if count <= _SHOWN else [0, 1, 2, *range(count - _SHOWN + 3, count)]
        lines = [["epoch", *names]]
        for index in shown:
            row = self.epochs.row(index)
            lines.append([str(index + 1), *(f"{row[name]:.5g}" for name in names)])
        if count > _SHOWN:
            lines.insert(4, ["...", *([""] * len(names))])
        return lines

    def _listing(self) -> list[str]:
        lines = self._cells()
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return [
            "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in lines
        ]
