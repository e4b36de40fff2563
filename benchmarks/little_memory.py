"""Slots in 8 and 16 bits, weights in 16: what a step takes, and whether v follows its gradients.

    python benchmarks/little_memory.py
    python benchmarks/little_memory.py --quick      does it run? Figures mean nothing
    ADAMAS_WITHOUT=avx512f python benchmarks/little_memory.py       as with AVX2 alone

Steps of Adam on a vector of 16.8 million weights, no power of two, take turns call by call (see
`benchmarks/README.md`); a ratio is taken within each round. Then the drift: 2,000 updates with
gradients of one size, and 4,000 more in which those of half of the weights are a tenth. Beside the
v that is stored stands the true one, in double precision; their ratio should be 1. And how far a
weight moves at most, also where gradients are of very different sizes within a block. Formats of
other libraries are `peers_formats.py`: after each update what is left of m and v takes their place.
"""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import adamas
from adamas.dtypes import numpy_dtype
from adamas.explanation import explain
from adamas.language.scales import decoded
from adamas.measure import machine, program, report
from adamas.measure.timing import Spread, by_turns, calls_in, ratios, spread, warm_up
from peers_formats import FORMATS

COUNT, QUICK = 16_800_000, 2**10
FLOAT32 = "float32"
WAYS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    FLOAT32: ("float32", {}),
    "v in bfloat16": ("float32", {"states": {"v": "bfloat16"}}),
    "m and v in bfloat16": ("float32", {"states": "bfloat16"}),
    "m in 8 bits, v in bfloat16": ("float32", {"states": {"m": "8bit", "v": "bfloat16"}}),
    "m and v in 8 bits": ("float32", {"states": "8bit"}),
    "weights in bfloat16": ("bfloat16", {}),
    "with a float32 master": ("bfloat16", {"master": "float32"}),
    "with a remainder": ("bfloat16", {"master": "remainder"}),
    "rounded by coins": ("bfloat16", {"master": "stochastic"}),
    "with a remainder, m and v in bfloat16": (
        "bfloat16",
        {"master": "remainder", "states": "bfloat16"},
    ),
}
STORED: Mapping[str, Any] = {
    FLOAT32: FLOAT32,
    "bfloat16, by coins": "bfloat16",
    "8 bits, by coins": "8bit",
}
BETAS = (0.9, 0.99, 0.999)
SPREAD = "0.999, of sizes that spread"
STEADY, FADED, FORM = 2000, 4000, (32, 128)


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


def traffic(name: str) -> float:
    """The bytes that a step moves for each weight."""
    dtype, arguments = WAYS[name]
    return explain(adamas.Adam(1e-4, **arguments), dtype=dtype).bytes


def follow(way: str, beta_2: float, spread: float, rounds: int) -> dict[str, Any]:
    """How Adam goes whose gradients fade, with m and v stored in a way.

    Args:
        way: one of `STORED`, or of other libraries' formats.
        beta_2: of Adam.
        spread: of the sizes of gradients within a block: their logarithms' standard deviation.
        rounds: each stands for so many updates.

    Returns:
        drift: quartiles of stored over true v, of the weights whose gradients have faded.
        longest: the longest move of a weight, as a multiple of the rate.
    """
    chance, rate = np.random.default_rng(0), 1e-4
    size = np.exp(spread * chance.standard_normal(FORM)).astype(np.float32)
    faded = chance.random(FORM) < 0.5
    params, true, longest = [np.zeros(FORM, np.float32)], np.zeros(FORM), 0.0
    optimizer = adamas.Adam(rate, beta_2=beta_2, epsilon=1e-8, states=STORED.get(way, FLOAT32))
    optimizer.build(params)
    for step in range((STEADY + FADED) // rounds):
        g = chance.standard_normal(FORM, np.float32) * size
        g[faded] *= 1.0 if step < STEADY // rounds else 0.1
        true += (1 - beta_2) * (np.square(g, dtype=np.float64) - true)
        before = params[0].copy()
        optimizer.apply([g], params)
        longest = max(longest, float(np.abs(params[0] - before).max()) / rate)
        for slot in "mv" if way in FORMATS else "":
            held = optimizer.state[slot]["0"]
            held[...] = FORMATS[way](held, slot == "m")
    ratio = (values(optimizer, "v") / np.maximum(true, 1e-300))[faded]
    return {"drift": [float(q) for q in np.quantile(ratio, (0.25, 0.5, 0.75))], "longest": longest}


def values(optimizer: Any, slot: str) -> np.ndarray:
    """What a slot holds."""
    stored, scales = optimizer.state[slot]["0"], optimizer.state.get(f"{slot}_scales")
    found = stored if scales is None else decoded("positive", stored, scales["0"], FORM)
    return np.asarray(found, np.float64)


def followed(quick: bool) -> dict[str, dict[str, dict[str, Any]]]:
    """How each way goes: by β₂ where gradients are of one size, and where they are not."""
    rounds = 500 if quick else 1
    cases = {**{str(beta): (beta, 0.0) for beta in BETAS}, SPREAD: (BETAS[-1], 1.5)}
    ways = (*STORED, *FORMATS)
    return {way: {name: follow(way, *c, rounds) for name, c in cases.items()} for way in ways}


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
    ways = followed(args.quick)
    figures = {
        "time": {name: {n: _plain(v) for n, v in found.items()} for name, found in rows.items()},
        "followed": ways,
    }
    return program.answer(args, machine.describe(args.threads), figures, lambda: show(rows, ways))


def _plain(value: Any) -> Any:
    return vars(value) if isinstance(value, Spread) else value


def show(rows: Mapping[str, Any], ways: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> None:
    """The tables."""
    cells = [
        (
            name,
            report.duration(found["seconds"].median),
            f"{found['ratio'].median:.2f}",
            f"{found['ratio'].low:.2f}–{found['ratio'].high:.2f}",
            f"{found['bytes']:.4g}",
            f"{found['bytes'] / rows[FLOAT32]['bytes']:.2f}",
        )
        for name, found in rows.items()
    ]
    headings = ("Adam", "step", "of float32", "middle half", "bytes a weight", "of its bytes")
    report.show_table("A vector of 16.8 million weights", headings, cells)
    for what, told in (
        ("Stored over true v, once gradients have faded", _drift),
        ("The longest move, of the rate", _longest),
    ):
        lines = [(way, *map(told, found.values())) for way, found in ways.items()]
        headings = ("m and v", *(f"β₂ = {case}" for case in ways[FLOAT32]))
        report.show_table(what, headings, lines)


def _drift(found: Mapping[str, Any]) -> str:
    low, median, high = found["drift"]
    return f"{median:.2f} ({low:.2f}–{high:.2f})"


def _longest(found: Mapping[str, Any]) -> str:
    return f"{found['longest']:.2g}"


if __name__ == "__main__":
    sys.exit(main())
