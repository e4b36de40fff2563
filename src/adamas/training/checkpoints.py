"""Checkpoints of a run: one sealed file that holds everything it needs to go on."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import ArgumentError, CheckpointError
from .identity import export_numbers, refuse_other, restore_numbers
from .parameters import Parameters
from .state import State

if TYPE_CHECKING:
    from ..checkpoint import Checkpoint

FILE = "run.safetensors"
"""The file's name in its folder."""

_KIND = "adamas training run 1"


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

        tensors, metadata = _export(state)
        write(self.path, tensors, {"kind": _KIND, "identity": dict(self._identity), **metadata})

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
        saved = _read(self.path)
        refuse_other(saved.metadata["identity"], self._identity)
        _check(state, saved)
        _restore(state, saved)
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
    saved = _read(path)
    parameters = Parameters(params)
    match_names(parameters.arrays, _under("parameters", saved.tensors), "The checkpoint")
    groups = ["parameters"]
    if saved.metadata["finished"]:
        groups = ["best", "optimizer/ema", "parameters"]
    values = next(v for group in groups if (v := _under(group, saved.tensors)))
    parameters.put(values)


def _read(path: Path) -> "Checkpoint":
    from ..checkpoint import read

    saved = read(path)
    if saved.metadata.get("kind") != _KIND:
        raise CheckpointError(
            f"{str(path)!r} must be a checkpoint of fit(). Got: another file of adamas."
        )
    return saved


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
        "numbers": export_numbers(run.optimizer),
        "callbacks": state.callbacks.state(),
    }
    if watch:
        tensors["run/best"] = np.float64(watch.best)
        tensors |= _over("best", watch.weights or {})
        metadata["watch"] = {"best_epoch": watch.best_epoch, "waited": watch.waited}
    return tensors, metadata


def _check(state: State, saved: "Checkpoint") -> None:
    from ..checkpoint import match_names

    run, tensors, metadata = state.run, saved.tensors, saved.metadata
    made = metadata["epoch"] - (metadata["batch"] == 0)
    if made > run.epochs:
        raise CheckpointError(
            f"epochs must be at least the {made} that the run has made or begun. Got: {run.epochs}."
        )
    expected = {
        **_over("parameters", state.parameters.arrays),
        **_over("optimizer", run.optimizer.session.export()[0]),
    }
    found = {n: t for n, t in tensors.items() if n.startswith(("parameters/", "optimizer/"))}
    match_names(expected, found, "The checkpoint")
    state.callbacks.check(metadata["callbacks"])
    if state.source.order_mark(metadata["epoch"]) != metadata["order"]:
        raise CheckpointError(
            "The batches must come in the order of the interrupted run, but this version of NumPy "
            f"shuffles otherwise. Got: NumPy {np.__version__}. Resume with the one before."
        )


def _restore(state: State, saved: "Checkpoint") -> None:
    run, tensors, metadata = state.run, saved.tensors, saved.metadata
    state.parameters.put(_under("parameters", tensors))
    run.optimizer.session.restore(_under("optimizer", tensors), metadata["counters"])
    restore_numbers(run.optimizer, metadata["numbers"])
    run.history.epochs.fill(_under("history/epochs", tensors))
    run.history.steps.fill(_under("history/steps", tensors))
    state.sums.restore(tensors["run/sums"])
    run.loss = float(tensors["run/loss"])
    run.epoch, run.batch, run.step = (metadata[name] for name in ("epoch", "batch", "step"))
    run.stopped = metadata["stopped"]
    state.callbacks.restore(metadata["callbacks"])
    watch = state.watch
    if watch:
        watch.best = float(tensors["run/best"])
        watch.best_epoch = metadata["watch"]["best_epoch"]
        watch.waited = metadata["watch"]["waited"]
        best = _under("best", tensors)
        watch.weights = {name: array.copy() for name, array in best.items()} or None
