"""Callbacks: functions of the run, called after each epoch, or objects with hooks."""

from collections.abc import Callable, Iterable
from typing import Any

from ..errors import ArgumentError, CheckpointError
from ..optimizer import Optimizer
from ..registry import nearest
from .history import History

HOOKS = ("on_start", "on_step", "on_epoch", "on_end")


class Run:
    """A run as its callbacks see it. Numbers count from 1; they say what has been done.

    Attributes:
        params: the parameters, live: what a callback writes into them stays.
        optimizer: the optimizer; its numbers, such as ``learning_rate``, may be set.
        history: the `History` so far; in `on_epoch` it holds the epoch that has just ended.
        epoch: the epoch under way, or just ended.
        epochs: how many epochs there will be.
        batch: how many batches of this epoch were used; 0 in `on_end`.
        step: how many steps were made in all.
        loss: the loss of the last step (NaN before the first).
    """

    def __init__(self, params: Any, optimizer: Optimizer, epochs: int) -> None:
        self.params = params
        self.optimizer = optimizer
        self.epochs = epochs
        self.history = History()
        self.epoch = 1
        self.batch = 0
        self.step = 0
        self.loss = float("nan")
        self.stopped: str | None = None

    def stop(self, reason: str = "a callback stopped it") -> None:
        """End the training: this epoch ends here, is validated and recorded, and is the last.

        Args:
            reason: what the end of the run says.
        """
        self.stopped = reason


class Callbacks:
    """All callbacks of a run, by hook."""

    def __init__(self, given: Any) -> None:
        self._all = list(given) if isinstance(given, Iterable) else [given]
        self._hooks: dict[str, list[Callable[[Run], Any]]] = {hook: [] for hook in HOOKS}
        for callback in self._all:
            for hook, function in _hooks_of(callback):
                self._hooks[hook].append(function)
        self.each_step = bool(self._hooks["on_step"])

    def call(self, hook: str, run: Run) -> None:
        """Call one hook of all, in their order."""
        for function in self._hooks[hook]:
            function(run)

    def state(self) -> list[list[Any]]:
        """Name and state of each callback that has ``get_state``."""
        return [[type(one).__name__, one.get_state()] for one in self._keeping()]

    def check(self, saved: list[list[Any]]) -> None:
        """Refuse a state that is not of these callbacks."""
        here = [type(one).__name__ for one in self._keeping()]
        there = [name for name, _ in saved]
        if here != there:
            raise CheckpointError(
                "Callbacks with a state must be those of the checkpoint, in its order. "
                f"Got: {', '.join(here) or 'none'}; the checkpoint has "
                f"{', '.join(there) or 'none'}."
            )

    def restore(self, saved: list[list[Any]]) -> None:
        """Give each its state back."""
        for one, (_, state) in zip(self._keeping(), saved, strict=True):
            one.set_state(state)

    def _keeping(self) -> list[Any]:
        return [one for one in self._all if hasattr(one, "get_state")]


def _hooks_of(callback: Any) -> list[tuple[str, Callable[[Run], Any]]]:
    if isinstance(callback, type):
        raise ArgumentError(
            f"A callback must be an object. Got: the class {callback.__name__}. "
            f"Give {callback.__name__}(...)."
        )
    names = [name for name in dir(callback) if name.startswith("on_")]
    for name in names:
        if name not in HOOKS:
            raise ArgumentError(
                f"A callback's hooks are {', '.join(HOOKS)}. "
                f"Got: {name!r} of {type(callback).__name__}.{nearest(name, HOOKS)}"
            )
    if names:
        return [(name, getattr(callback, name)) for name in names]
    if callable(callback):
        return [("on_epoch", callback)]
    raise ArgumentError(
        "A callback must be a function of the run, called after each epoch, or an object with "
        f"one of {', '.join(HOOKS)}. Got: {type(callback).__name__}."
    )
