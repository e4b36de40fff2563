"""ScheduleFreeAdamW trains at one point and is evaluated at another."""

from typing import Any

import numpy as np
import pytest

from adamas import ScheduleFreeAdamW
from cases import assert_same_bits, leaves, parameters
from family import Wrong, make_wrong
from keras_peer import noise

SHAPES = ((7,), (3, 4), ())


def train(optimizer: Any, calls: int = 6) -> tuple[list[np.ndarray], list, list]:
    """The parameters, and what they and z were after each update."""
    params = parameters(shapes=SHAPES, dtypes=[np.float64])
    optimizer.build(params)
    trained, fast = [], []
    for seed in range(calls):
        optimizer.apply(noise(params, seed))
        trained.append([p.copy() for p in params])
        fast.append([z.copy() for z in optimizer.state["z"].values()])
    return params, trained, fast


def mean(history: list[list[np.ndarray]]) -> list[np.ndarray]:
    """The mean over time of each array."""
    return [np.mean(arrays, axis=0) for arrays in zip(*history, strict=True)]


def check_average(kind: type, **arguments: Any) -> None:
    """Averaged and finalized weights are the mean of all z, and p lies between."""
    optimizer = kind(0.1, **arguments)
    params, _, fast = train(optimizer)
    before = [p.copy() for p in params]
    with optimizer.averaged():
        averages = [p.copy() for p in params]
    assert_same_bits(params, before)
    optimizer.finalize_variable_values()
    assert_same_bits(params, averages)
    beta = optimizer.beta_1
    for p, z, x, wanted in zip(before, fast[-1], averages, mean(fast), strict=True):
        np.testing.assert_allclose(x, wanted, rtol=1e-11)
        np.testing.assert_allclose(p, (1 - beta) * z + beta * wanted, rtol=1e-11)


@pytest.mark.parametrize("arguments", [{}, {"beta_1": 0.3}, {"warmup_steps": 4}], ids=str)
def test_the_average_is_the_mean_of_the_fast_weights(arguments):
    check_average(ScheduleFreeAdamW, **arguments)


@pytest.mark.parametrize(
    "wrong",
    [
        Wrong('schedule_free("beta_1", ', 'schedule_free("beta_2", '),
    ],
)
def test_another_average_is_seen(wrong):
    with pytest.raises(AssertionError):
        check_average(make_wrong("ScheduleFreeAdamW", wrong))


def test_the_rate_grows_to_its_value_in_the_steps_of_the_warmup():
    """With a steady gradient the mean of its squares is its square, and each step is the rate."""
    for warmup, wanted in ((0, 6.0), (1, 6.0), (4, 0.25 + 0.5 + 0.75 + 3), (12, 21 / 12)):
        params, gradient = [np.zeros(3)], np.array([2.0, -0.5, 30.0])
        optimizer = ScheduleFreeAdamW(0.1, epsilon=0.0, warmup_steps=warmup)
        for _ in range(6):
            optimizer.apply([gradient], params)
        (z,) = leaves(optimizer.state["z"])
        np.testing.assert_allclose(z, -0.1 * wanted * np.sign(gradient), rtol=1e-12)


def test_with_use_ema_the_average_of_the_trained_weights_is_taken():
    optimizer = ScheduleFreeAdamW(0.1, use_ema=True, ema_momentum=0.7)
    params, trained, fast = train(optimizer)
    wanted = trained[0]
    for later in trained[1:]:
        wanted = [0.7 * one + 0.3 * p for one, p in zip(wanted, later, strict=True)]
    with optimizer.averaged():
        averages = [p.copy() for p in params]
    for x, ema, other in zip(averages, wanted, mean(fast), strict=True):
        np.testing.assert_allclose(x, ema, rtol=1e-11)
        assert not np.allclose(x, other)


def test_it_finds_a_minimum_at_a_constant_rate_where_the_fast_weights_do_not():
    """Gradients of (p − 2)² / 2 with noise of deviation 1: the mean of 400 is at 2 to 0.1."""
    chance, params = np.random.default_rng(0), [np.zeros(50)]
    optimizer = ScheduleFreeAdamW(0.1)
    for _ in range(400):
        optimizer.apply([params[0] - 2 + chance.normal(size=50)], params)
    (z,) = leaves(optimizer.state["z"])
    optimizer.finalize_variable_values()
    deviations = [float(np.sqrt(np.mean((x - 2) ** 2))) for x in (params[0], z)]
    assert deviations[0] < 0.15 < 0.3 < deviations[1], deviations
