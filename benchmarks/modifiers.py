"""What each modifier costs in a fused step, beside the memory that it reads and writes.

    python benchmarks/modifiers.py
    python benchmarks/modifiers.py --quick          does it run? Figures mean nothing

Adam steps on a matrix of 16 million weights, plain and with one argument more, and beside them the
traffic of the latter: loops over the same arrays that add them up, and compute nothing else. The
three take turns call by call (see `benchmarks/README.md`); a ratio is taken within each round. With
one thread it is the core's time that counts, not that of others who use it meanwhile. Beside it
stands what the bytes that are read would make it, and all that are read or written.
"""

import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import adamas
from adamas.explanation import explain
from adamas.frameworks.numpy import ArraySession
from adamas.measure import machine, program, report
from adamas.measure.timing import Clock, Spread, by_turns, calls_in, ratios, spread, warm_up
from adamas.measure.traffic import strip

SHAPE, QUICK = (4096, 4096), (64, 64)
PLAIN = "plain"
MODIFIERS: Mapping[str, Mapping[str, Any]] = {
    PLAIN: {},
    "use_ema": {"use_ema": True},
    "global_clipnorm": {"global_clipnorm": 1.0},
    "cautious": {"cautious": True},
    "weight_decay": {"weight_decay": 0.1},
    "cautious_weight_decay": {"weight_decay": 0.1, "cautious_weight_decay": True},
    "update_clip": {"update_clip": 0.5},
    "update_floor": {"update_floor": 0.35},
    "radial_brake": {"radial_brake": 0.5},
    "hyperball": {"hyperball": True},
    "schedule_free": {"schedule_free": 0.9},
    "lookahead": {"lookahead": 5},
    "ema_nesterov": {"ema_nesterov": 0.5},
    "mechanic": {"mechanic": 1e-6},
}
HEADINGS = (
    "argument", "step", "of the plain step", "middle half", "of its traffic", "traffic, of plain's",
    "by reads", "by bytes",
)  # fmt: skip
TRAFFIC = "traffic"


class Step:
    """Steps of an optimizer with some arguments, over arrays of its own."""

    def __init__(self, name: str, shape: tuple[int, int]) -> None:
        self.name = name
        chance = np.random.default_rng(0)
        params = [chance.standard_normal(shape, np.float32)]
        self._grads = [0.1 * params[0]]
        self._optimizer = adamas.Adam(1e-4, **MODIFIERS[name])  # a session does not keep it
        self.session = ArraySession(self._optimizer, params, None)

    def give(self, which: int) -> None:
        """Nothing: gradients stay as they are."""

    def step(self) -> None:
        """What is timed."""
        self.session.apply(self._grads, None)


class Traffic(Step):
    """The same walks over the same arrays, without what is computed."""

    def __init__(self, name: str, shape: tuple[int, int]) -> None:
        super().__init__(name, shape)
        self.name = TRAFFIC
        for plan in self.session.plans:
            strip(plan)


def timed(name: str, shape: tuple[int, int], rounds: int, clock: Clock) -> dict[str, list[float]]:
    """Seconds of steps of a modifier, of its traffic, and of a plain step, by turns."""
    steps: list[Step] = [Step(each, shape) for each in dict.fromkeys((PLAIN, name))]
    steps.append(Traffic(name, shape))
    slowest = warm_up(steps, clock)
    return by_turns(steps, rounds, calls_in(0.1, slowest), clock).seconds


def traffic(name: str) -> tuple[float, float]:
    """The bytes that a step reads for each weight, and those that it moves in all."""
    (part,) = explain(adamas.Adam(1e-4, **MODIFIERS[name]), {"kernel": SHAPE}).parts
    return sum(cost.bytes_read for cost in part.update), sum(cost.bytes for cost in part.update)


def row(name: str, times: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Seconds, ratios to the plain step and to the traffic, and what bytes would make it."""
    own, plain = traffic(name), traffic(PLAIN)
    return {
        "seconds": spread(times[name]),
        "ratio": spread(ratios(times[name], times[PLAIN])),
        "of_traffic": spread(ratios(times[name], times[TRAFFIC])),
        "traffic": spread(times[TRAFFIC]),
        "reads": own[0] / plain[0],
        "bytes": own[1] / plain[1],
    }


def main() -> int:
    args = program.new_parser(__doc__, rounds=15, threads=True, quick=True).parse_args()
    adamas.set_num_threads(args.threads)
    shape = QUICK if args.quick else SHAPE
    clock = time.thread_time_ns if args.threads == 1 else time.perf_counter_ns
    rows = {name: row(name, timed(name, shape, args.rounds, clock)) for name in MODIFIERS}
    figures = {name: {n: _plain(v) for n, v in found.items()} for name, found in rows.items()}
    return program.answer(args, machine.describe(args.threads), figures, lambda: show(rows))


def _plain(value: Any) -> Any:
    return vars(value) if isinstance(value, Spread) else value


def show(rows: Mapping[str, Mapping[str, Any]]) -> None:
    """The table."""
    cells = [
        (
            name,
            report.duration(found["seconds"].median),
            f"{found['ratio'].median:.2f}",
            f"{found['ratio'].low:.2f}–{found['ratio'].high:.2f}",
            f"{found['of_traffic'].median:.2f}",
            f"{found['traffic'].median / rows[PLAIN]['traffic'].median:.2f}",
            f"{found['reads']:.2f}",
            f"{found['bytes']:.2f}",
        )
        for name, found in rows.items()
    ]
    report.show_table("Adam, a matrix of 16 million weights", HEADINGS, cells)


if __name__ == "__main__":
    sys.exit(main())
