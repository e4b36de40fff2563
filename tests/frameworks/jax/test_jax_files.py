"""States of JAX in files: what NumPy saved goes on in JAX and back, exactly."""

import json
from typing import Any

import numpy as np
import pytest

from adamas import Adam, AdamW, errors
from family import CROSSED, kind_of

jax = pytest.importorskip("jax")
jnp = jax.numpy

import adamas.jax  # noqa: E402
from adamas import checkpoint  # noqa: E402
from jax_cases import CLOSE, check_close, gradients, train_jax, train_numpy, tree  # noqa: E402
from jax_optimizers import ARGUMENTS, multi  # noqa: E402

PARAMS = tree()
GRADS = [gradients(PARAMS, seed) for seed in range(1, 8)]

CASES: dict[str, Any] = {
    **{name: lambda name=name: kind_of(name)(learning_rate=0.05) for name in CROSSED},
    **{
        name: ARGUMENTS[name]
        for name in (
            "everything",
            "accumulation, unfinished",
            "dynamic loss scale of several",
            "a user's own, accumulated",
            "several optimizers",
        )
    },
}


def resumed(optimizer: Any, path: Any, params: Any) -> Any:
    """The optimizer built for `params`, with the state in a file."""
    optimizer.build(params)
    optimizer.load(path)
    return optimizer


@pytest.mark.parametrize("name", CASES)
def test_a_run_goes_from_numpy_to_jax_and_back(name, tmp_path):
    """3 calls there, 2 here and 2 there again are 7 without a break, within rounding."""
    make, first, second = CASES[name], tmp_path / "first", tmp_path / "second"
    uninterrupted = train_numpy(make(), PARAMS, GRADS)

    begun = make()
    values = train_numpy(begun, PARAMS, GRADS[:3])
    begun.save(first)
    state = adamas.jax.load(first, make(), values)
    values, state = train_jax(make(), values, GRADS[3:5], state)
    adamas.jax.save(second, make(), state)
    values = jax.tree.map(lambda array: np.array(array), values)
    ended = resumed(make(), second, values)
    for grads in GRADS[5:]:
        ended.apply(grads)
    check_close(values, uninterrupted, 2 * CLOSE["float32"])


@pytest.mark.parametrize("name", CASES)
def test_a_file_that_is_loaded_and_saved_again_is_the_same(name, tmp_path):
    begun = CASES[name]()
    values = train_numpy(begun, PARAMS, GRADS[:3])
    begun.save(tmp_path / "numpy")
    state = adamas.jax.load(tmp_path / "numpy", CASES[name](), values)
    adamas.jax.save(tmp_path / "jax", CASES[name](), state)
    one, other = (checkpoint.read(tmp_path / side) for side in ("numpy", "jax"))
    assert one.tensors.keys() == other.tensors.keys()
    for tensor, array in one.tensors.items():
        assert (array.dtype, array.shape) == (
            other.tensors[tensor].dtype,
            other.tensors[tensor].shape,
        )
        if "/" in tensor and not tensor.startswith("mu_product"):
            np.testing.assert_array_equal(array, other.tensors[tensor])
        else:  # a number that is handed on is a float32 in JAX
            np.testing.assert_allclose(array, other.tensors[tensor], rtol=2.0**-24)
    assert one.metadata["counters"] == other.metadata["counters"]
    assert one.metadata["class_name"] == other.metadata["class_name"]
    json.dumps(other.metadata)


def test_what_a_file_lacks_would_be_noticed(tmp_path):
    begun = Adam(0.05)
    values = train_numpy(begun, PARAMS, GRADS[:3])
    uninterrupted = train_numpy(Adam(0.05), PARAMS, GRADS[:5])
    fresh, _ = train_jax(Adam(0.05), values, GRADS[3:5])
    with pytest.raises(AssertionError):
        check_close(fresh, uninterrupted, CLOSE["float32"])


def test_the_order_of_keys_does_not_change_whose_numbers_are_whose(tmp_path):
    # NumPy takes parameters in their given order, JAX in that of their names.
    backwards = dict(reversed(PARAMS.items()))
    begun = multi()
    train_numpy(begun, backwards, [dict(reversed(g.items())) for g in GRADS[:3]])
    begun.save(tmp_path / "state")
    state = adamas.jax.load(tmp_path / "state", multi(), PARAMS)
    _, expected = train_jax(multi(), PARAMS, GRADS[:3])
    assert float(state.remembered["mu_product/0"]) != float(state.remembered["mu_product/1"])
    check_close(state.remembered, expected.remembered, CLOSE["float32"])


def test_float64_and_small_slots_keep_every_bit(tmp_path):
    with jax.enable_x64(True):
        params = tree(dtype="float64")
        step = adamas.jax.functional(adamas.Adafactor(0.05, gradient_accumulation_steps=3))
        values, state = params, step.init(params)
        for seed in range(4):
            values, state = step.apply(gradients(params, seed), state, values)
        adamas.jax.save(tmp_path / "state", step, state)
        again = adamas.jax.load(tmp_path / "state", step, values)
        check_close(again, state, 0)
        assert int(again.pending) == 1


REFUSED = {
    "another class": (lambda path: adamas.jax.load(path, AdamW(), PARAMS), "the state of AdamW"),
    "other arguments": (
        lambda path: adamas.jax.load(path, Adam(use_ema=True), PARAMS),
        r"Missing \(4\): 'ema/bias'",
    ),
    "other parameters": (
        lambda path: adamas.jax.load(path, Adam(), {"bias": np.ones(3, np.float32)}),
        "Unexpected",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_does_not_fit_is_refused(name, tmp_path):
    call, words = REFUSED[name]
    _, state = train_jax(Adam(), PARAMS, GRADS[:1])
    adamas.jax.save(tmp_path / "state", Adam(), state)
    with pytest.raises(errors.CheckpointError, match=words):
        call(tmp_path / "state")


def test_numbers_that_come_back_are_in_steps_that_are_compiled_later(tmp_path):
    weights = {"w": np.ones(3, np.float32)}
    optimizer = adamas.Adam(0.1)
    optimizer.build(weights)
    optimizer.learning_rate = 0.02
    optimizer.save(tmp_path / "state")
    params = {"w": jnp.ones(3)}
    step = adamas.jax.functional(adamas.Adam(0.1))
    state = adamas.jax.load(tmp_path / "state", step, params)
    moved, _ = jax.jit(step.apply)(params, state, params)
    assert moved["w"] == pytest.approx(0.98)
    optimizer.learning_rate = 0.03
    optimizer.save(tmp_path / "state")
    with pytest.warns(UserWarning, match="compiled before: they keep the old ones. Got: learning"):
        adamas.jax.load(tmp_path / "state", step, params)
