"""The command ``adamas``: one module for each subcommand, which adds itself to the parser.

A subcommand's module has ``add_parser(subparsers)``. It sets ``run`` as a default of its parser: a
function that takes the parsed arguments and gives the exit code. Nothing heavy is imported before
a command runs that needs it.
"""

import io
import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from .. import __version__
from ..errors import AdamasError, CheckpointError, MissingDependencyError, NonFiniteError
from . import bench, check, demo, explain, plot, support
from .parser import Parser, complain

__all__ = ["main"]

DONE, FAILED, MISTAKE = 0, 1, 2
"""Exit codes; a command that was interrupted ends with 130, as shells expect."""

_INTERRUPTED = 130
_PIPE_CLOSED = 141
_FAILURES = (CheckpointError, MissingDependencyError, NonFiniteError, OSError)
"""Errors that another command line would not have avoided."""

_EXAMPLES = (
    ("adamas demo", "train a classifier of handwritten digits"),
    ("adamas explain --params gpt2 --global-clipnorm 1 --use-ema", "what a step costs, and why"),
    ("adamas check my_optimizer.py", "is an optimizer of your own right?"),
    (
        "adamas plot schedule cosine_decay initial_learning_rate=0.1 decay_steps=1000",
        "what a learning rate will be",
    ),
    ("adamas plot descent --function beale --out descent.png", "how optimizers find their way"),
    ("adamas bench --quick", "a step's time beside that of others"),
    ("adamas support jax", "what works there, and what does not"),
)
_NOTES = (
    "exit codes:",
    "  0 done, 1 failed, 2 a mistake in the command line, 130 interrupted",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out one command line.

    Args:
        argv: the words after ``adamas``; by default those of the process.

    Returns:
        The exit code: 0 done, 1 failed, 2 a mistake in the command line, 130 interrupted.
    """
    _show_any_character()
    try:
        code = _run(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_output()
        return _PIPE_CLOSED
    except KeyboardInterrupt as interrupt:
        complain(str(interrupt) or "Interrupted.")
        return _INTERRUPTED
    except (AdamasError, OSError) as error:
        complain(str(error))
        return FAILED if isinstance(error, _FAILURES) else MISTAKE
    except SystemExit as end:  # argparse has said what there is to say
        return end.code if isinstance(end.code, int) else FAILED
    return code


def make_parser() -> Parser:
    """The parser of the whole command."""
    parser = Parser(
        prog=program(),
        description="Adam and its family: see it train, what it costs, and how it moves.",
        examples=_EXAMPLES,
        notes=_NOTES,
    )
    parser.add_argument("--version", action="version", version=f"adamas {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND")
    for command in (demo, explain, check, plot, bench, support):
        command.add_parser(subparsers)
    return parser


def program() -> str:
    """The words that start this command here, so that what it proposes can be typed."""
    called = sys.argv[0] if sys.argv else ""
    name = Path(called).name
    if name == "__main__.py":
        return "python -m adamas"
    found = shutil.which("adamas")
    elsewhere = found is None or not Path(called).exists() or not Path(found).samefile(called)
    return called if name.startswith("adamas") and elsewhere else "adamas"


def _run(argv: Sequence[str]) -> int:
    parser = make_parser()
    if not argv:
        parser.print_help(sys.stderr)
        return MISTAKE
    arguments = parser.parse_args(argv)
    arguments.program = parser.prog
    arguments.command = f"{parser.prog} {shlex.join(argv)}"
    return arguments.run(arguments) or DONE


def _show_any_character() -> None:
    """What a terminal's encoding cannot show becomes a question mark, not an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _forget_output() -> None:
    """Whoever read the output has gone, as ``head`` does; Python shall not say so at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
