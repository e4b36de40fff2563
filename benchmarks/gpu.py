"""Steps on an NVIDIA GPU: beside PyTorch, and beside a copy of memory.

    python benchmarks/gpu.py                     every stage; writes benchmarks/gpu.json
    python benchmarks/gpu.py gpt2 thousand       some of them
    python benchmarks/gpu.py --quick             does it run? Figures mean nothing
    python benchmarks/gpu.py --rehearse --quick  the same without a GPU, in Triton's interpreter
    python benchmarks/gpu.py --read benchmarks/gpu.json    the table of figures saved

A stage is a workload (gpt2, billion, thousand), the host's time of a step with another rate each
time (host), or an optimizer at GPT-2 small (Muon, Adafactor, …). Workloads are timed plain (Adam),
as a recipe (clip to a global norm, Adam, average of the weights), and both again as replayed CUDA
graphs. PyTorch is used as it is fastest: fused, clip_grad_norm_(foreach=True), _foreach_lerp_. A
round is a block of steps of each library, in an order drawn anew, between two events on the device;
a ratio is taken within each round, and the table has medians. In the end both must have the same
parameters. Data are made on the device.

Figures are printed and saved after each stage. One that fails is noted and left behind, in a new
process if it has broken the device's context. After four minutes nothing is begun any more.
"""

import argparse
import gc
import json
import math
import platform
import random
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import adamas
from adamas.explanation import explain
from adamas.measure import machine, program, report
from adamas.measure.peers.torch import Recipe
from adamas.measure.timing import Spread, ratios, spread
from adamas.measure.workloads import AGREEMENT, Shapes, gpt2_shapes

FIGURES = Path(__file__).with_name("gpu.json")
RATE, EPSILON, LIMIT, MOMENTUM = 1e-3, 1e-12, 1.0, 0.99
BLOCK_SECONDS = 0.1
SECONDS = 220
WARM_UP = 4
COPIED = 2**30
LARGE = 10**8
BROKEN = ("illegal memory", "misaligned address", "launch failure", "device-side assert")
"""What is said of a context in which nothing works any more."""

PLAIN, RECIPE, GRAPH = "Adam", "clip + Adam + average", ", CUDA graph"
NEW_RATE = "Adam, a new rate each step, host"
BYTES = {PLAIN: 28, RECIPE: 40}
"""What a step must move for each weight in float32: p, g, m, v and p, m, v; g, and the average."""

FUSED = ("SGD", "AdamW")
"""Of which PyTorch has a fused kernel for GPUs, beside Adam."""

FAMILY: Mapping[str, Mapping[str, Any]] = {
    "Muon": {},
    "Adafactor": {},
    "Lamb": {},
    "SGD": {"momentum": 0.9},
    "AdamW": {},
    "NAdam": {},
    "RMSprop": {},
    "Adagrad": {},
    "Adadelta": {},
    "Adamax": {},
    "Lion": {},
}
"""The other optimizers, with their arguments, those first of which least is known."""

COPY_AIMS = {PLAIN: 0.9, RECIPE: 0.9, "Adafactor": 0.6, "Muon": 0.0}
"""How fast ours should move memory, as a share of a copy; 0.85 for all others."""

Step = Callable[[], Any]


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
    apart: float = 0.0


@dataclass(frozen=True)
class Setting:
    """How a run measures.

    Attributes:
        device: ``"cuda"``, or ``"cpu"`` for a rehearsal.
        until: when nothing is begun any more, by `time.monotonic`.
        copy: GB/s of a copy of memory.
    """

    device: str
    rounds: int
    quick: bool
    until: float
    copy: float = math.nan

    @property
    def options(self) -> dict[str, Any]:
        """What ours are constructed with: a rehearsal asks for the compiler."""
        return {} if self.device == "cuda" else {"compiler": "triton"}


def workloads(quick: bool) -> dict[str, Shapes]:
    """The tensors of each workload."""
    if quick:
        small = gpt2_shapes(8, 1, 20, 8)
        return {"gpt2": small, "thousand": ((50,),) * 20, "billion": small}
    return {
        "gpt2": gpt2_shapes(),
        "thousand": ((1000,),) * 1000,
        "billion": gpt2_shapes(width=1536, layers=32),
    }


def most(workload: str, what: str, library: str) -> float:
    """How large our time may be, as a share of PyTorch's."""
    plain = what.removesuffix(GRAPH)
    if what == NEW_RATE:
        return 0.5
    if plain in BYTES:
        if workload == "thousand":
            return 0.3 if what.endswith(GRAPH) else 0.5
        return {PLAIN: 1.0, RECIPE: 0.8}[plain]
    if plain == "Muon":
        return 0.8
    return 1.0 if plain in FUSED else 0.6


def drawn(setting: Setting, shapes: Shapes, seed: int, scale: float = 1.0) -> list[Any]:
    """Tensors of normal numbers, made on the device."""
    import torch

    chance = torch.Generator(setting.device).manual_seed(seed)
    known = {"generator": chance, "device": setting.device}
    return [torch.randn(shape, **known).mul_(scale) for shape in shapes]


class Library:
    """One library's parameters and its step."""

    def __init__(self, name: str, params: Sequence[Any], gradients: Sequence[Sequence[Any]]):
        import torch

        self.name = name
        self.params = [torch.nn.Parameter(p) for p in params]
        self._gradients = gradients

    def give(self, which: int) -> None:
        """Make one of the two sets of gradients that of the next steps."""
        for parameter, gradient in zip(self.params, self._gradients[which], strict=True):
            parameter.grad = gradient


def stepper(setting: Setting, library: Library, what: str, graphs: bool) -> Step:
    """A library's step, which can be captured if `graphs`."""
    import torch

    import adamas.torch as optim  # pyright: ignore[reportMissingImports]

    ours, kind = library.name == "adamas", what
    around: dict[str, Any] = {}
    given: dict[str, Any] = {"lr": RATE, **FAMILY.get(what, {})}
    if what in BYTES:
        kind, given = "Adam", {"lr": RATE, "eps": EPSILON}
    if ours:
        if what == RECIPE:
            around = {"global_clipnorm": LIMIT, "use_ema": True, "ema_momentum": MOMENTUM}
        made: Any = getattr(optim, kind)
        return made(library.params, **given, **around, **setting.options).step
    params = library.params
    if kind == "Muon":  # PyTorch's is for matrices alone
        params = [p for p in params if p.ndim == 2]
    fastest = {"fused": True} if kind in ("Adam", *FUSED) else {"foreach": True}
    if kind == "Adam":
        fastest["capturable"] = graphs
    optimizer = getattr(torch.optim, kind)(params, **given, **({} if kind == "Muon" else fastest))
    if what == RECIPE:
        around = {"clip": LIMIT, "momentum": MOMENTUM}
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


def host_seconds_of(step: Step, calls: int) -> float:
    """Seconds that the host takes for a step, while the device is busy with something else."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.synchronize()
        torch.cuda._sleep(int(2e8))
    begin = time.perf_counter()
    for _ in range(min(calls, 20)):
        step()
    return (time.perf_counter() - begin) / min(calls, 20)


def interleaved(
    steps: dict[str, Step],
    rounds: int,
    seconds: Callable[[Step, int], float],
    before: Callable[[str, int], None],
    until: float = math.inf,
) -> dict[str, list[float]]:
    """Seconds per step of each, one number for each round; `before` each block, with its round.

    After `until` no further round begins.
    """
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
        if turn and time.monotonic() > until:
            break
        draw.shuffle(order)
        for name in order:
            before(name, turn % 2)
            times[name].append(seconds(steps[name], calls))
    return times


def copy_bandwidth(setting: Setting, clock: Callable[[Step, int], float]) -> float:
    """GB/s of a copy on the device, read and written."""
    import torch

    size = COPIED if setting.device == "cuda" else 2**16
    source = torch.ones(size // 4, device=setting.device)
    target = torch.empty_like(source)
    blocks = [clock(lambda: target.copy_(source), 20) for _ in range(7)]
    return 2 * size / spread(blocks).median / 1e9


def distance(start: Sequence[Any], libraries: Sequence[Library]) -> float:
    """How far apart the libraries end, as a share of the way; an error if that is 0."""
    worst = 0.0
    for before, one, other in zip(start, *(each.params for each in libraries), strict=True):
        way = float((one.detach() - before).abs().max())
        if not way > 0:
            raise RuntimeError("a library has not moved")
        worst = max(worst, float((one - other).detach().abs().max()) / way)
    return worst


def bytes_of(what: str, shapes: Shapes) -> float:
    """What a step moves for each weight."""
    if what in BYTES:
        return BYTES[what]
    own = getattr(adamas, {"NAdam": "Nadam"}.get(what, what))
    given = {"convention": "torch"} if "torch" in own.conventions else {}
    declared = own(RATE, **FAMILY.get(what, {}), **given)
    return explain(declared, {str(place): shape for place, shape in enumerate(shapes)}).bytes


def measured(
    setting: Setting, workload: str, what: str, graphs: bool = False, host: bool = False
) -> list[Figure]:
    """Both libraries on one workload, or ours alone where PyTorch has no such optimizer."""
    import torch

    shapes = workloads(setting.quick)["gpt2" if workload == "family" else workload]
    if what == "Muon":
        shapes = tuple(shape for shape in shapes if len(shape) == 2)
    if host:
        shapes = ((8,),) * len(shapes)  # the device has next to nothing to do
    weights = sum(map(math.prod, shapes))
    gradients = [drawn(setting, shapes, seed) for seed in (2, 3)]
    if graphs:
        gradients[1] = gradients[0]  # a graph keeps its own
    names = ["adamas", *(["torch"] if what in BYTES or hasattr(torch.optim, what) else [])]
    libraries = {n: Library(n, drawn(setting, shapes, 1, 0.02), gradients) for n in names}
    steps: dict[str, Step] = {}
    for name, library in libraries.items():
        library.give(0)
        step = stepper(setting, library, what, graphs)
        if host:
            step = with_new_rates(step)
        steps[name] = captured(step) if graphs and setting.device == "cuda" else step
    clock = host_seconds_of if host or setting.device == "cpu" else seconds_of
    times = interleaved(
        steps, setting.rounds, clock, lambda n, which: libraries[n].give(which), setting.until
    )
    apart = 0.0
    if len(names) > 1:
        apart = distance(drawn(setting, shapes, 1, 0.02), list(libraries.values()))
        if what in BYTES and not apart <= AGREEMENT:
            raise RuntimeError(f"the libraries end {apart:.3g} of the way apart")
    moved = bytes_of(what, shapes)
    title = NEW_RATE if host else what + (GRAPH if graphs else "")
    return [
        Figure(
            workload=workload,
            weights=weights,
            what=title,
            library=name,
            seconds=spread(own),
            bandwidth=moved * weights / spread(own).median / 1e9,
            of_copy=moved * weights / spread(own).median / 1e9 / setting.copy,
            ratio=spread(ratios(times["adamas"], own)) if name != "adamas" else None,
            apart=apart,
        )
        for name, own in times.items()
    ]


def with_new_rates(step: Step) -> Step:
    """A step after a scheduler's: another learning rate each time."""
    owner: Any = getattr(step, "__self__", None)
    groups = owner.param_groups

    def scheduled() -> None:
        groups[0]["lr"] *= 0.9999
        step()

    return scheduled


Stage = Callable[[Setting], list[Figure]]


def stages() -> dict[str, Stage]:
    """What is measured, in order, each by the name by which it can be asked for."""
    found: dict[str, Stage] = {}

    def add(name: str, workload: str, what: str, **more: bool) -> None:
        found[name] = lambda setting: measured(setting, workload, what, **more)

    for workload in workloads(quick=True):
        for what, called in ((PLAIN, "plain"), (RECIPE, "recipe")):
            add(f"{workload} {called}", workload, what)
            if workload != "billion":
                add(f"{workload} {called} graph", workload, what, graphs=True)
    add("host", "gpt2", PLAIN, host=True)
    for kind in FAMILY:
        add(kind, "family", kind)
    return found


def chosen_stages(names: Sequence[str]) -> list[str]:
    """The stages that are named, whole or by their first word; all if none are."""
    every = stages()
    unknown = [n for n in names if not any(n in (s, s.split()[0]) for s in every)]
    if unknown:
        raise SystemExit(f"No stage {unknown[0]!r}. There are: {', '.join(every)}.")
    return [s for s in every if not names or s in names or s.split()[0] in names]


def fits(setting: Setting, workload: str) -> bool:
    """Whether two libraries and two sets of gradients have room."""
    import torch

    if setting.device == "cpu":
        return True
    free, _ = torch.cuda.mem_get_info()
    weights = sum(map(math.prod, workloads(setting.quick)[workload]))
    return free > 1.1 * 4 * weights * (2 + 2 * 5)


def about(setting: Setting) -> dict[str, Any]:
    """The device and the versions."""
    import torch

    version: Any = torch.version
    found = {"device": "Triton's interpreter: figures mean nothing", "capability": "", "memory": 0}
    if setting.device == "cuda":
        properties = torch.cuda.get_device_properties(0)
        capability = f"{properties.major}.{properties.minor}"
        memory = properties.total_memory
        found = {"device": properties.name, "capability": capability, "memory": memory}
    names = ("adamas", "torch", "triton", "numpy")
    return {
        **found,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "cuda": version.cuda,
        "versions": {n: machine.version(n) for n in names if machine.version(n)},
    }


# -- what is shown


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
    for name, why in result["left_out"].items():
        print(f"{name}: left out: {why}")


def cells(figure: dict[str, Any]) -> tuple[str, ...]:
    """A row of the table."""
    plain = figure["what"].removesuffix(GRAPH)
    ratio, aim = figure["ratio"], ""
    if ratio is not None:
        bound = most(figure["workload"], figure["what"], figure["library"])
        aim = f"≤ {bound:.2f} {'met' if ratio['median'] <= bound else 'missed'}"
    elif figure["weights"] > LARGE or figure["workload"] == "family":
        bound = COPY_AIMS.get(plain, 0.85)
        met = "met" if figure["of_copy"] >= bound else "missed"
        aim = f"≥ {bound} of a copy {met}" if bound else ""
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


# -- the program


def run(setting: Setting, wanted: Sequence[str], result: dict[str, Any], keep: Step) -> list[str]:
    """Every stage, of which `keep` saves and shows the figures; gives those for a new process."""
    import torch

    every = stages()
    for place, name in enumerate(wanted):
        workload = name.split()[0]
        if time.monotonic() > setting.until:
            result["left_out"][name] = "no time was left"
            continue
        if workload in workloads(True) and not fits(setting, workload):
            result["left_out"][name] = "it does not fit in memory"
            continue
        try:
            found = every[name](setting)
        except Exception as error:
            said = str(error).splitlines() or [""]
            result["left_out"][name] = f"{type(error).__name__}: {said[0]}"
            print(f"{name}: {result['left_out'][name]}", flush=True)
            keep()
            if any(text in str(error) for text in BROKEN):
                return list(wanted[place + 1 :])
            continue
        result["figures"] += [asdict(figure) for figure in found]
        for figure in found:
            print("  ".join(cells(asdict(figure))), flush=True)
        keep()
        gc.collect()
        if setting.device == "cuda":
            torch.cuda.empty_cache()
    return []


def main(arguments: Sequence[str] | None = None) -> int:
    parser = program.new_parser(__doc__, rounds=9, quick=True)
    parser.add_argument("stages", nargs="*", help=f"some of: {', '.join(stages())}; or first words")
    parser.add_argument("--read", type=Path, help="show figures that were saved")
    parser.add_argument("--save", type=Path, default=FIGURES, help="where figures go")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="after which none begins")
    parser.add_argument("--rehearse", action="store_true", help="in Triton's interpreter")
    parser.add_argument("--go-on", action="store_true", help="add to the figures saved")
    chosen = parser.parse_args(arguments)
    if chosen.read:
        return answer(chosen, json.loads(chosen.read.read_text()))
    if not machine.installed("torch"):
        print("PyTorch is not installed: nothing is measured.")
        return 1
    import torch

    if not chosen.rehearse and not torch.cuda.is_available():
        print("There is no CUDA device here: nothing is measured.")
        return 1
    until = time.monotonic() + chosen.seconds
    device, rounds = ("cpu", 1) if chosen.rehearse else ("cuda", chosen.rounds)
    setting = Setting(device, rounds, chosen.quick, until)
    result: dict[str, Any] = {"figures": [], "left_out": {}}
    if chosen.go_on:
        result = json.loads(chosen.save.read_text())
    else:
        clock = host_seconds_of if chosen.rehearse else seconds_of
        result |= {"about": about(setting), "copy": copy_bandwidth(setting, clock)}
    setting = replace(setting, copy=result["copy"])
    saves = not (chosen.quick and chosen.save == FIGURES)

    def keep() -> None:
        if saves:
            chosen.save.write_text(json.dumps(result, indent=1) + "\n")

    left = run(setting, chosen_stages(chosen.stages), result, keep)
    keep()
    if left and saves:
        seconds = str(max(until - time.monotonic(), 0.0))
        anew = [sys.executable, __file__, *left, "--go-on", "--save", str(chosen.save)]
        asked = {"--quick": chosen.quick, "--json": chosen.json, "--rehearse": chosen.rehearse}
        flags = [flag for flag, is_asked in asked.items() if is_asked]
        more = ["--seconds", seconds, "--rounds", str(chosen.rounds), *flags]
        return subprocess.run([*anew, *more], check=False).returncode
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
