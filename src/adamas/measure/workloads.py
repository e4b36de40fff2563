"""What is timed: which tensors, which arguments, beside which peers, and what is aimed for."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ..explanation import Explanation, explain
from ..optimizer import Optimizer
from .members import ADAM, Member

Shapes = tuple[tuple[int, ...], ...]

PERIOD = 2**16
"""Random numbers in a tensor that are different: to draw a hundred million takes seconds."""

AGREEMENT = 1e-4
"""How far apart two libraries may end, as a share of the way that our parameters went.

A step moves a weight by about the learning rate, with a relative error of a few roundings (1e-7),
and rounds the weight itself, which adds up over thousands of steps: 1e-5 was seen. A norm that is
a little off, as torch's of a large model, scales all steps of Adam alike and cancels out. Who does
nothing is off by the whole way.
"""


@dataclass(frozen=True)
class Arguments:
    """What every peer of a workload does beside the rule: clip, and average the weights."""

    global_clipnorm: float | None = None
    ema_momentum: float | None = None


@dataclass(frozen=True)
class Workload:
    """Tensors to optimize, and the peers to stand beside.

    Attributes:
        targets: peer → how large our time by turns may be, as a share of the peer's.
        member: which optimizer.
        convention: whose numbers ours gives; those of the peers.
        agreement: how far apart two libraries may end, as a share of the way that ours went.
        ours: which of this library's front ends is timed.
    """

    name: str
    title: str
    shapes: Shapes
    peers: tuple[str, ...]
    arguments: Arguments = Arguments()
    targets: Mapping[str, float] = field(default_factory=dict)
    member: Member = ADAM
    convention: str = "keras"
    agreement: float = AGREEMENT
    ours: str = "adamas"

    @property
    def weights(self) -> int:
        """How many numbers are optimized."""
        return sum(math.prod(shape) for shape in self.shapes)

    def optimizer(self) -> Optimizer:
        """The optimizer of this library, as it is timed."""
        return self.member.here(self.convention, **self._common())

    def given(self) -> dict[str, Any]:
        """The arguments of `optimizer`."""
        return self.member.given(self.convention, **self._common())

    def _common(self) -> dict[str, Any]:
        options: dict[str, Any] = {"global_clipnorm": self.arguments.global_clipnorm}
        if self.arguments.ema_momentum is not None:
            options |= {"use_ema": True, "ema_momentum": self.arguments.ema_momentum}
        return options

    @cached_property
    def cost(self) -> Explanation:
        """What a step of it moves, and what it keeps, by its plan."""
        shapes = {str(place): shape for place, shape in enumerate(self.shapes)}
        return explain(self.optimizer(), shapes)

    def parameters(self) -> Iterator[np.ndarray]:
        """The parameters before the first step: the same for every peer, one at a time."""
        return self._numbers(0, 0.02)

    def gradients(self, which: int) -> Iterator[np.ndarray]:
        """One of the two sets of gradients, 0 or 1, that take turns."""
        return self._numbers(1 + which, 1.0)

    def _numbers(self, kind: int, scale: float) -> Iterator[np.ndarray]:
        for index, shape in enumerate(self.shapes):
            random = np.random.Generator(np.random.SFC64([kind, index]))
            count = min(math.prod(shape), PERIOD)
            values = random.standard_normal(count, dtype=np.float32)
            values *= np.float32(scale)
            yield np.resize(values, shape)


def gpt2_shapes(
    width: int = 768, layers: int = 12, vocabulary: int = 50257, positions: int = 1024
) -> Shapes:
    """The tensors of GPT-2, by default of its small model: 148 with 124,439,808 weights."""
    norm = ((width,), (width,))
    block = (
        *norm,
        (width, 3 * width),
        (3 * width,),
        (width, width),
        (width,),
        *norm,
        (width, 4 * width),
        (4 * width,),
        (4 * width, width),
        (width,),
    )
    return ((vocabulary, width), (positions, width), *(block * layers), *norm)


def workloads(quick: bool = False) -> dict[str, Workload]:
    """All workloads by name; with `quick`, the same ones with few weights."""
    gpt2 = gpt2_shapes(24, 2, 101, 32) if quick else gpt2_shapes()
    million = (20_000,) if quick else (1_000_000,)
    thousand = ((50,),) * 100 if quick else ((1000,),) * 1000
    everything = Arguments(global_clipnorm=1.0, ema_momentum=0.99)
    all_of_them = (
        Workload(
            "gpt2",
            "GPT-2 small, clip + Adam + average",
            gpt2,
            ("torch", "optax", "one thread"),
            everything,
            {"torch": 0.58, "optax": 0.36},
        ),
        Workload(
            "gpt2-adam",
            "GPT-2 small, Adam",
            gpt2,
            ("torch", "optax", "traffic", "copy"),
            targets={"torch": 1.0, "traffic": 1 / 0.9},
        ),
        Workload(
            "million",
            "1,000,000 weights in one tensor, Adam",
            (million,),
            ("torch", "optax", "numpy", "traffic"),
            targets={"torch": 0.8},
        ),
        Workload(
            "thousand",
            "1,000 tensors of 1,000 weights, Adam",
            thousand,
            ("torch", "optax", "numpy"),
            targets={"torch": 0.1},
        ),
        Workload(
            "ten",
            "one tensor of 10 weights, Adam",
            ((10,),),
            ("torch", "optax", "numpy"),
            targets={"torch": 0.2},
        ),
        Workload(
            "torch-gpt2",
            "GPT-2 small, clip + Adam + average, as a torch optimizer",
            gpt2,
            ("torch",),
            everything,
            {"torch": 0.58},
            ours="adamas.torch",
        ),
        Workload(
            "torch-hundreds",
            "1,000 tensors of 100 weights, Adam, as a torch optimizer",
            ((10,),) * 100 if quick else ((100,),) * 1000,
            ("torch", "torch bare"),
            targets={"torch": 0.1, "torch bare": 0.35},
            ours="adamas.torch",
        ),
        Workload(
            "torch-thousands",
            "1,000 tensors of 10,000 weights, Adam, as a torch optimizer",
            ((100,),) * 100 if quick else ((10_000,),) * 1000,
            ("torch", "torch bare"),
            targets={"torch": 0.6},
            ours="adamas.torch",
        ),
    )
    return {workload.name: workload for workload in all_of_them}
