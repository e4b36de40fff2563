"""flax, equinox and orbax as their users use them, with steps of adamas inside."""

from typing import Any

import numpy as np
import pytest

import adamas

jax = pytest.importorskip("jax")
jnp = jax.numpy

import adamas.jax  # noqa: E402
from adamas.frameworks.jax.parameters import Parameters  # noqa: E402

X = np.random.default_rng(0).normal(size=(64, 3)).astype(np.float32)
Y = X @ np.array([[1.0], [-2.0], [0.5]], np.float32) + 0.3


def optimizer() -> Any:
    """With what optax has no single argument for."""
    made = adamas.AdamW(0.1, weight_decay=1e-3, global_clipnorm=1.0, use_ema=True, ema_momentum=0.9)
    made.exclude_from_weight_decay(var_names=["bias"])
    return made


def test_flax_nnx_trains_with_its_optimizer():
    nnx = pytest.importorskip("flax.nnx")
    model = nnx.Linear(3, 1, rngs=nnx.Rngs(0))
    training = nnx.Optimizer(model, adamas.jax.transformation(optimizer()), wrt=nnx.Param)

    @nnx.jit
    def train(model, training):
        loss, grads = nnx.value_and_grad(lambda m: jnp.mean((m(X) - Y) ** 2))(model)
        training.update(model, grads)
        return loss

    losses = [float(train(model, training)) for _ in range(120)]
    assert losses[-1] < 1e-2 * losses[0]
    assert int(training.opt_state.count[...]) == 120
    assert nnx.state(training.opt_state)["slots"]["ema"]["kernel"][...].shape == (3, 1)


def test_flax_nnx_state_trains_without_optax():
    nnx = pytest.importorskip("flax.nnx")
    model = nnx.Linear(3, 1, rngs=nnx.Rngs(0))
    graph, params = nnx.split(model, nnx.Param)
    step = adamas.jax.functional(optimizer())

    @jax.jit
    def train(params, state):
        def loss(params):
            return jnp.mean((nnx.merge(graph, params)(X) - Y) ** 2)

        value, grads = jax.value_and_grad(loss)(params)
        return *step.apply(grads, state, params), value

    state, losses = step.init(params), []
    for _ in range(120):
        params, state, loss = train(params, state)
        losses.append(float(loss))
    assert losses[-1] < 1e-2 * losses[0]
    averages = step.averages(state, params)
    assert jax.tree.structure(averages) == jax.tree.structure(params)


def test_flax_linen_trains_with_its_train_state():
    linen = pytest.importorskip("flax.linen")
    from flax.training.train_state import TrainState

    model = linen.Dense(1)
    variables = model.init(jax.random.key(0), X)
    training = TrainState.create(
        apply_fn=model.apply, params=variables, tx=adamas.jax.transformation(optimizer())
    )

    @jax.jit
    def train(training):
        def loss(params):
            return jnp.mean((training.apply_fn(params, X) - Y) ** 2)

        value, grads = jax.value_and_grad(loss)(training.params)
        return training.apply_gradients(grads=grads), value

    losses = []
    for _ in range(120):
        training, loss = train(training)
        losses.append(float(loss))
    assert losses[-1] < 1e-2 * losses[0]


def test_names_in_flax_and_numpy_are_the_same():
    nnx = pytest.importorskip("flax.nnx")
    params = nnx.state(nnx.Linear(3, 1, rngs=nnx.Rngs(0)), nnx.Param)
    step = adamas.jax.functional(optimizer())
    assignment = step.programs(Parameters(params)).assignment
    whose = [assignment.whose(index) for index in range(2)]
    assert whose == [(0, False), (0, True)]  # the bias does not decay
    pure = Parameters(nnx.as_pure(params))
    assert Parameters(params).names == pure.names == ["bias", "kernel"]


def test_equinox_trains_what_is_an_array_of_floats():
    eqx = pytest.importorskip("equinox")
    model = eqx.nn.MLP(3, 1, 8, 1, activation=jnp.tanh, key=jax.random.key(0))
    step = adamas.jax.functional(optimizer())
    params, static = eqx.partition(model, eqx.is_inexact_array)
    state = step.init(params)

    @eqx.filter_jit
    def train(params, state):
        def loss(params):
            return jnp.mean((jax.vmap(eqx.combine(params, static))(X) - Y) ** 2)

        value, grads = eqx.filter_value_and_grad(loss)(params)
        return *step.apply(grads, state, params), value

    losses = []
    for _ in range(150):
        params, state, loss = train(params, state)
        losses.append(float(loss))
    assert losses[-1] < 0.05 * losses[0]
    trained = eqx.combine(step.averages(state, params), static)
    assert trained(X[0]).shape == (1,)

    tx = adamas.jax.transformation(optimizer())
    updates, _ = tx.update(params, tx.init(params), params)
    assert isinstance(eqx.apply_updates(model, updates), eqx.nn.MLP)


def test_orbax_restores_the_bits_of_a_run(tmp_path):
    orbax = pytest.importorskip("orbax.checkpoint")
    params = {"w": jnp.ones((4, 3)), "b": jnp.zeros(3)}
    step = adamas.jax.functional(
        adamas.MultiOptimizer({"b": adamas.Nadam(0.1), "": adamas.Adafactor(0.1)}, use_ema=True)
    )
    apply, state = jax.jit(step.apply), step.init(params)
    for _ in range(3):
        params, state = apply(params, state, params)
    with orbax.StandardCheckpointer() as saver:
        saver.save(tmp_path / "run", (params, state))
        saver.wait_until_finished()
        wanted = jax.eval_shape(lambda p: (p, step.init(p)), params)
        wanted = jax.tree.map(
            lambda form, now: jax.ShapeDtypeStruct(form.shape, form.dtype, sharding=now.sharding),
            wanted,
            (params, state),
        )
        restored, kept = saver.restore(tmp_path / "run", wanted)
    assert isinstance(kept, adamas.jax.State)
    onwards = [apply(p, s, p) for p, s in ((params, state), (restored, kept))]
    for one, other in zip(*map(jax.tree.leaves, onwards), strict=True):
        np.testing.assert_array_equal(one, other)
