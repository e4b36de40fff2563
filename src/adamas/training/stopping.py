"""Early stopping: when a measure no longer improves, and which weights were the best."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from ..errors import ArgumentError, ConfigurationError
from ..registry import nearest


@dataclasses.dataclass(frozen=True)
class EarlyStopping:
    """Stop once a measure has not improved for `patience` epochs.

    Args:
        patience: epochs in a row without improvement that end the training; at least 1.
        monitor: a column of the history's epochs: ``"val_loss"``, ``"val_accuracy"``, … Without
            it ``"val_loss"``, or ``"loss"`` where there are no validation data.
        mode: ``"min"`` or ``"max"``: whether smaller or larger is better. It may be left out
            for the two losses, which are minimized.
        min_delta: how much better than the best an epoch must be to count; at least 0.
        restore_best: whether training ends with the weights that measured best. These are the
            averages if the validation was done with averages.

    Raises:
        ConfigurationError, ArgumentError: a value that is not allowed.
    """

    patience: int = 5
    monitor: str | None = None
    mode: str | None = None
    min_delta: float = 0.0
    restore_best: bool = True

    def __post_init__(self) -> None:
        if not isinstance(self.patience, int) or isinstance(self.patience, bool):
            raise ArgumentError(f"patience must be a number of epochs. Got: {self.patience!r}.")
        if self.patience < 1:
            raise ConfigurationError(f"patience must be at least 1. Got: {self.patience}.")
        if self.mode not in (None, "min", "max"):
            raise ConfigurationError(f"mode must be 'min' or 'max'. Got: {self.mode!r}.")
        if not self.min_delta >= 0:
            raise ConfigurationError(f"min_delta must be at least 0. Got: {self.min_delta}.")
        if self.mode is None and self.monitor not in (None, "loss", "val_loss"):
            raise ConfigurationError(
                f"mode must say whether smaller or larger {self.monitor} is better. "
                "Add mode='min' or mode='max'."
            )

    def fitted(self, columns: list[str]) -> "EarlyStopping":
        """With monitor and mode filled in; `columns` are those that epochs will have."""
        monitor = self.monitor or ("val_loss" if "val_loss" in columns else "loss")
        if monitor not in columns:
            raise ConfigurationError(
                f"monitor must be measured in each epoch. Got: {monitor!r}."
                f"{nearest(monitor, columns)}"
            )
        return dataclasses.replace(self, monitor=monitor, mode=self.mode or "min")


class Watch:
    """The state of early stopping: the best so far, and how long ago it was."""

    def __init__(self, law: EarlyStopping) -> None:
        self.law = law
        self.best = math.nan
        self.best_epoch = 0
        self.waited = 0
        self.weights: dict[str, Any] | None = None

    def improves(self, epoch: int, row: Mapping[str, float]) -> bool:
        """Take note of an epoch; whether it is the best so far. NaN never is."""
        value = row[str(self.law.monitor)]
        sign = -1 if self.law.mode == "max" else 1
        first = not self.best_epoch and not math.isnan(value)
        if first or sign * value < sign * self.best - self.law.min_delta:
            self.best, self.best_epoch, self.waited = value, epoch, 0
            return True
        self.waited += 1
        return False

    @property
    def verdict(self) -> str | None:
        """Why to stop now; None to go on."""
        if self.waited < self.law.patience:
            return None
        best = f"best {self.best:.6g} in epoch {self.best_epoch}" if self.best_epoch else "no best"
        return f"{self.law.monitor} has not improved for {self.waited} epochs ({best})"
