"""A call that is refused with other arrays as parameters goes back to those before."""

import numpy as np
import pytest

import adamas


def test_a_step_that_would_not_be_finite_leaves_the_parameters_that_were_there():
    first, other = [np.ones(3)], [np.full(3, 5.0)]
    optimizer = adamas.Adam(0.1, nonfinite="raise")
    optimizer.apply([np.ones(3)], first)
    kept = first[0].copy()
    with pytest.raises(adamas.errors.NonFiniteError):
        optimizer.apply([np.full(3, np.inf)], other)
    np.testing.assert_array_equal(other[0], 5.0)
    optimizer.apply([np.ones(3)])  # without parameters: those of the last call that was made
    assert (first[0] != kept).all()
    np.testing.assert_array_equal(other[0], 5.0)


def test_a_call_that_was_made_keeps_the_other_parameters():
    first, other = [np.ones(3)], [np.full(3, 5.0)]
    optimizer = adamas.Adam(0.1)
    optimizer.apply([np.ones(3)], first)
    kept = first[0].copy()
    optimizer.apply([np.ones(3)], other)
    optimizer.apply([np.ones(3)])
    np.testing.assert_array_equal(first[0], kept)
    assert (other[0] < 4.85).all()


def read_only(optimizer, params):
    params["b"].flags.writeable = False


def average_of_another_shape(optimizer, params):
    optimizer.state["ema"]["b"].resize((3,), refcheck=False)


@pytest.mark.parametrize("spoil", [read_only, average_of_another_shape])
@pytest.mark.parametrize("write", ["put_averages", "finalize"])
def test_averages_that_cannot_all_be_written_are_not_written_at_all(spoil, write):
    params = {"a": np.ones(3), "b": np.ones(2)}
    optimizer = adamas.Adam(0.1, use_ema=True)
    for _ in range(3):
        optimizer.apply({"a": np.ones(3), "b": np.ones(2)}, params)
    before = {name: array.copy() for name, array in params.items()}
    spoil(optimizer, params)
    with pytest.raises(adamas.errors.ArrayError):
        getattr(optimizer.session, write)()
    assert all(np.array_equal(params[name], array) for name, array in before.items())
