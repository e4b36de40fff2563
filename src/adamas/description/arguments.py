"""The arguments of one object: kept, set, fixed, and read."""

import dataclasses
from collections.abc import Collection, Container, Mapping
from typing import Any, ClassVar, cast, dataclass_transform

import numpy as np

from ..errors import ArgumentError, StateError
from ..fields import Field, hyperparameter, is_plain, known
from ..schedules import Schedule
from .travelling import Free, Readings, free_of
from .words import unknown

GIVEN = "callable"
"""In place of a number that a callable gives."""


@dataclass_transform(field_specifiers=(hyperparameter, dataclasses.field))
class Arguments:
    """Base of what has declared fields: type checkers take them for the arguments of `__init__`."""

    fields: ClassVar[Mapping[str, Field]] = {}
    """The arguments of the class by name, and what each says of itself."""

    _numbers: ClassVar[tuple[str, ...]] = ()
    _own_numbers: ClassVar[tuple[str, ...]] = ()
    _choices: ClassVar[tuple[str, ...]] = ()
    _common: ClassVar[Container[str]] = ()
    # Without annotations, so that these are no fields.
    _readings = cast("Readings | None", None)
    _constructed = cast("Mapping[str, Any]", {})
    _fixed = False  # a step has been planned from it
    _wrapped = False  # it is a member of another

    @classmethod
    def _sort(cls, common: Container[str]) -> None:
        """Find the names of each kind once for the class: every step asks for them."""
        fields = cls.fields.items()
        cls._numbers = tuple(name for name, field in fields if field.is_number)
        cls._own_numbers = tuple(name for name in cls._numbers if name not in common)
        cls._choices = tuple(name for name, field in fields if field.is_choice)
        cls._common = common

    @classmethod
    def common_arguments(cls) -> Container[str]:
        """The names of the arguments that all optimizers have."""
        return cls._common

    @property
    def calls(self) -> int:
        """How many calls counted; what learning-rate schedules look at."""
        return 0

    def argument(self, name: str) -> Any:
        """The argument `name` as it was given: a schedule or a callable, not what it gives."""
        return self.__dict__[name]

    def arguments(self) -> dict[str, Any]:
        """All arguments as they were given, by name."""
        return {name: self.__dict__[name] for name in self.fields}

    def assume(self, **values: Any) -> None:
        """Put values that are checked already in place, as for who follows another's arguments."""
        self.__dict__.update(values, _readings=self._readings_with(values))

    def _readings_with(self, values: Mapping[str, Any]) -> Readings | None:
        """What `read_numbers` knows, with these values; None if that is to be found anew.

        Which numbers only travel may follow from the others, and is found anew where it is asked.
        """
        if self._readings is None:
            return None
        plain, changing, _ = self._readings
        for name, value in values.items():
            if name not in plain or name in changing or not is_plain(value):
                return None
        values = {name: float(value) for name, value in values.items()}
        return {**plain, **values}, changing, {}

    @property
    def is_fixed(self) -> bool:
        """Whether arguments that decide structure can no longer be set."""
        return self._fixed or self._wrapped

    @property
    def is_wrapped(self) -> bool:
        """Whether it is a member of another."""
        return self._wrapped

    def fix(self, *, wrapped: bool = False) -> None:
        """From now on, arguments that decide structure cannot be set.

        With `wrapped`, because it is a member of another, which has the arguments of the step.
        """
        if wrapped:
            self._wrapped = True
        else:
            self._fixed = True
        self._readings = None

    def __setattr__(self, name: str, value: Any) -> None:
        if self.travel({name: value}):  # first, as schedulers set a number at every step
            return
        if name.startswith("_"):
            object.__setattr__(self, name, value)
        else:
            self.take({name: self.checked(name, value)})

    def take(self, values: Mapping[str, Any]) -> None:
        """Set arguments to `values`, by name, which are checked."""
        before = self._readings
        self.assume(**values)
        self._let_travel(values, before)

    def travel(self, values: Mapping[str, Any]) -> bool:
        """Set numbers that only travel to `values`, by name; False, and none, if one does not."""
        readings = self._readings
        if readings is None:
            return False
        plain, _, travelling = readings
        found = {}
        for name, value in values.items():
            free = travelling.get(name)
            if type(value) is np.float64:
                value = float(value)
            if free is None or not free.has(value):
                return False
            found[name] = value
        self.__dict__.update(found)
        plain.update(found)
        return True

    def _let_travel(self, names: Collection[str], before: Readings | None) -> None:
        """Find out which of the numbers that were set just now only travel from now on.

        `names` are those of all arguments that were set; `before` is what was known until then.
        """
        if not self._constructed:
            return
        plain, changing, travelling = self._readings or self._read()
        set_now = [name for name in names if name in plain and name not in changing]
        known = {name: self._free(name) for name in set_now}
        found = {n: free for n, free in known.items() if free and free.has(plain[n])}
        if before is not None:
            old, _, others = before
            if all(name in found and found[name].has(old.get(name)) for name in names):
                travelling.update(others)  # the choice among rules is made as it was
        travelling.update(found)

    def _free(self, name: str) -> Free | None:
        """What a number may be set to that need not be asked anything else; None for nothing."""
        field = self.fields[name]
        laws = type(self).checked, type(self).restructures
        if laws != (Arguments.checked, Arguments.restructures):
            return None
        if self._wrapped and field.owner == "step":
            return None
        return free_of(field, self.compared(name))

    def compared(self, name: str) -> Collection[Any] | None:
        """The values that the choice of a rule compares `name` with; None if it asks for more."""
        return ()

    def checked(self, name: str, value: Any) -> Any:
        """`value` for the argument `name` as it is kept, or an error if it cannot be set."""
        field = self.fields.get(name)
        if field is None:
            raise ArgumentError(unknown(type(self), name, self.fields))
        if self._wrapped and field.owner == "step":
            raise StateError(
                f"{name} belongs to the optimizer that this one is wrapped in. Set it there."
            )
        value = field.check(value)
        before = self.__dict__.get(name)
        if isinstance(before, Schedule):
            raise ArgumentError(
                f"{name} follows a schedule and cannot be set. "
                "Construct the optimizer with a number to set it by hand."
            )
        if self.is_fixed and not field.replans and self.restructures(name, value):
            way = (
                f"Use convert({name}={value!r})" if field.converts else "Construct a new optimizer"
            )
            raise StateError(
                f"{name} decides which memory a step needs and is fixed by build(). "
                f"Got: {value!r} after {before!r}. {way}."
            )
        return value

    def restructures(self, name: str, value: Any) -> bool:
        """Whether another `value` for the argument `name` makes this another step."""
        before, field = self.__dict__.get(name), self.fields[name]
        if (field.structure or not field.is_number) and value != before:
            return True
        return (value is None) != (before is None) or self.chooses(name, value)

    def chooses(self, name: str, value: Any) -> bool:
        """Whether another `value` for the number `name` makes this another rule."""
        return False

    # -- numbers and choices ----------------------------------------------------------------

    @classmethod
    def numbers(cls) -> tuple[str, ...]:
        """The names of all hyperparameters that are numbers, read anew at each step."""
        return cls._numbers

    def choices(self) -> dict[str, Any]:
        """The arguments that are no numbers, such as flags."""
        return {name: self.__dict__[name] for name in self._choices}

    def numbers_in_use(self) -> tuple[str, ...]:
        """The names of the numbers that are not None."""
        given = self.__dict__
        return tuple([name for name in self._numbers if given[name] is not None])

    def unset(self) -> tuple[str, ...]:
        """The names of the numbers of its own, beside the common ones, that are None."""
        given = self.__dict__
        return tuple([name for name in self._own_numbers if given[name] is None])

    @classmethod
    def modifiers(cls) -> tuple[str, ...]:
        """The names of the common numbers that change the step of each member by itself."""
        own = ("weight_decay", *cls._own_numbers)
        return tuple(n for n in cls._numbers if n not in own and cls.fields[n].owner == "member")

    def modifiers_in_use(self) -> tuple[str, ...]:
        """Those that are not None."""
        return tuple(name for name in self.modifiers() if self.__dict__[name] is not None)

    def is_always(self, name: str, value: float) -> bool:
        """Whether the hyperparameter `name` is `value`, a plain number, until another is set.

        Arrays and callables may give another one at any step. A rule chosen by a number asks this.
        """
        raw = self.argument(name)
        return is_plain(raw) and raw == value

    def read_numbers(self, call: int, known: Container[str] = ()) -> dict[str, float]:
        """All numbers that are not None, as they are now, for call number `call` from 0.

        Callables of numbers that are `known` already are not called. Raises `ConfigurationError`
        if a callable or schedule gives a value out of range.
        """
        plain, changing, _ = self._readings or self._read()
        values = plain.copy()
        for name, source in changing.items():
            if name not in known:
                values[name] = self.fields[name].read(source, call)
        return values

    def _read(self) -> Readings:
        """What `read_numbers` knows from now on."""
        given = {name: self.__dict__[name] for name in self.numbers_in_use()}
        self._readings = found = (
            {name: float(v) if is_plain(v) else 0.0 for name, v in given.items()},
            {name: value for name, value in given.items() if not is_plain(value)},
            {},
        )
        return found

    def known_numbers(self) -> dict[str, Any]:
        """Numbers by name as they are now: None for what is off, `GIVEN` for a callable's.

        Those that follow a schedule are none, nor are traced ones.
        """
        found = {name: _known(self.__dict__[name]) for name in self._numbers}
        return {name: value for name, value in found.items() if value is not NotImplemented}

    @property
    def constructed(self) -> Mapping[str, Any]:
        """`known_numbers` as the optimizer was constructed with them."""
        return self._constructed

    def note_constructed(self) -> None:
        """The numbers that it has are those that it was constructed with."""
        self._constructed = self.known_numbers()

    def now(self, name: str) -> float:
        """The number `name` in the next call."""
        return self.fields[name].read(self.__dict__[name], self.calls)

    def structural_arguments(self) -> tuple[str, ...]:
        """The arguments that are set and decide which memory a step touches."""
        return tuple(
            name
            for name, field in self.fields.items()
            if field.decides_structure and self.__dict__[name] != field.default
        )

    def __repr__(self) -> str:
        changed = [
            f"{name}={self.__dict__[name]!r}"
            for name, field in self.fields.items()
            if _differs(self.__dict__[name], field.default)
        ]
        return f"{type(self).__name__}({', '.join(changed)})"


def _known(value: Any) -> Any:
    """A number as `known_numbers` has it; `NotImplemented` for what is none."""
    if value is None or is_plain(value):
        return value
    if callable(value) and not hasattr(value, "dtype"):
        return NotImplemented if isinstance(value, Schedule) else GIVEN
    number = known(value)
    return NotImplemented if number is None else number


def _differs(value: Any, default: Any) -> bool:
    """Whether an argument is not its default; what is not known yet counts as another value."""
    try:
        return value is not default and bool(value != default)
    except (TypeError, ValueError):
        return True
