"""Optimizers on the command line: their options come from the fields that a class declares."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from ..errors import AdamasError, ConfigurationError
from ..fields import FLAG, Field
from ..optimizer import OPTIMIZERS, Optimizer
from .notation import read_named, read_number, read_schedule
from .parser import Parser

VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {"amsgrad": ("Adam", {"amsgrad": True})}
"""Names that people use for an optimizer with certain arguments."""

_USUAL = "adam"
_MARK = "optimizer: "
_LIMITS = {"at_least": "at least", "above": "above", "at_most": "at most", "below": "below"}


def add_optimizer_options(parser: Parser) -> None:
    """Add ``--optimizer`` and, once its class is known, an option for each of its arguments."""
    parser.add_argument(
        "--optimizer",
        metavar="NAME",
        default=_USUAL,
        help=f"{', '.join([*map(str.lower, OPTIMIZERS), *VARIANTS])}, or a class of your own as "
        "module:Class; the options below are those of this optimizer "
        f"(default: {_USUAL})",
    )
    parser.complete = _add_fields


def chosen_optimizer(arguments: argparse.Namespace, **usual: Any) -> Optimizer:
    """The optimizer that the command line asks for.

    `usual` are the command's own defaults, for arguments that were not given.
    """
    cls, preset = find_class(arguments.optimizer)
    return cls(**{**usual, **preset, **given_arguments(arguments)})


def given_arguments(arguments: argparse.Namespace) -> dict[str, Any]:
    """Those arguments of the optimizer that are on the command line."""
    options = vars(arguments).items()
    return {key.removeprefix(_MARK): value for key, value in options if key.startswith(_MARK)}


def read_optimizer(text: str, **usual: Any) -> Optimizer:
    """The optimizer in ``name key=value key=value``; `usual` for what it leaves open."""
    name, arguments = read_named(text)
    cls, preset = find_class(name)
    return cls(**{**usual, **preset, **arguments})


def find_class(name: str) -> tuple[type[Optimizer], dict[str, Any]]:
    """The class called `name`, and the arguments that the name implies.

    ``module:Class`` is imported, also from the folder that the command was given in.

    Raises `ConfigurationError` with the nearest known name.
    """
    if ":" in name:
        return _imported(*name.split(":", 1)), {}
    known, preset = VARIANTS.get(name.replace("_", "").lower(), (name, {}))
    return OPTIMIZERS.find(known), preset


def _imported(module: str, name: str) -> type[Optimizer]:
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        cls = getattr(importlib.import_module(module), name, None)
    except AdamasError:
        raise
    except Exception as error:
        raise ConfigurationError(
            f"The module {module!r} cannot be imported. Got: {type(error).__name__}: {error}."
        ) from error
    if not (isinstance(cls, type) and issubclass(cls, Optimizer)):
        raise ConfigurationError(
            f"{module}:{name} must be a subclass of adamas.Optimizer. Got: {cls!r}."
        )
    return cls


# Options from fields ------------------------------------------------------------------------


def _add_fields(parser: Parser, words: Sequence[str]) -> None:
    cls, _ = find_class(_name_in(words))
    group = parser.add_argument_group(f"arguments of {cls.__name__}")
    for name, field in cls.fields.items():
        if name != "name":  # the prefix of `variables`, which no command shows
            _add_field(group, name, field)


def _name_in(words: Sequence[str]) -> str:
    """What follows ``--optimizer``; if nothing does, argparse will say so."""
    name = ""
    for word, following in pairwise([*words, ""]):
        if word == "--optimizer":
            name = "" if following.startswith("-") else following
        elif word.startswith("--optimizer="):
            name = word.partition("=")[2]
    return name or _USUAL


def _add_field(group: Any, name: str, field: Field) -> None:
    option = f"--{name.replace('_', '-')}"
    common = {
        "dest": _MARK + name,
        "default": argparse.SUPPRESS,
        "help": "; ".join(filter(None, (_meaning(field), *_limits(field)))).replace("%", "%%"),
    }
    if field.kind is FLAG:
        group.add_argument(option, action=argparse.BooleanOptionalAction, **common)
    elif not field.is_number:
        metavar = "NAME" if field.choices else "TEXT"
        group.add_argument(option, metavar=metavar, **common)
    elif name == "learning_rate":
        metavar = ("RATE", "KEY=VALUE")
        group.add_argument(option, nargs="+", metavar=metavar, action=_RateAction, **common)
    else:
        metavar = "COUNT" if field.range.whole else "NUMBER"
        group.add_argument(option, type=_number_or_none, metavar=metavar, **common)


def _meaning(field: Field) -> str:
    """What an argument does, in plain text."""
    return field.meaning.replace("``", "").rstrip(".")


def _limits(field: Field) -> list[str]:
    """What help says of a field's range and default."""
    parts = []
    if field.name == "learning_rate":
        parts.append("a number, or a schedule as NAME KEY=VALUE ...")
    bounds = [
        f"{word} {getattr(field.range, key)}"
        for key, word in _LIMITS.items()
        if getattr(field.range, key) is not None
    ]
    if bounds:
        parts.append(", ".join(bounds))
    if field.choices:
        parts.append(f"one of {', '.join(map(str, field.choices))}")
    default = field.default if field.default or field.default == 0 else "none"
    default = "off" if field.default is None or field.default is False else default
    parts.append(f"default: {default}")
    return parts


class _RateAction(argparse.Action):
    """A number or a schedule, from one or several words."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option: Any = None) -> None:
        """Keep the rate."""
        number = read_number(values[0]) if len(values) == 1 else None
        setattr(namespace, self.dest, read_schedule(values) if number is None else number)


def _number_or_none(text: str) -> int | float | None:
    if text.lower() == "none":
        return None
    number = read_number(text)
    if number is None:
        raise argparse.ArgumentTypeError(f"a number is needed. Got: {text!r}")
    return number
