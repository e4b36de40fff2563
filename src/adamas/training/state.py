"""All that a run consists of besides its settings: what a checkpoint must hold."""

import dataclasses
import math

import numpy as np

from .batches import Source
from .callbacks import Callbacks, Run
from .parameters import Parameters
from .stopping import Watch


class Sums:
    """What the row of the epoch under way will be made of."""

    __slots__ = ("examples", "loss", "norm", "norms", "seconds", "skipped")

    def __init__(self) -> None:
        self.loss = self.examples = self.norm = self.norms = self.skipped = self.seconds = 0.0

    def add_loss(self, loss: float, examples: int) -> None:
        """One more batch."""
        self.loss += loss * examples
        self.examples += examples

    @property
    def mean_loss(self) -> float:
        """Over the examples so far; NaN without any."""
        return self.loss / self.examples if self.examples else math.nan

    @property
    def mean_norm(self) -> float:
        """Over the updates so far; NaN without any."""
        return self.norm / self.norms if self.norms else math.nan

    def export(self) -> np.ndarray:
        """All of them as one array."""
        return np.array([getattr(self, name) for name in self.__slots__])

    def restore(self, values: np.ndarray) -> None:
        """Take over what `export` gave."""
        for name, value in zip(self.__slots__, values.tolist(), strict=True):
            setattr(self, name, value)


@dataclasses.dataclass
class State:
    """The changing parts of a run."""

    run: Run
    parameters: Parameters
    source: Source
    callbacks: Callbacks
    watch: Watch | None
    sums: Sums = dataclasses.field(default_factory=Sums)

    @property
    def verdict(self) -> str | None:
        """Why training must end now; None to go on."""
        return self.run.stopped or (self.watch.verdict if self.watch else None)

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return self.run.epoch > self.run.epochs or (
            self.run.batch == 0 and self.verdict is not None
        )
