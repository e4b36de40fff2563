"""argparse in the manner of the house: help for every width, and for a mistake the right word."""

import argparse
import shlex
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from ..registry import nearest
from ..terminal import styled, width, wrapped

Completion = Callable[["Parser", Sequence[str]], None]
"""What adds arguments to a parser once the command line is known."""

Examples = Sequence[tuple[str, str]]
"""Command lines, and what each is for."""

_BESIDE = 49
"""The column in which it is said what an example is for, where there is room."""


class Parser(argparse.ArgumentParser):
    """A parser whose help has examples.

    Subcommands made by `add_subparsers` are of this class too. Of all parsers that take part, the
    innermost is among the parsed arguments as ``parser``.

    Args:
        examples: shown at the end of the help.
        notes: lines below them; those that begin with a space stay as they are.
        options: argparse's own.
    """

    complete: Completion | None = None

    def __init__(
        self, *, examples: Examples = (), notes: Sequence[str] = (), **options: Any
    ) -> None:
        options.setdefault("formatter_class", _Formatter)
        super().__init__(**{"allow_abbrev": False, **options})
        if self.description:
            text = self.description.rstrip(".")
            self.description = f"{text[0].upper()}{text[1:]}."
        self.examples, self.notes = examples, notes
        self.set_defaults(parser=self)

    def format_help(self) -> str:
        """The arguments, and the examples below."""
        usage = f"usage: {self.prog} [OPTION ...]{self._words()}"
        self.usage = "\n".join(wrapped(usage, width(), later=" " * 7)).removeprefix("usage: ")
        parts = [super().format_help().rstrip("\n")]
        if self.examples:
            parts.append("\n".join(["examples:", *example_lines(self.examples, width())]))
        if self.notes:
            lines = [
                line if text.startswith(" ") else styled(line, "bold") if _heads(text) else line
                for text in self.notes
                for line in wrapped(text, width(), later="    " if text[:1] == " " else "")
            ]
            parts.append("\n".join(lines))
        return "\n\n".join(parts) + "\n"

    def _words(self) -> str:
        """What of the usage stands without a name."""
        found = ""
        for action in self._actions:
            if not action.option_strings:
                name = action.metavar or action.dest
                forms = {
                    "*": f" [{name} ...]",
                    "+": f" {name} ...",
                    argparse.PARSER: f" {name} ...",
                }
                found += forms.get(str(action.nargs), f" {name}")
        return found

    def parse_known_args(  # type: ignore[override]
        self, args: Any = None, namespace: Any = None
    ) -> Any:
        """As argparse does, once the command line has had its say in what the arguments are."""
        if self.complete is not None and args is not None:
            complete, self.complete = self.complete, None
            complete(self, args)
        return super().parse_known_args(args, namespace)

    def parse_args(  # type: ignore[override]
        self, args: Any = None, namespace: Any = None
    ) -> Any:
        """As argparse does, but with a better word on what is unknown."""
        arguments, unknown = self.parse_known_args(args, namespace)
        if unknown:
            arguments.parser.refuse(unknown[0])
        if not hasattr(arguments, "run"):
            arguments.parser.error("a command is needed")
        return arguments

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            meant = nearest(str(value), map(str, action.choices))
            raise argparse.ArgumentError(action, f"invalid choice: {value!r}.{meant}")

    def refuse(self, word: str) -> NoReturn:
        """End with the nearest option to one that is not known."""
        if not word.startswith("-"):
            self.error(f"unexpected word {word!r}. Options come after all words, or before them")
        known = [option for action in self._actions for option in action.option_strings]
        option = word.partition("=")[0]
        self.error(f"unknown option {option}.{nearest(option, known)}")

    def error(self, message: str) -> NoReturn:
        """One line on the mistake, and where to read more; exit code 2."""
        ending = "" if message.endswith((".", "?")) else "."
        complain(f"{message}{ending} See: {self.prog} --help")
        self.exit(2)


def complain(message: str) -> None:
    """Say an error on standard error: one line, which on a terminal is broken between words."""
    text = f"adamas: error: {message}"
    if sys.stderr.isatty():
        text = "\n".join(
            line for part in text.splitlines() for line in wrapped(part, width(), later="  ")
        )
    begin = "adamas: error:"
    print(styled(begin, "bad", sys.stderr) + text.removeprefix(begin), file=sys.stderr, flush=True)


def example_lines(examples: Examples, columns: int, indent: str = "  ") -> list[str]:
    """Examples with what they are for: beside them where there is room, else below."""
    beside = all(_BESIDE + len(what) <= columns for _, what in examples)
    lines = []
    for command, what in examples:
        if beside and len(indent + command) < _BESIDE - 1:
            lines.append(f"{styled(indent + command, 'code')}{' ' * _gap(indent + command)}{what}")
            continue
        lines += [styled(line, "code") for line in _broken(command, columns, indent)]
        later = " " * (_BESIDE if beside else 2 * len(indent) + 2)
        lines += wrapped(what, columns, first=later, later=later) if what else []
    return lines


def _gap(command: str) -> int:
    return _BESIDE - len(command)


def _broken(command: str, columns: int, indent: str) -> list[str]:
    """A command in lines that a shell takes for one."""
    words = [shlex.quote(word) if " " in word else word for word in shlex.split(command)]
    lines, later = [indent + words[0]], f"{indent}  "
    for word in words[1:]:
        if len(lines[-1]) + len(word) + 3 > columns and lines[-1].strip():
            lines[-1] += " \\"
            lines.append(later + word)
        else:
            lines[-1] += f" {word}"
    return lines


def _heads(text: str) -> bool:
    return text.endswith(":")


class _Formatter(argparse.HelpFormatter):
    """Help as wide as the terminal, broken between words alone."""

    def __init__(self, prog: str) -> None:
        columns = width()
        super().__init__(prog, max_help_position=min(32, columns // 3), width=columns)

    def _split_lines(self, text: str, width: int) -> list[str]:
        return wrapped(" ".join(text.split()), width)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(wrapped(" ".join(text.split()), width, first=indent, later=indent))

    def _format_args(self, action: argparse.Action, default_metavar: str) -> str:
        if action.nargs in ("+", "*"):
            name = action.metavar or default_metavar
            return f"{name if isinstance(name, str) else name[0]} ..."
        return super()._format_args(action, default_metavar)

    def _format_action_invocation(self, action: argparse.Action) -> str:
        if isinstance(action, argparse.BooleanOptionalAction):
            return f"--[no-]{action.option_strings[0].removeprefix('--')}"
        return super()._format_action_invocation(action)
