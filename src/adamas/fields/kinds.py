"""Kinds of fields: what values each may have, how they are read, and how JSON holds them."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, Protocol

import numpy as np

from ..errors import ArgumentError, ConfigurationError, shown
from .callables import takes_step
from .ranges import Range
from .reals import is_real, known


class Declared(Protocol):
    """What a kind has to know of the field that has it."""

    @property
    def name(self) -> str:
        """The argument's."""
        ...

    @property
    def of(self) -> str:
        """The class's that has it."""
        ...

    @property
    def range(self) -> Range:
        """What numbers it may be."""
        ...

    @property
    def optional(self) -> bool:
        """Whether it may be None."""
        ...

    def check_range(self, number: float, given: Any = None) -> None:
        """`ConfigurationError` if a number is outside of the field's range."""
        ...


def plain(value: Any) -> Any:
    """NumPy numbers as Python's, lists and arrays as tuples: comparable, hashable, for JSON."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    return tuple(map(plain, value)) if isinstance(value, list | tuple) else value


@dataclass(frozen=True)
class Kind:
    """Any value, as it comes."""

    name: ClassVar[str] = "anything"
    is_number: ClassVar[bool] = False

    words: ClassVar[tuple[str, ...]] = ("anything",)
    hint: ClassVar[str] = "Any"

    @property
    def forms(self) -> tuple[str, ...]:
        """What a value may be, in words."""
        return self.words

    @property
    def example(self) -> Any:
        """A value that stands for one that must be given, while a class is checked."""
        return None

    def check(self, field: Declared, value: Any) -> Any:
        """`value` as it is kept, or an error that says what it may be."""
        try:
            return plain(value)
        except RecursionError:
            raise ConfigurationError(
                f"{field.name} must be nested a few levels deep. Got: a list without an end."
            ) from None

    def read(self, field: Declared, source: Any, call: int) -> float:
        """The number that `source` gives for call number `call`."""
        raise AssertionError(f"{field.name} is no number")

    def read_value(self, field: Declared, value: Any) -> float:
        """A number as a float, in the range of the field."""
        raise AssertionError(f"{field.name} is no number")

    def to_json(self, field: Declared, value: Any, strict: bool) -> Any:
        """`value` as JSON holds it; what it cannot hold is refused, or noted if not `strict`."""
        return list(value) if isinstance(value, tuple) else value

    def from_json(self, value: Any) -> Any:
        """The value that `to_json` wrote."""
        return value


ANYTHING = Kind()


@dataclass(frozen=True)
class Number(Kind):
    """A number, a 0-d array, or a callable of no arguments; read anew at each step."""

    name: ClassVar[str] = "number"
    is_number: ClassVar[bool] = True
    sources: ClassVar[str] = "a number, a 0-d array or a callable"
    words: ClassVar[tuple[str, ...]] = ("Hyperparameter",)
    hint: ClassVar[str] = "Hyperparameter"
    way_out: ClassVar[str] = "Use a number."

    def check(self, field: Declared, value: Any) -> Any:
        """The number, or what gives one, in the range of the field."""
        if type(value) is float:  # what a scheduler sets at every step
            field.check_range(value)
            return value
        if value is None and field.optional:
            return None
        if callable(value):
            return self.check_callable(field, value)
        if is_real(value):
            number = known(value)
            if number is not None:
                field.check_range(number, value)
            # Arrays are read anew at each step: they may be changed in place, or be traced.
            array = hasattr(value, "__array_namespace__") and not isinstance(value, np.generic)
            exact = isinstance(value, int) and number is not None and math.isfinite(number)
            return value if array or exact else number
        optional = "None, " if field.optional else ""
        raise ArgumentError(
            f"{field.name} must be {optional}{self.sources}. "
            f"Got: {shown(value)} ({type(value).__name__})."
        )

    def check_callable(self, field: Declared, value: Any) -> Any:
        """A callable as it is kept."""
        if takes_step(value):
            raise ArgumentError(
                f"{field.name} must be a callable of no arguments; only learning_rate may be a "
                f"function of the step. Got: {shown(value)}."
            )
        return value

    def read(self, field: Declared, source: Any, call: int) -> float:
        """The number that `source` is, or gives when it is called."""
        return self.read_value(field, source() if callable(source) else source)

    def read_value(self, field: Declared, value: Any) -> float:
        """A number as a float, in the range of the field."""
        if not is_real(value):
            raise ConfigurationError(
                f"{field.name} must be a number at every step. "
                f"Got: {shown(value)} ({type(value).__name__})."
            )
        number = known(value)
        if number is None:
            raise ConfigurationError(
                f"{field.name} must be a number whose value is known. Got: {shown(value)}, "
                "which is traced. Use adamas.jax.functional(optimizer), whose steps may be traced."
            )
        field.check_range(number, value)
        return number

    def to_json(self, field: Declared, value: Any, strict: bool) -> Any:
        """A number; callables are refused, or described if not `strict`."""
        if isinstance(value, np.generic) or hasattr(value, "__array_namespace__"):
            return value.item()
        if not callable(value):
            return value
        if not strict:
            return {"callable": getattr(value, "__qualname__", type(value).__qualname__)}
        raise ConfigurationError(
            f"{field.name} is a callable, which a configuration cannot hold. {self.way_out}"
        )


@dataclass(frozen=True)
class Whole(Number):
    """A whole number."""

    name: ClassVar[str] = "whole number"
    words: ClassVar[tuple[str, ...]] = ("whole Hyperparameter",)
    hint: ClassVar[str] = "Whole"


@dataclass(frozen=True)
class Size(Kind):
    """A whole number, at least 1, that is known before anything is compiled."""

    name: ClassVar[str] = "size"
    words: ClassVar[tuple[str, ...]] = ("int from 1",)
    hint: ClassVar[str] = "int"

    @property
    def example(self) -> Any:
        """The smallest."""
        return 1

    def check(self, field: Declared, value: Any) -> Any:
        """The number."""
        size = super().check(field, value)
        if size is None and field.optional:
            return None
        if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size < 2**63:
            raise ConfigurationError(
                f"{field.name} must be a whole number from 1 to below 2⁶³. Got: {shown(value)}."
            )
        return size


@dataclass(frozen=True)
class Flag(Kind):
    """True or False."""

    name: ClassVar[str] = "flag"
    words: ClassVar[tuple[str, ...]] = ("bool",)
    hint: ClassVar[str] = "bool"

    @property
    def example(self) -> Any:
        """Off."""
        return False

    def check(self, field: Declared, value: Any) -> Any:
        """True or False, and nothing that merely counts as true."""
        return _instance(field, bool(value) if isinstance(value, np.bool_) else value, bool)


@dataclass(frozen=True)
class Text(Kind):
    """A string."""

    name: ClassVar[str] = "text"
    words: ClassVar[tuple[str, ...]] = ("str",)
    hint: ClassVar[str] = "str"

    @property
    def example(self) -> Any:
        """No text."""
        return ""

    def check(self, field: Declared, value: Any) -> Any:
        """The string."""
        return _instance(field, value, str)


def _instance(field: Declared, value: Any, wanted: type) -> Any:
    if isinstance(value, wanted) or (value is None and field.optional):
        return value
    optional = "None or " if field.optional else ""
    raise ArgumentError(
        f"{field.name} must be {optional}a {wanted.__name__}. "
        f"Got: {shown(value)} ({type(value).__name__})."
    )


@dataclass(frozen=True)
class Texts(Kind):
    """Several strings, kept as a tuple; None stands for no strings, or for None if it may be."""

    name: ClassVar[str] = "texts"
    words: ClassVar[tuple[str, ...]] = ("list of str",)
    hint: ClassVar[str] = "Sequence[str]"

    @property
    def example(self) -> Any:
        """None."""
        return ()

    def check(self, field: Declared, value: Any) -> Any:
        """The strings."""
        if value is None:
            return None if field.optional else ()
        if (
            isinstance(value, str)
            or not hasattr(value, "__iter__")
            or getattr(value, "ndim", 1) != 1
            or not all(isinstance(text, str) for text in value)
        ):
            raise ArgumentError(f"{field.name} must be a list of strings. Got: {shown(value)}.")
        return tuple(value)


@dataclass(frozen=True)
class Choice(Kind):
    """One of a few values, or of the members of an Enum, which its value stands for as well."""

    name: ClassVar[str] = "choice"
    options: tuple[Any, ...]

    @property
    def forms(self) -> tuple[str, ...]:
        """Each value."""
        return tuple(map(repr, self.options))

    @property
    def example(self) -> Any:
        """The first."""
        return self.options[0]

    def check(self, field: Declared, value: Any) -> Any:
        """The one of them that `value` is."""
        if value is None and field.optional:
            return None
        for option in self.options:
            for known_as in (option, option.value) if isinstance(option, Enum) else (option,):
                if type(known_as) is type(value) and known_as == value:
                    return option
        raise ConfigurationError(
            f"{field.name} must be one of {', '.join(map(repr, self.options))}. "
            f"Got: {shown(value)}."
        )

    def to_json(self, field: Declared, value: Any, strict: bool) -> Any:
        """The value, or the name of an Enum's member."""
        return value.name if isinstance(value, Enum) else value

    def from_json(self, value: Any) -> Any:
        """The value, or the Enum's member of that name."""
        named = {option.name: option for option in self.options if isinstance(option, Enum)}
        return named.get(value, value) if isinstance(value, str) else value


@dataclass(frozen=True)
class Described(Kind):
    """What says of itself how it is checked and written, such as another optimizer."""

    name: ClassVar[str] = "described"
    checked: Callable[[Any], Any]
    written: Callable[[Any, bool], Any]
    remade: Callable[[Any], Any]
    said: str

    @property
    def forms(self) -> tuple[str, ...]:
        """As its declaration says it."""
        return (self.said,)

    def check(self, field: Declared, value: Any) -> Any:
        """What the declaration makes of it."""
        return self.checked(value)

    def to_json(self, field: Declared, value: Any, strict: bool) -> Any:
        """What the declaration writes."""
        return self.written(value, strict)

    def from_json(self, value: Any) -> Any:
        """What the declaration reads."""
        return self.remade(value)


NUMBER, WHOLE, FLAG, TEXT, TEXTS = Number(), Whole(), Flag(), Text(), Texts()
