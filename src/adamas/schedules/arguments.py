"""What the arguments of a schedule may be: checked and brought to plain values at construction.

Each function here stands in the place of a default, in a class that subclasses `Schedule`:

    class Halving(Schedule):
        learning_rate: float = number(at_least=0)
        every: int = number(default=1000, above=0)

An argument declared without one (``every: int = 1000``) takes any value as it comes.
"""

import numbers as kinds
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..errors import ArgumentError, ConfigurationError, shown
from ..fields import MISSING, Declared, Field, Kind, Range, declared, known


def argument(*, default: Any = MISSING, converter: Callable[[Any], Any]) -> Any:
    """An argument that a function checks and converts.

    Args:
        default: what it is if it is not given; without one it must be.
        converter: gives the value as it is kept, or raises; such as `as_schedule`.
    """
    return declared(Field(kind=Converted(converter)), default)


def number(
    *,
    default: Any = MISSING,
    at_least: float | None = None,
    above: float | None = None,
    at_most: float | None = None,
) -> Any:
    """A finite number within bounds.

    Args:
        default: what it is if it is not given; without one it must be. None allows None.
        at_least, above, at_most: its bounds.
    """
    return declared(Field(kind=Finite(), range=Range(at_least, above, at_most)), default)


def numbers(
    *,
    default: Any = MISSING,
    at_least: float | None = None,
    above: float | None = None,
    increasing: bool = False,
) -> Any:
    """A sequence of finite numbers within bounds, kept as a tuple.

    Args:
        default: what it is if it is not given; without one it must be.
        at_least, above: bounds of each.
        increasing: whether each must be greater than the one before.
    """
    return declared(Field(kind=Finites(increasing), range=Range(at_least, above)), default)


def flag(*, default: Any = MISSING) -> Any:
    """True or False, and nothing that merely counts as true.

    Args:
        default: what it is if it is not given; without one it must be.
    """
    return declared(Field(kind=TrueOrFalse()), default)


def choice(*options: str, default: Any = MISSING) -> Any:
    """One of a few words.

    Args:
        options: the words.
        default: that which it is if it is not given; without one it must be.
    """
    return declared(Field(kind=Word(options)), default)


def bounded(owner: str, name: str, value: Any, *, above: float) -> int | float:
    """The value as a Python number, or an error that says what it must be."""
    return Field(name=name, of=owner, kind=Finite(), range=Range(above=above)).check(value)


@dataclass(frozen=True)
class Converted(Kind):
    """What a function makes of any value."""

    words: ClassVar[tuple[str, ...]] = ("Schedule", "number", "function of the step")
    converter: Callable[[Any], Any]

    def check(self, field: Declared, value: Any) -> Any:
        """What the function gives; it raises for what it does not take."""
        return self.converter(value)


@dataclass(frozen=True)
class Finite(Kind):
    """A finite number, which does not change."""

    words: ClassVar[tuple[str, ...]] = ("number",)
    hint: ClassVar[str] = "SupportsFloat"

    def check(self, field: Declared, value: Any) -> Any:
        """The value as a Python number."""
        return None if value is None and field.optional else finite(field, value)


@dataclass(frozen=True)
class Finites(Kind):
    """Several finite numbers."""

    words: ClassVar[tuple[str, ...]] = ("list of numbers",)
    hint: ClassVar[str] = "Sequence[SupportsFloat] | numpy.ndarray"
    increasing: bool

    def check(self, field: Declared, value: Any) -> Any:
        """The values as Python numbers, in a tuple."""
        listed = isinstance(value, Sequence) or (isinstance(value, np.ndarray) and value.ndim > 0)
        if isinstance(value, str | bytes) or not listed:
            raise refusal(ArgumentError, field, "a list of numbers", value)
        given = tuple(finite(field, item) for item in value)
        if self.increasing and list(given) != sorted(set(given)):
            raise refusal(ConfigurationError, field, "in increasing order", list(given))
        return given


@dataclass(frozen=True)
class TrueOrFalse(Kind):
    """A flag."""

    words: ClassVar[tuple[str, ...]] = ("bool",)
    hint: ClassVar[str] = "bool"

    def check(self, field: Declared, value: Any) -> Any:
        """True or False, and nothing that merely counts as true."""
        if not isinstance(value, bool | np.bool_):
            raise refusal(ArgumentError, field, "True or False", value)
        return bool(value)


@dataclass(frozen=True)
class Word(Kind):
    """One of a few words."""

    options: tuple[str, ...]

    @property
    def forms(self) -> tuple[str, ...]:
        """Each word."""
        return tuple(map(repr, self.options))

    def check(self, field: Declared, value: Any) -> Any:
        """The word."""
        if value not in self.options:
            law = "one of " + ", ".join(map(repr, self.options))
            raise refusal(ConfigurationError, field, law, value)
        return value


@dataclass(frozen=True)
class Name(Kind):
    """What every schedule has: a string or None."""

    words: ClassVar[tuple[str, ...]] = ("str",)
    hint: ClassVar[str] = "str"

    def check(self, field: Declared, value: Any) -> Any:
        """The name."""
        if not (value is None or isinstance(value, str)):
            raise refusal(ArgumentError, field, "a string", value)
        return value


def finite(field: Declared, value: Any) -> int | float:
    """A finite number in the range of a field, as a number of Python."""
    number = _python_number(value)
    if number is None:
        raise refusal(ArgumentError, field, "a number", value)
    if not -1e300 < number < 1e300:
        raise refusal(ConfigurationError, field, "a finite number", value)
    for law in field.range.broken(number):
        raise refusal(ConfigurationError, field, law, value)
    return number


def refusal(kind: type[Exception], field: Declared, law: str, value: Any) -> Exception:
    """The error for one bad argument: the law, what came, and where."""
    return kind(f"{field.name} must be {law}. Got: {shown(value)}. (Argument of {field.of}.)")


def _python_number(value: Any) -> int | float | None:
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, bool | np.bool_ | np.timedelta64):
        return None  # True counts as 1 in Python; as a number of steps it is a mistake
    if isinstance(value, kinds.Integral):
        return int(value)
    return known(value) if isinstance(value, kinds.Real) else None
