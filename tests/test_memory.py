"""A step allocates nothing of a parameter's size: the process does not grow."""

import subprocess
import sys

import pytest

pytest.importorskip("resource")

WEIGHTS = 4_000_000

PROGRAM = """
import resource
import numpy as np
import adamas

params = [np.ones(WEIGHTS, np.float32)]
grads = [np.full(WEIGHTS, 0.1, np.float32)]
optimizer = adamas.Adam(global_clipnorm=1.0, use_ema=True, weight_decay=0.1)
optimizer.build(params)
kept = []
optimizer.apply(grads)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for step in range(100):
    optimizer.apply(grads)
    EXTRA
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def growth_in_bytes(extra: str) -> int:
    """Growth of a process's peak over 100 steps after the first."""
    program = PROGRAM.replace("WEIGHTS", str(WEIGHTS)).replace("EXTRA", extra)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    unit = 1 if sys.platform == "darwin" else 1024
    return int(done.stdout) * unit


# Parameter, gradient and three slots; what is allowed beside them is a megabyte and a hundredth.
ALLOWED = 1_000_000 + 5 * 4 * WEIGHTS // 100


def test_a_hundred_steps_do_not_grow_the_process():
    assert growth_in_bytes("pass") <= ALLOWED


def test_a_temporary_of_a_quarter_of_the_parameter_would_be_noticed():
    assert growth_in_bytes("kept[:] = [params[0][: len(params[0]) // 4] + 1]") > ALLOWED


def test_the_state_is_two_numbers_a_weight():
    import numpy as np

    import adamas

    optimizer = adamas.Adam()
    params = [np.ones((30, 40), np.float32)]
    optimizer.build(params)
    state = [array for named in optimizer.state.values() for array in named.values()]
    assert sum(array.nbytes for array in state) == 2 * params[0].nbytes
