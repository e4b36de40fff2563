"""Which parameters are left out of weight decay: a value of its own."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from .errors import ArgumentError, ConfigurationError, StructureError
from .registry import check_pattern


@dataclass(frozen=True, eq=False)
class Exclusions:
    """Parameters that do not decay.

    Attributes:
        patterns: regular expressions that are searched for in names.
        names: whole names.
        arrays: the parameters themselves, until their names are known.
    """

    patterns: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    arrays: tuple[Any, ...] = field(default=(), repr=False)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Exclusions) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple:
        """What makes two of them the same: arrays compare by element, and are meant themselves."""
        return self.patterns, self.names, tuple(map(id, self.arrays))

    def decays(self, name: str, array: Any) -> bool:
        """Whether a parameter is subject to weight decay."""
        return not (
            name in self.names
            or any(re.search(pattern, name) for pattern in self.patterns)
            or any(array is excluded for excluded in self.arrays)
        )

    def excluding(
        self, var_list: Iterable[Any] | None = None, var_names: Iterable[str] | None = None
    ) -> Self:
        """These and further ones: arrays, and patterns of names."""
        if isinstance(var_names, str):
            raise ArgumentError(f"var_names must be a list of patterns. Got: {var_names!r}.")
        if hasattr(var_list, "shape"):
            raise ArgumentError("var_list must be a list of arrays. Got: a single array.")
        patterns = tuple(var_names or ())
        for pattern in patterns:
            check_pattern("var_names", pattern)
        return type(self)(
            (*self.patterns, *patterns), self.names, (*self.arrays, *(var_list or ()))
        )

    def named(self, parameters: Iterable[tuple[str, Any]]) -> Self:
        """The same by name; arrays that are none of the parameters are left out."""
        excluded = {id(array) for array in self.arrays}
        by_array = [name for name, array in parameters if id(array) in excluded]
        return type(self)(self.patterns, tuple(dict.fromkeys((*self.names, *by_array))))

    def resolved(self, parameters: Iterable[tuple[str, Any]]) -> Self:
        """The same by name; `StructureError` if an array is none of the parameters."""
        pairs = list(parameters)
        known = {id(array) for _, array in pairs}
        if any(id(array) not in known for array in self.arrays):
            raise StructureError(
                "Arrays excluded from weight decay must be among the parameters. "
                "Got: another array. Was it copied since? Names are safer: var_names=[…]."
            )
        return self.named(pairs)

    def refuse_arrays(self) -> None:
        """`ConfigurationError` if there are arrays, which have no names yet."""
        if self.arrays:
            raise ConfigurationError(
                "Parameters excluded from weight decay by array have no names before build(). "
                "Call build(params) first, or exclude by var_names."
            )

    def to_json(self) -> dict[str, list[str]]:
        """As JSON holds them; empty if there are none."""
        self.refuse_arrays()
        if not (self.patterns or self.names):
            return {}
        return {"patterns": list(self.patterns), "names": list(self.names)}

    @classmethod
    def from_json(cls, content: Mapping[str, Iterable[str]]) -> Self:
        """What `to_json` wrote."""
        return cls(tuple(content.get("patterns", ())), tuple(content.get("names", ())))
