"""Numbers and plain functions as schedules, so that both stand wherever a schedule may."""
# ruff: noqa: D102 (a schedule's __call__ is explained by its class)

import types
from collections.abc import Callable, Sequence
from typing import Any, SupportsFloat, cast

import numpy as np

from ..errors import ArgumentError, ConfigurationError, shown
from ..fields import takes_step
from .arguments import number
from .arithmetic import foreign_namespace, in_shape, numpy_steps, translated
from .schedule import Schedule


class Constant(Schedule):
    """The same rate at every step.

        rate(step) = learning_rate

    A plain number means this wherever a schedule is expected.

    Args:
        learning_rate: the rate.

    >>> Constant(0.01)(5000)
    0.01
    """

    learning_rate: float = number(at_least=0)

    def __call__(self, step):
        return self.learning_rate


class FunctionSchedule(Schedule, registered=False, as_written=True):
    """A plain function of the step as a schedule; `as_schedule` makes it.

    The function is called with one step at a time, as a Python number, so it may branch and look
    up tables; for an array of steps it is called once for each. Under ``jax.jit`` it is traced,
    with ``jax.numpy`` in the place of its ``np``, and may then not branch on the step.

    Args:
        function: called with the step; gives the rate.

    A function cannot be written to a file: `get_config` and `serialize` raise ConfigurationError.

    >>> FunctionSchedule(lambda step: 0.1 if step < 10 else 0.01)(10)
    0.01
    """

    function: Callable[[Any], Any]

    def check(self) -> None:
        """Refuse what is not called with the step alone."""
        if not takes_step(self.function):
            raise ArgumentError(
                "A schedule's function must take the step as its one argument. "
                f"Got: {self.function!r}. Write it as: def rate(step): …"
            )

    def __call__(self, step):
        if isinstance(step, int | float):
            return self._rate(step)
        namespace = foreign_namespace(step)
        if namespace is not None:
            return in_shape(_in_namespace(self.function, namespace)(step), step, namespace)
        if isinstance(step, np.generic):
            return self._rate(step.item())
        steps = numpy_steps(step)
        rates = [self._rate(int(one) if one.is_integer() else one) for one in steps.flat]
        return np.array(rates, dtype=np.float64).reshape(steps.shape)

    def _rate(self, step) -> float:
        rate = self.function(step)
        try:
            return float(rate)
        except (TypeError, ValueError, OverflowError) as error:
            raise ArgumentError(
                "A schedule's function must return a number. "
                f"Got: {shown(rate)} from {self.function!r} at step {step}."
            ) from error

    def get_config(self) -> dict[str, Any]:
        """Not possible for a function; the error says what to write instead."""
        raise ConfigurationError(
            "A schedule that is written to a file must be a class. "
            f"Got: the plain function {self.function!r}. Subclass adamas.schedules.Schedule: its "
            "arguments as fields, the function's body as __call__(self, step)."
        )


def as_schedule(value: Schedule | SupportsFloat | Callable[[Any], Any]) -> Schedule:
    """A number as `Constant`, a schedule as itself, a function of the step as `FunctionSchedule`.

    Args:
        value: one of these.

    Raises ArgumentError for anything else, also for a callable of no arguments, which gives a
    rate without knowing the step and is the optimizer's to call.

    >>> as_schedule(0.1)
    Constant(learning_rate=0.1)
    """
    if isinstance(value, Schedule):
        return value
    if callable(value):
        return FunctionSchedule(value)
    if isinstance(value, str | bytes | dict | list | tuple) or value is None:
        raise ArgumentError(
            "A schedule must be a number, a Schedule or a function of the step. "
            f"Got: {shown(value)}. "
            "A schedule that was written as a dictionary is read by schedules.deserialize."
        )
    return Constant(cast("float", value))


def as_schedules(
    values: Sequence[Schedule | SupportsFloat | Callable[[Any], Any]],
) -> tuple[Schedule, ...]:
    """Each of several values by `as_schedule`."""
    if not isinstance(values, list | tuple):
        raise ArgumentError(
            f"schedules must be a list of schedules or numbers. Got: {shown(values)}."
        )
    return tuple(as_schedule(value) for value in values)


def _in_namespace(function: Callable[..., Any], namespace: Any) -> Callable[..., Any]:
    if isinstance(function, types.FunctionType):
        return translated(function, namespace)
    return function
