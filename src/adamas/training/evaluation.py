"""Measures over a whole set of data: means over batches, weighted by how many examples each has."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from ..errors import ArgumentError, ConfigurationError
from .batches import Source

Measure = Callable[[Any, Any], Any]
"""(params, batch) → a number, the mean over the examples of the batch."""

RESERVED = ("loss", "learning_rate", "gradient_norm", "skipped", "step", "seconds")
"""Columns of the history that a metric may not be called."""


def number(value: Any, what: str) -> float:
    """`value` as a float, if it is a single number."""
    if isinstance(value, float):
        return float(value)
    try:
        if getattr(value, "shape", ()) == ():
            return float(value)
    except (TypeError, ValueError):
        pass
    came = f"shape {value.shape}" if hasattr(value, "shape") else type(value).__name__
    raise ArgumentError(f"{what} must be a single number. Got: {came}.")


def check_metrics(metrics: Any) -> dict[str, Measure]:
    """The metrics, if they are functions under names of their own."""
    if metrics is None:
        return {}
    if not isinstance(metrics, Mapping):
        raise ArgumentError(
            'metrics must be a mapping {"accuracy": function of (params, batch)}. '
            f"Got: {type(metrics).__name__}."
        )
    for name, function in metrics.items():
        if not isinstance(name, str) or name in RESERVED:
            raise ConfigurationError(
                f"A metric needs a name other than {', '.join(RESERVED)}. Got: {name!r}."
            )
        if not callable(function):
            raise ArgumentError(
                f"A metric must be a function of (params, batch). Got: {function!r} for {name!r}."
            )
    return dict(metrics)


class Evaluation:
    """Measures, the data they are taken on, and the weights they are taken with."""

    def __init__(
        self,
        source: Source,
        measures: Mapping[str, Measure],
        weights: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._source = source
        self._measures = measures
        self.columns = list(measures)
        self.weights = weights

    def __call__(self, params: Any, epoch: int, between: Callable[[], None]) -> dict[str, float]:
        """Every measure; `between` is called after each batch and may raise."""
        totals = dict.fromkeys(self._measures, 0.0)
        examples = 0
        with self.weights():
            for batch, size in self._source.batches(epoch):
                for name, measure in self._measures.items():
                    totals[name] += size * number(measure(params, batch), name)
                examples += size
                between()
        return {name: total / examples for name, total in totals.items()}
