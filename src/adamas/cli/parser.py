"""argparse in the manner of the house: one line for a mistake, with the nearest right word."""

import argparse
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from ..registry import nearest

Completion = Callable[["Parser", Sequence[str]], None]
"""What adds arguments to a parser once the command line is known."""


class Parser(argparse.ArgumentParser):
    """A parser whose help keeps the line breaks of its examples.

    Subcommands made by `add_subparsers` are of this class too. Of all parsers that take part, the
    innermost is among the parsed arguments as ``parser``.
    """

    complete: Completion | None = None

    def __init__(self, **options: Any) -> None:
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(**{"allow_abbrev": False, **options})
        if self.description:
            text = self.description.rstrip(".")
            self.description = f"{text[0].upper()}{text[1:]}."
        self.set_defaults(parser=self)

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
        self.exit(2, f"adamas: error: {message}{ending} See: {self.prog} --help\n")
