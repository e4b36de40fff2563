"""Checkpoints of a run: one sealed file that holds everything it needs to go on."""

import os
from collections.abc import Mapping
from itertools import starmap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import ArgumentError, CheckpointError
from ..optimizer import Optimizer
from ..runtime.clock import checked_counters, steps_of
from ..runtime.moved import settled
from ..runtime.names import own_name, split_own
from ..runtime.numbers import OfDescription, from_json, to_json
from .identity import refuse_other
from .parameters import Parameters
from .saved import KIND, Said, check_history, said
from .state import State

if TYPE_CHECKING:
    from ..checkpoint import Checkpoint

FILE = "run.safetensors"
"""The file's name in its folder."""


class Checkpoints:
    """The folder that the checkpoint of one run is kept in."""

    def __init__(self, folder: str | os.PathLike[str], identity: Mapping[str, Any]) -> None:
        self.folder = Path(folder)
        self._identity = identity
        if self.folder.exists() and not self.folder.is_dir():
            raise ArgumentError(f"checkpoint must be a folder. Got: the file {str(folder)!r}.")
        self.folder.mkdir(parents=True, exist_ok=True)

    @property
    def path(self) -> Path:
        """The checkpoint's file."""
        return self.folder / FILE

    def write(self, state: State) -> None:
        """Replace the checkpoint by one of this instant, atomically."""
        from ..checkpoint import write

        with state.run.optimizer.session.paused():
            tensors, metadata = _export(state)
            known = {"kind": KIND, "identity": dict(self._identity)}
            write(self.path, tensors, {**known, **metadata})

    def refuse_to_replace(self) -> None:
        """An error if there is a checkpoint: a run that was not asked for may not vanish."""
        if self.path.exists():
            raise CheckpointError(
                f"The folder {str(self.folder)!r} holds the checkpoint of a run. "
                "Go on with it by resume=True, or choose another folder, or delete it."
            )

    def restore(self, state: State) -> bool:
        """Bring `state` to where the checkpoint was written; whether there is one.

        Raises `CheckpointError`, with nothing changed, if it is damaged or of another run.
        """
        if not self.path.exists():
            return False
        place, saved = _read(self.path)
        refuse_other(place.identity, self._identity)
        _check(state, place, saved)
        _restore(state, place, saved)
        return True


def load_parameters(checkpoint: str | os.PathLike[str], params: Any) -> None:
    """Take the parameters from the folder that `adamas.fit` kept its checkpoint in.

    Of a finished run they are those that `fit` left (the averages with ``use_ema``, the best
    ones with early stopping), otherwise the latest.

    Args:
        checkpoint: the folder.
        params: arrays of the same names, shapes and dtypes; they are written in place.

    Raises:
        CheckpointError: there is none, it is damaged or does not fit; nothing is changed then.
    """
    from ..checkpoint import match_names

    path = Path(checkpoint) / FILE
    if not path.exists():
        raise CheckpointError(f"There must be a checkpoint of fit(). Got: no file {str(path)!r}.")
    place, saved = _read(path)
    parameters = Parameters(params)
    match_names(parameters.arrays, _under("parameters", saved.tensors), "The checkpoint")
    groups = ["parameters"]
    if place.finished:
        groups = ["best", "optimizer/ema", "parameters"]
    values = next(v for group in groups if (v := _under(group, saved.tensors)))
    _match_shapes(parameters, values)
    parameters.put(values)


def _read(path: Path) -> "tuple[Said, Checkpoint]":
    from ..checkpoint import read

    saved = read(path)
    return said(saved, repr(str(path))), saved


def _match_shapes(parameters: Parameters, values: Mapping[str, np.ndarray]) -> None:
    """`CheckpointError` unless there are values for all parameters, of their shapes."""
    from ..checkpoint import match_names

    given = {
        name: values[name].astype(a.dtype)
        for name, a in parameters.arrays.items()
        if name in values
    }
    match_names(parameters.arrays, given, "The checkpoint")


def _under(group: str, tensors: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    start = len(group) + 1
    return {n[start:]: tensor for n, tensor in tensors.items() if n.startswith(f"{group}/")}


def _over(group: str, tensors: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{group}/{name}": tensor for name, tensor in tensors.items()}


# State ↔ tensors and JSON ------------------------------------------------------------------------


def _export(state: State) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    run, watch = state.run, state.watch
    slots, counters = run.optimizer.session.export()
    tensors = {
        **_over("parameters", state.parameters.arrays),
        **_over("optimizer", slots),
        **_over("history/epochs", run.history.epochs),
        **_over("history/steps", run.history.steps),
        "run/sums": state.sums.export(),
        "run/loss": np.float64(run.loss),
    }
    metadata: dict[str, Any] = {
        "epoch": run.epoch,
        "batch": run.batch,
        "step": run.step,
        "stopped": run.stopped,
        "finished": state.finished,
        "order": state.source.order_mark(run.epoch),
        "counters": counters,
        "numbers": to_json(OfDescription(run.optimizer).numbers()),
        "callbacks": state.callbacks.state(),
    }
    if watch:
        tensors["run/best"] = np.float64(watch.best)
        tensors |= _over("best", watch.weights or {})
        metadata["watch"] = {"best_epoch": watch.best_epoch, "waited": watch.waited}
    return tensors, metadata


def _check(state: State, place: Said, saved: "Checkpoint") -> None:
    """`CheckpointError` for all that could go wrong while it is restored."""
    from ..checkpoint import match_names

    run, tensors, source = state.run, saved.tensors, "The checkpoint"
    most = state.source.steps
    if place.batch > place.step or (most is not None and place.batch > most):
        raise CheckpointError(
            f"{source} must be of a batch that there is. Got: batch {place.batch} after step "
            f"{place.step}, where an epoch has {most or 'any number'}."
        )
    made = place.epoch - (place.batch == 0)
    if made > run.epochs:
        raise CheckpointError(
            f"epochs must be at least the {made} that the run has made or begun. Got: {run.epochs}."
        )
    expected = {
        **_over("parameters", state.parameters.arrays),
        **_over("optimizer", split_own(run.optimizer.session.export()[0])[0]),
        "run/sums": state.sums.export(),
        "run/loss": np.float64(0),
    }
    best = _under("best", tensors)
    if state.watch:
        expected |= {"run/best": np.float64(0)}
        expected |= _over("best", state.parameters.arrays) if best else {}
    beside = set() if state.watch else {"run/best", *_over("best", best)}
    single = split_own(_under("optimizer", tensors))[1]
    beside |= _over("optimizer", dict.fromkeys(starmap(own_name, single))).keys()
    found = {n: t for n, t in tensors.items() if n not in beside and not n.startswith("history/")}
    match_names(expected, found, source)
    check_history(place, {t: _under(f"history/{t}", tensors) for t in ("epochs", "steps")}, source)
    numbers = _numbers(run.optimizer, place, source)
    OfDescription(run.optimizer).check(numbers, source)
    name = "gradient_accumulation_steps"
    steps = steps_of(numbers.get(name, run.optimizer.argument(name)))
    checked_counters(place.counters, source, steps=steps)
    state.callbacks.check(place.callbacks)
    if state.source.order_mark(place.epoch) != place.order:
        raise CheckpointError(
            "The batches must come in the order of the interrupted run, but this version of NumPy "
            f"shuffles otherwise. Got: NumPy {np.__version__}. Resume with the one before."
        )


def _numbers(optimizer: Optimizer, place: Said, source: str) -> dict[str, Any]:
    """The numbers of the optimizer, which a callback may have moved since the start."""
    return settled(from_json(place.numbers, source), OfDescription(optimizer).numbers())


def _restore(state: State, place: Said, saved: "Checkpoint") -> None:
    run, tensors = state.run, saved.tensors
    state.callbacks.restore(place.callbacks)  # code of the user's: if it fails, nothing is written
    run.optimizer.session.restore(_under("optimizer", tensors), place.counters)
    OfDescription(run.optimizer).put(_numbers(run.optimizer, place, "The checkpoint"))
    state.parameters.put(_under("parameters", tensors))
    run.history.epochs.fill(_under("history/epochs", tensors))
    run.history.steps.fill(_under("history/steps", tensors))
    state.sums.restore(tensors["run/sums"])
    run.loss = float(tensors["run/loss"])
    run.epoch, run.batch, run.step = place.epoch, place.batch, place.step
    run.stopped = place.stopped
    watch = state.watch
    if watch:
        watch.best = float(tensors["run/best"])
        watch.best_epoch, watch.waited = place.best_epoch, place.waited
        best = _under("best", tensors)
        watch.weights = {name: array.copy() for name, array in best.items()} or None
