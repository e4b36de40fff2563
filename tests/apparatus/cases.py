"""Shared by the tests of the core: a textbook step to compare with, and pictures of all bytes."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from unittest import mock

import ml_dtypes
import numpy as np

from adamas import Optimizer
from adamas.compilers import memory

BFLOAT16 = np.dtype(ml_dtypes.bfloat16)
DTYPES = (np.dtype(np.float64), np.dtype(np.float32), np.dtype(np.float16), BFLOAT16)
SHAPES = ((37,), (3, 5), (), (2, 0), (16,))
"""A vector with a tail, a matrix, a scalar, nothing, exactly one vector."""


class Upwards(Optimizer):
    """A rule that asks how far apart the numbers of its parameter are: 1 becomes the next one."""

    @staticmethod
    def update(p, g, /, *, spacing):
        return p + spacing


class Textbook:
    """The whole step in words of its own, in NumPy, written without a look at the rules.

    Arithmetic is float32 (float64 for float64 parameters). A scalar of the step is computed in
    double precision and rounded once. So the compiled step must give these very bits, where the
    sums of squares that clipping needs are exact (see `gradients`).
    """

    def __init__(
        self, params: Sequence[np.ndarray], excluded: Sequence[int] = (), **arguments: Any
    ) -> None:
        self.params = [p.copy() for p in params]
        self.excluded = excluded
        self.kinds = [np.float64 if p.dtype == np.float64 else np.float32 for p in params]
        zeros = [np.zeros(p.shape, kind) for p, kind in zip(params, self.kinds, strict=True)]
        self.state = {s: [z.copy() for z in zeros] for s in ("m", "v", "v_hat", "ema", "sum")}
        self.t = self.pending = 0
        defaults = {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}
        self.a = {**defaults, "ema_momentum": 0.99, **arguments}

    def apply(self, grads: Sequence[np.ndarray]) -> None:
        """One call."""
        a, get = self.a, self.a.get
        steps = get("gradient_accumulation_steps") or 1
        ready = []
        for i, kind in enumerate(self.kinds):
            g = np.asarray(grads[i]).astype(kind)
            if get("loss_scale_factor"):
                g = g / kind(a["loss_scale_factor"])
            if steps > 1:
                self.state["sum"][i] = self.state["sum"][i] + g
                g = self.state["sum"][i] / kind(steps)
            ready.append(g)
        self.pending += 1
        if self.pending < steps:
            return
        self.pending = 0
        self.t += 1
        self.state["sum"] = [np.zeros_like(s) for s in self.state["sum"]]
        with np.errstate(all="ignore"):
            factors = self._clip_factors(ready)
            for i, g in enumerate(ready):
                self._update(i, g, factors[i])

    def _clip_factors(self, grads: Sequence[np.ndarray]) -> list[float | None]:
        squares = [float(np.sum(np.square(g.astype(np.float64)))) for g in grads]
        if self.a.get("clipnorm"):
            limit = self.a["clipnorm"]
            return [limit / max(math.sqrt(s), limit) for s in squares]
        if self.a.get("global_clipnorm"):
            limit = self.a["global_clipnorm"]
            return [limit / max(math.sqrt(sum(squares)), limit)] * len(grads)
        return [None] * len(grads)

    def _update(self, i: int, g: np.ndarray, factor: float | None) -> None:
        a, get, t, kind, s = self.a, self.a.get, self.t, self.kinds[i], self.state
        p = self.params[i].astype(kind)
        if factor is not None:
            g = g * kind(factor)
        if get("clipvalue"):
            g = np.clip(g, kind(-a["clipvalue"]), kind(a["clipvalue"]))
        if get("weight_decay") and i not in self.excluded:
            p = p - kind(a["learning_rate"] * a["weight_decay"]) * p
        beta_1, beta_2 = a["beta_1"], a["beta_2"]
        m = s["m"][i] = s["m"][i] + kind(1 - beta_1) * (g - s["m"][i])
        v = s["v"][i] = s["v"][i] + kind(1 - beta_2) * (g * g - s["v"][i])
        if get("amsgrad"):
            v = s["v_hat"][i] = np.maximum(s["v_hat"][i], v)
        alpha = a["learning_rate"] * math.sqrt(1 - beta_2**t) / (1 - beta_1**t)
        p = p - kind(alpha) * m / (np.sqrt(v) + kind(a["epsilon"]))
        if get("use_ema"):
            momentum = a["ema_momentum"]
            mixed = kind(momentum) * s["ema"][i] + kind(1 - momentum) * p
            s["ema"][i] = p if t == 1 else mixed
            every = get("ema_overwrite_frequency")
            if every and t % every == 0:
                p = s["ema"][i]
        self.params[i] = np.asarray(p).astype(self.params[i].dtype)


def parameters(
    seed: int = 0, dtypes: Sequence[Any] = DTYPES, shapes: Sequence[tuple] = SHAPES
) -> list[np.ndarray]:
    """Parameters of every dtype and shape, between 1/2 and 2 in magnitude."""
    chance = np.random.default_rng(seed)
    made = []
    for dtype in dtypes:
        for shape in shapes:
            sign = chance.choice([-1.0, 1.0], shape)
            made.append(np.array(sign * chance.uniform(0.5, 2, shape)).astype(dtype))
    return made


def signed(shapes: Iterable[tuple[int, ...]], dtype: Any = np.float64) -> list[np.ndarray]:
    """Parameters of both signs."""
    chance = np.random.default_rng(0)
    return [np.array(chance.normal(size=shape)).astype(dtype) for shape in shapes]


def by_name(shapes: Mapping[str, tuple[int, ...]], dtype: Any) -> dict[str, np.ndarray]:
    """Parameters by name, between 1/2 and 2 in magnitude."""
    chance = np.random.default_rng(0)
    return {n: np.array(chance.uniform(0.5, 2, s)).astype(dtype) for n, s in shapes.items()}


def gradients(params: Sequence[np.ndarray], seed: int = 1) -> list[np.ndarray]:
    """Gradients that are multiples of 1/16 below 4: every sum of their squares is exact."""
    chance = np.random.default_rng(seed)
    return [np.array(chance.integers(-63, 64, p.shape) / 16).astype(p.dtype) for p in params]


def bits(array: np.ndarray) -> bytes:
    """The values of an array, bit for bit, whatever its strides."""
    return np.ascontiguousarray(array).tobytes()


def assert_same_bits(left: Sequence[np.ndarray], right: Sequence[np.ndarray]) -> None:
    """Each array equals its partner in dtype, shape and every bit."""
    assert len(left) == len(right)
    for index, (one, other) in enumerate(zip(left, right, strict=True)):
        assert (one.dtype, one.shape) == (other.dtype, other.shape), index
        if bits(one) != bits(other):
            np.testing.assert_array_equal(
                one.astype(np.float64), other.astype(np.float64), err_msg=f"array {index}"
            )
            raise AssertionError(f"array {index}: signs of zero or payloads of NaN differ")


def leaves(tree: Any) -> list[np.ndarray]:
    """All arrays of nested mappings and sequences."""
    if isinstance(tree, np.ndarray):
        return [tree]
    if isinstance(tree, Mapping):
        return [leaf for value in tree.values() for leaf in leaves(value)]
    return [leaf for value in tree for leaf in leaves(value)]


def picture(optimizer: Any, *trees: Any) -> tuple:
    """Every byte that a refused call may not change: parameters, slots, counters."""
    built = optimizer.built
    state = leaves(optimizer.state) if built else []
    counters = (optimizer.iterations, optimizer.calls, optimizer.skipped)
    norm = optimizer.gradient_norm if built else None
    arrays = [leaf for tree in trees for leaf in leaves(tree)]
    return counters, norm, built, [bits(array) for array in (*arrays, *state)]


def everything(optimizer: Any, *trees: Any) -> tuple:
    """`picture`, and every number that is handed on between steps."""
    remembered = {name: bits(a) for name, a in optimizer.session.remembered.items()}
    return picture(optimizer, *trees), remembered


@contextmanager
def layout(chunk: int = memory.CHUNK, serial: int = 0) -> Iterator[None]:
    """Batches laid out inside have chunks of `chunk` weights, and threads from `serial` on."""
    with mock.patch.object(memory, "CHUNK", chunk), mock.patch.object(memory, "SERIAL", serial):
        yield


def run(
    optimizer: Any,
    params: Any,
    steps: int = 3,
    make: Callable[..., Any] = gradients,
    compiler: str = "llvm",
) -> Any:
    """Train `params` in place with the gradients of seeds 1, 2, …; gives the optimizer."""
    if not optimizer.built:
        optimizer.build(params, compiler=compiler)
    for seed in range(1, steps + 1):
        optimizer.apply(make(params, seed))
    return optimizer


# What may differ from the definition, which computes in double precision and rounds when it
# stores: an operation rounds by half an ulp, and some 20 of them in each of 6 calls make less
# than 64 ulp. A parameter of 16 bits is rounded once a step, to a neighbour at worst.
ULPS = {"float64": 64 * 2.0**-53, "float32": 64 * 2.0**-24, "float16": 2.0**-9, "bfloat16": 2.0**-6}


def check_against_definition(
    optimizer: Any, definition: Any, dtype: Any, calls: int = 6, follow: bool = False
) -> None:
    """The compiled step stays within rounding of what the reference makes of `definition`.

    With `follow`, slots depend on the parameters, and so on how those were rounded. Averages of
    them always do.
    """
    params, defined = parameters(dtypes=[dtype]), parameters(dtypes=[dtype])
    run(optimizer, params, calls)
    run(definition, defined, calls, compiler="reference")
    assert (optimizer.iterations, optimizer.calls) == (definition.iterations, definition.calls)
    name = np.dtype(dtype).name
    check_close(params, defined, ULPS[name])
    assert optimizer.state.keys() == definition.state.keys()
    for slot, arrays in optimizer.state.items():
        loose = name if follow or slot == "ema" or name == "float64" else "float32"
        check_close(arrays.values(), definition.state[slot].values(), ULPS[loose])


def check_close(left: Any, right: Any, relative: float) -> None:
    """Equal within `relative` of the magnitudes in each array."""
    for one, other in zip(left, right, strict=True):
        one, other = one.astype(np.float64), other.astype(np.float64)
        scale = np.abs(other).max(initial=0)
        np.testing.assert_allclose(one, other, rtol=relative, atol=relative * scale)
