"""States of Keras optimizers in the files of every other framework: ``slot/path`` of a variable."""

from collections.abc import Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from ... import checkpoint
from ...compilers.keras import keras
from ...errors import CheckpointError
from ...optimizer import Optimizer
from .. import files

if TYPE_CHECKING:
    from .optimizer import KerasOptimizer


def save(optimizer: "KerasOptimizer", path: str | PathLike[str]) -> None:
    """Write the state of a built optimizer, as `Optimizer.save` does."""
    counters = _counters(optimizer)
    _refuse_other_sums(optimizer, counters)
    arrays = {
        name: np.asarray(keras.ops.convert_to_numpy(variable))
        for name, variable in _slots(optimizer).items()
    }
    numbers = {
        name: np.asarray(keras.ops.convert_to_numpy(variable), np.float64)
        for name, variable in _remembered(optimizer).items()
    }
    checkpoint.write(path, arrays | numbers, files.description(_plain(optimizer), counters))


def load(optimizer: "KerasOptimizer", path: str | PathLike[str]) -> None:
    """Take over the state in a file that any framework's optimizer saved; all of it, or nothing."""
    slots, remembered = _slots(optimizer), _remembered(optimizer)
    saved, source = checkpoint.read(path), f"The state in {path}"
    counters = files.counters(optimizer._declared, saved.metadata, str(path))
    _refuse_other_counts(optimizer, counters, source)
    _refuse_other_sums(optimizer, counters)
    forms = {name: np.zeros((), np.float64) for name in remembered}
    checkpoint.match_names({**_forms(slots), **forms}, saved.tensors, source)
    for name, variable in {**slots, **remembered}.items():
        variable.assign(saved.tensors[name].astype(variable.dtype, copy=False))
    optimizer._iterations.assign(counters["calls"])
    skipped = optimizer._built_state.skipped
    if skipped is not None:
        skipped.assign(counters["skipped"])


def _slots(optimizer: "KerasOptimizer") -> dict[str, Any]:
    """The variables of the slots by the names that they have in files."""
    named = optimizer.slots
    return {f"{slot}/{name}": v for slot, own in named.items() for name, v in own.items()}


def _remembered(optimizer: "KerasOptimizer") -> Mapping[str, Any]:
    return optimizer._built_state.remembered


def _forms(variables: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Arrays of the shapes and dtypes of variables, that take no memory."""
    return {
        name: np.broadcast_to(np.zeros((), variable.dtype), tuple(variable.shape))
        for name, variable in variables.items()
    }


def _counters(optimizer: "KerasOptimizer") -> dict[str, int]:
    """All counters by the names that all frameworks have for them; Keras counts calls."""
    calls = int(keras.ops.convert_to_numpy(optimizer._iterations))
    updates, pending = divmod(calls, _every(optimizer))
    return {"updates": updates, "calls": calls, "pending": pending, "skipped": optimizer.skipped}


def _every(optimizer: "KerasOptimizer") -> int:
    """How many calls make an update."""
    return int(optimizer._declared.gradient_accumulation_steps or 1)


def _plain(optimizer: "KerasOptimizer") -> Optimizer:
    """The declared optimizer with the learning rate that Keras keeps."""
    rate = optimizer._learning_rate
    if isinstance(rate, keras.Variable):
        declared = optimizer._declared
        plain = declared.replace(learning_rate=float(keras.ops.convert_to_numpy(rate)))
        plain.exclude(declared.exclusions)
        return plain
    return optimizer._declared


def _refuse_other_counts(
    optimizer: "KerasOptimizer", counters: Mapping[str, int], source: str
) -> None:
    every = _every(optimizer)
    if (counters["updates"], counters["pending"]) != divmod(counters["calls"], every):
        raise CheckpointError(
            f"{source} must have made an update in every {every} calls, as Keras counts calls "
            f"alone. Got: {counters['updates']} updates and {counters['pending']} pending in "
            f"{counters['calls']} calls. Construct it with the gradient_accumulation_steps of "
            "the whole run."
        )


def _refuse_other_sums(optimizer: "KerasOptimizer", counters: Mapping[str, int]) -> None:
    """Sums for variables that their gradient overwrites are Keras's own, and not in files."""
    if counters["pending"] and any(v is not None for v in optimizer._overwritten):
        raise CheckpointError(
            "A portable state with variables that their gradient overwrites, such as float8 "
            f"scales, must stand at an update. Got: {counters['pending']} calls since the last. "
            "Save after an update, or use model.save()."
        )
