"""SOAP on the matrices of GPT-2 small, beside heavyball's and pytorch-optimizer's.

    python benchmarks/soap.py
    python benchmarks/soap.py --layers 1 --rounds 1         does it run? Figures mean little

Parameters are float32 tensors of PyTorch on the CPU: 48 matrices for 12 layers. All take turns,
update by update, with the same gradients, for rounds of as many updates as go by between two looks
for eigenbases. A round has one update that looks, of which the time stands apart; its mean is over
all of its updates, and a ratio is taken within it. Sides of more than ``--max-size`` rows or
columns have no matrix. heavyball compiles by ``torch.compile``, or nothing with ``--uncompiled``,
as where there is no C++ compiler. Who is not installed is left out::

    pip install --no-deps heavyball pytorch-optimizer
"""

import importlib
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import Any

import torch

import adamas
import adamas.torch
from adamas.measure import machine, program, report
from adamas.measure.timing import Spread, ratios, spread

WIDTH = 768
LAYER = ((3 * WIDTH, WIDTH), (WIDTH, WIDTH), (4 * WIDTH, WIDTH), (WIDTH, 4 * WIDTH))
FREQUENCY, RATE, BETAS = 10, 1e-3, (0.95, 0.95)
OURS = "adamas"

Params = list[torch.nn.Parameter]


def of_adamas(params: Params, max_size: int) -> torch.optim.Optimizer:
    """Ours."""
    given = {"precondition_frequency": FREQUENCY, "max_size": max_size, "weight_decay": 0.01}
    return adamas.torch.SOAP(params, lr=RATE, beta_1=BETAS[0], beta_2=BETAS[1], **given)


def of_heavyball(params: Params, max_size: int) -> torch.optim.Optimizer:
    """heavyball's."""
    peer = importlib.import_module("heavyball")
    given = {"precondition_frequency": FREQUENCY, "max_precond_dim": max_size}
    return peer.SOAP(params, lr=RATE, betas=BETAS, weight_decay=0.01, **given)


def of_pytorch_optimizer(params: Params, max_size: int) -> torch.optim.Optimizer:
    """pytorch-optimizer's."""
    peer = importlib.import_module("pytorch_optimizer")
    given = {"precondition_frequency": FREQUENCY, "max_precondition_dim": max_size}
    return peer.SOAP(params, lr=RATE, betas=BETAS, weight_decay=0.01, **given)


CONTENDERS: Mapping[str, Callable[[Params, int], torch.optim.Optimizer]] = {
    OURS: of_adamas,
    "heavyball": of_heavyball,
    "pytorch-optimizer": of_pytorch_optimizer,
}


class Contender:
    """An optimizer over parameters of its own, and the seconds of each of its updates."""

    def __init__(self, name: str, layers: int, max_size: int) -> None:
        torch.manual_seed(0)
        shapes = LAYER * layers
        self.params = [torch.nn.Parameter(0.02 * torch.randn(shape)) for shape in shapes]
        self.optimizer = CONTENDERS[name](self.params, max_size)
        self.name = name

    def step(self, grads: Sequence[torch.Tensor]) -> float:
        """Seconds of one update."""
        for p, g in zip(self.params, grads, strict=True):
            p.grad = g.clone()  # some write to them
        start = perf_counter()
        self.optimizer.step()
        seconds = perf_counter() - start
        for p in self.params:
            p.grad = None
        return seconds


def installed() -> list[str]:
    """The contenders that are there."""
    found = [OURS]
    for name in list(CONTENDERS)[1:]:
        try:
            importlib.import_module(name.replace("-", "_"))
            found.append(name)
        except ImportError:
            print(f"{name} is not installed.", file=sys.stderr)
    return found


def measure(contenders: Sequence[Contender], rounds: int) -> dict[str, list[list[float]]]:
    """Seconds of each update of each round, by name.

    The first updates find eigenbases in the first place, and touch memory: they are no round.
    """
    layers = len(contenders[0].params) // len(LAYER)
    chance = torch.Generator().manual_seed(1)
    sets = [
        [0.01 * torch.randn(shape, generator=chance) for shape in LAYER * layers] for _ in range(2)
    ]
    times: dict[str, list[list[float]]] = {each.name: [] for each in contenders}
    for update in range(FREQUENCY * (rounds + 1)):
        place, within = divmod(update, FREQUENCY)
        turn = within % len(contenders)
        for each in (*contenders[turn:], *contenders[:turn]):
            seconds = each.step(sets[update % 2])
            if place:
                times[each.name] += [[]] if not within else []
                times[each.name][-1].append(seconds)
    return times


def row(own: Sequence[Sequence[float]], ours: Sequence[Sequence[float]]) -> dict[str, Any]:
    """What a contender's rounds took; the longest update of each is the one that looks."""
    ordinary, looks, means, of_ours = [], [], [], []
    for times, mine in zip(own, ours, strict=True):
        *rest, longest = sorted(times)
        ordinary.append(statistics.median(rest))
        looks.append(longest)
        means.append((longest + ordinary[-1] * (len(times) - 1)) / len(times))
        *rest, longest = sorted(mine)
        of_ours.append((longest + statistics.median(rest) * (len(mine) - 1)) / len(mine))
    found = {"update": ordinary, "look": looks, "mean": means, "adamas": ratios(of_ours, means)}
    return {name: spread(values) for name, values in found.items()}


def main() -> int:
    parser = program.new_parser(__doc__, rounds=3, threads=True)
    parser.add_argument("--layers", type=int, default=12, help="of GPT-2 small (default: 12)")
    parser.add_argument("--max-size", type=int, default=2048, help="(default: 2048)")
    parser.add_argument("--uncompiled", action="store_true", help="heavyball without compiling")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    adamas.set_num_threads(args.threads)
    names = installed()
    if args.uncompiled and "heavyball" in names:
        vars(importlib.import_module("heavyball.utils"))["compile_mode"] = None
    contenders = [Contender(name, args.layers, args.max_size) for name in names]
    times = measure(contenders, args.rounds)
    rows = {name: row(times[name], times[OURS]) for name in times}
    figures = {name: {n: vars(s) for n, s in found.items()} for name, found in rows.items()}
    figures |= {"layers": args.layers, "max_size": args.max_size, "uncompiled": args.uncompiled}
    return program.answer(args, machine.describe(args.threads), figures, lambda: show(rows))


def show(rows: Mapping[str, Mapping[str, Spread]]) -> None:
    """The table."""
    cells = [
        (
            name,
            *(report.duration(found[key].median) for key in ("update", "look", "mean")),
            f"{found['adamas'].median:.2f}",
            f"{found['adamas'].low:.2f}–{found['adamas'].high:.2f}",
        )
        for name, found in rows.items()
    ]
    headings = ("", "update", "with a look", "mean", "adamas / it", "middle half")
    report.show_table(f"SOAP, a look every {FREQUENCY} updates", headings, cells)


if __name__ == "__main__":
    sys.exit(main())
