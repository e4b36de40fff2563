"""Keras's optimizer over any declared one: what Keras asks of it, and what its users do."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import PathLike
from typing import Any, ClassVar

import numpy as np

from ...compilers.keras import keras
from ...composite import Composite
from ...description import point, present
from ...errors import ArgumentError, StateError, shown, warn
from ...exclusions import Exclusions
from ...locks import fork_safe_lock
from ...optimizer import Optimizer
from ...refusals import RATE_OF_MULTI
from ...runtime import files
from ...runtime.conversion import storing
from ...runtime.inputs import NOTHING
from ...runtime.kept import KEPT, Kept, States
from ...runtime.loaded import Loaded
from ...runtime.order import other_order
from ...runtime.signals import held
from .arguments import declared_by, refuse_fixed, refuse_unsupported, warn_of_constant
from .backends import (
    graphs_hold_variables,
    outside_of_graphs,
    refuse_replicas,
    value_of,
    wide_gradient,
    without_gradients,
)
from .calls import Target, flush, make, moving_of
from .files import Held, refuse_unfit
from .given import arrays_asked, arrays_of, by_key
from .numbers import OfOptimizer
from .schedules import keras_rate
from .state import State, adopt_exclusions
from .step import Now, counters

ops = keras.ops
_set_rate: Any = keras.optimizers.Optimizer.learning_rate.fset
ONE_HOME = "An optimizer has the moments and counts of those variables that it was built for."
NEW_ONE = "Make a new one for another model: type(optimizer).from_config(optimizer.get_config())."


class KerasOptimizer(keras.optimizers.Optimizer):
    """Base of the classes that `wrap` makes; `declaration` is the declared class.

    Arguments are the declared ones, with the same meaning on every backend: `adamas.Optimizer` has
    them. ``learning_rate`` may be a schedule of Keras or of adamas. Keras's own stages of a step do
    not run: accumulation, clips, decay and averages are those of adamas, with float32 slots.

    Args:
        args, kwargs: the arguments of the declared class.
    """

    declaration: ClassVar[type[Optimizer]]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        excluded = kwargs.pop("excluded_from_weight_decay", {})
        declared, name = declared_by(self.declaration, args, kwargs)
        rate = declared.arguments().get("learning_rate", 0.0)
        super().__init__(learning_rate=keras_rate(rate), name=name)
        declared.exclude(Exclusions.from_json(excluded))
        self._untracked("_declared", declared)
        self._untracked("_state", None)
        self._untracked("_lock", fork_safe_lock())
        self._untracked("_given", NOTHING)

    def __setattr__(self, name: str, value: Any) -> None:
        try:
            super().__setattr__(name, value)
        except RecursionError:  # Keras looks for variables in it
            raise ArgumentError(f"{name} must not hold itself. Got: {shown(value)}.") from None

    def _untracked(self, name: str, value: Any) -> None:
        # Keras and TensorFlow would look for variables in it, and count them twice.
        object.__setattr__(self, name, value)

    # -- configuration

    @classmethod
    def own_arguments(cls) -> tuple[str, ...]:
        """Its arguments by name; those of optimizers inside others are none of its own."""
        return cls.declaration.own_arguments()

    def _get(self, name: str) -> Any:
        value = self._declared.argument(name)
        return value() if name == "loss_scale_factor" and callable(value) else value

    def _set(self, name: str, value: Any) -> None:
        declared = self.__dict__.get("_declared")
        if declared is None:
            return  # Keras's own constructor, which knows nothing of these
        changed = declared.replace(**{name: value})
        refuse_unsupported(changed)
        if self._state is not None:
            before = self._get(name)
            refuse_fixed(declared, changed, name, before, value)
            self._state.passes = None
            if self._state.compiled and value != declared.argument(name):
                warn_of_constant(name, before, value)
        setattr(declared, name, value)

    @property
    def learning_rate(self) -> Any:
        """The rate of the next call. It is set to a number, or to a schedule of either side.

        Of several optimizers it is the first one's, and cannot be set.
        """
        if isinstance(self._declared, Composite):
            return self._declared.rate_at(self.calls)
        return self._get_current_learning_rate()

    @learning_rate.setter
    def learning_rate(self, rate: Any) -> None:
        if isinstance(self._declared, Composite):
            raise RATE_OF_MULTI.error(shown(rate))
        if "learning_rate" in self._declared.fields:
            # Also of a tensor, which Keras copies: its value is checked, if it is known.
            checked = self._declared.fields["learning_rate"].check(rate)
            rate = rate if ops.is_tensor(rate) else keras_rate(checked)
        _set_rate(self, rate)

    def exclude_from_weight_decay(
        self, var_list: Iterable[Any] | None = None, var_names: Iterable[str] | None = None
    ) -> None:
        """Leave variables out of weight decay; call it before `build`.

        Args:
            var_list: the variables themselves.
            var_names: patterns (regular expressions) that are searched for in names and paths.
        """
        if self.built:
            raise StateError(
                "exclude_from_weight_decay must be called before build(). "
                "Got: an optimizer that is built. Construct a new one."
            )
        self._declared.exclude_from_weight_decay(var_list, var_names)

    def get_config(self) -> dict[str, Any]:
        """Every argument as JSON-safe values, and what is excluded from weight decay."""
        config = {}
        if "learning_rate" in self._declared.fields:
            config["learning_rate"] = super().get_config()["learning_rate"]
            plain = self._declared.replace(learning_rate=1.0)
        else:
            plain = self._declared
        return {**plain.get_config(), "name": self.name, **config}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The optimizer that `get_config` described.

        Args:
            config: what it gave.
            custom_objects: Keras's.
        """
        fields = cls.declaration.fields
        read = {
            name: fields[name].from_json(value)
            for name, value in config.items()
            if name in fields and fields[name].is_described
        }
        return super().from_config({**config, **read}, custom_objects)

    # -- state

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

    @property
    def declared(self) -> Optimizer:
        """The declared optimizer, with all arguments but those that Keras keeps."""
        return self._declared

    @property
    def built_state(self) -> State:
        """What was made for the variables; `StateError` before `build`."""
        if self._state is None:
            raise StateError("The optimizer is not built. Call build(variables) first.")
        return self._state

    @property
    def _model_variables_moving_average(self) -> list[Any]:
        """The averages in the order of the variables, where callbacks of Keras look for them."""
        slots = self.built_state.slots
        return [None if place is None else slots[place].get("ema") for place in self._places]

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
    def _accumulated_gradients(self) -> list[Any]:
        """The sums of gradients in the order of the variables, where Keras looks for them."""
        slots = self.built_state.slots
        return [
            other if place is None else slots[place].get("accumulator")
            for place, other in zip(self._places, self._overwritten, strict=True)
        ]

    # -- steps

    def apply(
        self,
        grads: Sequence[Any],
        trainable_variables: Sequence[Any] | None = None,
        **given: Any,
    ) -> None:
        """One call: update the variables from their gradients, whatever signals come.

        Args:
            grads: one for each variable.
            trainable_variables: those of them, at least at the first call without `build`.
            given: what the optimizer asks for beside gradients, by name, such as ``loss=``. Keras's
                ``fit`` gives nothing: a ``train_step`` of one's own does.
        """
        grads = list(grads)
        for gradient in grads:
            if isinstance(gradient, keras.Variable):
                raise other_order(gradient.path, "a variable of Keras")
        if given:
            given = self._by_key(given, trainable_variables)
        with self._lock, held(), without_gradients(), self._giving(given):
            super().apply([wide_gradient(gradient) for gradient in grads], trainable_variables)

    def _by_key(self, given: Mapping[str, Any], variables: Sequence[Any] | None) -> dict[str, Any]:
        """What a call is given, with arrays by the keys of their variables."""
        own = self._trainable_variables if variables is None else list(variables)
        return by_key(given, arrays_asked(self._declared), [self._var_key(v) for v in own])

    def _beside(self, variables: Sequence[Any], indices: Sequence[int]) -> list[dict[str, Any]]:
        """The arrays that the call is given for each of these variables."""
        keys = [self._var_key(variable) for variable in variables]
        asked = arrays_asked(self._declared)
        return arrays_of(self.built_state, self._given, asked, keys, indices)

    @contextmanager
    def _giving(self, given: Mapping[str, Any]) -> Iterator[None]:
        """Calls inside are given this, which Keras's own methods know nothing of."""
        before = self._given
        self._untracked("_given", {**before, **given})
        try:
            yield
        finally:
            self._untracked("_given", before)

    def stateless_apply(
        self,
        optimizer_variables: Any,
        grads: Sequence[Any],
        trainable_variables: Sequence[Any],
        **given: Any,
    ) -> Any:
        """One call as a function of values: the new ones, and those of the optimizer's variables.

        Args:
            optimizer_variables: the values of the optimizer's variables.
            grads: one for each of the model's.
            trainable_variables: the values of those.
            given: as of `apply`.

        Raises `StateError` for values of other shapes than the variables it was built for.
        """
        if self.built:
            own = [tuple(variable.shape) for variable in self._trainable_variables]
            found = [tuple(value.shape) for value in trainable_variables]
            if own != found:
                raise StateError(f"{ONE_HOME} Got: shapes {found} after {own}. {NEW_ONE}")
        with self._lock, self._giving(self._by_key(given, None)):
            return super().stateless_apply(optimizer_variables, grads, trainable_variables)

    def _backend_apply_gradients(self, grads: Sequence[Any], trainable_variables: Any) -> None:
        """All stages of the step but loss scaling, which Keras has done."""
        state = self.built_state
        places = [self._place(variable) for variable in trainable_variables]
        moving = moving_of(state, places, grads, trainable_variables)
        beside = self._beside(moving.variables, moving.indices)
        make(self._target(), self._now(), moving, beside)

    def _target(self) -> Target:
        return Target(self, self._iterations, self.built_state)

    def _now(self) -> Now:
        return Now(self._get_current_learning_rate(), self._iterations.value, self._given)

    def flush(self, **given: Any) -> bool:
        """Make an update with the mean of the calls that are pending; whether it made one.

        As `adamas.Optimizer.flush`: for the end of an epoch, as a callback of Keras does it in
        ``on_epoch_end``. Keras counts calls alone, by which it knows where a group begins: those
        that were missing are counted too. Variables that their gradient overwrites wait.

        Args:
            given: as of `apply`, for the update.
        """
        with self._lock, held(), self._giving(self._by_key(given, None)):
            pending = self.pending
            if not pending:
                return False
            state = self.built_state
            beside = self._beside(state.variables, range(len(state.variables)))
            return flush(self._target(), self._now, pending, beside)

    def _place(self, variable: Any) -> int:
        place = self._places[self._get_variable_index(variable)]
        assert place is not None, "variables that their gradient overwrites are left out by Keras"
        return place

    def finalize_variable_values(self, var_list: Sequence[Any]) -> None:
        """Write the averages into the variables, if there are any; `fit` does it in the end.

        Args:
            var_list: the variables.

        It warns of variables that it was not built for: on JAX, `fit` hands over values alone.
        """
        if self.built and not self._knows_all(var_list):
            warn(f"{ONE_HOME} Got: those of another model, which went on with them. {NEW_ONE}")
            return
        if not self._declared.averages():
            return
        state = self.built_state
        now = self._now()
        for variable in var_list:
            if not self._overwrite_variable_with_gradient(variable):
                average = state.average(self._place(variable), value_of(variable), now)
                if average is not None:
                    self.assign(variable, average)

    def __dir__(self) -> list[str]:
        return present(type(self), super().__dir__())


_STEP = "A step is optimizer.apply(grads, variables), and model.fit makes them all."
point(
    KerasOptimizer,
    {
        "step": _STEP,
        "update": _STEP,
        "minimize": f"Gradients are the backend's to compute. {_STEP}",
        "zero_grad": f"Gradients are handed to each step. {_STEP}",
        "init": "The state is made by the first step, or by build(variables).",
        "get_weights": "The state is in optimizer.variables.",
        "weights": "The state is in optimizer.variables.",
        "averaged": "Averages are written into the model by finalize_variable_values, which fit "
        "calls at its end; for evaluation Keras has keras.callbacks.SwapEMAWeights.",
        "lr": "Did you mean learning_rate?",
    },
)


def _with_others(known: Sequence[Any], gone: Sequence[Any], added: Sequence[Any]) -> list[Any]:
    """Variables with others in the place of those that are gone, which stand together."""
    left = {id(variable) for variable in gone}
    first = next((place for place, v in enumerate(known) if id(v) in left), len(known))
    rest = [variable for variable in known[first:] if id(variable) not in left]
    return [*known[:first], *added, *rest]


def argument(name: str) -> property:
    """An argument as an attribute of the class."""

    def get(self: KerasOptimizer) -> Any:
        return self._get(name)

    def set_(self: KerasOptimizer, value: Any) -> None:
        self._set(name, value)

    return property(get, set_)
