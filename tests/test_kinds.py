"""Complex and sparse numbers are refused everywhere in words; momentum is as in each library."""

import jax.numpy as jnp
import keras
import numpy as np
import pytest
import scipy.sparse
import torch
from jax.experimental import sparse

import adamas
import adamas.jax
import adamas.keras
import adamas.torch
from adamas.errors import AdamasError, ConfigurationError


def arrays(parameter, gradient):
    adamas.Adam().apply([gradient], [parameter])


def functional(parameter, gradient):
    step = adamas.jax.functional(adamas.Adam())
    params = {"a": jnp.asarray(parameter)}
    step.apply({"a": gradient}, step.init(params), params)


def transformation(parameter, gradient):
    step = adamas.jax.transformation(adamas.Adam())
    params = {"a": jnp.asarray(parameter)}
    step.update({"a": gradient}, step.init(params), params)


def of_torch(parameter, gradient):
    weight = torch.nn.Parameter(torch.as_tensor(parameter))
    optimizer = adamas.torch.Adam([weight])
    weight.grad = gradient
    optimizer.step()


def of_keras(parameter, gradient):
    variable = keras.Variable(parameter)
    optimizer = adamas.keras.Adam()
    optimizer.build([variable])
    optimizer.apply([gradient])


REAL = np.ones((2, 2), np.float32)
COMPLEX = REAL.astype(np.complex64)
REFUSED = {
    "complex arrays": (arrays, COMPLEX, COMPLEX, "two arrays"),
    "complex gradients of arrays": (arrays, REAL, COMPLEX, "two arrays"),
    "complex tensors": (arrays, torch.tensor(COMPLEX), torch.tensor(COMPLEX), "two arrays"),
    "complex gradients on jax": (functional, REAL, jnp.asarray(COMPLEX), "two arrays"),
    "complex gradients by optax": (transformation, REAL, jnp.asarray(COMPLEX), "two arrays"),
    "complex on jax": (functional, COMPLEX, jnp.asarray(COMPLEX), "two arrays"),
    "complex in torch": (of_torch, COMPLEX, torch.tensor(COMPLEX), "two arrays"),
    "complex in keras": (of_keras, COMPLEX, jnp.asarray(COMPLEX), "two arrays"),
    "complex gradients in keras": (of_keras, REAL, jnp.asarray(COMPLEX), "two arrays"),
    "sparse gradients of arrays": (arrays, REAL, scipy.sparse.csr_array(REAL), "toarray"),
    "sparse gradients of tensors": (
        *(arrays, torch.tensor(REAL), torch.tensor(REAL).to_sparse()),
        "SparseAdam",
    ),
    "sparse gradients on jax": (
        functional,
        REAL,
        sparse.BCOO.fromdense(jnp.asarray(REAL)),
        "todense",
    ),
    "sparse gradients in torch": (of_torch, REAL, torch.tensor(REAL).to_sparse(), "SparseAdam"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_real_and_dense_is_refused_with_a_way_out(case):
    step, parameter, gradient, way_out = REFUSED[case]
    with pytest.raises(AdamasError, match=way_out):
        step(parameter, gradient)


def test_steps_of_torch_are_not_differentiable():
    with pytest.raises(AdamasError, match=r"Use adamas\.jax"):
        adamas.torch.Adam([torch.nn.Parameter(torch.ones(2))], differentiable=True)


def test_momentum_has_the_bound_of_its_library():
    for kind in (adamas.RMSprop, adamas.Muon):
        assert kind(0.1, momentum=22.0).momentum == 22
    for convention in ("torch", "optax"):
        assert adamas.SGD(0.1, momentum=22.0, convention=convention).momentum == 22
    for refused in (
        lambda: adamas.SGD(momentum=1.5),
        lambda: adamas.keras.SGD(momentum=1.5),
        lambda: adamas.SGD(0.1, momentum=-1.0, convention="torch"),
        lambda: adamas.Muon(0.1, momentum=1.0, convention="optax"),
    ):
        with pytest.raises(ConfigurationError, match="momentum must be"):
            refused()


@pytest.mark.parametrize("name", ["SGD", "RMSprop"])
def test_momentum_above_1_moves_as_in_torch(name):
    ends = []
    for library in (torch.optim, adamas.torch):
        weight = torch.nn.Parameter(torch.ones(3, dtype=torch.float64))
        optimizer = getattr(library, name)([weight], lr=0.1, momentum=0.9)
        for momentum in (0.9, 22.0, 1.5):
            optimizer.param_groups[0]["momentum"] = momentum
            weight.grad = torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64)
            optimizer.step()
        ends.append(weight.detach().numpy())
    np.testing.assert_allclose(*ends, rtol=1e-12)
