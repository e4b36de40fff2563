"""The variables that an optimizer of Keras is built for, and those of its state."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ...compilers.keras import keras
from ...errors import StateError
from .backends import outside_of_graphs, refuse_replicas
from .configuration import Configured
from .state import State, adopt_exclusions
from .step import counters

ops = keras.ops
ONE_HOME = "An optimizer has the moments and counts of those variables that it was built for."
NEW_ONE = "Make a new one for another model: type(optimizer).from_config(optimizer.get_config())."


class Building(Configured):
    """What is made for variables, once; where Keras and users look for it, and its counters."""

    def build(self, variables: Sequence[Any]) -> None:
        """Create the state for `variables`, which are updated by later calls.

        Raises:
            ArrayTypeError: a variable does not hold real floating numbers.
            StateError: it is built for other variables.
            UnsupportedError: TensorFlow runs several replicas.
        """
        if self.built:
            if not self._knows_all(variables):
                raise StateError(f"{ONE_HOME} Got: build with other variables. {NEW_ONE}")
            return
        refuse_replicas()
        variables = list(variables)
        kept = [v for v in variables if not self._overwrite_variable_with_gradient(v)]
        names = adopt_exclusions(self._declared, kept)
        with outside_of_graphs() as known:
            state = State(self._declared, kept, names, self.add_variable, known)
        self._untracked("_state", state)
        self._untracked("_trainable_variables", variables)
        self._trainable_variables_indices.update(
            {self._var_key(variable): index for index, variable in enumerate(variables)}
        )
        self._untracked("_overwritten", self._overwritten_accumulators(variables))
        places = {id(variable): place for place, variable in enumerate(kept)}
        self._untracked("_places", [places.get(id(variable)) for variable in variables])
        self.built = True

    def _knows_all(self, variables: Iterable[Any]) -> bool:
        """Whether it was built for all of these."""
        return {self._var_key(v) for v in variables} <= self._trainable_variables_indices.keys()

    def _place(self, variable: Any) -> int:
        place = self._places[self._get_variable_index(variable)]
        assert place is not None, "variables that their gradient overwrites are left out by Keras"
        return place

    @property
    def built_state(self) -> State:
        """What was made for the variables; `StateError` before `build`."""
        if self._state is None:
            raise StateError("The optimizer is not built. Call build(variables) first.")
        return self._state

    def decays(self, variable: Any) -> bool:
        """Whether a variable is subject to weight decay."""
        return self.built_state.assignment.decays[self._place(variable)]

    @property
    def slots(self) -> Mapping[str, Mapping[str, Any]]:
        """The variables of the state: slot → path of the variable → variable."""
        return self.built_state.named_slots()

    @property
    def skipped(self) -> int:
        """How many calls ``nonfinite="skip"`` passed over."""
        counter = None if self._state is None else self._state.skipped
        return 0 if counter is None else int(ops.convert_to_numpy(counter))

    @property
    def pending(self) -> int:
        """How many calls have accumulated since the last update."""
        return counters(self._declared, self.calls)["pending"]

    @property
    def gradient_norm(self) -> float | None:
        """The L2 norm of all gradients in the last update, before clipping.

        It comes free with clipnorm and global_clipnorm; None without them, and before `build`.
        """
        norm = None if self._state is None else self._state.norm
        return None if norm is None else float(ops.convert_to_numpy(norm))

    @property
    def calls(self) -> int:
        """How many calls counted; what learning-rate schedules look at."""
        return int(ops.convert_to_numpy(self._iterations))

    @property
    def most_calls(self) -> int:
        """How many calls Keras can count."""
        return int(np.iinfo(keras.backend.standardize_dtype(self._iterations.dtype)).max)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Calls of `apply` in other threads wait: to look at the variables of one step."""
        with self._lock:
            yield

    def _overwritten_accumulators(self, variables: Sequence[Any]) -> list[Any]:
        """Memory for variables that their gradient overwrites, such as float8 scales."""
        if self._declared.gradient_accumulation_steps is None:
            return [None] * len(variables)
        return [
            self.add_variable_from_reference(variable, name="gradient_accumulator")
            if self._overwrite_variable_with_gradient(variable)
            else None
            for variable in variables
        ]

    @property
    def _model_variables_moving_average(self) -> list[Any]:
        """The averages in the order of the variables, where callbacks of Keras look for them."""
        slots = self.built_state.slots
        return [None if place is None else slots[place].get("ema") for place in self._places]

    @property
    def _accumulated_gradients(self) -> list[Any]:
        """The sums of gradients in the order of the variables, where Keras looks for them."""
        slots = self.built_state.slots
        return [
            other if place is None else slots[place].get("accumulator")
            for place, other in zip(self._places, self._overwritten, strict=True)
        ]
