"""Time per weight, from a thousand weights to hundreds of millions, as a picture.

    python benchmarks/scaling.py                          writes docs/images/scaling.png
    python benchmarks/scaling.py --draw                   only draws it, from scaling.json
    python benchmarks/scaling.py --largest 1e6 --plot /tmp/scaling.png --json

One tensor of each size, plain Adam in single precision, beside torch's fused Adam, Adam written by
hand in NumPy, and the same memory traffic with next to no arithmetic; peers that are not installed,
or for which the memory is too small, are left out. Needs matplotlib.
"""

import json
import math
import sys
from pathlib import Path
from typing import Any

from adamas.measure import comparison, machine, peers, picture, program, report
from adamas.measure.workloads import Workload
from adamas.pictures import COLOURS, entitle, legend, new_figure, plain_axes

FIGURES = Path(__file__).with_name("scaling.json")
PICTURE = Path(__file__).parents[1] / "docs" / "images" / "scaling.png"
STYLES = {
    "adamas": (COLOURS[0], "adamas", "-", 2.4),
    "torch": (COLOURS[3], "PyTorch, fused", "-", 1.6),
    "numpy": (COLOURS[4], "NumPy by hand", "-", 1.6),
    "traffic": (COLOURS[5], "the memory alone", "--", 1.4),
}
# Fewer peers where the memory ends.
TEAMS = (("torch", "numpy", "traffic"), ("torch", "traffic"), ("torch",), ())


def sizes(largest: float) -> list[int]:
    """1,000, 3,162, 10,000, … and the largest itself."""
    steps = [round(10 ** (half / 2)) for half in range(6, 1 + math.floor(2 * math.log10(largest)))]
    return sorted({*steps, int(largest)})


def measure(size: int, threads: int) -> comparison.Comparison:
    """One size, beside as many peers as there is memory for."""
    rounds = 15 if size < 30_000_000 else 5
    name = f"{size:,} weights"
    result = None
    for team in TEAMS:
        present = [peer for peer in team if peers.KINDS[peer].available]
        workload = Workload(name, name, ((size,),), tuple(present))
        result = comparison.compare(workload, present, threads=threads, rounds=rounds, seconds=0.05)
        if result.skipped is None:
            break
    assert result is not None
    return result


Points = dict[str, list[list[float]]]
"""Weights, and nanoseconds per weight, with the middle half of the rounds where it was kept."""


def points(results: list[comparison.Comparison]) -> Points:
    """Times per weight, by peer."""
    found: Points = {}
    for result in results:
        weights = result.workload.weights
        for row in result.rows:
            times = (row.seconds.median, row.seconds.low, row.seconds.high)
            point = [weights, *(1e9 * time / weights for time in times)]
            found.setdefault(row.peer, []).append(point)
    return found


def draw(about: dict[str, Any], found: Points, path: Path) -> None:
    figure = new_figure(7.5, 4.6)
    labels = ("weights in one tensor", "nanoseconds per weight")
    axes = plain_axes(figure.add_subplot(), "", labels)
    for peer, (colour, label, style, width) in STYLES.items():
        if peer not in found:
            continue
        x, line, *middle = zip(*found[peer], strict=True)
        axes.plot(x, line, style, color=colour, linewidth=width, marker="o", ms=3.5, label=label)
        if middle:
            axes.fill_between(x, *middle, color=colour, alpha=0.15, linewidth=0)
    axes.set(xscale="log", yscale="log")
    legend(axes)
    note = f"float32, medians of rounds. {picture.about(about)}."
    entitle(figure, "One step of Adam, from a thousand weights to hundreds of millions", note)
    figure.savefig(path)


def cells(result: comparison.Comparison) -> tuple[str, ...]:
    times = {row.peer: row.seconds.median for row in result.rows}
    weights = result.workload.weights
    return (
        f"{weights:,}",
        *(f"{1e9 * times[peer] / weights:.3g}" if peer in times else "" for peer in STYLES),
    )


def main() -> int:
    parser = program.new_parser(__doc__, threads=True)
    parser.add_argument("--largest", type=float, default=4e8, help="weights; 52 bytes for each")
    parser.add_argument("--plot", type=Path, default=PICTURE, help="where the picture goes")
    parser.add_argument("--draw", action="store_true", help=f"only draw, from {FIGURES.name}")
    args = parser.parse_args()
    path = program.checked_picture(parser, args.plot)
    if args.draw:
        kept = json.loads(FIGURES.read_text(encoding="utf-8"))
        draw(kept["machine"], kept["points"], path)
        return 0
    about = machine.describe(args.threads)
    results = []
    for size in sizes(args.largest):
        print(f"{size:,} weights …", file=sys.stderr, flush=True)
        results.append(measure(size, args.threads))
    draw(about, points(results), path)
    table = [result.as_json() for result in results]
    return program.answer(args, about, {"scaling": table}, lambda: show(results, path))


def show(results: list[comparison.Comparison], path: Path) -> None:
    headings = ("weights", *(label for _, label, _, _ in STYLES.values()))
    report.show_table("nanoseconds per weight", headings, [cells(each) for each in results])
    print(f"The picture is in {path}.")


if __name__ == "__main__":
    sys.exit(main())
