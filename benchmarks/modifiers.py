"""What each modifier costs in a fused step, beside the bytes that it reads.

    python benchmarks/modifiers.py
    python benchmarks/modifiers.py --quick          does it run? Figures mean nothing

Adam steps on a matrix of 16 million weights, plain and with one argument more. All take turns call
by call (see `benchmarks/README.md`); a ratio is taken within each round. Beside it stands what the
arrays that a step reads would make it, and what all would that it reads or writes.
"""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import adamas
from adamas.explanation import explain
from adamas.measure import machine, program, report
from adamas.measure.timing import Spread, by_turns, calls_in, ratios, spread, warm_up

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
}
HEADINGS = ("argument", "step", "of the plain step", "middle half", "of its reads", "of its bytes")


class Step:
    """Steps of an optimizer with some arguments, over arrays of its own."""

    def __init__(self, name: str, shape: tuple[int, int]) -> None:
        self.name = name
        chance = np.random.default_rng(0)
        params = [chance.standard_normal(shape, np.float32)]
        self._optimizer, self._grads = adamas.Adam(1e-4, **MODIFIERS[name]), [0.1 * params[0]]
        self._optimizer.build(params)

    def give(self, which: int) -> None:
        """Nothing: gradients stay as they are."""

    def step(self) -> None:
        """What is timed."""
        self._optimizer.apply(self._grads)


def traffic(name: str) -> tuple[int, int]:
    """The bytes that a step reads for each weight, and those that it moves in all."""
    (part,) = explain(adamas.Adam(1e-4, **MODIFIERS[name]), {"kernel": SHAPE}).parts
    return sum(cost.bytes_read for cost in part.update), sum(cost.bytes for cost in part.update)


def row(name: str, times: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Seconds, the ratio to the plain step, and what the traffic would make it."""
    own, plain = traffic(name), traffic(PLAIN)
    return {
        "seconds": spread(times[name]),
        "ratio": spread(ratios(times[name], times[PLAIN])),
        "reads": own[0] / plain[0],
        "bytes": own[1] / plain[1],
    }


def main() -> int:
    args = program.new_parser(__doc__, rounds=15, threads=True, quick=True).parse_args()
    adamas.set_num_threads(args.threads)
    steps = [Step(name, QUICK if args.quick else SHAPE) for name in MODIFIERS]
    slowest = warm_up(steps)
    times = by_turns(steps, args.rounds, calls_in(0.1, slowest)).seconds
    rows = {name: row(name, times) for name in MODIFIERS}
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
            f"{found['reads']:.2f}",
            f"{found['bytes']:.2f}",
        )
        for name, found in rows.items()
    ]
    report.show_table("Adam, a matrix of 16 million weights", HEADINGS, cells)


if __name__ == "__main__":
    sys.exit(main())
