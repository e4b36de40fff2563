"""States of Keras optimizers in the files of every other framework: ``slot/path`` of a variable."""

from collections.abc import Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from ... import checkpoint
from ...compilers.keras import keras
from ...errors import CheckpointError
from ...optimizer import Optimizer
from ...runtime import files
from ...runtime.names import named_slots

if TYPE_CHECKING:
    from .optimizer import KerasOptimizer


def save(optimizer: "KerasOptimizer", path: str | PathLike[str]) -> None:
    """Write the state of a built optimizer, as `Optimizer.save` does."""
    files.save(_plain(optimizer), _Held(optimizer), path)


def load(optimizer: "KerasOptimizer", path: str | PathLike[str]) -> None:
    """Take over the state in a file that any framework's optimizer saved; all of it, or nothing."""
    files.load(optimizer.declared, _Held(optimizer), path)


class _Held:
    """The state of an optimizer of Keras, that files are made from and read into."""

    def __init__(self, optimizer: "KerasOptimizer") -> None:
        self._optimizer = optimizer
        self._slots = _slots(optimizer)
        self._numbers = optimizer.built_state.named_numbers()

    def export(self) -> tuple[dict[str, np.ndarray], dict[str, int]]:
        """The state under portable names, and the counters."""
        counters = _counters(self._optimizer)
        _refuse_other_sums(self._optimizer, counters)
        arrays = {name: _values(variable) for name, variable in self._slots.items()}
        numbers = {name: _values(v).astype(np.float64) for name, v in self._numbers.items()}
        return {**arrays, **numbers}, counters

    def restore(
        self, tensors: Mapping[str, np.ndarray], counters: Mapping[str, int], source: str
    ) -> None:
        """Take over a state; Keras counts calls."""
        optimizer = self._optimizer
        _refuse_other_counts(optimizer, counters, source)
        _refuse_other_sums(optimizer, counters)
        forms = {name: np.zeros((), np.float64) for name in self._numbers}
        checkpoint.match_names({**_forms(self._slots), **forms}, tensors, source)
        for name, variable in {**self._slots, **self._numbers}.items():
            variable.assign(tensors[name].astype(variable.dtype, copy=False))
        optimizer.go_on_from(counters["calls"], counters["skipped"])


def _values(variable: Any) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(variable))


def _slots(optimizer: "KerasOptimizer") -> dict[str, Any]:
    """The variables of the slots by the names that they have in files."""
    named = optimizer.slots
    return named_slots((slot, name, v) for slot, own in named.items() for name, v in own.items())


def _forms(variables: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Arrays of the shapes and dtypes of variables, that take no memory."""
    return {
        name: np.broadcast_to(np.zeros((), variable.dtype), tuple(variable.shape))
        for name, variable in variables.items()
    }


def _counters(optimizer: "KerasOptimizer") -> dict[str, int]:
    """All counters by the names that all frameworks have for them; Keras counts calls."""
    calls, skipped = optimizer.calls, optimizer.skipped
    updates, pending = divmod(calls, _every(optimizer))
    return {"updates": updates, "calls": calls, "pending": pending, "skipped": skipped}


def _every(optimizer: "KerasOptimizer") -> int:
    """How many calls make an update."""
    return int(optimizer.declared.gradient_accumulation_steps or 1)


def _plain(optimizer: "KerasOptimizer") -> Optimizer:
    """The declared optimizer with the learning rate that Keras keeps."""
    rate = optimizer._learning_rate
    if isinstance(rate, keras.Variable):
        declared = optimizer.declared
        plain = declared.replace(learning_rate=float(keras.ops.convert_to_numpy(rate)))
        plain.exclude(declared.exclusions)
        return plain
    return optimizer.declared


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
