"""Gradients from where the loss is highest nearby, and estimates of curvature."""

import numpy as np
import pytest

import adamas
from adamas.errors import ArgumentError, StructureError

CURVATURE = {"matrix": np.linspace(0.5, 2, 6).reshape(2, 3), "vector": np.array([3.0, 0.1])}
START = {"matrix": np.ones((2, 3)), "vector": np.array([-1.0, 2.0])}


def quartic(params):
    """A loss whose gradient is c p³, and that gradient."""
    loss = sum((CURVATURE[n] * p**4).sum() / 4 for n, p in params.items())
    return loss, {n: CURVATURE[n] * p**3 for n, p in params.items()}


def by_hand(params, rho, adaptive=False, eta=0.01):
    """The gradient that papers say, of each equation in turn."""
    gradients = quartic(params)[1]
    sizes = {n: np.abs(p) + eta if adaptive else np.ones_like(p) for n, p in params.items()}
    norm = np.sqrt(sum(np.sum((sizes[n] * g) ** 2) for n, g in gradients.items()))
    above = {n: p + rho * sizes[n] ** 2 * gradients[n] / norm for n, p in params.items()}
    return quartic(above)[1]


@pytest.mark.parametrize("adaptive", [False, True], ids=["SAM", "ASAM"])
def test_gradients_are_those_of_the_papers(adaptive):
    params = {name: p.copy() for name, p in START.items()}
    loss, gradients = adamas.sharpness_aware(quartic, rho=0.3, adaptive=adaptive)(params)
    assert loss == quartic(START)[0]
    for name, expected in by_hand(START, 0.3, adaptive).items():
        np.testing.assert_allclose(gradients[name], expected, rtol=1e-11)
        np.testing.assert_array_equal(params[name], START[name])
        # The oracle sees another distance, and the other rule.
        assert not np.allclose(gradients[name], by_hand(START, 0.2, adaptive)[name])
        assert not np.allclose(gradients[name], by_hand(START, 0.3, not adaptive)[name])


def test_optax_goes_the_same_way():
    import jax
    import jax.numpy as jnp
    import optax

    from adamas.jax import functional

    def loss_of(params):
        return sum(jnp.sum(jnp.asarray(CURVATURE[n]) * p**4) / 4 for n, p in params.items())

    with jax.enable_x64(True):
        ours = theirs = {name: jnp.asarray(p) for name, p in START.items()}
        step = functional(adamas.SGD(0.05, momentum=0.9, convention="optax"))
        away = optax.chain(optax.contrib.normalize(), optax.sgd(0.1))
        sam = optax.contrib.sam(optax.sgd(0.05, momentum=0.9), away, opaque_mode=True)
        state, their_state = step.init(ours), sam.init(theirs)
        sharp = adamas.sharpness_aware(jax.value_and_grad(loss_of), rho=0.1)

        @jax.jit
        def one(params, state):
            _, gradients = sharp(params)
            return step.apply(gradients, state, params)

        for _ in range(20):
            ours, state = one(ours, state)
            updates, their_state = sam.update(
                jax.grad(loss_of)(theirs),
                their_state,
                theirs,
                grad_fn=lambda params, _: jax.grad(loss_of)(params),
            )
            theirs = optax.apply_updates(theirs, updates)
        for name in START:
            np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-9)
            assert np.abs(ours[name] - START[name]).max() > 0.1


def test_tensors_and_closures_go_the_same_way():
    import torch

    from adamas import torch as optim

    tensors = {name: torch.tensor(p) for name, p in START.items()}
    curved = {name: torch.tensor(c) for name, c in CURVATURE.items()}

    def loss_of(params):
        return sum((curved[n] * p**4).sum() / 4 for n, p in params.items())

    sharp = adamas.sharpness_aware(torch.func.grad_and_value(loss_of), rho=0.3)
    with pytest.raises(StructureError):
        sharp(tensors)  # PyTorch's pair is the other way round

    def value_and_grad(params):
        gradients, loss = torch.func.grad_and_value(loss_of)(params)
        return loss, gradients

    _, gradients = adamas.sharpness_aware(value_and_grad, rho=0.3)(tensors)
    own = {name: torch.nn.Parameter(tensor.clone()) for name, tensor in tensors.items()}
    optimizer = optim.SGD(list(own.items()), lr=1.0)

    def closure():
        optimizer.zero_grad()
        loss = loss_of(own)
        loss.backward()
        return loss

    nearby = optim.sharpness_aware(closure, own.values(), rho=0.3)
    assert float(optimizer.step(nearby).detach()) == pytest.approx(quartic(START)[0])
    for name, expected in by_hand(START, 0.3).items():
        np.testing.assert_allclose(gradients[name], expected, rtol=1e-11)
        np.testing.assert_allclose(own[name].detach(), START[name] - expected, rtol=1e-11)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
@pytest.mark.parametrize("call", [1, 2])
def test_a_closure_that_is_interrupted_leaves_every_bit(error, call):
    import torch

    from adamas import torch as optim

    weight = torch.nn.Parameter(torch.tensor([0.1, 0.7, -1e-30]))
    before, calls = weight.detach().clone(), []
    optimizer = optim.AdamW([weight], lr=0.1)

    def closure():
        calls.append(weight.detach().clone())
        optimizer.zero_grad()
        loss = (weight**2).sum()
        loss.backward()
        if len(calls) == call:
            raise error
        return loss

    with pytest.raises(error):
        optimizer.step(optim.sharpness_aware(closure, [weight], rho=0.5))
    assert torch.equal(weight, before)
    assert call == 1 or not torch.equal(calls[1], before)
    assert optimizer.calls == 0


@pytest.mark.parametrize("call", [1, 2])
def test_arrays_are_never_moved(call):
    params, calls = {name: p.copy() for name, p in START.items()}, []

    def value_and_grad(near):
        calls.append(near)
        if len(calls) == call:
            raise KeyboardInterrupt
        return quartic(near)

    with pytest.raises(KeyboardInterrupt):
        adamas.sharpness_aware(value_and_grad)(params)
    for name, p in START.items():
        np.testing.assert_array_equal(params[name], p)


def test_loops_and_searches_take_it():
    from scipy.optimize import minimize

    from adamas.scipy import minimizer

    def around(x, _=None):
        return float(np.sum(x**2)), 2 * x

    found = minimize(
        adamas.sharpness_aware(around, rho=0.01),
        np.array([1.0, -2.0]),
        jac=True,
        method=minimizer(adamas.SGD(0.1)),
        options={"maxiter": 50},
    )
    assert np.all(np.abs(found.x) < 0.02)
    weights = [np.array([1.0, -2.0])]
    adamas.fit(
        adamas.sharpness_aware(lambda params, _: (around(params[0])[0], [2 * params[0]])),
        weights,
        np.zeros(50),
        optimizer=adamas.SGD(0.1),
        batch_size=1,
        progress=False,
    )
    assert np.all(np.abs(weights[0]) < 0.05)


def test_no_gradient_and_gradients_of_zero_move_nothing():
    seen = []

    def value_and_grad(params):
        seen.append(params)
        return 0.0, [np.zeros(2), None]

    adamas.sharpness_aware(value_and_grad)([np.ones(2), np.ones(3)])
    np.testing.assert_array_equal(np.concatenate(seen[1]), 1)


def test_what_gives_no_pair_is_told():
    with pytest.raises(ArgumentError, match="must return a pair"):
        adamas.sharpness_aware(lambda params: params)([np.ones(2)])


@pytest.mark.parametrize("wrong", [{"rho": -1.0}, {"rho": "far"}, {"eta": np.nan}])
def test_distances_are_numbers_of_at_least_0(wrong):
    with pytest.raises(ArgumentError, match="must be a number of at least 0"):
        adamas.sharpness_aware(quartic, **wrong)


MIXED = np.array([[2.0, 0.5], [0.5, 1.0]])


def test_curvature_of_torch_is_right_where_the_hessian_is_diagonal_and_on_average():
    import torch

    from adamas.torch import hessian_diagonal

    generator = torch.Generator().manual_seed(0)
    x, y, idle = (torch.ones(2, requires_grad=True) for _ in range(3))
    loss = (torch.tensor([1.0, 3.0]) * x**4).sum() + y.sum()
    found = hessian_diagonal(loss, [x, y, idle], generator=generator)
    np.testing.assert_allclose(found[0], [12, 36])
    np.testing.assert_array_equal(torch.cat(found[1:]), 0)
    loss = x @ torch.tensor(MIXED, dtype=torch.float32) @ x / 2
    [once] = hessian_diagonal(loss, [x], generator=generator)
    assert not np.allclose(once, [2, 1])
    [often] = hessian_diagonal(loss, [x], samples=400, generator=generator)
    np.testing.assert_allclose(often, [2, 1], atol=0.1)  # 0.5 / √400 is a standard deviation


def test_curvature_of_jax_is_right_where_the_hessian_is_diagonal_and_on_average():
    import jax
    import jax.numpy as jnp

    from adamas.jax import hessian_diagonal

    params = {"x": jnp.ones(2), "y": jnp.ones(3)}

    def loss_of(params):
        return jnp.sum(jnp.array([1.0, 3.0]) * params["x"] ** 4) + params["y"].sum()

    keys = jax.random.split(jax.random.key(0), 3)
    found = jax.jit(lambda params: hessian_diagonal(loss_of, params, keys[0]))(params)
    np.testing.assert_allclose(found["x"], [12, 36])
    np.testing.assert_array_equal(found["y"], 0)

    def mixed(x):
        return x @ jnp.asarray(MIXED) @ x / 2

    assert not np.allclose(hessian_diagonal(mixed, jnp.ones(2), keys[1]), [2, 1])
    often = hessian_diagonal(mixed, jnp.ones(2), keys[2], samples=400)
    np.testing.assert_allclose(often, [2, 1], atol=0.1)
