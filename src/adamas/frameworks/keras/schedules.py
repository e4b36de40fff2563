"""Schedules of adamas where Keras expects its own."""

from typing import Any

import numpy as np

from ... import schedules
from ...compilers.keras import keras
from ...refusals import SCHEDULE_OF_SCHEDULES
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
                return self._traced(keras.ops.cast(value, "float64"))
        return self.schedule(keras.ops.convert_to_tensor(value))

    def _traced(self, step: Any) -> Any:
        """The formula with Keras's functions in the place of NumPy's."""
        fields = [getattr(self.schedule, name) for name in self.schedule.get_config()]
        parts = [one for field in fields for one in (field if type(field) is tuple else [field])]
        formula = getattr(type(self.schedule).__call__, "__wrapped__", None)
        if formula is None or any(isinstance(part, schedules.Schedule) for part in parts):
            raise SCHEDULE_OF_SCHEDULES.error(repr(self.schedule))
        return translated(formula, _TensorFlow())(self.schedule, step)

    def get_config(self) -> dict[str, Any]:
        """The schedule's description; a plain function has none."""
        return {"schedule": schedules.serialize(self.schedule)}


def keras_rate(declared: Any) -> Any:
    """The learning rate as Keras takes it."""
    rate = declared.__dict__.get("learning_rate", 0.0)
    if isinstance(rate, schedules.Schedule):
        inner = getattr(rate, "function", None)
        if isinstance(inner, keras.optimizers.schedules.LearningRateSchedule):
            return inner
        return KerasSchedule(rate)
    if callable(rate) and not hasattr(rate, "dtype"):
        return rate
    number: Any = rate
    return float(number)
