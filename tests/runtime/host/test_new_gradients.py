"""Each call reads the gradients that it is given, wherever they lie."""

import numpy as np
import pytest

import adamas

torch = pytest.importorskip("torch", reason="needs PyTorch")

GRADIENTS = [np.full(3, value, np.float32) for value in (1.0, -2.0, 5.0)]
"""All alive at once, so that none lies where another one was."""


def trained(params, gradients):
    optimizer = adamas.SGD(0.1)
    for gradient in gradients:
        optimizer.apply([gradient], [params])
    return np.asarray(params)


def test_gradients_of_either_kind_may_lie_elsewhere_in_each_call():
    moved = np.full(3, 1 - 0.1 * (1 - 2 + 5), np.float32)
    np.testing.assert_allclose(trained(np.ones(3, np.float32), GRADIENTS), moved, rtol=1e-6)
    tensors = [torch.from_numpy(gradient) for gradient in GRADIENTS]
    np.testing.assert_allclose(trained(torch.ones(3), tensors), moved, rtol=1e-6)
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(trained(torch.ones(3), tensors[:1] * 3), moved, rtol=1e-6)
