"""Keras's manners: classes of Keras optimizers, made from the declared ones."""

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import PathLike
from typing import Any, ClassVar, cast

import numpy as np

from ...compilers.keras import keras
from ...composite import Composite
from ...description import point, present, refuse_words
from ...errors import (
    ArgumentError,
    ArrayError,
    CheckpointError,
    ConfigurationError,
    StateError,
    StructureError,
    shown,
    warn,
)
from ...exclusions import Exclusions
from ...fields import Documented
from ...locks import fork_safe_lock
from ...optimizer import Optimizer
from ...optimizers import MultiOptimizer
from ...refusals import COMPOSITE_IN_KERAS, RAISING, RATE_OF_MULTI
from ...runtime import files
from ...runtime.clock import as_count, checked_count
from ...runtime.conversion import KEPT, Kept, States, storing
from ...runtime.inputs import NOTHING, refuse_some
from ...runtime.loaded import Loaded
from ...runtime.order import other_order
from ...runtime.signals import held
from ...runtime.traced.call import Made
from .backends import (
    graphs_hold_variables,
    is_compiled,
    outside_of_graphs,
    refuse_replicas,
    value_of,
    wide_gradient,
    without_gradients,
)
from .files import Held
from .numbers import OfOptimizer
from .schedules import keras_rate
from .state import State, adopt_exclusions
from .step import Now, calls_per_update, counters

ops = keras.ops
_set_rate: Any = keras.optimizers.Optimizer.learning_rate.fset
ONE_HOME = "An optimizer has the moments and counts of those variables that it was built for."
NEW_ONE = "Make a new one for another model: type(optimizer).from_config(optimizer.get_config())."
KERAS_OWN = ("learning_rate", "name")
"""Arguments that Keras keeps itself."""


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
        declared, name = _declared(self.declaration, args, kwargs)
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
        _refuse_unsupported(changed)
        if self.built and (
            changed.numbers_in_use() != declared.numbers_in_use()
            or changed.choices() != declared.choices()
            or changed.rule() is not declared.rule()
            or name in ("gradient_accumulation_steps", "nonfinite")
        ):
            converts = declared.fields[name].converts
            way = f"Use convert({name}={value!r})" if converts else "Construct a new optimizer"
            raise StateError(
                f"{name} decides which memory a step needs and is fixed by build(). "
                f"Got: {value!r} after {self._get(name)!r}. {way}."
            )
        if self._state is not None:
            self._state.passes = None
            if self._state.compiled and value != declared.argument(name):
                warn(
                    f"{name} is a constant of steps that are compiled: they keep the old one. "
                    f"Got: {value!r} after {self._get(name)!r}. Compile the model again, with the "
                    "optimizer that it has: model.compile(optimizer=model.optimizer, …).",
                )
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
        known = self.variables
        if len(store.keys()) == len(known):  # of another number Keras warns, and takes nothing
            for place, variable in enumerate(known):
                shape, found = tuple(variable.shape), np.shape(store[str(place)])
                if shape != found:
                    raise CheckpointError(
                        f"The state must have {variable.path} of shape {shape}. Got: {found}."
                    )
            counters = [] if self._state is None else self._state.counters()
            counters.append(self._iterations)
            for place, variable in enumerate(known):
                if any(variable is counter for counter in counters):
                    for count in np.ravel(store[str(place)]):
                        own = as_count(np.asarray(count))
                        checked_count(own, variable.name, "The state", self.most_calls)
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
            given = self._by_place(given, trainable_variables)
        with self._lock, held(), without_gradients(), self._giving(given):
            super().apply([wide_gradient(gradient) for gradient in grads], trainable_variables)

    def _by_place(
        self, given: Mapping[str, Any], variables: Sequence[Any] | None
    ) -> dict[str, Any]:
        """What a call is given, with arrays by the keys of their variables."""
        asked = {name for one in self._declared.everyone() for name in one.input_arrays()}
        found = {name: value for name, value in given.items() if value is not None}
        for name in asked & found.keys():
            own = self._trainable_variables if variables is None else list(variables)
            listed = isinstance(found[name], list | tuple)
            if not listed or len(found[name]) != len(own):
                came = len(found[name]) if listed else shown(found[name])
                raise StructureError(
                    f"{name} must have a tensor for each of {len(own)} variables, in their order. "
                    f"Got: {came}."
                )
            keys = [self._var_key(variable) for variable in own]
            found[name] = dict(zip(keys, found[name], strict=True))
        return found

    def _arrays_of(self, variables: Sequence[Any], indices: Sequence[int]) -> list[dict[str, Any]]:
        """The arrays that the call is given for each of these variables."""
        asked = {name for one in self._declared.everyone() for name in one.input_arrays()}
        state = self.built_state
        found: list[dict[str, Any]] = [{} for _ in variables]
        arrays = {}
        for name in asked & self._given.keys():
            arrays[name] = [None] * len(state.shapes)
            for own, variable, index in zip(found, variables, indices, strict=True):
                value = self._given[name].get(self._var_key(variable))
                if value is not None and tuple(value.shape) != state.shapes[index]:
                    raise ArrayError(
                        f"{name} of {state.names[index]!r} must have the variable's shape "
                        f"{state.shapes[index]}. Got: {tuple(value.shape)}."
                    )
                own[name] = arrays[name][index] = value
        refuse_some(state.assignment, arrays, indices, state.names)
        return found

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
        with self._lock, self._giving(self._by_place(given, None)):
            return super().stateless_apply(optimizer_variables, grads, trainable_variables)

    def _backend_apply_gradients(self, grads: Sequence[Any], trainable_variables: Any) -> None:
        """All stages of the step but loss scaling, which Keras has done."""
        state = self.built_state
        plans = state.assignment.plan_of
        moving = [
            (self._place(variable), gradient, variable)
            for gradient, variable in zip(grads, trainable_variables, strict=True)
            if plans[self._place(variable)] is not None
        ]
        indices = [index for index, _, _ in moving]
        grads = [gradient for _, gradient, _ in moving]
        trainable_variables = [variable for _, _, variable in moving]
        for index, gradient in zip(indices, grads, strict=True):
            if tuple(gradient.shape) != state.shapes[index]:
                raise ArrayError(
                    f"The gradient of {state.names[index]!r} must have the variable's shape "
                    f"{state.shapes[index]}. Got: {tuple(gradient.shape)}."
                )
        now = Now(self._get_current_learning_rate(), self._iterations.value, self._given)
        beside = self._arrays_of(trainable_variables, indices)
        if keras.backend.backend() == "torch":
            from .torch import call_in_place

            counted = call_in_place(state, now, indices, grads, beside)
            if counted is not None:
                if not counted:
                    self._pass_over(1)
                return
        state.compiled = state.compiled or is_compiled(now.calls)
        state.begin_late(now.calls)
        arrays = [
            {"p": value_of(variable), "g": gradient, **own, **state.values(index)}
            for index, variable, gradient, own in zip(
                indices, trainable_variables, grads, beside, strict=True
            )
        ]
        made = state.step(now, indices, arrays)
        self._store(indices, trainable_variables, made)

    def flush(self, **given: Any) -> bool:
        """Make an update with the mean of the calls that are pending; whether it made one.

        As `adamas.Optimizer.flush`: for the end of an epoch, as a callback of Keras does it in
        ``on_epoch_end``. Keras counts calls alone, by which it knows where a group begins: those
        that were missing are counted too. Variables that their gradient overwrites wait.

        Args:
            given: as of `apply`, for the update.
        """
        with self._lock, held(), self._giving(self._by_place(given, None)):
            return self._flush()

    def _flush(self) -> bool:
        pending = self.pending
        if not pending:
            return False
        state, calls = self.built_state, self.calls
        # The rate of the last call, which becomes one that updates.
        self._iterations.assign(calls - 1)
        try:
            now = Now(self._get_current_learning_rate(), self._iterations.value, self._given)
            every = list(range(len(state.variables)))
            beside = self._arrays_of(state.variables, every)
            indices, made = state.flush(now, pending, beside)
        finally:
            self._iterations.assign(calls)
        finite = made.finite is None or bool(ops.convert_to_numpy(made.finite))
        made = made._replace(finite=None)
        self._store(indices, [state.variables[index] for index in indices], made)
        if finite:
            self._iterations.assign(calls - pending + calls_per_update(self._declared))
        elif state.skipped is not None:
            state.skipped.assign(state.skipped.value + 1)
        return finite

    def _store(self, indices: Sequence[int], variables: Sequence[Any], made: Made) -> None:
        state = self.built_state
        for index, variable, arrays in zip(indices, variables, made.arrays, strict=True):
            self.assign(variable, arrays["p"])
            for name, slot in state.slots[index].items():
                self.assign(slot, arrays[name])
        for key, value in made.remembered.items():
            self.assign(state.remembered[key], value)
        for name, value in made.own.items():
            self.assign(state.own[name], value)
        if state.norm is not None:
            self.assign(state.norm, made.norm)
        if made.finite is not None:
            self._pass_over(ops.where(made.finite, 0, 1))

    def _pass_over(self, calls: Any) -> None:
        """Keras counts every call; one that is skipped does not count."""
        skipped = self.built_state.skipped
        assert skipped is not None, "it is there where somebody asks"
        self.assign_sub(self._iterations, ops.cast(calls, self._iterations.dtype))
        self.assign_add(skipped, ops.cast(calls, skipped.dtype))

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
        now = Now(self._get_current_learning_rate(), self._iterations.value)
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


def wrap(optimizer: "type[Optimizer] | Optimizer") -> Any:
    """A Keras optimizer class for a declared class, or a Keras optimizer for a declared one.

    The class takes the arguments of the declared one and is registered as ``adamas>Name``: a
    process that loads a model saved with it must have called `wrap` for it first. Keras also finds
    it by a string: ``model.compile("adamas_adam")``.

    Args:
        optimizer: a subclass of `adamas.Optimizer`, or one that is made, whose arguments are taken.

    Raises:
        UnsupportedError: it scales the loss: Keras's own LossScaleOptimizer takes these.
    """
    if isinstance(optimizer, Optimizer):
        made = wrap(type(optimizer))(**optimizer.copied_arguments())
        made.declared.exclude(optimizer.exclusions)
        return made
    if not (isinstance(optimizer, type) and issubclass(optimizer, Optimizer)):
        raise ArgumentError(
            f"An optimizer of adamas is needed. Got: {optimizer!r} ({type(optimizer).__name__})."
        )
    if issubclass(optimizer, Composite) and optimizer is not MultiOptimizer:
        raise COMPOSITE_IN_KERAS.error(optimizer.__name__)
    if optimizer not in _CLASSES:
        _CLASSES[optimizer] = _make_class(optimizer)
    return _CLASSES[optimizer]


_CLASSES: dict[type[Optimizer], type[KerasOptimizer]] = {}


def _make_class(declaration: type[Optimizer]) -> type[KerasOptimizer]:
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        KerasOptimizer.__init__(self, *args, **kwargs)

    init.__signature__ = inspect.signature(declaration.__init__)  # type: ignore[attr-defined]
    names = [name for name in declaration.own_arguments() if name not in KERAS_OWN]
    body = {
        "__init__": init,
        "__doc__": Documented(lambda: cast("str", declaration.__doc__)),
        "__module__": "adamas.keras",
        "declaration": declaration,
        **{name: _argument(name) for name in names},
    }
    made = type(declaration.__name__, (KerasOptimizer,), body)
    # By this name for model.compile("adamas_adam"), as Keras's own by "adam".
    keras.saving.get_custom_objects()[f"adamas_{declaration.__name__.lower()}"] = made
    return keras.saving.register_keras_serializable("adamas", declaration.__name__)(made)


def _with_others(known: Sequence[Any], gone: Sequence[Any], added: Sequence[Any]) -> list[Any]:
    """Variables with others in the place of those that are gone, which stand together."""
    left = {id(variable) for variable in gone}
    first = next((place for place, v in enumerate(known) if id(v) in left), len(known))
    rest = [variable for variable in known[first:] if id(variable) not in left]
    return [*known[:first], *added, *rest]


def _argument(name: str) -> property:
    def get(self: KerasOptimizer) -> Any:
        return self._get(name)

    def set_(self: KerasOptimizer, value: Any) -> None:
        self._set(name, value)

    return property(get, set_)


def _declared(
    kind: type[Optimizer], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Optimizer, str | None]:
    """The declared optimizer and the name that is asked for."""
    refuse_words(kind, kwargs, door=False)
    given = dict(inspect.signature(kind.__init__).bind_partial(None, *args, **kwargs).arguments)
    del given["self"]
    name = given.pop("name", None)
    declared = kind(**given)
    _refuse_unsupported(declared)
    return declared, name


def _refuse_unsupported(declared: Optimizer) -> None:
    if callable(declared.gradient_accumulation_steps):
        raise ConfigurationError(
            "gradient_accumulation_steps must be a whole number, which Keras fixes when it builds. "
            f"Got: {shown(declared.gradient_accumulation_steps)}. Use a number."
        )
    if declared.nonfinite == "raise":
        raise RAISING.error("'raise'")
