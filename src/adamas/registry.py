"""Names → classes, for configurations that are read back: looked up, never imported or run."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, TypeVar

from .errors import ArgumentError, ConfigurationError

T = TypeVar("T", bound=type)


class Registry(Mapping[str, T], Generic[T]):
    """The classes of one kind by name; defining a class again replaces it, as in a notebook."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._classes: dict[str, T] = {}

    def add(self, cls: T) -> None:
        """Make `cls` known under its name."""
        self._classes[cls.__name__] = cls

    def __getitem__(self, name: str) -> T:
        if name not in self._classes:
            raise ConfigurationError(
                f"There is no {self.kind} called {name!r}.{nearest(name, self._classes)} "
                "A class of your own is known once the module that defines it is imported."
            )
        return self._classes[name]

    def __contains__(self, name: object) -> bool:
        return name in self._classes

    def __iter__(self) -> Iterator[str]:
        return iter(self._classes)

    def __len__(self) -> int:
        return len(self._classes)

    def find(self, name: str) -> T:
        """As indexing, in any case and with or without underscores: ``"adamw"``, ``"adam_w"``."""
        plain = {_plain(known): known for known in self._classes}
        return self[plain.get(_plain(name), name)]


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def no_attribute(
    module: str, name: str, known: Iterable[str], ways: Mapping[str, str] | None = None
) -> AttributeError:
    """The error for a name that a module does not have, with the way out where there is one."""
    way = (ways or {}).get(name, "")
    if not way and not name.startswith("_"):
        close = nearest(name, known)
        way = close.strip() if "Did you mean" in close else ""
    return AttributeError(f"module {module!r} has no attribute {name!r}{way and f'. {way}'}")


def nearest(name: str, known: Iterable[str]) -> str:
    """A sentence that proposes the known name nearest to `name`, or lists the known ones."""
    names = {known_name.lower(): known_name for known_name in known}
    close = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.6)
    if close:
        return f" Did you mean {names[close[0]]!r}?"
    return f" Known are: {', '.join(names.values())}."


def check_pattern(owner: str, pattern: str) -> None:
    """`ConfigurationError` if `pattern` is no regular expression."""
    try:
        re.compile(pattern)
    except re.error as error:
        raise ConfigurationError(
            f"{owner} must be regular expressions. Got: {pattern!r} ({error})."
        ) from None


def refuse_unknown(owner: str, arguments: Iterable[str], known: Iterable[str]) -> None:
    """`ArgumentError` for the first of `arguments` that is not `known`."""
    names = list(known)
    for argument in arguments:
        if argument not in names:
            raise ArgumentError(
                f"{owner} got an unknown argument {argument!r}.{nearest(argument, names)}"
            )
