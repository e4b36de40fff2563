"""Hyperparameters of one call: plain ones as floats, schedules and what is given to it traced."""

from collections.abc import Container, Mapping
from functools import cached_property
from typing import Any

import jax  # pyright: ignore[reportMissingImports]
import jax.numpy as jnp  # pyright: ignore[reportMissingImports]

from ...compilers.xla import JAX
from ...description import Description, unknown
from ...description.inputs import LOSS
from ...errors import ArgumentError, ConfigurationError, shown
from ...fields import Field, is_real, known
from ...runtime.assignment import Assignment
from ...runtime.inputs import number_of, numbers_given
from ...runtime.scalars import given_by_wrapper, numbers_of
from ...schedules import Schedule


class Numbers:
    """The numbers of an optimizer and of those inside it.

    Args:
        optimizer: the one that has the common arguments.
        call: the number of the call from 0, int32 [], which schedules look at.
        kept: numbers that the state has, by name, such as the loss scale.
        given: numbers for this call, in place of the optimizers' own, or that it is given alone.
    """

    def __init__(
        self,
        optimizer: Description,
        call: Any,
        kept: Mapping[str, Any],
        given: Mapping[str, Any] | None = None,
    ) -> None:
        self._optimizer = optimizer
        self._call = call
        self._kept = kept
        self._given = given or {}
        self._refuse_unknown()

    @cached_property
    def common(self) -> dict[str, Any]:
        """The optimizer's own, those that a wrapper keeps included."""
        given = given_by_wrapper(self._optimizer, self._kept)
        return {**self.read(self._optimizer, given), **given}

    def inputs(self, assignment: Assignment) -> dict[str, Any]:
        """What the call is given that no optimizer has by itself, such as the loss."""
        own = {name for one in self._optimizer.everyone() for name in one.numbers()}
        given = {name: value for name, value in self._given.items() if name not in own}
        return numbers_given(assignment, given, _input)

    @property
    def arrays(self) -> dict[str, Any]:
        """The arrays that the call is given beside gradients, by name."""
        asked = [n for one in self._optimizer.everyone() for n in one.input_arrays()]
        return {n: self._given[n] for n in asked if self._given.get(n) is not None}

    def of(self, member: Description) -> Mapping[str, Any]:
        """Those of a member."""
        return numbers_of(member, self._optimizer, self.common, self.read)

    def read(self, one: Description, known: Container[str] = ()) -> dict[str, Any]:
        """The numbers of an optimizer, but for those that are known."""
        return {n: self._value(one, n) for n in one.numbers_in_use() if n not in known}

    def _value(self, optimizer: Description, name: str) -> Any:
        source, field = optimizer.argument(name), optimizer.fields[name]
        if name in self._given:
            return _number(self._given[name], field)
        if isinstance(source, Schedule):
            return self._scheduled(name, source)
        return _number(source() if callable(source) else source, field)

    def _scheduled(self, name: str, schedule: Schedule) -> Any:
        try:
            return jnp.asarray(schedule(self._call), JAX.scalar)
        except (jax.errors.ConcretizationTypeError, jax.errors.TracerArrayConversionError) as error:
            raise ConfigurationError(
                f"{name} follows a schedule that cannot be traced: {schedule!r}. Use np.where(step "
                "< n, a, b) in place of if, and functions that jax.numpy has too."
            ) from error

    def _refuse_unknown(self) -> None:
        everyone = list(self._optimizer.everyone())
        names = {name for one in everyone for name in one.numbers()}
        inputs = {LOSS, *(name for one in everyone for name in one.asked_inputs())}
        used = {name for one in everyone for name in one.numbers_in_use()}
        for name in self._given.keys() - inputs:
            if name not in names:
                can = sorted(names | inputs)
                raise ArgumentError(unknown(type(self._optimizer), name, can, door=False))
            if name not in used:
                raise ConfigurationError(
                    f"{name} is off, which decides what a step computes. Construct the optimizer "
                    f"with a number for {name}, then give another one to each call."
                )


def _input(name: str, value: Any) -> Any:
    """As `_number`, for a number that is no argument of an optimizer."""
    if is_real(value) and known(value) is None:
        return jnp.asarray(value, JAX.scalar)
    return number_of(name, value)


def _number(value: Any, field: Field) -> Any:
    """A float of Python if the value is known, else a traced 0-d array."""
    if not is_real(value):
        raise ArgumentError(
            f"{field.name} must be a number or a 0-d array. "
            f"Got: {shown(value)} ({type(value).__name__})."
        )
    number = known(value)
    if number is None:
        return jnp.asarray(value, JAX.scalar)
    field.check_range(number, value)
    return number
