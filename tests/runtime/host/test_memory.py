"""A step allocates nothing of a parameter's size: the process does not grow."""

import os

import pytest

from processes import output_of

WEIGHTS = 4_000_000

PROGRAM = """
import os
import tracemalloc
import numpy as np
import adamas


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


params = [np.ones(WEIGHTS, np.float32)]
grads = [np.full(WEIGHTS, 0.1, np.float32)]
optimizer = adamas.Adam(global_clipnorm=1.0, use_ema=True, weight_decay=0.1)
optimizer.build(params)
kept = []
optimizer.apply(grads)
tracemalloc.start()
allocated, before = tracemalloc.get_traced_memory()[0], resident()
for step in range(100):
    optimizer.apply(grads)
    EXTRA
print(tracemalloc.get_traced_memory()[1] - allocated, resident() - before)
"""


def growth(extra: str) -> tuple[int, int]:
    """Over 100 steps after the first: peak of what was allocated, and growth of the process."""
    program = PROGRAM.replace("WEIGHTS", str(WEIGHTS)).replace("EXTRA", extra)
    allocated, resident = map(int, output_of(program).split())
    return allocated, resident


# Parameter, gradient and three slots; what is allowed beside them is a megabyte and a hundredth.
ALLOWED = 1_000_000 + 5 * 4 * WEIGHTS // 100


needs_proc = pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs /proc")


@needs_proc
def test_a_hundred_steps_allocate_nothing_large_and_do_not_grow_the_process():
    allocated, resident = growth("pass")
    assert allocated <= ALLOWED
    assert resident <= ALLOWED


@needs_proc
def test_a_temporary_and_a_leak_would_be_noticed():
    allocated, _ = growth("params[0][: len(params[0]) // 4] + 1")
    assert allocated > ALLOWED
    allocated, resident = growth("kept.append(params[0][: len(params[0]) // 50] + 1)")
    assert allocated > ALLOWED
    assert resident > ALLOWED


def test_the_state_is_two_numbers_a_weight():
    import numpy as np

    import adamas

    optimizer = adamas.Adam()
    params = [np.ones((30, 40), np.float32)]
    optimizer.build(params)
    state = [array for named in optimizer.state.values() for array in named.values()]
    assert sum(array.nbytes for array in state) == 2 * params[0].nbytes
