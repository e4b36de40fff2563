"""How the command line writes things: ``name key=value key=value``, and what a value may be.

    cosine_decay initial_learning_rate=0.1 decay_steps=1000
    piecewise_constant_decay boundaries=100,200 values=0.1,0.05,0.01
    "warmup warmup_steps=100 schedule='cosine_decay initial_learning_rate=0.1 decay_steps=900'"
    "chain boundaries=100 schedules='0.1; inverse_square_root peak_learning_rate=1 warmup_steps=9'"

Quotes keep a schedule inside a schedule together. Only names are looked up: no text is ever run.
"""

import dataclasses
import re
import shlex
import typing
from collections.abc import Iterable, Sequence
from typing import Any

from .. import schedules
from ..errors import ConfigurationError
from ..registry import nearest
from ..schedules import Constant, Schedule

_WORDS: dict[str, Any] = {"true": True, "false": False, "none": None}


def read_schedules(words: Sequence[str]) -> list[Schedule]:
    """All schedules in the words of a command line; a number stands for a constant one."""
    found: list[list[str]] = []
    for word in _separated(words):
        if not _is_argument(word):
            found.append([word])
        elif found:
            found[-1].append(word)
        else:
            raise ConfigurationError(
                "A schedule begins with its name, and key=value follow. "
                f"Got: {word!r} first. Write: cosine_decay {word}."
            )
    return [_schedule(name, arguments) for name, *arguments in found]


def read_schedule(words: Sequence[str]) -> Schedule:
    """The one schedule in the words of a command line."""
    found = read_schedules(words)
    if len(found) != 1:
        raise ConfigurationError(
            "There must be one schedule: name key=value key=value. "
            f"Got: {' '.join(words)!r}, which is {len(found)}."
        )
    return found[0]


def read_named(text: str) -> tuple[str, dict[str, Any]]:
    """``name key=value …`` as the name and its arguments."""
    name, *arguments = _split(text) or [""]
    return name, read_arguments(arguments)


def read_arguments(words: Iterable[str]) -> dict[str, Any]:
    """The values in ``key=value`` by key."""
    arguments = {}
    for word in words:
        if not _is_argument(word):
            raise ConfigurationError(f"Arguments must be written key=value. Got: {word!r}.")
        key, _, value = word.partition("=")
        if key in arguments:
            raise ConfigurationError(f"Each argument may come once. Got twice: {key!r}.")
        arguments[key] = read_value(value)
    return arguments


def read_value(text: str) -> Any:
    """A number, true, false, none, a list by commas, a schedule, schedules by ``;``, or a word."""
    text = text.strip()
    if ";" in text:
        return [read_value(part) for part in text.split(";") if part.strip()]
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    number = read_number(text)
    if number is not None:
        return number
    if "=" in text or text in schedule_names():
        return read_schedule([text])
    if "," in text:
        return [read_value(part) for part in text.split(",") if part.strip()]
    return text


def read_number(text: str) -> int | float | None:
    """`text` as a number, whole if it is written so; None if it is none."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return None


def schedule_names() -> dict[str, type[Schedule]]:
    """Every registered schedule by the name that the command line has for it."""
    return {snake(name): cls for name, cls in schedules.registry().items()}


def schedule_arguments(cls: type[Schedule]) -> list[str]:
    """What a schedule takes: ``key`` for what must be given, ``[key]`` for what may."""
    fields = [field for field in dataclasses.fields(cls) if field.name != "name"]
    return [
        field.name if field.default is dataclasses.MISSING else f"[{field.name}]"
        for field in fields
    ]


def snake(name: str) -> str:
    """``CosineDecay`` as ``cosine_decay``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _schedule(name: str, words: Sequence[str]) -> Schedule:
    number = read_number(name)
    if number is not None:
        return Constant(number, **read_arguments(words))
    known = schedule_names()
    by_letters = {_letters(one): cls for one, cls in known.items()}
    cls = by_letters.get(_letters(name))
    if cls is None:
        raise ConfigurationError(f"There is no schedule called {name!r}.{nearest(name, known)}")
    arguments = read_arguments(words)
    for field in dataclasses.fields(cls):
        # One number alone may stand where a list is wanted: boundaries=100.
        value = arguments.get(field.name)
        if _is_list(field.type) and isinstance(value, int | float | Schedule):
            arguments[field.name] = [value]
    return cls(**arguments)


def _is_list(kind: Any) -> bool:
    origin = typing.get_origin(kind)
    return isinstance(origin, type) and issubclass(origin, Sequence)


def _letters(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _is_argument(word: str) -> bool:
    return re.match(r"[A-Za-z_]\w*=", word) is not None


def _separated(words: Iterable[str]) -> list[str]:
    """Words in which a quoted ``"name key=value"`` is taken apart, but not ``key='name …'``."""
    return [part for word in words for part in ([word] if _is_argument(word) else _split(word))]


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        raise ConfigurationError(f"Quotes must be closed. Got: {text!r}.") from None
