"""What optax asks of each of its optimizers, asked of ours with its numbers.

Its own tests of them ask for more in three places, where ours differ on purpose: `OTHERWISE`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adamas import (
    SGD,
    AdaBelief,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Lamb,
    Lion,
    Muon,
    Nadam,
    RMSprop,
    errors,
)

jax = pytest.importorskip("jax")
optax = pytest.importorskip("optax")
jnp = jax.numpy

import adamas.jax  # noqa: E402
from jax_cases import FAST, check_close  # noqa: E402

Make = Callable[..., Any]


def of(kind: Any, **arguments: Any) -> Make:
    """A function of the rate, as those of optax are."""

    def make(learning_rate: Any) -> Any:
        return adamas.jax.transformation(kind(learning_rate, convention="optax", **arguments))

    return make


ALIASES: dict[str, tuple[Make, Make, float]] = {
    "adabelief": (of(AdaBelief), optax.adabelief, 1e-2),
    "adadelta": (of(Adadelta), optax.adadelta, 0.1),
    "adafactor": (of(Adafactor), optax.adafactor, 5e-3),
    "adagrad": (of(Adagrad), optax.adagrad, 1.0),
    "adam": (of(Adam), optax.adam, 0.1),
    "adamax": (of(Adamax), optax.adamax, 0.1),
    "adamaxw": (of(Adamax, weight_decay=1e-4), optax.adamaxw, 0.1),
    "adamw": (of(AdamW), optax.adamw, 0.1),
    "amsgrad": (of(Adam, amsgrad=True), optax.amsgrad, 0.1),
    "lamb": (of(Lamb), optax.lamb, 1e-3),
    "lion": (of(Lion), optax.lion, 1e-2),
    "muon": (of(Muon), optax.contrib.muon, 1e-2),
    "nadam": (of(Nadam), optax.nadam, 1e-2),
    "nadamw": (of(Nadam, weight_decay=1e-4), optax.nadamw, 1e-2),
    "rmsprop": (of(RMSprop), optax.rmsprop, 5e-3),
    "rmsprop with momentum": (
        of(RMSprop, momentum=0.9),
        lambda rate: optax.rmsprop(rate, momentum=0.9),
        5e-3,
    ),
    "sgd with momentum": (of(SGD, momentum=0.9), lambda rate: optax.sgd(rate, 0.9), 1e-3),
}
"""The name there → ours, theirs, and the rate with which it finds a minimum."""

START = {"parabola": [-1.0, 10.0, 1.0], "rosenbrock": [0.0, 0.0]}
MINIMUM = {"parabola": [1.0, -1.0, 1.0], "rosenbrock": [1.0, 1.0]}


def loss(params: Any) -> Any:
    """A parabola, and the valley of Rosenbrock."""
    x, y = params["rosenbrock"]
    valley = (1 - x) ** 2 + 100 * (y - x**2) ** 2
    return valley + jnp.sum((params["parabola"] - jnp.array(MINIMUM["parabola"])) ** 2)


def trained(tx: Any, steps: int, dtype: Any = jnp.float32) -> Any:
    """The parameters after so many steps in one `scan`, which asks for types that stay."""

    def step(carry: Any, _: Any) -> Any:
        params, state = carry
        moves, state = tx.update(jax.grad(loss)(params), state, params)
        return (optax.apply_updates(params, moves), state), None

    @lambda function: jax.jit(function, compiler_options=FAST)
    def run(params: Any) -> Any:
        return jax.lax.scan(step, (params, tx.init(params)), length=steps)[0][0]

    return run({name: jnp.array(values, dtype) for name, values in START.items()})


@pytest.mark.parametrize("name", ALIASES)
def test_it_finds_the_minimum_with_the_rate_of_optax(name):
    make, _, rate = ALIASES[name]
    for key, values in trained(make(rate), 10_000).items():
        np.testing.assert_allclose(values, MINIMUM[key], rtol=0.03, atol=0.03)


@pytest.mark.parametrize("name", ALIASES)
def test_it_is_where_optax_is_on_the_way(name):
    # In float64, as the valley is steep: what float32 rounds away is soon another way.
    make, optax_make, rate = ALIASES[name]
    with jax.enable_x64(True):
        ours = trained(make(rate), 20, "float64")
        theirs = trained(optax_make(rate), 20, "float64")
    check_close(ours, theirs, 2e-5 if name == "adafactor" else 1e-8)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("name", ALIASES)
def test_moves_have_the_dtype_of_gradients_and_a_state_can_be_chosen(name, dtype):
    make, _, rate = ALIASES[name]
    params = {key: jnp.array(values, dtype) for key, values in START.items()}
    tx, grads = make(rate), jax.grad(loss)(params)

    @lambda function: jax.jit(function, compiler_options=FAST)
    def chosen(condition: Any, state: Any) -> Any:
        moves, new = tx.update(grads, state, params, value=1.0)
        return moves, jax.lax.cond(condition, lambda: state, lambda: new)

    moves, state = chosen(False, tx.init(params))
    assert {move.dtype.name for move in moves.values()} == {dtype}
    _, state = chosen(True, state)
    assert int(state.count) == 1


@pytest.mark.parametrize("name", ALIASES)
def test_rates_are_numbers_arrays_or_traced(name):
    make, _, rate = ALIASES[name]
    injected = optax.inject_hyperparams(make)
    right = trained(make(rate), 3)
    for tx in (make(np.float64(rate)), make(jnp.float32(rate)), injected(learning_rate=rate)):
        check_close(trained(tx, 3), right, 1e-5)


@pytest.mark.parametrize("name", ALIASES)
def test_several_runs_are_one_by_vmap(name):
    make, _, rate = ALIASES[name]

    def run(rate: Any) -> Any:
        return trained(make(rate), 5)

    both = jax.vmap(run)(jnp.array([rate, rate / 2]))
    assert all(bool((leaf[0] != leaf[1]).any()) for leaf in jax.tree.leaves(both))
    for place, own in enumerate((rate, rate / 2)):
        check_close(jax.tree.map(lambda leaf, at=place: leaf[at], both), run(own), 1e-5)


# -- otherwise, on purpose ------------------------------------------------------------------------


def half_state() -> None:
    """A mean of squares in bfloat16 would stand still: it is asked for, slot by slot."""
    params = jnp.zeros(2, jnp.bfloat16)
    theirs = optax.tree_utils.tree_get(optax.adam(0.1).init(params), "mu").dtype
    asked = adamas.jax.transformation(
        Adam(0.1, convention="optax"), slot_dtype={"mu": jnp.bfloat16}
    ).init(params)
    ours = of(Adam)(0.1).init(params).slots
    assert (theirs, asked.slots["mu"].dtype) == (jnp.bfloat16, jnp.bfloat16)
    assert (ours["mu"].dtype, asked.slots["nu"].dtype) == (jnp.float32, jnp.float32)


def complex_parameters() -> None:
    """They are refused, until they are done right."""
    with pytest.raises(errors.ArrayTypeError, match=r"real|complex"):
        of(Adam)(0.1).init(jnp.zeros(2, jnp.complex64))


def no_rate() -> None:
    """None there means no rate; for adadelta not even its sign, so that it climbs."""
    grads, params = jnp.ones(2), jnp.ones(2)
    theirs = optax.adadelta()
    assert (theirs.update(grads, theirs.init(params), params)[0] > 0).all()
    for kind in (Adadelta, Adafactor):
        with pytest.raises(errors.ArgumentError, match="Give learning_rate="):
            kind(convention="optax")


OTHERWISE = [half_state, complex_parameters, no_rate]


@pytest.mark.parametrize("difference", OTHERWISE)
def test_where_it_differs_the_difference_is_the_one_that_is_listed(difference):
    difference()
