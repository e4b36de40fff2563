"""One declared field: all that anybody has to know of an argument stands in it."""

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from ..errors import ConfigurationError, shown
from .by_name import ChoiceByName
from .kinds import ANYTHING, Choice, Described, Kind, Size
from .ranges import Range

MISSING: Any = dataclasses.MISSING
"""The default of a field that has none."""

Owner = Literal["member", "step", "each"]
"""Whose an argument is, where an optimizer is made of others: the member's, as a learning rate; the
whole step's, as a global norm; or each one's, as a name."""


@dataclass(frozen=True)
class Field:
    """An argument of a class.

    Attributes:
        name, of: the argument's, and that of the class that has it.
        kind: what its values are.
        default: MISSING for one that must be given.
        optional: whether it may be None, which switches off what it is for.
        range: what numbers it may be.
        owner: whose it is, of the whole step or of a member.
        structure: whether it decides what a step computes and which memory it touches. None: so do
            all but numbers that are always there.
        replans: whether it can be set after `build` all the same, because the step is planned anew.
        converts: whether ``convert`` gives it another value after `build`.
        stage: the stage of a step that it is for, such as ``"clip"``.
        kw_only, after: whether it is given by keyword alone; the argument that it stands behind.
        annotation: as it was written.
        meaning: what it does, its unit and where it is from: from the section ``Args:`` of the
            class's docstring, or of a parent's, or said once for all that call an argument so.
    """

    name: str = ""
    of: str = ""
    kind: Kind = ANYTHING
    default: Any = dataclasses.field(default_factory=lambda: MISSING)
    optional: bool = False
    range: Range = Range()
    owner: Owner = "member"
    structure: bool | None = None
    replans: bool = False
    converts: bool = False
    stage: str = ""
    kw_only: bool = False
    after: str | None = None
    annotation: Any = None
    meaning: str = ""

    @property
    def is_required(self) -> bool:
        """Whether it must be given."""
        return self.default is MISSING

    @property
    def is_number(self) -> bool:
        """Whether it is a number that is read at each step."""
        return self.kind.is_number

    @property
    def is_choice(self) -> bool:
        """Whether it is a plain value that is known before anything is compiled, as a flag."""
        return not (self.is_number or self.is_described or self.owner == "each")

    @property
    def is_described(self) -> bool:
        """Whether it was declared by `described`, as an optimizer inside another."""
        return isinstance(self.kind, Described)

    @property
    def choices(self) -> tuple[Any, ...] | None:
        """The values that it may have, if they are few."""
        return self.kind.options if isinstance(self.kind, Choice) else None

    @property
    def decides_structure(self) -> bool:
        """Whether it decides what a step computes and which memory it touches."""
        if self.structure is None:
            return not self.is_described and (self.optional or not self.is_number)
        return self.structure

    def check(self, value: Any) -> Any:
        """`value` as it is kept, or an error that says what it may be."""
        return self.kind.check(self, value)

    def check_range(self, number: float, given: Any = None) -> None:
        """`ConfigurationError` if a number, `given` as it was, is NaN or outside of the range."""
        given = number if given is None else given
        if math.isnan(number):
            raise ConfigurationError(f"{self.name} must be a number. Got: {shown(given)}.")
        for law in self.range.broken(number):
            off = " Use None to switch it off." if self.optional and "greater" in law else ""
            raise ConfigurationError(f"{self.name} must be {law}. Got: {shown(given)}.{off}")

    def read(self, source: Any, call: int) -> float:
        """The number that `source` gives now, for call number `call` from 0, in its range."""
        return self.kind.read(self, source, call)

    def read_value(self, value: Any) -> float:
        """A number as a float, in its range."""
        return self.kind.read_value(self, value)

    def to_json(self, value: Any, strict: bool = True) -> Any:
        """`value` as JSON holds it; what it cannot hold is refused, or noted if not `strict`."""
        return self.kind.to_json(self, value, strict)

    def from_json(self, value: Any) -> Any:
        """The value that `to_json` wrote."""
        return self.kind.from_json(value)


def hyperparameter(
    *,
    default: Any = MISSING,
    at_least: float | None = None,
    above: float | None = None,
    at_most: float | None = None,
    below: float | None = None,
    whole: bool = False,
    choices: tuple[Any, ...] | None = None,
    kw_only: bool = False,
    by_name: bool = False,
    endless: bool = False,
    after: str | None = None,
    owner: Owner = "member",
    structure: bool | None = None,
    replans: bool = False,
    converts: bool = False,
    stage: str = "",
) -> Any:
    """Declare a field of an optimizer with the range or the choices it may have.

    What it means stands in the ``Args:`` of the class's docstring.

    Args:
        default: what it is if it is not given; without one it must be.
        at_least, above, at_most, below: bounds of a number.
        whole: whether it must be a whole number.
        choices: the values that it may have, if they are few.
        by_name: whether it may also be a mapping of names to such values.
        kw_only: whether it is given by keyword alone, behind all others.
        endless: whether it may be infinite, as a limit that limits nothing.
        after: the argument that it stands behind, for a common argument that is declared again. It
            is ``kw_only`` for type checkers: they would put it where its parent declares it, first.
        owner: whose it is where an optimizer is made of others: ``"step"``, the whole step's;
            ``"member"``, each member's; ``"each"``, of every object, as a name.
        structure: whether it decides what a step computes and which memory it touches. None: so do
            all but numbers that are always there.
        replans: whether it can be set after `build` all the same.
        converts: whether ``convert`` gives it another value after `build`.
        stage: the stage of a step that it is for, such as ``"clip"``.

    An argument that is declared again keeps the last five of its parent's, and its place.
    """
    field = Field(
        kind=_kind_of(choices, by_name),
        range=Range(at_least, above, at_most, below, whole, endless),
        after=after,
        owner=owner,
        structure=structure,
        replans=replans,
        converts=converts,
        stage=stage,
    )
    return declared(field, default, kw_only)


def _kind_of(choices: tuple[Any, ...] | None, by_name: bool) -> Kind:
    if choices is None:
        return ANYTHING
    return ChoiceByName(choices) if by_name else Choice(choices)


def described(
    *,
    check: Callable[[Any], Any],
    to_json: Callable[[Any, bool], Any],
    from_json: Callable[[Any], Any],
    said: str = "anything",
) -> Any:
    """Declare a required field that is neither number nor choice, such as another optimizer.

    `check` gives the value as it is kept, or raises; `to_json` also takes whether what JSON cannot
    hold is an error, as `Optimizer.get_config` does. `said` is what it may be, in words.
    """
    return declared(Field(kind=Described(check, to_json, from_json, said)))


def size(*, default: Any = MISSING) -> Any:
    """Declare a whole number, at least 1, that decides what a step computes."""
    return declared(Field(kind=Size()), default, kw_only=True)


def declared(field: Field, default: Any = MISSING, kw_only: bool = False) -> Any:
    """What stands in the body of a class for a field."""
    return dataclasses.field(default=default, kw_only=kw_only, metadata={"field": field})
