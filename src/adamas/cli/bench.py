"""``adamas bench``: a step's time beside that of the peers that are installed."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import ConfigurationError
from ..measure import machine
from ..measure.comparison import Comparison, DisagreementError, compare
from ..measure.peers import KINDS
from ..measure.picture import draw
from ..measure.program import answer
from ..measure.report import show
from ..measure.workloads import Workload, workloads
from ..pictures import check_picture
from .parser import Parser

_EXAMPLES = (
    ("adamas bench", "every workload, beside all peers installed"),
    ("adamas bench gpt2 --plot speed.png", "one workload, and a picture"),
    ("adamas bench million ten --peers torch", "two workloads, beside torch only"),
    ("adamas bench --json > figures.json", "for machines"),
    ("adamas bench --quick", "does it run? Figures mean nothing"),
)
_NOTES = ("workloads:",)
NOTE = (
    "Libraries take turns call by call in one process, as a step takes turns with other work in "
    "training. In hot loops one makes its calls in a row, and finds all that it needs in the "
    "caches. What adamas takes is a share of the peer's time, taken in each round: the median over "
    "the rounds, and in brackets the middle half. The clock's own time is taken off. All ended "
    "with the same parameters."
)
QUICK = "Quick: few weights and rounds. This shows that it runs; the figures mean nothing."


def add_parser(subparsers: Any) -> None:
    """Add ``bench`` to the commands."""
    summary = "time a step beside the peers that are installed"
    add_arguments(subparsers.add_parser("bench", help=summary, description=summary + "."))


def add_arguments(parser: Parser) -> None:
    """The arguments of ``bench``."""
    table = workloads()
    parser.examples = _EXAMPLES
    parser.notes = (*_NOTES, *(f"  {w.name:<12} {w.title}" for w in table.values()))
    parser.add_argument(
        "workloads",
        nargs="*",
        metavar="WORKLOAD",
        help=f"{', '.join(table)}; by default all",
    )
    peers = _known_peers(table)
    parser.add_argument(
        "--peers", nargs="+", metavar="PEER", help=f"some of: {', '.join(map(repr, peers))}"
    )
    parser.add_argument("--threads", type=int, help="for every library; by default one a core")
    parser.add_argument("--rounds", type=int, help="rounds, of turns and of hot loops; 15")
    parser.add_argument("--quick", action="store_true", help="small sizes, three rounds")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument("--plot", metavar="FILE", help="also draw the ratios, as .png, .svg, .pdf")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Carry out ``bench``; 0, or 1 if two libraries did not do the same work."""
    table = workloads(args.quick)
    chosen = _chosen("Workloads", args.workloads or list(table), list(table))
    known = _known_peers(table)
    wanted = _chosen("Peers", args.peers or known, known)
    threads = _at_least_one("threads", args.threads, machine.cores())
    rounds = _at_least_one("rounds", args.rounds, 3 if args.quick else 15)
    picture = check_picture(args.plot) if args.plot else None
    # Looked up before anything runs: the load is that of the others.
    about = {**machine.describe(threads), "quick": args.quick}
    seconds = 0.002 if args.quick else 0.1
    results, failed = [], False
    for name in chosen:
        workload, present = table[name], _present(table[name], wanted)
        print(f"{workload.title} …", file=sys.stderr, flush=True)
        try:
            result = compare(
                workload, present, threads=threads, rounds=rounds, seconds=seconds, hot=True
            )
        except DisagreementError as error:
            print(f"error: {error}", file=sys.stderr)
            result = Comparison(workload, rounds, 0, (), str(error))
            failed = True
        results.append(result)
    if picture:
        draw(about, results, picture)
    figures = {"workloads": [result.as_json() for result in results]}
    note = QUICK if args.quick else NOTE
    done = answer(args, about, figures, lambda: show(results, note))
    return 1 if failed else done


def _known_peers(table: Mapping[str, Workload]) -> list[str]:
    return [name for name in KINDS if any(name in workload.peers for workload in table.values())]


def _present(workload: Workload, wanted: Sequence[str]) -> list[str]:
    return [name for name in workload.peers if name in wanted and KINDS[name].available]


def _chosen(what: str, names: Sequence[str], known: Sequence[str]) -> list[str]:
    for name in names:
        if name not in known:
            raise ConfigurationError(
                f"{what} must be among {', '.join(map(repr, known))}. Got: {name!r}."
            )
    return [name for name in known if name in names]


def _at_least_one(what: str, value: int | None, usual: int) -> int:
    if value is None:
        return usual
    if value < 1:
        raise ConfigurationError(f"The number of {what} must be at least 1. Got: {value}.")
    return value
