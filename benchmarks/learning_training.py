"""One training of the demo's network, for ``learning.py``."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from adamas import Optimizer, fit
from adamas.cli import digits
from adamas.cli.demo import one_thread
from adamas.errors import NonFiniteError
from adamas.optimizer import OPTIMIZERS
from adamas.schedules import CosineDecay
from adamas.training.batches import Arrays
from learning_members import BATCH_SIZE, CONSTANT, EPOCHS, HESSIANS, OPTIONS, WHOLE

ValueAndGrad = Callable[[digits.Params, digits.Batch], tuple[float, digits.Params]]


@dataclass(frozen=True)
class Run:
    """One training: the loss of each step, and what it was worth; infinite if it fell off."""

    losses: np.ndarray
    validation_loss: float
    test_accuracy: float


@cache
def data() -> digits.Digits:
    """The digits, once in each process."""
    return digits.load()


def make(name: str, rate: float, epochs: int = EPOCHS) -> Optimizer:
    """The optimizer as it is measured here, for so many epochs."""
    steps = epochs * WHOLE.get(name, math.ceil(len(data().train[1]) / BATCH_SIZE))
    falling = rate if name in CONSTANT else CosineDecay(rate, steps)
    return OPTIMIZERS[name](**{"learning_rate": falling, **OPTIONS.get(name, {})})


def train(
    name: str,
    rate: float,
    seed: int,
    *,
    epochs: int = EPOCHS,
    value_and_grad: ValueAndGrad = digits.value_and_grad,
) -> Run:
    """Train the demo's network from a seed."""
    params, optimizer = digits.initial_params(seed), make(name, rate, epochs)
    fitted = fit_with_curvature if name in HESSIANS else fit_plainly
    try:
        with one_thread(), np.errstate(over="ignore", invalid="ignore"):
            losses = fitted(name, value_and_grad, params, optimizer, epochs, seed)
    except NonFiniteError:
        return Run(np.empty(0), math.inf, 0.0)
    loss, _ = digits.value_and_grad(params, data().validation)
    return Run(losses, loss, digits.accuracy(params, data().test))


def fit_plainly(
    name: str,
    value_and_grad: ValueAndGrad,
    params: digits.Params,
    optimizer: Optimizer,
    epochs: int,
    seed: int,
) -> np.ndarray:
    """Gradients are all that it needs; the loss of each update."""
    history = fit(
        value_and_grad,
        params,
        data().train,
        optimizer=optimizer,
        epochs=epochs * WHOLE.get(name, 1),
        batch_size=None if name in WHOLE else BATCH_SIZE,
        seed=seed,
        progress=False,
    )
    return history.steps["loss"]


def fit_with_curvature(
    name: str,
    value_and_grad: ValueAndGrad,
    params: digits.Params,
    optimizer: Optimizer,
    epochs: int,
    seed: int,
) -> np.ndarray:
    """The same batches, with an estimate of the Hessian in every so many updates."""
    optimizer.nonfinite = "raise"
    chance, losses = np.random.default_rng(seed), []
    source = Arrays(data().train, BATCH_SIZE, shuffle=True, seed=seed)
    for epoch in range(1, epochs + 1):
        for batch, _ in source.batches(epoch):
            loss, grads = value_and_grad(params, batch)
            due = len(losses) % HESSIANS[name] == 0
            known = {"hessian": hessian_diagonal(params, batch, chance)} if due else {}
            optimizer.apply(grads, params, **known)
            losses.append(loss)
    return np.array(losses)


def hessian_diagonal(
    params: digits.Params, batch: digits.Batch, chance: np.random.Generator, step: float = 1e-6
) -> digits.Params:
    """Hutchinson's estimate of the diagonal of the Hessian H: z · H z, for random signs z.

    H z is the difference of two gradients, in float64.
    """
    z = {
        layer: {name: chance.choice((-1.0, 1.0), array.shape) for name, array in own.items()}
        for layer, own in params.items()
    }

    def gradient(side: float) -> digits.Params:
        moved = {
            layer: {name: array + side * z[layer][name] for name, array in own.items()}
            for layer, own in params.items()
        }
        return digits.value_and_grad(moved, batch)[1]

    above, below = gradient(step), gradient(-step)
    return {
        layer: {
            name: (sign * (above[layer][name] - below[layer][name]) / (2 * step)).astype("float32")
            for name, sign in own.items()
        }
        for layer, own in z.items()
    }
