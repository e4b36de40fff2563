"""Warnings name the line of the user's own that asked for what they are about."""

import warnings

import jax
import jax.numpy as jnp
import keras
import numpy as np
import optax
import pytest
import torch
from scipy.optimize import minimize

import adamas
import adamas.jax
import adamas.keras
import adamas.torch
from adamas.scipy import minimizer

ONES = {"a": np.ones(2, np.float32), "b": np.ones(2, np.float32)}
SOME = {"a": np.ones(2, np.float32), "b": None}


def as_arrays(make):
    return {n: make(v) for n, v in ONES.items()}, {
        n: v if v is None else make(v) for n, v in SOME.items()
    }


def first_call(make):
    params, grads = as_arrays(make)
    adamas.Adam(0.1).apply(grads, params)


def second_call(make):
    params, grads = as_arrays(make)
    optimizer = adamas.Adam(0.1)
    optimizer.apply({name: make(v) for name, v in ONES.items()}, params)
    optimizer.apply(grads)


def pairs(make):
    params, grads = as_arrays(make)
    adamas.Adam(0.1).apply_gradients([(grads[name], params[name]) for name in params])


def jax_call(wrap):
    params, grads = as_arrays(jnp.asarray)
    step = adamas.jax.functional(adamas.Adam(0.1))
    wrap(lambda state: step.apply(grads, state, params))(step.init(params))


def optax_call(wrap):
    params, grads = as_arrays(jnp.asarray)
    step = optax.chain(adamas.jax.transformation(adamas.Adam(0.1)))
    wrap(lambda state: step.update(grads, state, params))(step.init(params))


def keras_number_in_a_compiled_step(_):
    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1)])
    model.compile(adamas.keras.Adam(0.1, weight_decay=0.1), "mse")
    model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)
    model.optimizer.weight_decay = 0.2


def torch_state_of_other_numbers(_):
    one, other = (
        adamas.torch.Adam([torch.nn.Parameter(torch.ones(2))], lr=0.1, betas=(b, 0.999))
        for b in (0.8, 0.9)
    )
    one.load_state_dict(other.state_dict())


def search(**given):
    minimize(
        lambda x: x @ x, [1.0], jac=lambda x: 2 * x, method=minimizer(adamas.Adam(0.1)), **given
    )


WARNS = {
    **{
        f"{how.__name__} of {name}": (how, make)
        for how in (first_call, second_call, pairs)
        for name, make in (("arrays", np.copy), ("tensors", torch.tensor))
    },
    **{
        f"{how.__name__}, {name}": (how, wrap)
        for how in (jax_call, optax_call)
        for name, wrap in (("as it is", lambda function: function), ("traced", jax.jit))
    },
    "keras": (keras_number_in_a_compiled_step, None),
    "torch": (torch_state_of_other_numbers, None),
    "scipy, an unknown option": (lambda _: search(options={"maxiter": 1, "speed": 2}), None),
    "scipy, curvature": (lambda _: search(hess=lambda x: 2, options={"maxiter": 1}), None),
    "scipy, no success": (lambda _: search(options={"maxiter": 1, "disp": True}), None),
}


@pytest.mark.parametrize("name", WARNS)
def test_a_warning_names_the_line_that_asked(name):
    call, given = WARNS[name]
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        call(given)
    assert {one.filename for one in told} == {__file__}
