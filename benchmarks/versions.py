"""The time of a step of this version beside that of another one, in turns.

    git worktree add /tmp/before v0.1.0
    python benchmarks/versions.py /tmp/before
    python benchmarks/versions.py /tmp/before ten torch-ten --rounds 41

Two versions cannot be in one process. So each has a process of its own, which waits while the other
works: a round is a block of calls here and a block there, the first of them drawn anew, and a ratio
is taken within each round. The table has the median of the rounds and the middle half. Two
processes with the same sources differ by some per cent, too, by where their memory lies: name this
version's own folder to see how much.
"""

import json
import os
import random
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from adamas.measure import machine, program, report, timing

HERE = Path(__file__).parents[1]
HEADINGS = ("a step of", "takes", "share of the other", "middle half")

WORKS = {
    "ten": "10 weights, Adam",
    "ten-everything": "10 weights, clip + accumulation + decay + average",
    "ten-two": "two tensors of two dtypes, Adam",
    "ten-by-torch": "10 weights, Adam, torch's numbers",
    "hundred": "148 tensors of 768 weights, clip + Adam + average",
    "million": "1,000,000 weights, Adam",
    "large": "16 tensors of 1,000,000 weights, clip + Adam + average",
    "torch-ten": "10 weights, as a torch optimizer",
    "torch-hundred": "148 tensors of 768 weights, as a torch optimizer",
    "torch-thousand": "1,000 tensors of 100 weights, as a torch optimizer",
    "torch-rate": "148 tensors of 768 weights, a new rate at each step, as a torch optimizer",
    "torch-large": "16 tensors of 1,000,000 weights, clip + average, as a torch optimizer",
    "jax-ten": "10 weights, Adam, one jitted step of JAX",
    "jax-million": "1,000,000 weights, Adam, one jitted step of JAX",
}

WORKER = r"""
import json, statistics, sys, time
import numpy as np

def arrays(shapes, dtypes=("float32",)):
    draw = np.random.default_rng(0)
    made = [draw.standard_normal(s).astype(dtypes[i % len(dtypes)]) for i, s in enumerate(shapes)]
    return made, [a * np.asarray(0.1, a.dtype) for a in made]

def on_numpy(shapes, dtypes=("float32",), **arguments):
    import adamas
    params, grads = arrays(shapes, dtypes)
    optimizer = adamas.Adam(1e-3, **arguments)
    return lambda: optimizer.apply(grads, params)

def on_torch(shapes, new_rate=False, **arguments):
    import torch
    import adamas.torch
    params, grads = arrays(shapes)
    params = [torch.nn.Parameter(torch.from_numpy(a)) for a in params]
    for parameter, gradient in zip(params, grads):
        parameter.grad = torch.from_numpy(gradient)
    optimizer = adamas.torch.Adam(params, lr=1e-3, **arguments)
    if not new_rate:
        return optimizer.step
    (group,) = optimizer.param_groups
    def step():
        group["lr"] *= 0.999999
        optimizer.step()
    return step

def on_jax(shapes):
    import jax
    import adamas
    import adamas.jax
    params, grads = (list(map(jax.numpy.asarray, made)) for made in arrays(shapes))
    functions = adamas.jax.functional(adamas.Adam(1e-3))
    apply = jax.jit(functions.apply, donate_argnums=(1, 2))
    now = [params, functions.init(params)]
    def step():
        now[:] = apply(grads, now[1], now[0])
        jax.block_until_ready(now)
    return step

FULL = dict(global_clipnorm=1.0, use_ema=True)
SMALL, LARGE = [(768,)] * 148, [(1_000_000,)] * 16
MAKERS = {
    "ten": lambda: on_numpy([(10,)]),
    "ten-everything": lambda: on_numpy(
        [(10,)], gradient_accumulation_steps=2, weight_decay=0.01, **FULL
    ),
    "ten-two": lambda: on_numpy([(10,), (10,)], ("float32", "float64")),
    "ten-by-torch": lambda: on_numpy([(10,)], convention="torch"),
    "hundred": lambda: on_numpy(SMALL, **FULL),
    "million": lambda: on_numpy([(1_000_000,)]),
    "large": lambda: on_numpy(LARGE, **FULL),
    "torch-ten": lambda: on_torch([(10,)]),
    "torch-hundred": lambda: on_torch(SMALL),
    "torch-thousand": lambda: on_torch([(100,)] * 1000),
    "torch-rate": lambda: on_torch(SMALL, new_rate=True),
    "torch-large": lambda: on_torch(LARGE, **FULL),
    "jax-ten": lambda: on_jax([(10,)]),
    "jax-million": lambda: on_jax([(1_000_000,)]),
}

answer = sys.stdout
sys.stdout = sys.stderr
step = MAKERS[sys.argv[1]]()
for _ in range(20):
    step()
clock = time.perf_counter
for line in sys.stdin:
    until, times = clock() + float(line), []
    while clock() < until or len(times) < 3:
        start = clock()
        step()
        times.append(clock() - start)
    print(json.dumps(statistics.median(times)), file=answer, flush=True)
"""


class Version:
    """A process that takes the steps of one work with the sources in a folder."""

    def __init__(self, folder: Path, work: str, stack: ExitStack) -> None:
        environment = {**os.environ, "PYTHONPATH": str(folder / "src"), "JAX_PLATFORMS": "cpu"}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        command = [sys.executable, "-c", WORKER, work]
        self._process = stack.enter_context(subprocess.Popen(command, env=environment, **pipes))
        stack.callback(self._process.stdin.close)

    def seconds(self, block: float) -> float:
        """The median time of a call, in a block of so many seconds."""
        self._process.stdin.write(f"{block}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit("A process ended early; what it said stands above.")
        return json.loads(answer)


def compare(work: str, other: Path, rounds: int, block: float) -> dict[str, dict]:
    """Both versions in turns."""
    draw = random.Random(0)
    ours: list[float] = []
    theirs: list[float] = []
    with ExitStack() as stack:
        here, there = (Version(folder, work, stack) for folder in (HERE, other))
        turns = [(ours, here), (theirs, there)]
        for _ in range(rounds):
            for times, version in draw.sample(turns, 2):
                times.append(version.seconds(block))
    return {
        "seconds": asdict(timing.spread(ours)),
        "other_seconds": asdict(timing.spread(theirs)),
        "ratio": asdict(timing.spread(timing.ratios(ours, theirs))),
    }


def cells(work: str, found: dict[str, dict]) -> tuple[str, ...]:
    """The row of the table."""
    ratio = found["ratio"]
    return (
        WORKS[work],
        report.duration(found["seconds"]["median"]),
        f"{ratio['median']:.2f}",
        f"{ratio['low']:.2f}–{ratio['high']:.2f}",
    )


def main(arguments: list[str]) -> int:
    parser = program.new_parser(__doc__, rounds=21)
    parser.add_argument("other", type=Path, help="a folder with the sources of the other version")
    parser.add_argument("works", nargs="*", metavar="WORK", help=", ".join(WORKS))
    parser.add_argument("--block", type=float, default=0.1, help="seconds of a block of calls")
    options = parser.parse_args(arguments)
    other = options.other.resolve()
    if not (other / "src" / "adamas").is_dir():
        parser.error(f"{other} must have src/adamas.")
    unknown = set(options.works) - set(WORKS)
    if unknown:
        parser.error(f"Works are {', '.join(WORKS)}. Got: {', '.join(sorted(unknown))}.")
    results = {}
    for work in options.works or WORKS:
        print(f"{WORKS[work]} …", file=sys.stderr, flush=True)
        results[work] = compare(work, other, options.rounds, options.block)
    about = machine.describe(machine.cores())
    rows = [cells(work, found) for work, found in results.items()]
    return program.answer(
        options,
        about,
        {"works": results},
        lambda: report.show_table("This version beside the other", HEADINGS, rows),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
