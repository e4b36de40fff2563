"""Numbers of optimizers: those that are read anew at each step, and rates, which know the step."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, SupportsFloat, SupportsIndex

from .. import schedules
from ..errors import ConfigurationError
from ..fields import Declared, Field, Number, takes_step

Hyperparameter = SupportsFloat | Callable[[], SupportsFloat]
"""A number of Python or NumPy, an array without axes, or a callable of no arguments that gives one.

Arrays and callables are read anew at each step.
"""
Rate = SupportsFloat | schedules.Schedule | Callable[..., SupportsFloat]
"""A learning rate: a `Hyperparameter`, a schedule, or a function of the step."""
Whole = SupportsIndex | Callable[[], SupportsIndex]
"""A `Hyperparameter` that is a whole number."""


@dataclass(frozen=True)
class RateNumber(Number):
    """A number that may follow a schedule, or a function of the step."""

    name: ClassVar[str] = "rate"
    words: ClassVar[tuple[str, ...]] = ("Rate",)
    hint: ClassVar[str] = "Rate"
    sources: ClassVar[str] = "a number, a 0-d array, a schedule or a callable"
    way_out: ClassVar[str] = "Use a number, or a Schedule of your own."

    def check_callable(self, field: Declared, value: Any) -> Any:
        """A schedule for what knows the step, and callables of no arguments as they are."""
        follows = isinstance(value, schedules.Schedule) or takes_step(value)
        return schedules.as_schedule(value) if follows else value

    def read(self, field: Declared, source: Any, call: int) -> float:
        """The rate of call number `call`."""
        if isinstance(source, schedules.Schedule):
            return self.read_value(field, source(call))
        return super().read(field, source, call)

    def to_json(self, field: Declared, value: Any, strict: bool) -> Any:
        """The schedule's description, or the number."""
        if isinstance(value, schedules.Schedule):
            try:
                return schedules.serialize(value)
            except ConfigurationError:
                if strict:
                    raise
        return super().to_json(field, value, strict)

    def from_json(self, value: Any) -> Any:
        """The schedule, or the number."""
        return schedules.deserialize(value) if isinstance(value, dict) else value


RATE = RateNumber()


def is_rate(field: Field) -> bool:
    """Whether a field may follow a schedule."""
    return isinstance(field.kind, RateNumber)
