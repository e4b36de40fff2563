"""What a checkpoint of a run says: looked at as a whole, before anything is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import CheckpointError
from ..runtime.clock import checked_count

if TYPE_CHECKING:
    from ..checkpoint import Checkpoint

KIND = "adamas training run 1"


@dataclass(frozen=True)
class Said:
    """What stands beside the arrays.

    Attributes:
        identity: the settings of the run.
        epoch, batch, step: where it was.
        stopped: why it was to end, or None.
        finished: whether it had ended.
        order: what the order of its batches depends on.
        counters, numbers: of the optimizer.
        callbacks: name and state of each that has one.
        best_epoch, waited: of early stopping, if there was any.
    """

    identity: Mapping[str, Any]
    epoch: int
    batch: int
    step: int
    stopped: str | None
    finished: bool
    order: Any
    counters: Any
    numbers: Mapping[str, Any]
    callbacks: list[list[Any]]
    best_epoch: int = 0
    waited: int = 0


def said(saved: "Checkpoint", source: str) -> Said:
    """What a checkpoint says; `CheckpointError` if that cannot be, or is not of a run."""
    content = saved.metadata
    if content.get("kind") != KIND:
        raise CheckpointError(f"{source} must be a checkpoint of fit(). Got: another file.")

    def part(name: str, holds: bool, what: str) -> Any:
        if not holds:
            raise CheckpointError(
                f"{source} must say {name}, {what}. Got: {content.get(name, 'nothing')!r:.200}. "
                "Was it written by fit()?"
            )
        return content[name]

    def count(name: str, among: Mapping[str, Any] = content) -> int:
        return checked_count(among.get(name), name, source)

    stopped, callbacks, watch = (content.get(n) for n in ("stopped", "callbacks", "watch"))
    pairs = isinstance(callbacks, list) and all(
        isinstance(one, list) and len(one) == 2 and isinstance(one[0], str) for one in callbacks
    )
    if watch is not None:
        part("watch", isinstance(watch, dict), "what early stopping has seen")
    return Said(
        identity=part("identity", isinstance(content.get("identity"), dict), "its settings"),
        epoch=part("epoch", count("epoch") > 0, "which begins with 1"),
        batch=count("batch"),
        step=count("step"),
        stopped=part("stopped", "stopped" in content and _is_text(stopped), "a text or nothing"),
        finished=part("finished", isinstance(content.get("finished"), bool), "true or false"),
        order=part("order", "order" in content, "the order of its batches"),
        counters=content.get("counters"),
        numbers=part("numbers", isinstance(content.get("numbers"), dict), "those of its optimizer"),
        callbacks=part("callbacks", pairs, "pairs of a name and a state"),
        **{} if watch is None else {n: count(n, watch) for n in ("best_epoch", "waited")},
    )


def _is_text(value: Any) -> bool:
    return value is None or isinstance(value, str)


def check_history(place: Said, tables: Mapping[str, Mapping[str, np.ndarray]], source: str) -> None:
    """`CheckpointError` unless there is a row for each epoch that has ended, and for each step.

    Args:
        place: what the checkpoint says.
        tables: the columns of both tables by name.
        source: where they are from.
    """
    rows = {"epochs": place.epoch - 1, "steps": place.step}
    for table, columns in tables.items():
        for name, column in columns.items():
            if column.dtype != np.float64 or column.shape != (rows[table],):
                raise CheckpointError(
                    f"{source} must hold {rows[table]} float64 numbers of {name!r}, as it is in "
                    f"epoch {place.epoch} after step {place.step}. "
                    f"Got: {column.dtype} {column.shape}."
                )
        if rows[table] > 0 and not columns:
            raise CheckpointError(f"{source} must hold its history. Got: no {table}.")
