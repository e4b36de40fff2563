"""States on the host: a step with `offload="cpu"` beside one of parameters that lie on the CPU.

    python benchmarks/offload.py            parameters on a GPU if there is one, else on the CPU
    python benchmarks/offload.py --busy     on a machine that others use as well: one thread, and
                                            the time that the processor worked for this process
    python benchmarks/offload.py --quick    does it run? Figures mean nothing

Adam on 67 million weights in 64 tensors; all take turns call by call (see `benchmarks/README.md`).
Beside the steps stands a bare copy of memory on the host. Without a GPU parameters on the CPU stand
for those on a device, so that copies take the CPU's own time: a step moves 28 bytes for each weight
(p, g, m and v; p, m and v), and with offload 24 more (p and g come down, p goes up, each read and
written). What a device would copy by itself is left out in another row: buckets are cut, waited for
and stepped, and what is in them does not matter. There a step is to move its bytes at no less than
0.9 of the speed of one without offload.

On a GPU copies are the device's. Beside the steps stand copies over the bus, and below what was
allocated on the device beside parameters and gradients. In the end all weights must be the same.
"""

import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any
from unittest import mock

import torch

import adamas
import adamas.torch as optim
from adamas.frameworks.torch import offload
from adamas.frameworks.torch.transport import Pairs, PlainCopies
from adamas.measure import machine, program, report
from adamas.measure.timing import Spread, by_turns, calls_in, ratios, spread, warm_up

TENSORS, COUNT, QUICK = 64, 2**20, 2**10
ON_GPU = torch.cuda.is_available()
DEVICE = "cuda" if ON_GPU else "cpu"
COPY, STEP, ALONE = "a copy of memory", "a step on the CPU", "with offload, nothing copied"
CLIP = {"global_clipnorm": 1.0}
STEPS: Mapping[str, tuple[int, dict[str, Any]]] = {
    STEP: (28, {}),
    "with offload": (28, {"offload": "cpu"}),
    "a step with a global norm": (32, CLIP),
    "with a global norm and offload": (32, {"offload": "cpu", **CLIP}),
}
"""Bytes that a step moves for each weight, but for copies, and the arguments."""


class Copy:
    """What memory can do: 8 bytes for each weight."""

    name = COPY

    def __init__(self, count: int) -> None:
        self._there = torch.ones(TENSORS * count)
        self._here = torch.empty_like(self._there)

    def give(self, which: int) -> None:
        """Nothing."""

    def step(self) -> None:
        """What is timed."""
        self._here.copy_(self._there)


class OverTheBus:
    """A copy between pinned memory and the device: 4 bytes for each weight."""

    def __init__(self, name: str, count: int, *, up: bool) -> None:
        self.name = name
        here = torch.ones(TENSORS * count, pin_memory=True)
        there = torch.ones(TENSORS * count, device="cuda")
        self._into, self._out_of = (there, here) if up else (here, there)

    def give(self, which: int) -> None:
        """Nothing."""

    def step(self) -> None:
        """What is timed."""
        self._into.copy_(self._out_of, non_blocking=True)
        torch.cuda.synchronize()


class NoCopies(PlainCopies):
    """In the place of copies that a device makes by itself."""

    def up(self, pairs: Pairs) -> None:
        """Nothing."""


class Step:
    """Steps over tensors of its own, on the device with offload."""

    def __init__(self, name: str, count: int) -> None:
        self.name = name
        self.bytes, arguments = STEPS[name]
        device = DEVICE if "offload" in arguments else "cpu"
        chance = torch.Generator().manual_seed(0)
        values = [torch.randn(count, generator=chance) for _ in range(TENSORS)]
        self.params = [value.to(device, copy=True).requires_grad_() for value in values]
        for parameter in self.params:
            parameter.grad = 0.1 * parameter.detach()
        self.optimizer = optim.Adam(self.params, lr=1e-4, **arguments)

    def give(self, which: int) -> None:
        """Nothing: gradients stay as they are."""

    def step(self) -> None:
        """What is timed."""
        self.optimizer.step()
        if ON_GPU:
            torch.cuda.synchronize()


def alone(count: int) -> Step:
    """Steps with offload of which no copies are made."""
    with mock.patch.object(offload, "transport_of", return_value=NoCopies()):
        step = Step("with offload", count)
        step.optimizer.ready()
    step.name = ALONE
    return step


def moved(step: Step) -> int:
    """The bytes that a step moves in the host's memory for each weight."""
    copies = 0 if ON_GPU or step.name in (STEP, ALONE) or "offload" not in step.name else 24
    return step.bytes + copies


def more_on_device(count: int) -> float:
    """Bytes on the device for each weight in a training beside parameters and gradients."""
    step = Step("with offload", count)
    step.step()
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    step.step()
    torch.cuda.synchronize()
    return (torch.cuda.max_memory_allocated() - before) / (TENSORS * count)


def refuse_others(steps: Sequence[Step]) -> None:
    """All that have made as many steps with the same arguments must have the same weights."""
    for plain, moving in zip(steps[::2], steps[1::2], strict=True):
        for one, other in zip(plain.params, moving.params, strict=True):
            if plain.optimizer.iterations == moving.optimizer.iterations and not torch.equal(
                one, other.cpu()
            ):
                raise SystemExit("The weights differ from those of steps on the CPU.")


def row(seconds: Sequence[float], copied: Sequence[float], size: int, of: int) -> dict[str, Any]:
    """Seconds, GB/s, and the share of the speed of a copy, by rounds."""
    shares = [size / 8 / ratio for ratio in ratios(seconds, copied)]
    return {
        "seconds": spread(seconds),
        "bytes": size,
        "gigabytes_per_second": size * of / statistics.median(seconds) / 1e9,
        "of_a_copy": spread(shares),
    }


def main() -> int:
    parser = program.new_parser(__doc__, rounds=15, threads=True, quick=True)
    parser.add_argument("--busy", action="store_true", help="the processor's time, of one thread")
    args = parser.parse_args()
    args.threads = 1 if args.busy else args.threads
    adamas.set_num_threads(args.threads)
    torch.set_num_threads(args.threads)
    count = QUICK if args.quick else COUNT
    steps = [Step(name, count) for name in STEPS]
    others: list[Any] = [Copy(count)]
    if ON_GPU:
        others += [OverTheBus("a copy down", count, up=False)]
        others += [OverTheBus("a copy up", count, up=True)]
    everyone = [*others, *steps, *([] if ON_GPU else [alone(count)])]
    clock = time.process_time_ns if args.busy else time.perf_counter_ns
    slowest = warm_up(everyone, clock)
    times = by_turns(everyone, args.rounds, calls_in(0.1, slowest), clock=clock).seconds
    refuse_others(steps)
    sizes = {COPY: 8, **{one.name: 4 for one in others[1:]}}
    sizes |= {one.name: moved(one) for one in everyone if isinstance(one, Step)}
    known = times[COPY], TENSORS * count
    rows = {name: row(times[name], known[0], size, known[1]) for name, size in sizes.items()}
    figures: dict[str, Any] = {
        name: {n: vars(v) if isinstance(v, Spread) else v for n, v in found.items()}
        for name, found in rows.items()
    }
    if ON_GPU:
        figures["bytes_more_on_device"] = more_on_device(count)
    about = {**machine.describe(args.threads), "device": _device()}
    return program.answer(args, about, figures, lambda: show(rows, figures))


def _device() -> str:
    return torch.cuda.get_device_name() if ON_GPU else "none: parameters on the CPU"


def show(rows: Mapping[str, Any], figures: Mapping[str, Any]) -> None:
    """The table."""
    cells = [
        (
            name,
            report.duration(found["seconds"].median),
            f"{found['bytes']}",
            f"{found['gigabytes_per_second']:.1f}",
            f"{found['of_a_copy'].median:.2f}",
            f"{found['of_a_copy'].low:.2f}–{found['of_a_copy'].high:.2f}",
        )
        for name, found in rows.items()
    ]
    headings = ("67 million weights", "time", "bytes a weight", "GB/s", "of a copy", "middle half")
    report.show_table("Adam, states on the host", headings, cells)
    if "bytes_more_on_device" in figures:
        more = figures["bytes_more_on_device"]
        print(f"\nOn the device beside parameters and gradients: {more:.3f} bytes a weight")


if __name__ == "__main__":
    sys.exit(main())
