"""What functions of matrices are written with."""

import numpy as np
import pytest

from adamas.language.matrices import reordered

STACK = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)


@pytest.mark.parametrize("library", ["numpy", "torch", "jax.numpy"])
@pytest.mark.parametrize("axis", [-1, -2])
def test_each_matrix_has_its_lines_in_an_order_of_its_own(axis, library):
    xp = pytest.importorskip(library)
    keys = np.random.default_rng(0).standard_normal((2, 3, STACK.shape[axis]))
    order = np.argsort(keys)
    made = np.asarray(reordered(xp.asarray(STACK), xp.asarray(order), axis))
    for place in np.ndindex(2, 3):
        lines = STACK[place].T if axis == -1 else STACK[place]
        wanted = np.stack([lines[line] for line in order[place]], axis)
        np.testing.assert_array_equal(made[place], wanted)
