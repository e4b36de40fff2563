"""What is timed: which tensors, which arguments, beside which peers, and what is aimed for."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

Shapes = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Arguments:
    """The arguments that every peer of a workload is given.

    Epsilon is next to nothing, because the libraries put it in different places: so they must
    agree to rounding, and are checked for it. No time depends on its value.
    """

    learning_rate: float = 1e-3
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-30
    global_clipnorm: float | None = None
    ema_momentum: float | None = None

    @property
    def bytes_per_weight(self) -> int:
        """What one step must move at least: p, m, v (and the average) in and out, g in.

        A global norm needs all gradients before the first update: they are read twice.
        """
        clip = 4 if self.global_clipnorm is not None else 0
        average = 8 if self.ema_momentum is not None else 0
        return 28 + clip + average


@dataclass(frozen=True)
class Workload:
    """Tensors to optimize, and the peers to stand beside.

    Attributes:
        targets: peer → how large our time may be, as a share of the peer's.
    """

    name: str
    title: str
    shapes: Shapes
    peers: tuple[str, ...]
    arguments: Arguments = Arguments()
    targets: Mapping[str, float] = field(default_factory=dict)

    @property
    def weights(self) -> int:
        """How many numbers are optimized."""
        return sum(math.prod(shape) for shape in self.shapes)

    def parameters(self) -> Iterator[np.ndarray]:
        """The parameters before the first step: the same for every peer, one at a time."""
        return self._numbers(0, 0.02)

    def gradients(self, which: int) -> Iterator[np.ndarray]:
        """One of the two sets of gradients, 0 or 1, that take turns."""
        return self._numbers(1 + which, 1.0)

    def _numbers(self, kind: int, scale: float) -> Iterator[np.ndarray]:
        for index, shape in enumerate(self.shapes):
            random = np.random.Generator(np.random.SFC64([kind, index]))
            values = random.standard_normal(shape, dtype=np.float32)
            values *= np.float32(scale)
            yield values


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
            targets={"torch": 0.15},
        ),
    )
    return {workload.name: workload for workload in all_of_them}
