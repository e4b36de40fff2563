"""How many threads share the work: no number that anybody says ends the process."""

import sys

import numpy as np
import pytest

import adamas
from adamas.compilers.memory import parts
from adamas.compilers.threads import MOST
from adamas.errors import ConfigurationError
from processes import answer_of, in_python, output_of

STEP = """
import numpy as np, adamas
params = [np.zeros(2_000_000, np.float32)]
adamas.SGD(1.0).apply([np.ones(2_000_000, np.float32)], params)
assert (params[0] == -1).all()
print(adamas.num_threads())
"""


@pytest.mark.parametrize("count", [0, -1, True, 1.5, MOST + 1, 10**6, 2**32, 2**80, "2", None])
def test_a_number_that_no_process_can_have_is_refused(count):
    before = adamas.num_threads()
    with pytest.raises(ConfigurationError, match="from 1 to 1,024"):
        adamas.set_num_threads(count)
    assert adamas.num_threads() == before


@pytest.mark.parametrize("text", ["999999", "9" * 30])
@pytest.mark.parametrize("name", ["ADAMAS_NUM_THREADS", "OMP_NUM_THREADS"])
def test_one_in_the_environment_is_brought_down(name, text):
    others = {"ADAMAS_NUM_THREADS": "", "NUMBA_NUM_THREADS": "", "OMP_NUM_THREADS": ""}
    assert output_of(STEP, **{**others, name: text}) == str(MOST)


def test_there_are_no_more_parts_than_chunks():
    chunks = np.zeros((3, 16), np.int64)
    chunks[:, 1:] = 10**4
    assert len(parts(chunks, 2)) == 3
    assert len(parts(chunks, 1000)) == 4


FORKED = """
import multiprocessing, sys

def use_openmp(kind):
    if kind == "torch":
        import torch
        torch.set_num_threads(2)
        (torch.ones(4_000_000) * 2).sum()
    elif kind == "openmp":
        import ctypes
        library = ctypes.CDLL("libgomp.so.1")
        part = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(lambda _: None)
        library.GOMP_parallel.argtypes = [ctypes.c_void_p] * 2 + [ctypes.c_uint] * 2
        library.GOMP_parallel(ctypes.cast(part, ctypes.c_void_p), None, 2, 0)

def step(_):
    import numpy as np, adamas
    from adamas.compilers import threads
    params = [np.zeros(2_000_000, np.float32)]
    adamas.SGD(1.0).apply([np.ones(2_000_000, np.float32)], params)
    assert (params[0] == -1).all()
    return threads.layer()

use_openmp(sys.argv[1])
with multiprocessing.get_context("fork").Pool(1) as pool:
    print(*pool.map_async(step, [0, 1]).get(timeout=60))
"""
"""adamas is imported in the child only, whose parent has used OpenMP or not."""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells of a fork")
@pytest.mark.parametrize(
    ("used", "layer"), [("torch", "python"), ("openmp", "python"), ("nothing", "openmp")]
)
def test_a_child_of_a_process_that_has_used_openmp_does_not_wait_for_its_threads(used, layer):
    process = in_python(FORKED, used, env={"ADAMAS_NUM_THREADS": "2"})
    assert answer_of(process).split() == [layer, layer]
