"""Steps on an NVIDIA GPU: beside PyTorch, and beside a copy of memory.

    python benchmarks/gpu.py                    every workload that fits; writes benchmarks/gpu.json
    python benchmarks/gpu.py gpt2 --rounds 5    one of them
    python benchmarks/gpu.py --quick            does it run? Figures mean nothing
    python benchmarks/gpu.py --read benchmarks/gpu.json    the table of figures saved

Each workload is timed plain (Adam), as a recipe (clip to a global norm, Adam, average of the
weights), and both again as replayed CUDA graphs. PyTorch is used as it is fastest: fused Adam,
clip_grad_norm_(foreach=True), _foreach_lerp_. A round is a block of steps of each library, in an
order drawn anew, between two events on the device; a ratio is taken within each round, and the
table has medians. In the end both must have the same parameters. Without a GPU it says so and ends.
"""

import argparse
import gc
import json
import platform
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from adamas.measure import machine, program, report
from adamas.measure.peers.torch import Recipe
from adamas.measure.timing import Spread, ratios, spread
from adamas.measure.workloads import AGREEMENT, Shapes, Workload, gpt2_shapes

FIGURES = Path(__file__).with_name("gpu.json")
RATE, EPSILON, LIMIT, MOMENTUM = 1e-3, 1e-12, 1.0, 0.99
BLOCK_SECONDS = 0.2
WARM_UP = 4
COPIED = 2**30

PLAIN, RECIPE = "Adam", "clip + Adam + average"
BYTES = {PLAIN: 28, RECIPE: 40}
"""What a step must move for each weight in float32: p, g, m, v and p, m, v; g, and the average."""

AIMS = {PLAIN: 1.0, RECIPE: 0.5}
"""How large our time may be, as a share of PyTorch's."""

COPY_AIM = 0.85
"""How fast ours should move memory, as a share of a copy."""

Step = Callable[[], None]


@dataclass(frozen=True)
class Figure:
    """One line of the table; seconds for one step, and GB/s."""

    workload: str
    weights: int
    what: str
    library: str
    seconds: Spread
    bandwidth: float
    of_copy: float
    ratio: Spread | None


def workloads(quick: bool) -> dict[str, Shapes]:
    """The tensors of each workload."""
    if quick:
        return {"gpt2": gpt2_shapes(24, 2, 101, 32), "thousand": ((50,),) * 100}
    return {
        "gpt2": gpt2_shapes(),
        "billion": gpt2_shapes(width=1536, layers=32),
        "thousand": ((1000,),) * 1000,
    }


class Library:
    """One library's parameters and its step."""

    def __init__(self, name: str, workload: Workload, gradients: Sequence[Any]) -> None:
        import torch

        self.name = name
        self._torch = torch
        self.params = [
            torch.nn.Parameter(torch.from_numpy(p.copy()).cuda()) for p in workload.parameters()
        ]
        self._gradients = gradients

    def give(self, which: int) -> None:
        """Make one of the two sets of gradients that of the next steps."""
        for parameter, gradient in zip(self.params, self._gradients[which], strict=True):
            parameter.grad = gradient

    def stepper(self, what: str, graphs: bool) -> Step:
        """Its step, which can be captured if `graphs`."""
        if self.name == "adamas":
            return ours(self.params, what)
        return torchs(self.params, what, graphs)


def ours(params: Sequence[Any], what: str) -> Step:
    import adamas.torch as optim  # pyright: ignore[reportMissingImports]

    options: dict[str, Any] = {}
    if what == RECIPE:
        options = {"global_clipnorm": LIMIT, "use_ema": True, "ema_momentum": MOMENTUM}
    return optim.Adam(params, lr=RATE, eps=EPSILON, **options).step


def torchs(params: Sequence[Any], what: str, graphs: bool) -> Step:
    import torch

    optimizer = torch.optim.Adam(params, lr=RATE, eps=EPSILON, fused=True, capturable=graphs)
    around = {} if what == PLAIN else {"clip": LIMIT, "momentum": MOMENTUM}
    return Recipe(params, [optimizer], **around).step


def captured(step: Step) -> Step:
    """A CUDA graph of a step, as PyTorch's documents say: warmed up on another stream."""
    import torch

    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(WARM_UP):
            step()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay


def seconds_of(step: Step, calls: int) -> float:
    """Seconds that a step takes on the device, in a block of so many."""
    import torch

    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    torch.cuda.synchronize()
    begin.record()
    for _ in range(calls):
        step()
    end.record()
    torch.cuda.synchronize()
    return begin.elapsed_time(end) / 1e3 / calls


def interleaved(
    steps: dict[str, Step],
    rounds: int,
    seconds: Callable[[Step, int], float],
    before: Callable[[str, int], None],
) -> dict[str, list[float]]:
    """Seconds per step of each, one number for each round; `before` each block, with its round."""
    for name, step in steps.items():
        before(name, 0)
        for _ in range(WARM_UP):
            step()
    slowest = max(seconds(step, 1) for step in steps.values())
    calls = max(1, min(200, int(BLOCK_SECONDS / max(slowest, 1e-9))))
    times: dict[str, list[float]] = {name: [] for name in steps}
    order = list(steps)
    draw = random.Random(rounds)
    for turn in range(rounds):
        draw.shuffle(order)
        for name in order:
            before(name, turn % 2)
            times[name].append(seconds(steps[name], calls))
    return times


def copy_bandwidth(rounds: int) -> float:
    """GB/s of a copy on the device, read and written."""
    import torch

    source = torch.ones(COPIED // 4, device="cuda")
    target = torch.empty_like(source)
    blocks = [seconds_of(lambda: target.copy_(source) and None, 20) for _ in range(rounds)]  # noqa: B023
    return 2 * COPIED / spread(blocks).median / 1e9


def check_agreement(workload: Workload, libraries: Sequence[Library]) -> None:
    """Both went the same way, to a ten-thousandth of it."""
    import torch

    for start, one, other in zip(
        workload.parameters(), *(library.params for library in libraries), strict=True
    ):
        way = (one - torch.from_numpy(start.copy()).cuda()).abs().max()
        apart = (one - other).abs().max()
        if not bool(way > 0) or not bool(apart <= AGREEMENT * way):
            raise SystemExit(
                f"{workload.name}: the libraries end {apart:.3g} apart after {way:.3g}"
            )


def measured(workload: Workload, what: str, rounds: int, graphs: bool, copy: float) -> list[Figure]:
    """Both libraries on one workload."""
    import torch

    gradients = [
        [torch.from_numpy(g.copy()).cuda() for g in workload.gradients(which)] for which in (0, 1)
    ]
    if graphs:
        gradients[1] = gradients[0]  # a graph keeps its own
    libraries = [Library(name, workload, gradients) for name in ("adamas", "torch")]
    steps: dict[str, Step] = {}
    for library in libraries:
        library.give(0)
        step = library.stepper(what, graphs)
        steps[library.name] = captured(step) if graphs else step
    by_name = {library.name: library for library in libraries}
    times = interleaved(steps, rounds, seconds_of, lambda name, which: by_name[name].give(which))
    check_agreement(workload, libraries)
    found = []
    for name, own in times.items():
        bandwidth = BYTES[what] * workload.weights / spread(own).median / 1e9
        found.append(
            Figure(
                workload=workload.name,
                weights=workload.weights,
                what=what + (", CUDA graph" if graphs else ""),
                library=name,
                seconds=spread(own),
                bandwidth=bandwidth,
                of_copy=bandwidth / copy,
                ratio=spread(ratios(times["adamas"], own)) if name != "adamas" else None,
            )
        )
    return found


def fits(workload: Workload) -> bool:
    """Whether two libraries and two sets of gradients have room."""
    import torch

    free, _ = torch.cuda.mem_get_info()
    return free > 1.1 * 4 * workload.weights * (2 + 2 * 5)


def about() -> dict[str, Any]:
    """The device and the versions."""
    import torch

    version: Any = torch.version
    properties = torch.cuda.get_device_properties(0)
    return {
        "device": properties.name,
        "capability": f"{properties.major}.{properties.minor}",
        "memory": properties.total_memory,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "cuda": version.cuda,
        "versions": {
            name: machine.version(name)
            for name in ("adamas", "torch", "triton", "numpy")
            if machine.version(name)
        },
    }


def show(result: dict[str, Any]) -> None:
    """Print the device, the table and what is aimed for."""
    device = result["about"]
    versions = ", ".join(f"{name} {number}" for name, number in device["versions"].items())
    print(f"{device['device']} (compute capability {device['capability']}), CUDA {device['cuda']}")
    print(f"{device['system']}, Python {device['python']}\n{versions}")
    print(f"A copy moves {result['copy']:.0f} GB/s.\n")
    headings = ("", "a step of", "library", "takes", "GB/s", "of a copy", "adamas takes", "aim")
    rows = [cells(figure) for figure in result["figures"]]
    report.show_table("Medians of rounds; in brackets the middle half", headings, rows)
    for name in result["left_out"]:
        print(f"{name}: left out, as it does not fit in memory.")


def cells(figure: dict[str, Any]) -> tuple[str, ...]:
    """A row of the table."""
    plain = figure["what"].removesuffix(", CUDA graph")
    ratio, aim = figure["ratio"], ""
    if ratio is not None:
        aim = f"≤ {AIMS[plain]:.2f} {'met' if ratio['median'] <= AIMS[plain] else 'missed'}"
    elif figure["weights"] > 10**8:
        met = "met" if figure["of_copy"] >= COPY_AIM else "missed"
        aim = f"≥ {COPY_AIM} of a copy {met}"
    return (
        f"{figure['workload']}, {figure['weights'] / 1e6:.3g} M weights",
        figure["what"],
        figure["library"],
        report.duration(figure["seconds"]["median"]),
        f"{figure['bandwidth']:.0f}",
        f"{figure['of_copy']:.2f}",
        ""
        if ratio is None
        else f"{ratio['median']:.2f} ({ratio['low']:.2f}–{ratio['high']:.2f}) of it",
        aim,
    )


def run(names: Sequence[str], rounds: int, quick: bool) -> dict[str, Any]:
    """Every figure."""
    import torch

    copy = copy_bandwidth(rounds)
    figures: list[Figure] = []
    left_out = []
    for name, shapes in workloads(quick).items():
        workload = Workload(name, name, shapes, ())
        if names and name not in names:
            continue
        if not fits(workload):
            left_out.append(name)
            continue
        for what in (PLAIN, RECIPE):
            for graphs in (False, True):
                figures += measured(workload, what, rounds, graphs, copy)
                gc.collect()
                torch.cuda.empty_cache()
    return {
        "about": about(),
        "copy": copy,
        "rounds": rounds,
        "left_out": left_out,
        "figures": [asdict(figure) for figure in figures],
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = program.new_parser(__doc__, rounds=15, quick=True)
    parser.add_argument("workloads", nargs="*", help="gpt2, billion, thousand; all by default")
    parser.add_argument("--read", type=Path, help="show figures that were saved")
    parser.add_argument("--save", type=Path, default=FIGURES, help="where figures go")
    chosen = parser.parse_args(arguments)
    if chosen.read:
        return answer(chosen, json.loads(chosen.read.read_text()))
    if not machine.installed("torch"):
        print("PyTorch is not installed: nothing is measured.")
        return 1
    import torch

    if not torch.cuda.is_available():
        print("There is no CUDA device here: nothing is measured.")
        return 1
    result = run(chosen.workloads, chosen.rounds, chosen.quick)
    if not chosen.quick:
        chosen.save.write_text(json.dumps(result, indent=1) + "\n")
    return answer(chosen, result)


def answer(chosen: argparse.Namespace, result: dict[str, Any]) -> int:
    """Print the figures; the device stands among them, under ``about``."""
    if chosen.json:
        print(json.dumps(result, indent=2))
    else:
        show(result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
