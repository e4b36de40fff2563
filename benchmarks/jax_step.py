"""The time of one compiled step of JAX: adamas as a function and inside optax, beside optax.

    python benchmarks/jax_step.py
    python benchmarks/jax_step.py gpt2 --rounds 15
    python benchmarks/jax_step.py --quick --json

The same workloads, rounds and checks as ``adamas bench``: jitted with the memory of parameters and
state donated, all ending with the same parameters. ``clip + average`` is optax's chain of
clip_by_global_norm, adam and incremental_update. The second line of each table is
`adamas.jax.transformation` with optax.apply_updates.
"""

import sys
from dataclasses import asdict, replace
from typing import Any

from adamas.measure import comparison, machine, program, report, workloads
from adamas.measure.peers import FORMS

NAMES = ("gpt2", "gpt2-adam", "million", "thousand", "ten")
TARGET = 1.0
"""How large our time may be, as a share of optax's."""
HEADINGS = ("a step of", "takes", "share of optax's", "middle half", "target", "")


def compare(workload: workloads.Workload, threads: int, rounds: int, seconds: float) -> list[dict]:
    """Ours in both forms, each beside optax alone, so that memory holds two at a time."""
    rows = []
    for form, ours in zip(("function", "transformation"), FORMS, strict=True):
        own = replace(workload, ours=ours)
        found = comparison.compare(own, ["optax"], threads=threads, rounds=rounds, seconds=seconds)
        if found.skipped:
            print(f"{workload.title}: left out. {found.skipped}", file=sys.stderr)
            continue
        mine, theirs = found.rows
        assert theirs.ratio is not None
        rows.append(
            {
                "form": form,
                "seconds": asdict(mine.seconds),
                "ratio": asdict(theirs.ratio),
                "optax_seconds": asdict(theirs.seconds),
            }
        )
    return rows


def cells(row: dict[str, Any]) -> tuple[str, ...]:
    """The row of a table."""
    ratio = row["ratio"]
    return (
        f"adamas, {row['form']}",
        report.duration(row["seconds"]["median"]),
        f"{ratio['median']:.2f}",
        f"{ratio['low']:.2f}–{ratio['high']:.2f}",
        f"≤ {TARGET:.2f}",
        "met" if round(ratio["median"], 2) <= TARGET else "missed",
    )


def main(arguments: list[str]) -> int:
    parser = program.new_parser(__doc__, rounds=15, threads=True, quick=True)
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help=", ".join(NAMES))
    options = parser.parse_args(arguments)
    table = workloads.workloads(options.quick)
    about = machine.describe(options.threads)
    results = {}
    for name in options.workloads or NAMES:
        print(f"{table[name].title} …", file=sys.stderr, flush=True)
        seconds, rounds = (0.002, 3) if options.quick else (0.1, options.rounds)
        results[name] = compare(table[name], options.threads, rounds, seconds)

    def show() -> None:
        for name, rows in results.items():
            report.show_table(table[name].title, HEADINGS, [cells(row) for row in rows])
            print()

    return program.answer(options, about, {"workloads": results}, show)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
