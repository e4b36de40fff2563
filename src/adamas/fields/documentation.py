"""Arguments in words: what a docstring says of them, and one that says all that fields know."""

import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .field import Field

WIDTH = 100
"""Letters in a line."""

NO_BREAK = "\N{NO-BREAK SPACE}"

_SECTION = re.compile(r"^Args:\n(?P<body>(?:(?: .*)?\n)*)", re.MULTILINE)
_ARGUMENTS = re.compile(
    r"^    (?P<names>\*{0,2}\w+(?:, \w+)*)(?: \(.*?\))?: (?P<text>.*(?:\n     +.*)*)", re.MULTILINE
)
_LATER = re.compile(r"^(Raises|Returns|Yields|Attributes|>>>)", re.MULTILINE)


@dataclass(frozen=True)
class Entry:
    """What a reader is told of an argument.

    Attributes:
        name: the argument's.
        values: what it may be: its type and its range.
        default: in words; empty for one that must be given.
        meaning: what it does, its unit and where it is from.
    """

    name: str
    values: str
    default: str
    meaning: str

    @property
    def head(self) -> str:
        """All but the meaning."""
        default = f"default {self.default}" if self.default else "required"
        return f"{self.name} ({self.values}; {default}):"


def entry_of(field: Field) -> Entry:
    """What the declaration of a field says."""
    default = "" if field.is_required else repr(field.default)
    return Entry(field.name, values_of(field), default, field.meaning)


def values_of(field: Field) -> str:
    """What a field may be, in words."""
    forms = (*field.kind.forms, "None") if field.optional else field.kind.forms
    return ", ".join([joined(forms), *field.range.laws()])


def joined(words: Iterable[str]) -> str:
    """Words with "or" before the last one."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def meanings_in(docstring: str | None) -> dict[str, str]:
    """What the section ``Args:`` of a docstring says, by argument."""
    found = _SECTION.search(_plain(docstring)) if docstring and "Args:" in docstring else None
    if found is None:
        return {}
    return {
        name: " ".join(argument["text"].split())
        for argument in _ARGUMENTS.finditer(found["body"])
        for name in argument["names"].split(", ")
    }


def with_entries(docstring: str, entries: Iterable[Entry]) -> str:
    """The docstring with these arguments in the place of its own section, or at its end."""
    docstring = _plain(docstring)
    section = "Args:\n" + "\n".join(map(_wrapped, entries)) + "\n"
    found = _SECTION.search(docstring)
    if found is not None:
        before, after = docstring[: found.start()], docstring[found.end() :]
    else:
        later = _LATER.search(docstring)
        place = later.start() if later else len(docstring)
        before, after = docstring[:place], docstring[place:]
    return "\n\n".join(part.strip("\n") for part in (before, section, after) if part.strip()) + "\n"


def _plain(docstring: str) -> str:
    return inspect.cleandoc(docstring) + "\n"


def _wrapped(entry: Entry) -> str:
    # The head stays in one line, by which readers of docstrings know it.
    text = textwrap.fill(
        f"{entry.head.replace(' ', NO_BREAK)} {entry.meaning}",
        WIDTH - 4,  # the class's own indentation
        initial_indent="    ",
        subsequent_indent="        ",
        break_on_hyphens=False,
        break_long_words=False,
    )
    return text.replace(NO_BREAK, " ")


class Documented:
    """A docstring that is written when somebody reads it: most programs never do."""

    def __init__(self, write: Callable[[], str]) -> None:
        self._write = write

    def __get__(self, one: Any, kind: type) -> str:
        return self._write()


Meanings = Mapping[str, str]
"""Argument → what it means."""
