"""Maxima and minima: one of their values, NaN if there is one, whatever the order."""

from collections.abc import Callable
from typing import Any
from unittest import mock

import numpy as np
import pytest

from adamas import Optimizer
from adamas.compilers import memory
from adamas.language.reductions import REDUCTIONS
from rules import optimizer_of

SHAPE = (3, 300, 217)
AXES: dict[str, tuple[int, ...]] = {
    "all": (0, 1, 2),
    "rows": (2,),
    "columns": (1,),
    "matrices": (1, 2),
    "rows of all": (0, 2),
    "columns of all": (0, 1),
}


def keeping(name: str, axes: tuple[int, ...]) -> type[Optimizer]:
    """A rule whose slot is a reduction of its gradient."""

    def update(p, g, r, /, *, learning_rate):
        return p - learning_rate * g, getattr(np, name)(g, axis=axes, keepdims=True)

    return optimizer_of(update)


def kept(kind: Callable[[], Any], g: np.ndarray, **build: Any) -> np.ndarray:
    """What the slot is after a call with this gradient."""
    optimizer = kind()
    optimizer.build([np.zeros_like(g)], **build)
    optimizer.apply([g])
    return optimizer.state["r"]["0"]


def gradient(dtype: Any, missing: bool = False) -> np.ndarray:
    g = np.random.default_rng(0).normal(size=SHAPE).astype(dtype)
    if missing:
        g[1, 250, 100] = np.nan
    return g


@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=str)
@pytest.mark.parametrize("axes", AXES)
@pytest.mark.parametrize("name", ["max", "min"])
def test_it_has_the_bits_of_one_of_its_values_in_any_threads_and_chunks(name, axes, dtype):
    kind = keeping(name, AXES[axes])
    for g in (gradient(dtype), gradient(dtype, missing=True)):
        expected = getattr(np, name)(g, axis=AXES[axes])
        for changed in ({"CHUNK": 2**14}, {"CHUNK": 1000}, {"BLOCK": 2048, "WIDEST": 64}):
            patched: Any = mock.patch.multiple
            with memory.sharing(1), patched(memory, **changed):
                found = kept(kind, g)
            np.testing.assert_array_equal(found.reshape(expected.shape), expected)
    assert np.isnan(expected).any()


@pytest.mark.parametrize("name", ["max", "min"])
def test_zeros_of_two_signs_give_one_without(name):
    """Which of them came first depends on the order, and on how a tensor is divided."""
    for g in (np.array([0.0, -0.0] * 40), np.array([-0.0, 0.0] * 40), np.full(80, -0.0)):
        assert not np.signbit(kept(keeping(name, AXES["all"]), g))


def test_of_nothing_it_is_where_it_starts():
    for row in REDUCTIONS.values():
        assert row.along(np.zeros((0, 3)), 0).tolist() == [row.start] * 3
        assert row.grouped(np.array([1]), np.array([2.0]), 3).tolist() == [row.start, 2, row.start]


def test_a_sum_in_the_place_of_a_maximum_would_be_seen():
    found = kept(keeping("sum", AXES["rows"]), gradient(np.float64))
    with pytest.raises(AssertionError):
        np.testing.assert_array_equal(found, np.max(gradient(np.float64), axis=2))


@pytest.mark.parametrize("name", ["max", "min"])
def test_the_slope_is_shared_by_those_that_are_equal(name):
    jax: Any = pytest.importorskip("jax")
    slopes: Any = pytest.importorskip("adamas.compilers.slopes")
    sign = 1.0 if name == "max" else -1.0
    x = sign * np.array([[1.0, 3.0, 3.0], [5.0, 0.0, 2.0]])
    found = jax.grad(lambda x: slopes.REDUCTIONS[name](x, (1,)).sum())(x)
    np.testing.assert_array_equal(found, [[0, 0.5, 0.5], [1, 0, 0]])
