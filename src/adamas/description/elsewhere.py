"""Attributes that other libraries have: not here, and the error says what there is instead.

They stand in the class. To find them by `__getattr__` would cost every step some of its time, since
Python then looks up all attributes the slow way.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Never

Way = str | Callable[[type], str]
"""What to do instead; or what gives it for a class."""


class Elsewhere:
    """An attribute that is not there: `hasattr` is False, and who asks is told the way."""

    def __init__(self, name: str, way: Way) -> None:
        self.name, self._way = name, way

    def __get__(self, instance: Any, owner: type) -> Never:
        way = self._way if isinstance(self._way, str) else self._way(owner)
        kind = f"{owner.__name__!r} object" if instance is not None else f"class {owner.__name__!r}"
        raise AttributeError(f"{kind} has no attribute {self.name!r}. {way}".rstrip())


def point(cls: type, ways: Mapping[str, Way]) -> None:
    """Give a class those attributes of others that it has not."""
    for name, way in ways.items():
        if not hasattr(cls, name):
            setattr(cls, name, Elsewhere(name, way))


def present(cls: type, names: Iterable[str]) -> list[str]:
    """Those of the names that are there: what `dir` shows."""
    return [name for name in names if not isinstance(_found(cls, name), Elsewhere)]


def _found(cls: type, name: str) -> Any:
    return next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), None)
