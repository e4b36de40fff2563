"""The state of an optimizer of Keras in files, and stored otherwise."""

from collections.abc import Sequence
from os import PathLike
from typing import Any

import numpy as np

from ...errors import warn
from ...optimizer import Optimizer
from ...runtime import files
from ...runtime.conversion import storing
from ...runtime.kept import KEPT, Kept, States
from ...runtime.loaded import Loaded
from ...signals import held
from .backends import graphs_hold_variables, outside_of_graphs, without_gradients
from .building import Building
from .files import Held, refuse_unfit
from .numbers import OfOptimizer
from .state import State


class Saving(Building):
    """What gives the state away, takes it over, and stores it otherwise."""

    def save(self, path: str | PathLike[str]) -> None:
        """Write the state to one file, atomically; `adamas.Optimizer.save` has the same format.

        Args:
            path: the file.

        Raises:
            StateError: it is not built.
            CheckpointError: it stands between updates, and its sums are not all of adamas.
        """
        with self._lock:
            files.save(self._with_rate(), self._held(), path, self._numbers())

    def load(self, path: str | PathLike[str], *, strict: bool = True) -> Loaded:
        """Take over the state that an optimizer of any framework saved, after `build`.

        Numbers that were moved are part of it, those that the optimizer was constructed with stay.
        Parameters are found by the paths of variables; `convert_state` gives a file other names.

        Args:
            path: the file.
            strict: whether the file must be of these very variables. With False what has the same
                path and shapes is taken over, and other variables begin afresh.

        Returns:
            What was taken over, what begins afresh, and what was left, by path.

        Raises:
            StateError: it is not built.
            CheckpointError: the file is damaged, or does not fit, or nothing in it does; nothing
                has changed then.
        """
        own = (self._declared, self._held(), path, self._numbers())
        return files.load(*own, hyperparameters=None, strict=strict)

    def save_own_variables(self, store: Any) -> None:
        """Put the variables into `store`, beside a model, all of one step."""
        with self._lock:
            super().save_own_variables(store)

    def load_own_variables(self, store: Any) -> None:
        """Take over what Keras has stored beside a model, all of it or nothing.

        Raises `CheckpointError` for what does not fit.
        """
        counts = [] if self._state is None else self._state.counters()
        refuse_unfit(store, self.variables, [*counts, self._iterations], self.most_calls)
        super().load_own_variables(store)

    def go_on_from(self, calls: int, skipped: int) -> None:
        """Count on from so many `calls`, and so many that were passed over, `skipped`."""
        self._iterations.assign(calls)
        self.built_state.skip(skipped)

    def convert(self, *, states: States = KEPT, master: str | Kept | None = KEPT) -> None:
        """Store the state otherwise from now on, as `adamas.Optimizer.convert` does it.

        The optimizer has other variables then, so that it is for between two calls of ``fit``. With
        TensorFlow a model is compiled again after it, with the optimizer that it has.

        Args:
            states: how slots are stored.
            master: where the weights of variables of 16 bits are exact.

        Raises:
            ConfigurationError, ArgumentError: values that the optimizer cannot have.
            StateError: it is not built.
            CheckpointError: it stands between updates, and its sums are not all of adamas. Nothing
                has changed then.
        """
        declared = storing(self._declared, states=states, master=master)
        with self._lock, held(), without_gradients():
            before, known = self.built_state, self.variables
            try:
                state, moved = self._stored_by(declared)
            except BaseException:
                self._track_only(known)
                raise
            added = self.variables[len(known) :]
            self._track_only(_with_others(known, before.own_variables(), added))
            self._untracked("_declared", declared)
            self._untracked("_state", state)
            for name, variable in zip(state.names, state.variables, strict=True):
                if name in moved:
                    variable.assign(moved[name])
        if before.compiled and graphs_hold_variables():
            warn(
                "Steps that are compiled go on with the variables that the state had before. "
                "Compile the model again, with the optimizer that it has: "
                "model.compile(optimizer=model.optimizer, …)."
            )

    def _stored_by(self, declared: Optimizer) -> tuple[State, dict[str, np.ndarray]]:
        """The state as another optimizer stores it, and variables of the model that change."""
        known = self.built_state
        with outside_of_graphs() as has_values:
            own = (declared, known.variables, known.names, self.add_variable, has_values)
            state = State(*own)
        after = Held(state, 0, 0, lambda _, skipped: state.skip(skipped), self.most_calls, False)
        moved = self._held().move_into(after)
        if state.norm is not None and known.norm is not None:
            state.norm.assign(known.norm)
        return state, moved

    def _track_only(self, variables: Sequence[Any]) -> None:
        """Have these variables, in this order."""
        for variable in self.variables:
            self._tracker.untrack(variable)
        for variable in variables:
            self._track_variable(variable)

    def _numbers(self) -> OfOptimizer:
        return OfOptimizer(self, self._declared, self._learning_rate)

    def _held(self) -> Held:
        state = self.built_state
        foreign = any(variable is not None for variable in self._overwritten)
        counts = (self.calls, self.skipped)
        return Held(state, *counts, self.go_on_from, self.most_calls, foreign)

    def _with_rate(self) -> Optimizer:
        """The declared optimizer with the learning rate that Keras keeps."""
        known = self._numbers().numbers()
        if "learning_rate" not in known:
            return self._declared
        described = self._declared.replace(learning_rate=known["learning_rate"].now)
        described.exclude(self._declared.exclusions)
        return described


def _with_others(known: Sequence[Any], gone: Sequence[Any], added: Sequence[Any]) -> list[Any]:
    """Variables with others in the place of those that are gone, which stand together."""
    left = {id(variable) for variable in gone}
    first = next((place for place, v in enumerate(known) if id(v) in left), len(known))
    rest = [variable for variable in known[first:] if id(variable) not in left]
    return [*known[:first], *added, *rest]
