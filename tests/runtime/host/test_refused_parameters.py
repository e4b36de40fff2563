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
