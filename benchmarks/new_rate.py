"""What a step costs with a new learning rate each time, as every scheduler sets one.

    python benchmarks/new_rate.py
    python benchmarks/new_rate.py --tensors 1000

Each front end makes steps with the same rate, and steps with another one each time, on tensors of
768 weights; PyTorch's fused Adam does the same. They take turns call by call (see
`benchmarks/README.md`); a ratio is taken within each round. A compiled step of JAX is handed the
rate as a number; Keras runs on PyTorch, unless KERAS_BACKEND says otherwise.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "torch")

import jax
import keras
import numpy as np
import torch

import adamas.jax
import adamas.keras
import adamas.torch
from adamas.measure import machine, program, report
from adamas.measure.timing import Spread, by_turns, calls_in, ratios, spread, warm_up

WEIGHTS = 768
RATE, FACTOR = 1e-3, 0.999999
HEADINGS = ("front end", "the same rate", "a new rate", "share of the same", "middle half")


class Step:
    """A step with the same rate, or with a new one."""

    def __init__(
        self, name: str, step: Callable[[], None], move: Callable[[], None] | None
    ) -> None:
        self.name = name
        self._step, self._move = step, move

    def give(self, which: int) -> None:
        """Nothing: gradients stay as they are."""

    def step(self) -> None:
        """What is timed, the new rate included."""
        if self._move is not None:
            self._move()
        self._step()


def in_place(tensors: int, ones: Callable[[int], Any]) -> tuple[Callable, Callable]:
    """Steps of arrays or tensors, and how their rate is moved."""
    params, grads = [ones(WEIGHTS) for _ in range(tensors)], [ones(WEIGHTS) for _ in range(tensors)]
    optimizer = adamas.Adam(RATE)

    def move() -> None:
        optimizer.learning_rate *= FACTOR

    return lambda: optimizer.apply(grads, params), move


def in_jax(tensors: int) -> tuple[Callable, Callable]:
    """Compiled steps of JAX, and how their rate is moved."""
    step = adamas.jax.functional(adamas.Adam(RATE))
    grads = [jax.numpy.ones(WEIGHTS) for _ in range(tensors)]
    params = [jax.numpy.ones(WEIGHTS) for _ in range(tensors)]
    trained = [params, step.init(params)]
    numbers: dict[str, float] = {}

    def call() -> None:
        trained[:] = step.compiled(grads, trained[1], trained[0], **numbers)
        jax.block_until_ready(trained[0])

    def move() -> None:
        numbers["learning_rate"] = numbers.get("learning_rate", RATE) * FACTOR

    return call, move


def in_keras(tensors: int) -> tuple[Callable, Callable]:
    """Steps of an optimizer of Keras, and how their rate is moved."""
    variables = [keras.Variable(np.ones(WEIGHTS, np.float32)) for _ in range(tensors)]
    grads = [keras.ops.ones(WEIGHTS) for _ in range(tensors)]
    optimizer, rates = adamas.keras.Adam(RATE), [RATE]
    optimizer.build(variables)

    def move() -> None:
        rates[0] *= FACTOR
        optimizer.learning_rate = rates[0]

    return lambda: optimizer.apply(grads), move


def as_torch(kind: type, tensors: int, groups: int = 1, **arguments) -> tuple[Callable, Callable]:
    """Steps of an optimizer of PyTorch, and how the rates of its groups are moved."""
    params = [torch.nn.Parameter(torch.ones(WEIGHTS)) for _ in range(tensors)]
    for parameter in params:
        parameter.grad = torch.ones(WEIGHTS)
    optimizer = kind([{"params": params[i::groups]} for i in range(groups)], lr=RATE, **arguments)

    def move() -> None:
        for group in optimizer.param_groups:
            group["lr"] *= FACTOR

    return optimizer.step, move


FRONT_ENDS: dict[str, Callable[[int], tuple[Callable, Callable]]] = {
    "NumPy arrays": lambda n: in_place(n, lambda size: np.ones(size, np.float32)),
    "PyTorch's tensors": lambda n: in_place(n, torch.ones),
    "adamas.torch": lambda n: as_torch(adamas.torch.Adam, n),
    "adamas.torch, four groups": lambda n: as_torch(adamas.torch.Adam, n, 4),
    "adamas.jax, compiled": in_jax,
    "adamas.keras": in_keras,
    "torch.optim, fused": lambda n: as_torch(torch.optim.Adam, n, fused=True),
    "torch.optim, fused, four groups": lambda n: as_torch(torch.optim.Adam, n, 4, fused=True),
}


def steps_of(name: str, tensors: int) -> list[Step]:
    """The two of a front end, each with an optimizer of its own."""
    (same, _), (new, move) = FRONT_ENDS[name](tensors), FRONT_ENDS[name](tensors)
    return [Step(f"{name}: same", same, None), Step(f"{name}: new", new, move)]


def row(name: str, times: Mapping[str, Sequence[float]]) -> tuple[str, Spread, Spread, Spread]:
    """Seconds with the same rate and with new ones, and the ratio."""
    same, new = times[f"{name}: same"], times[f"{name}: new"]
    return name, spread(same), spread(new), spread(ratios(new, same))


def main() -> int:
    parser = program.new_parser(__doc__, rounds=15)
    parser.add_argument("--tensors", type=int, default=148)
    args = parser.parse_args()
    steps = [step for name in FRONT_ENDS for step in steps_of(name, args.tensors)]
    slowest = warm_up(steps)
    times = by_turns(steps, args.rounds, calls_in(0.1, slowest)).seconds
    rows = [row(name, times) for name in FRONT_ENDS]
    about = machine.describe(machine.cores())
    figures = {
        name: {"same": vars(same), "new": vars(new), "ratio": vars(ratio)}
        for name, same, new, ratio in rows
    }
    return program.answer(args, about, figures, lambda: show(args.tensors, rows))


def show(tensors: int, rows: Sequence[tuple[str, Spread, Spread, Spread]]) -> None:
    """The table."""
    cells = [
        (
            name,
            report.duration(same.median),
            report.duration(new.median),
            f"{ratio.median:.2f}",
            f"{ratio.low:.2f}–{ratio.high:.2f}",
        )
        for name, same, new, ratio in rows
    ]
    report.show_table(f"Adam, {tensors} tensors of {WEIGHTS} weights", HEADINGS, cells)


if __name__ == "__main__":
    sys.exit(main())
