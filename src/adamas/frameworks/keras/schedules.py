"""Schedules of adamas where Keras expects its own."""

import types
from typing import Any

import numpy as np

from ... import schedules
from ...compilers.keras import keras
from ...schedules.arithmetic import translated


class _TensorFlow:
    """NumPy for formulas: functions of tensors by Keras, of plain numbers by NumPy."""

    def __getattr__(self, name: str) -> Any:
        known = getattr(np, name)
        if not callable(known):
            return known

        def call(*arguments: Any) -> Any:
            if any(keras.ops.is_tensor(argument) for argument in arguments):
                return getattr(keras.ops, name)(*arguments)
            return known(*arguments)

        return call

    def piecewise(self, x: Any, conditions: Any, functions: Any) -> Any:
        """One function's value: of the last condition that holds, or else of one more function."""
        every = [function(x) if callable(function) else function for function in functions]
        value = every.pop() if len(every) > len(conditions) else 0.0
        for holds, chosen in zip(conditions, every, strict=True):
            value = keras.ops.where(holds, chosen, value)
        return value


class _Traced:
    """A schedule whose formula, and those of the schedules in it, are of TensorFlow's tensors."""

    def __init__(self, schedule: schedules.Schedule) -> None:
        self._schedule = schedule

    def __getattr__(self, name: str) -> Any:
        return _traced(getattr(self._schedule, name))

    def __call__(self, step: Any) -> Any:
        if isinstance(self._schedule, schedules.FunctionSchedule):
            return _translated(self._schedule.function)(step)
        formula = type(self._schedule).__call__
        return _translated(getattr(formula, "__wrapped__", formula))(self, step)


def _traced(value: Any) -> Any:
    if isinstance(value, schedules.Schedule):
        return _Traced(value)
    return tuple(map(_traced, value)) if type(value) is tuple else value


def _translated(formula: Any) -> Any:
    plain = isinstance(formula, types.FunctionType)
    return translated(formula, _TensorFlow()) if plain else formula


@keras.saving.register_keras_serializable(package="adamas", name="Schedule")
class KerasSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule of adamas as one of Keras.

    Args:
        schedule: it, or what `adamas.schedules.serialize` made of it.
    """

    def __init__(self, schedule: Any) -> None:
        super().__init__()
        read = isinstance(schedule, dict)
        self.schedule = schedules.deserialize(schedule) if read else schedule

    def __call__(self, step: Any) -> Any:
        """The rate at a step, which is a variable or a tensor."""
        value = step.value if isinstance(step, keras.Variable) else step
        match keras.backend.backend():
            case "torch":
                return self.schedule(int(value))
            case "tensorflow":
                return _Traced(self.schedule)(keras.ops.cast(value, "float64"))
        return self.schedule(keras.ops.convert_to_tensor(value))

    def get_config(self) -> dict[str, Any]:
        """The schedule's description; a plain function has none."""
        return {"schedule": schedules.serialize(self.schedule)}


def keras_rate(rate: Any) -> Any:
    """A learning rate, as a declared optimizer has it, as Keras takes it."""
    if isinstance(rate, schedules.Schedule):
        inner = getattr(rate, "function", None)
        if isinstance(inner, keras.optimizers.schedules.LearningRateSchedule):
            return inner
        return KerasSchedule(rate)
    if callable(rate) and not hasattr(rate, "dtype"):
        return rate
    number: Any = rate
    return float(number)
