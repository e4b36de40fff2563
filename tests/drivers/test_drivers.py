"""Drivers of one's own: on every front end, from one class."""

import numpy as np
import pytest
import torch

import adamas
import adamas.torch
from adamas.drivers import Vector, dot
from adamas.errors import AdamasError, CheckpointError, RuleError
from barzilai_borwein import BarzilaiBorwein

CURVATURE = np.array([1.0, 10.0, 3.0])


def by_hand(x, moves):
    """The same, in NumPy."""
    former, before, size = x, None, 0.01
    for _ in range(moves):
        g = CURVATURE * x
        if before is not None:
            step = x - former
            size = step @ step / (step @ (g - before))
        former, before, x = x, g, x - size * g
    return x


def value_and_grad(params):
    return 0.5 * np.sum(CURVATURE * params["w"] ** 2), {"w": CURVATURE * params["w"]}


@pytest.fixture
def expected():
    found = by_hand(np.array([3.0, -2.0, 1.0]), 5)
    assert not np.allclose(found, by_hand(np.array([3.0, -2.0, 1.0]), 4), atol=0, rtol=1e-6)
    return found


def test_on_arrays(expected, tmp_path):
    params = {"w": np.array([3.0, -2.0, 1.0])}
    driver = BarzilaiBorwein()
    assert driver.apply(value_and_grad, params) == 26.0
    np.testing.assert_allclose(params["w"], expected, rtol=1e-9)
    driver.save(tmp_path / "state")
    other = BarzilaiBorwein()
    other.build({"w": np.zeros(3)})
    other.load(tmp_path / "state")
    assert other.iterations == driver.iterations == 6
    lbfgs = adamas.LBFGS()
    lbfgs.build(params)
    with pytest.raises(CheckpointError, match="must hold the state of LBFGS"):
        lbfgs.load(tmp_path / "state")


def test_in_torch(expected):
    kind = adamas.torch.wrap(BarzilaiBorwein)
    w = torch.tensor([3.0, -2.0, 1.0], dtype=torch.float64, requires_grad=True)
    optimizer = kind([("w", w)], lr=0.01)

    def closure():
        optimizer.zero_grad()
        loss = 0.5 * torch.sum(torch.tensor(CURVATURE) * w**2)
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == 26.0
    np.testing.assert_allclose(w.detach().numpy(), expected, rtol=1e-9)
    state = optimizer.state_dict()
    again = kind([("w", w)])
    again.load_state_dict(state)
    again.step(closure)
    assert again.state[w]["iterations"] == 6


def test_in_jax(expected):
    jax = pytest.importorskip("jax")
    import adamas.jax

    with jax.enable_x64(True):
        step = adamas.jax.functional(BarzilaiBorwein())
        params = {"w": jax.numpy.asarray([3.0, -2.0, 1.0])}

        def loss(given):
            return 0.5 * jax.numpy.sum(CURVATURE * given["w"] ** 2)

        call = jax.jit(lambda s, p: step.apply(jax.value_and_grad(loss), s, p))
        params, state = call(step.init(params), params)
        np.testing.assert_allclose(params["w"], expected, rtol=1e-9)
        assert int(state.iterations) == 6
        for wrong in (lambda p: (p["w"], p), lambda p: 1.0):
            with pytest.raises(AdamasError):
                step.apply(wrong, state, params)
        with pytest.raises(AdamasError, match="optax"):
            adamas.jax.transformation(BarzilaiBorwein())  # pyright: ignore[reportArgumentType]


def test_in_scipy():
    scipy = pytest.importorskip("scipy.optimize")
    from adamas.scipy import minimizer

    found = scipy.minimize(
        lambda x: (0.5 * np.sum(CURVATURE * x**2), CURVATURE * x),
        [3.0, -2.0, 1.0],
        jac=True,
        method=minimizer(BarzilaiBorwein()),
    )
    assert found.success
    assert np.abs(found.x).max() < 1e-5


def test_mistakes_are_explained():
    class Forgets(adamas.Driver):
        learning_rate: float = 1.0

    class Wrong(adamas.Driver):
        learning_rate: float = 1.0

        def begin(self, x):
            return (x,)

    params = {"w": np.ones(3)}
    with pytest.raises(RuleError, match="must define begin"):
        Forgets().apply(value_and_grad, params)
    with pytest.raises(AdamasError, match="NamedTuple with x, loss"):
        Wrong().apply(value_and_grad, params)
    with pytest.raises(RuleError, match="must be declared"):

        class Strange(adamas.Driver):
            learning_rate: complex = 1j

    with pytest.raises(AdamasError, match="at least 1"):
        BarzilaiBorwein(max_iter=0)
    driver = BarzilaiBorwein()
    driver.apply(value_and_grad, params)
    with pytest.raises(AdamasError, match="as many weights"):
        driver.apply(value_and_grad, {"w": np.ones(4)})


def test_products_and_sums_are_of_all_processes_whichever_vector_knows_of_them():
    class Twice:
        def total(self, parts):
            return np.float64(2 * sum(parts))

        def largest(self, size):
            return size

    alone, shared = Vector([np.full(3, 2.0)]), Vector([np.ones(3)], Twice())
    assert dot(alone, alone) == 12.0
    assert dot(alone, shared) == dot(shared, alone) == 12.0
    assert dot(alone + shared, alone) == 36.0
    assert dot(alone - shared, alone) == 12.0
