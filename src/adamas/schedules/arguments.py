"""What the arguments of a schedule may be: checked and brought to plain values at construction.

Each function here stands in the place of a default, in a class that subclasses `Schedule`:

    class Halving(Schedule):
        learning_rate: float = number(at_least=0)
        every: int = number(default=1000, above=0)

An argument declared without one (``every: int = 1000``) takes any value as it comes.
"""

import dataclasses
import numbers as kinds
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import ArgumentError, ConfigurationError

MISSING: Any = dataclasses.MISSING


def argument(*, default: Any = MISSING, converter: Callable[[Any], Any]) -> Any:
    """An argument that ``converter`` checks and converts, such as `as_schedule`."""
    return _field(default, lambda owner, name, value: converter(value))


def number(
    *,
    default: Any = MISSING,
    at_least: float | None = None,
    above: float | None = None,
    at_most: float | None = None,
) -> Any:
    """A finite number within bounds; None is allowed where it is the default."""

    def accept(owner, name, value):
        if value is None and default is None:
            return None
        return bounded(owner, name, value, at_least, above, at_most)

    return _field(default, accept)


def numbers(
    *,
    default: Any = MISSING,
    at_least: float | None = None,
    above: float | None = None,
    increasing: bool = False,
) -> Any:
    """A sequence of finite numbers within bounds, kept as a tuple."""

    def accept(owner, name, value):
        if isinstance(value, str | bytes) or not isinstance(value, Sequence | np.ndarray):
            raise refusal(ArgumentError, owner, name, "a list of numbers", value)
        given = tuple(bounded(owner, name, item, at_least, above) for item in value)
        if increasing and list(given) != sorted(set(given)):
            raise refusal(ConfigurationError, owner, name, "in increasing order", list(given))
        return given

    return _field(default, accept)


def flag(*, default: Any = MISSING) -> Any:
    """True or False, and nothing that merely counts as true."""

    def accept(owner, name, value):
        if not isinstance(value, bool | np.bool_):
            raise refusal(ArgumentError, owner, name, "True or False", value)
        return bool(value)

    return _field(default, accept)


def choice(*options: str, default: Any = MISSING) -> Any:
    """One of a few words."""

    def accept(owner, name, value):
        if value not in options:
            law = "one of " + ", ".join(map(repr, options))
            raise refusal(ConfigurationError, owner, name, law, value)
        return value

    return _field(default, accept)


def accept_name(owner: str, name: str, value: Any) -> str | None:
    """The check of ``name=``, which every schedule has: a string or None."""
    if not (value is None or isinstance(value, str)):
        raise refusal(ArgumentError, owner, name, "a string", value)
    return value


def accepted(owner: str, field: dataclasses.Field, value: Any) -> Any:
    """The value as the schedule keeps it, or an error that says what it must be."""
    accept = field.metadata.get("accept")
    return plain(value) if accept is None else accept(owner, field.name, value)


def plain(value: Any) -> Any:
    """NumPy numbers as Python's, lists and arrays as tuples: comparable, hashable, for JSON."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    return tuple(map(plain, value)) if isinstance(value, list | tuple) else value


def refusal(kind: type[Exception], owner: str, name: str, law: str, value: Any) -> Exception:
    """The error for one bad argument: the law, what came, and where."""
    return kind(f"{name} must be {law}. Got: {value!r}. (Argument of {owner}.)")


def _field(default: Any, accept: Callable[[str, str, Any], Any]) -> Any:
    return dataclasses.field(default=default, metadata={"accept": accept})


def bounded(
    owner: str,
    name: str,
    value: Any,
    at_least: float | None = None,
    above: float | None = None,
    at_most: float | None = None,
) -> int | float:
    """The value as a Python number, or an error that says what it must be."""
    number = _python_number(value)
    if number is None:
        raise refusal(ArgumentError, owner, name, "a number", value)
    for law, holds in (
        ("a finite number", -1e300 < number < 1e300),
        (f"at least {at_least}", at_least is None or number >= at_least),
        (f"greater than {above}", above is None or number > above),
        (f"at most {at_most}", at_most is None or number <= at_most),
    ):
        if not holds:
            raise refusal(ConfigurationError, owner, name, law, value)
    return number


def _python_number(value: Any) -> int | float | None:
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, bool | np.bool_):
        return None  # True counts as 1 in Python; as a number of steps it is a mistake
    if isinstance(value, kinds.Integral):
        return int(value)
    return float(value) if isinstance(value, kinds.Real) else None
