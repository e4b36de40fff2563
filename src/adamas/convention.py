"""What another library means by an optimizer's name, and what it calls its parts: plain data."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import ArgumentError

REQUIRED: Any = object()
"""The default, under a convention, of an argument that its library has no default for."""

DECAYS = ("decoupled", "independent", "coupled", "rule")
"""What weight decay can mean: see `Convention`."""


@dataclass(frozen=True)
class Convention:
    """What a library means by an optimizer's name, as data.

    Attributes:
        defaults: arguments whose default differs from the class's own.
        data: plain values that `prepare` may ask for by name, beside ``t`` and the numbers. They
            are known before anything is compiled, so `prepare` can branch on them.
        decay: what ``weight_decay`` means: ``"decoupled"``, p less rate · decay · p;
            ``"independent"``, p less decay · p; ``"coupled"``, the gradient plus decay · p;
            ``"rule"``, whatever the rule does with its scalar ``inner_decay``, which is None where
            that is not asked of it.
        name: what the library calls the optimizer, if not as the class is called.
        arguments: the library's argument → the field here, or the fields that its tuple holds; in
            the order of the library's signature.
        values: the library's argument → its values → what they are here. What is not among them is
            the same on both sides; of several that are the same here, the first is the usual one.
        elsewhere: the library's arguments that are no field → what there is in their place, as a
            sentence.
        slots: slot, or remembered number, here → what the library's state calls it.
        variables: the same where the state is a list of variables, as Keras's: groups of slots,
            those of one together for each parameter, one group after the other.
        counted: whether the library's state says how many updates a parameter has had.
    """

    defaults: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    data: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    decay: str = "decoupled"
    name: str = ""
    arguments: Mapping[str, str | tuple[str, ...]] = dataclasses.field(default_factory=dict)
    values: Mapping[str, Mapping[Any, Any]] = dataclasses.field(default_factory=dict)
    elsewhere: Mapping[str, str] = dataclasses.field(default_factory=dict)
    slots: Mapping[str, str] = dataclasses.field(default_factory=dict)
    variables: Sequence[Mapping[str, str]] = ()
    counted: bool = True

    def __post_init__(self) -> None:
        if self.decay not in DECAYS:
            raise ArgumentError(f"decay must be one of {', '.join(DECAYS)}. Got: {self.decay!r}.")
        for theirs in self.values:
            if not isinstance(self.arguments.get(theirs), str):
                raise ArgumentError(
                    f"values must be those of one of arguments that is one field. Got: {theirs!r}."
                )

    def way_to(self, theirs: str) -> str:
        """What stands here in place of `theirs`, an argument of the library; empty if nothing."""
        if theirs in self.arguments:
            ours = self.arguments[theirs]
            return f"Use {ours if isinstance(ours, str) else ', '.join(ours)}."
        return self.elsewhere.get(theirs, "")

    def fields(self) -> Iterator[str]:
        """The fields here that the library has arguments for."""
        for ours in self.arguments.values():
            yield from (ours,) if isinstance(ours, str) else ours

    def here(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The `given` arguments of the library as arguments here; what has no field is left out.

        Raises `ArgumentError` for a tuple of another length.
        """
        found: dict[str, Any] = {}
        for theirs, ours in self.arguments.items():
            if theirs not in given:
                continue
            value = given[theirs]
            if isinstance(ours, str):
                meant = self.values.get(theirs, {})
                found[ours] = meant[value] if _is_key(value) and value in meant else value
            else:
                found |= zip(ours, _parts(theirs, value, len(ours)), strict=True)
        return found

    def there(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Arguments here as arguments of the library; of tuples, those that are given whole."""
        found: dict[str, Any] = {}
        for theirs, ours in self.arguments.items():
            if isinstance(ours, str):
                if ours in given:
                    found[theirs] = self._called(theirs, given[ours])
            elif all(name in given for name in ours):
                found[theirs] = tuple(given[name] for name in ours)
        return found

    def _called(self, theirs: str, value: Any) -> Any:
        """What the library calls a value of one of its arguments."""
        for known, meant in self.values.get(theirs, {}).items():
            if meant is value or (_is_key(value) and meant == value):
                return known
        return value


def _parts(theirs: str, value: Any, count: int) -> tuple[Any, ...]:
    """The values in a tuple that is to have so many."""
    several = hasattr(value, "__iter__") and not isinstance(value, str)
    # A tensor without axes has an __iter__, too, which raises.
    parts = tuple(value) if several and getattr(value, "ndim", 1) else (value,)
    if len(parts) != count:
        raise ArgumentError(f"{theirs} must be {count} values. Got: {value!r}.")
    return parts


def _is_key(value: Any) -> bool:
    """Whether `value` can be one of those with a name: arrays compare by element."""
    return value is None or isinstance(value, str | bool | int | float)
