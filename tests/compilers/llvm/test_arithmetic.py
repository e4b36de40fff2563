"""Whatever mode of arithmetic a thread is in, a step has the bits of IEEE 754."""

import platform

import numpy as np
import pytest

import adamas
from adamas.compilers.llvm.arithmetic import mode

torch = pytest.importorskip("torch", reason="needs PyTorch")

import adamas.torch  # noqa: E402

pytestmark = pytest.mark.skipif(not any(mode()), reason="the mode of this processor is not known")

TINY = 1e-20
"""Its square, 1e-40, is below the normal numbers of float32."""


@pytest.fixture
def flushing():
    """The thread takes such numbers for 0."""
    if not torch.set_flush_denormal(True):
        pytest.skip("this processor cannot flush")
    yield
    torch.set_flush_denormal(False)


def flushes() -> bool:
    return (torch.tensor([TINY]) * torch.tensor([TINY])).item() == 0


def of_arrays(threads: int, weights: int) -> np.ndarray:
    adamas.set_num_threads(threads)
    optimizer, params = adamas.RMSprop(0.1), [np.zeros(weights, np.float32)]
    optimizer.apply([np.full(weights, TINY, np.float32)], params)
    return optimizer.state["v"]["0"]


def of_tensors(threads: int, weights: int) -> np.ndarray:
    adamas.set_num_threads(threads)
    parameter = torch.nn.Parameter(torch.zeros(weights))
    parameter.grad = torch.full_like(parameter, TINY)
    optimizer = adamas.torch.RMSprop([parameter])
    optimizer.step()
    return optimizer.state[parameter]["square_avg"].numpy()


@pytest.mark.parametrize("slot", [of_arrays, of_tensors])
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("weights", [3, 200_000])
def test_numbers_below_the_normal_ones_stay(slot, threads, weights, flushing):
    assert flushes()
    bits = slot(threads, weights).view(np.uint32)  # compared as floats they would be 0
    assert np.count_nonzero(bits) == weights


def test_the_mode_of_the_thread_is_given_back(flushing):
    of_arrays(1, 3)
    of_arrays(2, 200_000)
    assert flushes()


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="asks the C library")
def test_a_thread_that_rounds_up_takes_the_same_step():
    import ctypes

    library = ctypes.CDLL("libm.so.6")
    upward = {"x86_64": 0x800, "aarch64": 0x400000}.get(platform.machine())
    if upward is None:
        pytest.skip("the number of the mode is not known here")
    rng = np.random.default_rng(0)
    start, gradient = rng.standard_normal((2, 1000)).astype(np.float32)

    def moved() -> np.ndarray:
        optimizer, params = adamas.SGD(0.25), [start.copy()]
        optimizer.build(params)
        optimizer.apply([gradient], params)
        return params[0]

    usual = moved()
    before = library.fegetround()
    assert library.fesetround(upward) == 0
    try:
        assert library.fegetround() == upward
        otherwise, by_numpy = moved(), start - np.float32(0.25) * gradient
    finally:
        library.fesetround(before)
    assert (otherwise == usual).all()
    assert (by_numpy != usual).any(), "the mode makes a difference to whoever follows it"
