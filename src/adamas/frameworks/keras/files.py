"""States of Keras optimizers in the files of every other framework: ``slot/path`` of a variable."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ...compilers.keras import keras
from ...errors import CheckpointError, warn
from ...runtime.clock import as_count, checked_count, checked_counters
from ...runtime.conversion import stored_anew, ways_between
from ...runtime.loaded import Loaded, taken_over
from ...runtime.names import named_slots
from ...runtime.own_clocks import (
    ONE_CLOCK,
    Differences,
    OwnClocks,
    differences_in,
    named_differences,
)
from .state import State
from .step import calls_per_update, counters


class Held:
    """The state of an optimizer of Keras, that files are made from and read into.

    Args:
        state: of the variables.
        calls, skipped: what Keras has counted.
        go_on_from: sets these two.
        largest: where they end.
        foreign_sums: whether sums of gradients are kept outside of `state`, by Keras.
    """

    def __init__(
        self,
        state: State,
        calls: int,
        skipped: int,
        go_on_from: Callable[[int, int], None],
        largest: int,
        foreign_sums: bool,
    ) -> None:
        self._state = state
        self._whole = state.assignment.whole
        self._counters = counters(self._whole, calls, skipped)
        self._go_on_from = go_on_from
        self._largest = largest
        self._foreign_sums = foreign_sums
        named = state.named_slots()
        self._slots = [(slot, n, v) for slot, own in named.items() for n, v in own.items()]
        self._numbers = state.named_numbers()

    def export(self) -> tuple[dict[str, np.ndarray], dict[str, int]]:
        """The state under portable names, and the counters."""
        self._refuse_foreign_sums(self._counters)
        arrays = {name: _values(variable) for name, variable in named_slots(self._slots).items()}
        numbers = {name: _values(v).astype(np.float64) for name, v in self._numbers.items()}
        clocks, updates = self._clocks(), self._counters["updates"]
        own = {} if clocks is None else clocks.differences(self._of_members(), updates)
        return {**arrays, **numbers, **named_differences(own, self._state.names)}, self._counters

    def _clocks(self) -> OwnClocks | None:
        """Copies of those of the variables, if there are any."""
        arrays = {name: _values(variable).copy() for name, variable in self._state.own.items()}
        return OwnClocks(self._state.assignment, arrays) if arrays else None

    def _of_members(self) -> dict[tuple[int, str], float]:
        return {key: float(_values(v)) for key, v in self._state.remembered.items()}

    def restore(
        self,
        tensors: Mapping[str, np.ndarray],
        counters: Mapping[str, int],
        source: str,
        *,
        strict: bool = True,
    ) -> Loaded:
        """Take over a state; Keras counts calls."""
        checked_counters(counters, source, largest=self._largest)
        self._refuse_other_counts(counters, source)
        self._refuse_foreign_sums(counters)
        forms = [(slot, name, _form(variable)) for slot, name, variable in self._slots]
        numbers = {name: np.zeros((), np.float64) for name in self._numbers}
        known = {"strict": strict, "pending": counters["pending"]}
        loaded, taken = taken_over(forms, numbers, tensors, source, **known)
        whose = (self._state.assignment, self._state.names, loaded.taken)
        single = differences_in(tensors, *whose, counters["updates"], source)
        if not strict:
            self._state.begin()
        for name, variable in {**named_slots(self._slots), **self._numbers}.items():
            if name in taken:
                variable.assign(taken[name].astype(variable.dtype, copy=False))
        self._go_on_from(counters["calls"], counters["skipped"])
        self._set_differences(single, loaded, counters["updates"], source)
        return loaded

    def move_into(self, other: "Held") -> dict[str, np.ndarray]:
        """Give the state to one that stores it otherwise; gives the variables that change, by name.

        Both are of the same variables and arguments.
        """
        found, counters = self.export()
        ways = ways_between(self._state.assignment, other._state.assignment)
        params = {
            name: _values(variable)
            for name, variable in zip(self._state.names, self._state.variables, strict=True)
            if name in ways and ways[name][0] is not ways[name][1]
        }
        forms = named_slots((slot, name, _form(v)) for slot, name, v in other._slots)
        made, moved = stored_anew(found, params, forms, ways)
        other.restore(made, counters, "The state")
        return moved

    def _set_differences(
        self, single: Differences, loaded: Loaded, updates: int, source: str
    ) -> None:
        """Take over numbers of single variables; those that are new begin afresh."""
        clocks, names = self._clocks(), self._state.names
        one_clock = bool(single)
        if clocks is not None:
            clocks.follow(self._of_members())
            clocks.begin([i for i, name in enumerate(names) if name in loaded.new], updates)
            one_clock = not clocks.set_differences(single, updates)
            for name, variable in self._state.own.items():
                variable.assign(clocks.arrays[name])
        if one_clock:
            warn(f"{source} {ONE_CLOCK}")

    def _refuse_other_counts(self, found: Mapping[str, int], source: str) -> None:
        if found != counters(self._whole, found["calls"], found["skipped"]):
            every = calls_per_update(self._whole)
            raise CheckpointError(
                f"{source} must have made an update in every {every} calls, as Keras counts calls "
                f"alone. Got: {found['updates']} updates and {found['pending']} pending in "
                f"{found['calls']} calls. Construct it with the gradient_accumulation_steps of "
                "the whole run."
            )

    def _refuse_foreign_sums(self, found: Mapping[str, int]) -> None:
        if found["pending"] and self._foreign_sums:
            raise CheckpointError(
                "A portable state with variables that their gradient overwrites, such as float8 "
                f"scales, must stand at an update. Got: {found['pending']} calls since the last. "
                "Save after an update, or use model.save()."
            )


def refuse_unfit(store: Any, variables: Sequence[Any], counts: Sequence[Any], most: int) -> None:
    """`CheckpointError` for what Keras has stored of variables, if some of it does not fit.

    Args:
        store: arrays by the number of the variable.
        variables: that they would go into.
        counts: those of them that hold whole numbers of calls or updates.
        most: where these end.
    """
    if len(store.keys()) != len(variables):
        return  # Keras warns, and takes nothing
    for place, variable in enumerate(variables):
        shape, found = tuple(variable.shape), np.shape(store[str(place)])
        if shape != found:
            raise CheckpointError(
                f"The state must have {variable.path} of shape {shape}. Got: {found}."
            )
        is_count = any(variable is count for count in counts)
        there, here = str(store[str(place)].dtype), str(variable.dtype)
        if there != here and "int" in f"{there} {here}" and not is_count:
            raise CheckpointError(
                f"The state must have {variable.path} of dtype {here}, as Keras stores no more of "
                f"a variable than its values. Got: {there}, of an optimizer with other `states` or "
                "another `master`. Load it into one with the same, and use convert()."
            )
    for place, variable in enumerate(variables):
        if any(variable is count for count in counts):
            for count in np.ravel(store[str(place)]):
                checked_count(as_count(np.asarray(count)), variable.name, "The state", most)


def _values(variable: Any) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(variable))


def _form(variable: Any) -> np.ndarray:
    """An array of the shape and dtype of a variable, that takes no memory."""
    return np.broadcast_to(np.zeros((), variable.dtype), tuple(variable.shape))
