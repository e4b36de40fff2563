"""The steps of an optimizer of Keras: with variables, and as functions of values."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ...compilers.keras import keras
from ...errors import StateError, warn
from ...runtime.order import other_order
from ...signals import held
from .backends import value_of, wide_gradient, without_gradients
from .building import NEW_ONE, ONE_HOME, Building
from .calls import Target, flush, make, moving_of
from .given import arrays_asked, arrays_of, by_key
from .step import Now


class Stepping(Building):
    """What makes steps, and writes averages."""

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

    @contextmanager
    def _giving(self, given: Mapping[str, Any]) -> Iterator[None]:
        """Calls inside are given this, which Keras's own methods know nothing of."""
        before = self._given
        self._untracked("_given", {**before, **given})
        try:
            yield
        finally:
            self._untracked("_given", before)

    def _by_key(self, given: Mapping[str, Any], variables: Sequence[Any] | None) -> dict[str, Any]:
        """What a call is given, with arrays by the keys of their variables."""
        own = self._trainable_variables if variables is None else list(variables)
        return by_key(given, arrays_asked(self._declared), [self._var_key(v) for v in own])

    def _beside(self, variables: Sequence[Any], indices: Sequence[int]) -> list[dict[str, Any]]:
        """The arrays that the call is given for each of these variables."""
        keys = [self._var_key(variable) for variable in variables]
        asked = arrays_asked(self._declared)
        return arrays_of(self.built_state, self._given, asked, keys, indices)

    def _target(self) -> Target:
        return Target(self, self._iterations, self.built_state)

    def _now(self) -> Now:
        return Now(self._get_current_learning_rate(), self._iterations.value, self._given)

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
