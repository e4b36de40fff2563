"""A call of Keras's optimizer that a signal comes into is made as a whole."""

import signal

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="needs Keras")

import adamas.keras  # noqa: E402
from interruptions import Interrupted  # noqa: E402


def begun():
    variables = [keras.Variable(np.ones((2, 3))), keras.Variable(np.zeros(3))]
    optimizer = adamas.keras.Adam(0.1, use_ema=True)
    optimizer.build(variables)
    gradients = [keras.ops.ones(variable.shape) for variable in variables]
    return lambda: optimizer.apply(gradients, variables), [*variables, *optimizer.variables]


def bits(variables) -> bytes:
    return b"".join(np.asarray(keras.ops.convert_to_numpy(v)).tobytes() for v in variables)


def test_a_call_is_whole_whichever_variable_a_signal_comes_after(monkeypatch):
    (call, own), (right, others) = begun(), begun()
    plain, left = keras.Variable.assign, [0]

    def assign(variable, *given, **options):
        found = plain(variable, *given, **options)
        left[0] -= 1
        if left[0] == 0:
            signal.raise_signal(signal.SIGTERM)
        return found

    def handler(number, frame):
        raise Interrupted

    before = signal.signal(signal.SIGTERM, handler)
    monkeypatch.setattr(keras.Variable, "assign", assign)
    came = 0
    try:
        for after in range(1, 30):
            left[0] = after
            try:
                call()
            except Interrupted:
                came += 1
            left[0] = 0
            right()
            assert bits(own) == bits(others), f"after {after} variables"
    finally:
        signal.signal(signal.SIGTERM, before)
    assert came > 5
