"""The docstring of an optimizer: what its file says, and all that its fields know."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..convention import REQUIRED, Convention
from ..fields import Documented, Entry, Field, entry_of, joined, with_entries


def document(cls: Any) -> None:
    """Let the docstring of an optimizer's class explain all of its arguments."""
    text = cls.__doc__
    cls.__doc__ = Documented(lambda: with_entries(text, entries_of(cls)))


def entries_of(cls: Any) -> Iterator[Entry]:
    """What a reader is told of each argument that an optimizer has of its own."""
    known: Mapping[str, Convention] = {"keras": Convention(), **cls.conventions}
    for name in cls.own_arguments():
        field = cls.fields[name]
        if name == "convention":
            yield replace(entry_of(field), values=joined(map(repr, known)))
        else:
            yield replace(entry_of(field), default=defaults_of(field, known))


def defaults_of(field: Field, known: Mapping[str, Convention]) -> str:
    """The default of a field, and those that it has under conventions; empty if it has none."""
    if field.is_required:
        return ""
    others: dict[str, list[str]] = {}
    for library, convention in known.items():
        default = convention.defaults.get(field.name, field.default)
        if default is REQUIRED or default != field.default:
            words = "none" if default is REQUIRED else repr(default)
            others.setdefault(words, []).append(repr(library))
    also = (f"{words} with convention {joined(which)}" for words, which in others.items())
    return ", ".join([repr(field.default), *also])
