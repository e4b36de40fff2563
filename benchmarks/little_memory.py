"""Slots and weights in 16 bits: what a step takes, and whether v still follows its gradients.

    python benchmarks/little_memory.py
    python benchmarks/little_memory.py --quick      does it run? Figures mean nothing

Steps of Adam on a vector of 16.8 million weights, no power of two, take turns call by call (see
`benchmarks/README.md`); a ratio is taken within each round. Then the drift: 2,000 updates with
gradients of one size, and 4,000 more in which those of half of the weights are a tenth. Beside the
v that is stored stands the true one, in double precision; their ratio should be 1. Rounding to
nearest, as in other libraries, is the same code with another way to round.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from unittest import mock

import numpy as np

import adamas
from adamas.dtypes import numpy_dtype
from adamas.explanation import explain
from adamas.language import bits
from adamas.measure import machine, program, report
from adamas.measure.timing import Spread, by_turns, calls_in, ratios, spread, warm_up

COUNT, QUICK = 16_800_000, 2**10
FLOAT32, NEAREST = "float32", "bfloat16, to nearest"
WAYS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    FLOAT32: ("float32", {}),
    "v in bfloat16": ("float32", {"states": {"v": "bfloat16"}}),
    "m and v in bfloat16": ("float32", {"states": "bfloat16"}),
    "weights in bfloat16": ("bfloat16", {}),
    "with a float32 master": ("bfloat16", {"master": "float32"}),
    "with a remainder": ("bfloat16", {"master": "remainder"}),
    "rounded by coins": ("bfloat16", {"master": "stochastic"}),
    "with a remainder, m and v in bfloat16": (
        "bfloat16",
        {"master": "remainder", "states": "bfloat16"},
    ),
}
BETAS = (0.9, 0.99, 0.999)
STEADY, FADED, WEIGHTS = 2000, 4000, 2048


class Step:
    """Steps over arrays of its own."""

    def __init__(self, name: str, count: int) -> None:
        self.name = name
        dtype, arguments = WAYS[name]
        chance = np.random.default_rng(0)
        params = [chance.standard_normal(count, np.float32).astype(numpy_dtype(dtype))]
        self._optimizer = adamas.Adam(1e-4, **arguments)
        self._grads = [(0.1 * params[0].astype(np.float32)).astype(params[0].dtype)]
        self._optimizer.build(params)

    def give(self, which: int) -> None:
        """Nothing: gradients stay as they are."""

    def step(self) -> None:
        """What is timed."""
        self._optimizer.apply(self._grads)


def traffic(name: str) -> int:
    """The bytes that a step moves for each weight."""
    dtype, arguments = WAYS[name]
    return int(explain(adamas.Adam(1e-4, **arguments), dtype=dtype).parts[0].bytes)


def nearest(value: Any, coin: Any) -> np.ndarray:
    """The nearest bfloat16, whatever the coin."""
    return np.asarray(value, np.float32).astype(numpy_dtype("bfloat16")).astype(np.float64)


def drift(
    states: str, beta_2: float, rounded: Callable[..., Any] | None, rounds: int
) -> list[float]:
    """Quartiles of stored over true v, of the weights whose gradients have faded."""
    chance = np.random.default_rng(0)
    params, true = [np.zeros(WEIGHTS, np.float32)], np.zeros(WEIGHTS)
    optimizer = adamas.Adam(1e-4, beta_2=beta_2, states=states)
    with mock.patch.dict(bits.BITWISE, {"rounded": rounded} if rounded else {}):
        optimizer.build(params, compiler="reference" if rounded else None)
        for step in range((STEADY + FADED) // rounds):
            g = chance.standard_normal(WEIGHTS, np.float32)
            g[: WEIGHTS // 2] *= 1.0 if step < STEADY // rounds else 0.1
            true += (1 - beta_2) * (np.square(g, dtype=np.float64) - true)
            optimizer.apply([g], params)
    stored = np.asarray(optimizer.state["v"]["0"], np.float64)
    ratio = (stored / np.maximum(true, 1e-300))[: WEIGHTS // 2]
    return [float(q) for q in np.quantile(ratio, (0.25, 0.5, 0.75))]


def drifts(quick: bool) -> dict[str, dict[str, list[float]]]:
    """The drift of each way to store v, by β₂."""
    known: dict[str, tuple[str, Any]] = {
        FLOAT32: ("float32", None),
        "bfloat16, by coins": ("bfloat16", None),
        NEAREST: ("bfloat16", nearest),
    }
    rounds = 500 if quick else 1
    return {
        name: {str(beta): drift(states, beta, way, rounds) for beta in BETAS}
        for name, (states, way) in known.items()
    }


def row(name: str, times: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Seconds, the ratio to float32, and what the traffic would make it."""
    return {
        "seconds": spread(times[name]),
        "ratio": spread(ratios(times[name], times[FLOAT32])),
        "bytes": traffic(name),
    }


def main() -> int:
    args = program.new_parser(__doc__, rounds=15, threads=True, quick=True).parse_args()
    adamas.set_num_threads(args.threads)
    steps = [Step(name, QUICK if args.quick else COUNT) for name in WAYS]
    slowest = warm_up(steps)
    times = by_turns(steps, args.rounds, calls_in(0.1, slowest)).seconds
    rows = {name: row(name, times) for name in WAYS}
    adamas.set_num_threads(1)
    followed = drifts(args.quick)
    figures = {
        "time": {name: {n: _plain(v) for n, v in found.items()} for name, found in rows.items()},
        "drift": followed,
    }
    return program.answer(
        args, machine.describe(args.threads), figures, lambda: show(rows, followed)
    )


def _plain(value: Any) -> Any:
    return vars(value) if isinstance(value, Spread) else value


def show(rows: Mapping[str, Any], followed: Mapping[str, Mapping[str, Sequence[float]]]) -> None:
    """The tables."""
    cells = [
        (
            name,
            report.duration(found["seconds"].median),
            f"{found['ratio'].median:.2f}",
            f"{found['ratio'].low:.2f}–{found['ratio'].high:.2f}",
            f"{found['bytes']}",
            f"{found['bytes'] / rows[FLOAT32]['bytes']:.2f}",
        )
        for name, found in rows.items()
    ]
    headings = ("Adam", "step", "of float32", "middle half", "bytes a weight", "of its bytes")
    report.show_table("A vector of 16.8 million weights", headings, cells)
    quartiles = [
        (name, *(f"{q[1]:.2f} ({q[0]:.2f}–{q[2]:.2f})" for q in found.values()))
        for name, found in followed.items()
    ]
    headings = ("v", *(f"β₂ = {beta}" for beta in BETAS))
    report.show_table("Stored over true v, once gradients have faded", headings, quartiles)


if __name__ == "__main__":
    sys.exit(main())
