"""The time of one compiled step of JAX: adamas as a function and inside optax, beside optax.

    python benchmarks/jax_step.py
    python benchmarks/jax_step.py gpt2 --rounds 15
    python benchmarks/jax_step.py --quick --json

The same workloads, rounds and checks as ``adamas bench``: jitted with the memory of parameters and
state donated, all ending with the same parameters. ``clip + average`` is optax's chain of
clip_by_global_norm, adam and incremental_update. The second line of each table is
`adamas.jax.transformation` with optax.apply_updates.
"""

import argparse
import gc
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from typing import Any

import numpy as np

from adamas.measure import comparison, machine, peers, report, timing, workloads

NAMES = ("gpt2", "gpt2-adam", "million", "thousand", "ten")
TARGET = 1.0
"""How large our time may be, as a share of optax's."""
HEADINGS = ("a step of", "takes", "share of optax's", "middle half", "target", "")


class Compiled:
    """A step of this library in one jitted function that is given its arguments' memory."""

    bytes_per_weight: float | None = None

    def __init__(
        self, name: str, workload: workloads.Workload, gradients: peers.Gradients, threads: int
    ) -> None:
        os.environ.setdefault("PJRT_NPROC", str(threads))
        os.environ.setdefault("NPROC", str(threads))
        import jax

        import adamas.jax

        self.name = name
        optimizer = workload.optimizer()
        if name == "transformation":
            init, self._step = _transformed(adamas.jax.transformation(optimizer))
        else:
            functional = adamas.jax.functional(optimizer)
            init, self._step = functional.init, functional.compiled
        self._wait = jax.block_until_ready
        copy = jax.numpy.array
        self._gradients = [[copy(g) for g in each] for each in gradients]
        params = [copy(p) for p in workload.parameters()]
        self._carried: Any = (params, init(params))

    def give(self, which: int) -> None:
        """Choose a list of gradients."""
        self._given = self._gradients[which]

    def step(self) -> None:
        """One call, and waiting for its result."""
        params, state = self._carried
        self._carried = self._wait(self._step(self._given, state, params))

    def parameters(self) -> Iterator[np.ndarray]:
        """NumPy's view of each array."""
        return (np.asarray(p) for p in self._carried[0])


def _transformed(tx: Any) -> tuple[Any, Any]:
    """A transformation as a compiled function of gradients, state and parameters."""
    import jax
    import optax

    @partial(jax.jit, donate_argnums=(0, 1))
    def step(params, state, gradients):
        updates, state = tx.update(gradients, state, params)
        return optax.apply_updates(params, updates), state

    return tx.init, lambda gradients, state, params: step(params, state, gradients)


def compare(workload: workloads.Workload, threads: int, rounds: int, seconds: float) -> list[dict]:
    """Ours in both forms, each beside optax alone, so that memory holds two at a time."""
    rows = []
    gradients = (list(workload.gradients(0)), list(workload.gradients(1)))
    for name in ("function", "transformation"):
        gc.collect()
        made = [
            Compiled(name, workload, gradients, threads),
            peers.Optax(workload, gradients, threads),
        ]
        calls = timing.calls_in(seconds, timing.warm_up(made))
        comparison.check_agreement(workload, made)
        times = timing.by_turns(made, rounds, calls).seconds
        comparison.check_agreement(workload, made)
        ratio = timing.spread(timing.ratios(times[name], times["optax"]))
        ours, theirs = (timing.spread(times[peer.name]) for peer in made)
        rows.append({"form": name, "seconds": asdict(ours), "ratio": asdict(ratio)})
        rows[-1]["optax_seconds"] = asdict(theirs)
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
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help=", ".join(NAMES))
    parser.add_argument("--threads", type=int, default=machine.cores())
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--quick", action="store_true", help="few weights: shows that it runs")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    table = workloads.workloads(options.quick)
    about = machine.describe(options.threads)
    results = {}
    for name in options.workloads or NAMES:
        print(f"{table[name].title} …", file=sys.stderr, flush=True)
        seconds, rounds = (0.002, 3) if options.quick else (0.1, options.rounds)
        results[name] = compare(table[name], options.threads, rounds, seconds)
    if options.json:
        print(json.dumps({"machine": about, "workloads": results}, indent=2))
        return 0
    print(report.heading(about))
    for name, rows in results.items():
        print()
        report.show_table(table[name].title, HEADINGS, [cells(row) for row in rows])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
