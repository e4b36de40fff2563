"""A field that is one of a few values for all, or has one for each of several names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..errors import ConfigurationError, shown
from .kinds import Choice, Declared


class ByName(Mapping[str, Any]):
    """Values by name that do not change, so that plans can be told apart by them."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __repr__(self) -> str:
        return repr(self._values)


@dataclass(frozen=True)
class ChoiceByName(Choice):
    """One of a few values, or a mapping of names to them."""

    name: ClassVar[str] = "choice by name"

    @property
    def forms(self) -> tuple[str, ...]:
        """Each value, and the mapping."""
        return (*super().forms, "dict of names to those")

    def check(self, field: Declared, value: Any) -> Any:
        """The value, or the mapping as it is kept."""
        if not isinstance(value, Mapping):
            return super().check(field, value)
        for name in value:
            if not isinstance(name, str):
                raise ConfigurationError(f"{field.name} must name strings. Got: {shown(name)}.")
        return ByName(
            {name: super(ChoiceByName, self).check(field, v) for name, v in value.items()}
        )

    def to_json(self, field: Declared, value: Any, strict: bool) -> Any:
        """The value, or a dict."""
        return dict(value) if isinstance(value, Mapping) else value

    def from_json(self, value: Any) -> Any:
        """The value that `to_json` wrote."""
        return value
