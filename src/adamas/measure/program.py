"""What programs that measure have in common: their arguments, and figures as tables or as JSON.

A program's documentation is its help. Its JSON has the machine, and what was measured there.
"""

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..errors import AdamasError
from ..pictures import check_picture
from . import machine, report

Figures = Mapping[str, Any]
"""What was measured, in plain values, beside the ``machine``."""


def new_parser(
    documentation: str | None,
    *,
    rounds: int | None = None,
    threads: bool = False,
    quick: bool = False,
) -> argparse.ArgumentParser:
    """A parser with ``--json``, and those of the usual arguments that are wanted.

    Args:
        documentation: the program's own, shown as it stands.
        rounds: ``--rounds``, and how many there are by default.
        threads: ``--threads`` for every library.
        quick: ``--quick``, for few weights.
    """
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=documentation, formatter_class=raw)
    if threads:
        own = machine.cores()
        parser.add_argument("--threads", type=int, default=own, help="for every library")
    if rounds is not None:
        about = f"rounds in which all take turns (default: {rounds})"
        parser.add_argument("--rounds", type=int, default=rounds, help=about)
    if quick:
        parser.add_argument("--quick", action="store_true", help="few weights: does it run?")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    return parser


def checked_picture(parser: argparse.ArgumentParser, path: Path) -> Path:
    """`path`, if a picture can go there; otherwise the program ends with what is wrong."""
    try:
        return check_picture(path)
    except AdamasError as error:
        parser.error(str(error))


def as_json(about: Mapping[str, Any], figures: Figures) -> str:
    """The machine and the figures."""
    return json.dumps({"machine": about, **figures}, indent=2)


def answer(
    options: argparse.Namespace,
    about: Mapping[str, Any],
    figures: Figures,
    show: Callable[[], object],
) -> int:
    """Print the machine and the figures, those by `show` unless JSON is wanted; gives 0."""
    if options.json:
        print(as_json(about, figures))
    else:
        print(report.heading(about), end="\n\n")
        show()
    return 0


def kept(
    documentation: str | None,
    file: Path,
    picture: Path,
    *,
    threads: int,
    measure: Callable[[], Figures],
    show: Callable[[dict[str, Any]], object],
    draw: Callable[[dict[str, Any], Path], object],
) -> int:
    """A whole program that measures for minutes with `threads`, and keeps its figures in `file`.

    ``--draw`` shows and draws what is there, without measuring.
    """
    parser = new_parser(documentation)
    parser.add_argument("--draw", action="store_true", help=f"only draw, from {file.name}")
    parser.add_argument("--plot", type=Path, default=picture, help="where the picture goes")
    options = parser.parse_args()
    path = checked_picture(parser, options.plot)
    if not options.draw:
        content = as_json(machine.describe(threads), measure())
        file.write_text(f"{content}\n", encoding="utf-8")
    results = json.loads(file.read_text(encoding="utf-8"))
    draw(results, path)
    return answer(options, results.pop("machine"), results, lambda: show(results))
