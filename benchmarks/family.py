"""Every optimizer of the family, beside torch, optax and the memory itself.

    python benchmarks/family.py                             the table, and docs/images/family.png
    python benchmarks/family.py Adam Lion --json            two of them, for machines
    python benchmarks/family.py --markdown --save f.json    the table for a document, and JSON
    python benchmarks/family.py --size medium --rounds 5    24 million weights, a third of the time
    python benchmarks/family.py --read benchmarks/family.json --markdown
                                                            tables and picture of figures saved
    python benchmarks/family.py --size quick                does it run? Figures mean nothing

The tensors are those of GPT-2 small. Each optimizer is timed plain, and with a clip to a global
norm and an average of the weights; torch by all the ways it has (fused, foreach, a loop over the
tensors), optax in one jitted function that is given its arguments' memory. Each library stands
beside ours alone, in turns, and is let go before the next. Libraries that are not installed are
left out, as is what does not fit in memory.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from adamas.measure import family, machine, picture, program, report
from adamas.measure.comparison import Comparison, DisagreementError, Row
from adamas.measure.members import everyone
from adamas.measure.timing import Spread
from adamas.pictures import COLOURS, INK, entitle, legend, new_figure, plain_axes

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "family.png"
TORCH = COLOURS[3]
LABEL = "share of the other's time: less is faster"
TITLES = {"plain": "The update alone", "clip + average": "With global clip and average"}
HEADINGS = (
    *("", "adamas", "GB/s", "of the memory's speed", "of torch foreach"),
    *("of torch's fastest", "", "of optax"),
)
NOTE = (
    "The memory's speed is that of the same walks over the same arrays without arithmetic: at "
    "least 0.9 is aimed for. Of torch's and optax's times, less is faster; of foreach at most 0.6 "
    "is aimed for, for element-wise rules. Medians of ratios within rounds; in brackets the "
    "middle half. All libraries ended with the same parameters."
)


def find(rows: Sequence[Row], peer: str) -> Row | None:
    return next((row for row in rows if row.peer == peer), None)


def cells(result: Comparison) -> tuple[str, ...]:
    """The row of one optimizer in the table of its case."""
    ours, best = find(result.rows, "adamas"), family.best_of_torch(result.rows)
    title = result.workload.member.title
    if ours is None:
        return (title, *[""] * (len(HEADINGS) - 1))
    speed = ours.gigabytes_per_second
    return (
        title,
        report.duration(ours.seconds.median),
        "" if speed is None else f"{speed:.1f}",
        ratio(find(result.rows, "traffic"), inverse=True),
        ratio(find(result.rows, "torch foreach")),
        ratio(best),
        "" if best is None else best.peer.removeprefix("torch "),
        ratio(find(result.rows, "optax")),
    )


def ratio(row: Row | None, *, inverse: bool = False) -> str:
    """Our time as a share of the peer's, or the other way round, and whether the aim is missed."""
    if row is None or row.ratio is None:
        return ""
    low, median, high = row.ratio.low, row.ratio.median, row.ratio.high
    if inverse:
        low, median, high = 1 / high, 1 / median, 1 / low
    return f"{'missed: ' if row.met is False else ''}{median:.2f} ({low:.2f}–{high:.2f})"


def draw(about: dict[str, Any], results: Sequence[Comparison], path: Path) -> None:
    """Our time as a share of each peer's: a line for each optimizer, a panel for each case."""
    titles = list(dict.fromkeys(result.workload.member.title for result in results))
    figure = new_figure(9, 1.7 + 0.27 * len(titles))
    panels = figure.subplots(1, len(family.CASES), sharey=True, sharex=True)
    for axes, case in zip(panels, family.CASES, strict=True):
        plain_axes(axes, TITLES.get(case, case), (LABEL, ""))
        axes.axvline(1, color=INK, linewidth=1, zorder=1)
        for result in results:
            if result.workload.title.endswith(f", {case}"):
                draw_line(axes, titles.index(result.workload.member.title), result.rows)
        axes.set(xscale="log", ylim=(len(titles) - 0.5, -0.5))
        axes.set_yticks(range(len(titles)), titles)
        axes.set_xticks([0.1, 0.2, 0.5, 1, 2, 5], ["0.1", "0.2", "0.5", "1", "2", "5"])
        axes.minorticks_off()
        axes.spines[["left"]].set_visible(False)
        axes.tick_params(left=False)
    note = f"GPT-2 small, 124 M weights, float32. {picture.about(about)}. Medians of rounds."
    entitle(figure, "A step of every optimizer, as a share of other libraries' time", note)
    handles, labels = panels[0].get_legend_handles_labels()
    unique = dict(zip(labels, handles, strict=True))
    legend(panels[-1], list(unique.values()), list(unique), loc="upper right")
    figure.savefig(path)


def draw_line(axes: Any, position: int, rows: Sequence[Row]) -> None:
    best = family.best_of_torch(rows)
    marks = (
        (find(rows, "traffic"), "the same memory traffic", "|", COLOURS[5], COLOURS[5]),
        (find(rows, "torch foreach"), "PyTorch, foreach", "o", "none", TORCH),
        (best, "PyTorch's fastest", "o", TORCH, TORCH),
        (find(rows, "optax"), "optax", "D", COLOURS[0], COLOURS[0]),
    )
    for row, label, marker, face, edge in marks:
        if row is None or row.ratio is None:
            continue
        axes.plot([row.ratio.low, row.ratio.high], [position] * 2, color=edge, lw=1, zorder=2)
        size = 9 if marker == "|" else 5
        axes.plot(
            row.ratio.median,
            position,
            marker,
            label=label,
            markerfacecolor=face,
            markeredgecolor=edge,
            markersize=size,
            zorder=3,
        )
        if label == "optax":
            axes.annotate(
                f"{row.ratio.median:.2f}", (row.ratio.median, position), (0, 4),
                textcoords="offset points", ha="center", fontsize=6.5, color=edge,
            )  # fmt: skip


def measured(args: argparse.Namespace) -> tuple[list[Comparison], bool]:
    """All comparisons, and whether any two libraries disagreed."""
    results, failed = [], False
    for member in everyone():
        if args.optimizers and member.title not in args.optimizers:
            continue
        for case in family.CASES:
            print(f"{member.title}, {case} …", file=sys.stderr, flush=True)
            shapes = family.shapes_for(member, args.size)
            workloads = family.contests(member, case, shapes, args.libraries)
            try:
                seconds = 0.002 if args.size == "quick" else 0.1
                found = family.measure(
                    workloads, threads=args.threads, rounds=args.rounds, seconds=seconds
                )
            except DisagreementError as error:
                print(f"error: {member.title}, {case}: {error}", file=sys.stderr)
                found = Comparison(workloads[0], args.rounds, 0, (), str(error))
                failed = True
            results.append(found)
    return results, failed


def read(path: Path) -> tuple[dict[str, Any], list[Comparison]]:
    """What `--save` wrote: the machine, and the figures with the workloads they are of."""
    content = json.loads(path.read_text())
    size = content["machine"]["size"]
    workloads = {}
    for member in everyone():
        for case in family.CASES:
            shapes = family.shapes_for(member, size)
            (workload, *_) = family.contests(member, case, shapes, [])
            workloads[workload.title] = workload
    return content["machine"], [
        Comparison(
            workloads[entry["title"]],
            entry["rounds"],
            entry["calls_per_round"],
            tuple(read_row(row) for row in entry["peers"]),
            entry["skipped"],
        )
        for entry in content["family"]
    ]


def read_row(row: dict[str, Any]) -> Row:
    spreads = {name: row[name] and Spread(**row[name]) for name in ("seconds", "ratio")}
    plain = ("peer", "target", "difference", "gigabytes_per_second")
    return Row(**{name: row[name] for name in plain}, **spreads)


def show(results: Sequence[Comparison], note: str, *, markdown: bool = False) -> None:
    for case in family.CASES:
        own = [result for result in results if result.workload.title.endswith(f", {case}")]
        rows = [cells(result) for result in own]
        print(markdown_table(case, rows) if markdown else report.plain_table(case, HEADINGS, rows))
        for result in own:
            if result.skipped:
                print(f"{result.workload.title}: left out. {result.skipped}")
        print()
    print(note)


def markdown_table(title: str, rows: Sequence[Sequence[str]]) -> str:
    lines = [(title, *HEADINGS[1:]), ["---"] * len(HEADINGS), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = program.new_parser(__doc__, rounds=9, threads=True)
    titles = [member.title for member in everyone()]
    parser.add_argument(
        "optimizers", nargs="*", metavar="OPTIMIZER", help=f"{', '.join(map(repr, titles))}"
    )
    parser.add_argument("--size", choices=family.SIZES, default="full", help="of the GPT-2")
    parser.add_argument("--libraries", nargs="*", default=["torch", "optax"], help="beside whom")
    parser.add_argument("--plot", type=Path, help="where the picture goes")
    parser.add_argument("--markdown", action="store_true", help="print tables for a document")
    parser.add_argument("--read", type=Path, help="measure nothing, take a JSON that was saved")
    parser.add_argument("--save", type=Path, help="also write the JSON to this file")
    args = parser.parse_args(arguments)
    unknown = [title for title in args.optimizers if title not in titles]
    if unknown:
        parser.error(f"OPTIMIZER must be one of {', '.join(map(repr, titles))}. Got: {unknown[0]}.")
    for library in args.libraries:
        if library not in ("torch", "optax"):
            parser.error(f"--libraries must be among 'torch', 'optax'. Got: {library!r}.")
    whole = args.size == "full" and not args.optimizers
    if args.plot is None and whole and machine.installed("matplotlib"):
        args.plot = PICTURE
    args.plot = program.checked_picture(parser, args.plot) if args.plot else None
    return args


def main() -> int:
    args = parse()
    if args.read:
        (about, results), failed = read(args.read), False
    else:
        about = {**machine.describe(args.threads), "size": args.size}
        results, failed = measured(args)
    if args.plot:
        draw(about, results, args.plot)
    figures = {"family": [result.as_json() for result in results]}
    if args.save:
        args.save.write_text(f"{program.as_json(about, figures)}\n")
    note = "Quick: the figures mean nothing." if args.size == "quick" else NOTE
    done = program.answer(args, about, figures, lambda: show(results, note, markdown=args.markdown))
    return 1 if failed else done


if __name__ == "__main__":
    sys.exit(main())
