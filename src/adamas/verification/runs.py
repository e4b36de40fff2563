"""Small training runs that checks compare: parameters, gradients, copies of an optimizer."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..description.inputs import NUMBER
from ..dtypes import FLOATS, numpy_dtype
from ..optimizer import Optimizer

Make = Callable[..., Optimizer]
"""A function that makes the optimizer in question, with arguments in place of its own."""

Arrays = list[np.ndarray]

DTYPES = {name: numpy_dtype(name) for name in FLOATS}

SHAPES: tuple[tuple[int, ...], ...] = ((37,), (3, 5), (), (2, 3, 4), (0, 4), (70, 300))
"""A vector that fills no vectors, matrices, a scalar, a stack, nothing, more than one chunk."""

STAGES: Mapping[str, Any] = {
    "global_clipnorm": 3.0,
    "use_ema": True,
    "ema_momentum": 0.7,
    "gradient_accumulation_steps": 2,
}
"""Arguments that put stages around the rule."""

CALLS = 6


def parameters(dtype: np.dtype, shapes: Sequence[tuple[int, ...]] = SHAPES) -> Arrays:
    """Parameters between ½ and 2 in magnitude."""
    chance = np.random.default_rng(0)
    made = []
    for shape in shapes:
        sign = chance.choice([-1.0, 1.0], shape)
        made.append(np.asarray(sign * chance.uniform(0.5, 2, shape)).astype(dtype))
    return made


def gradients(params: Arrays, seed: int) -> Arrays:
    """Gradients that every dtype holds exactly."""
    chance = np.random.default_rng(seed)
    drawn = (np.asarray(chance.normal(size=p.shape)).astype(DTYPES["bfloat16"]) for p in params)
    return [g.astype(p.dtype) for g, p in zip(drawn, params, strict=True)]


def made_up(optimizer: Optimizer, params: Arrays, seed: int) -> dict[str, Any]:
    """What call number `seed` is given that an optimizer asks for: numbers and arrays of ½ to 3/2.

    Arrays come in every other call, if it can do without.
    """
    asked = {n: kind for one in optimizer.everyone() for n, kind in one.asked_inputs().items()}
    waits = all(one.update_without for one in optimizer.everyone() if one.input_arrays())
    chance = np.random.default_rng(seed)
    found: dict[str, Any] = {}
    for name, kind in asked.items():
        if kind == NUMBER:
            found[name] = 0.5 + float(chance.random())
        elif seed % 2 or not waits:
            found[name] = [np.asarray(0.5 + chance.random(p.shape)).astype(p.dtype) for p in params]
    return found


def train(
    optimizer: Optimizer, params: Arrays, calls: int = CALLS, compiler: str | None = None
) -> Optimizer:
    """Make `calls` calls with the gradients of seeds 1, 2, …"""
    if not optimizer.built:
        optimizer.build(params, compiler=compiler)
    for seed in range(1, calls + 1):
        optimizer.apply(gradients(params, seed), **made_up(optimizer, params, seed))
    return optimizer


def state(optimizer: Optimizer) -> dict[str, np.ndarray]:
    """All arrays of the state by name."""
    return dict(optimizer.session.export()[0])


def picture(optimizer: Optimizer, params: Arrays) -> list[bytes]:
    """Every byte of parameters and state."""
    return [array.tobytes() for array in (*params, *state(optimizer).values())]


def kernels(optimizer: Optimizer) -> int:
    """How many loops were compiled for an optimizer."""
    return sum(len(program.kernels) for program in optimizer.session.programs)


def difference(ones: Arrays, others: Arrays, jumps: float = 0.0) -> float:
    """The largest difference of two sets of arrays, as a share of each one's largest magnitude.

    A share of the weights, `jumps`, may differ by more: a rule with a sign in it jumps where its
    argument is 0 but for rounding.
    """
    all_of_them = []
    for one, other in zip(ones, others, strict=True):
        left, right = (array.astype(np.float64).reshape(-1) for array in (one, other))
        scale = np.max(np.abs(right), initial=0.0)
        same = (left == right) | (np.isnan(left) & np.isnan(right))
        all_of_them.append(np.where(same, 0.0, np.abs(left - right)) / (scale or 1.0))
    differences = np.sort(np.nan_to_num(np.concatenate(all_of_them), nan=np.inf))
    return float(differences[len(differences) - 1 - int(jumps * len(differences))])
