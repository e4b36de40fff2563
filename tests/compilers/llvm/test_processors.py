"""Code without some of the processor's features: other instructions, the same bits."""

import os
import subprocess
import sys
from hashlib import sha256
from typing import Any

import numpy as np
import pytest

import adamas
from adamas.compilers import store

FEWER = "avx512f", "avx512f, avx2, fma", "avx512f avx avx2 fma"
STATES = {"m": "8bit", "v": "8bit"}, "bfloat16", "float32"
SHAPE = 70, 130


def texts(optimizer: Any) -> list[str]:
    """The programs that an optimizer has run."""
    programs = optimizer.session.programs
    return [walk.text for one in programs for kernel in one.kernels for walk in kernel.walks]


def found() -> list[str]:
    """A digest of weights and slots after some steps in each precision, and of the assembly."""
    state, code = sha256(), sha256()
    for states in STATES:
        optimizer: Any = adamas.Lamb(states=states, global_clipnorm=1.0)
        generator = np.random.default_rng(0)
        params = {"w": generator.standard_normal(SHAPE, np.float32), "b": np.ones(9, np.float32)}
        for _ in range(3):
            grads = {
                n: generator.standard_normal(p.shape).astype(p.dtype) for n, p in params.items()
            }
            optimizer.apply(grads, params)
        arrays = (
            *params.values(),
            *(a for slots in optimizer.state.values() for a in slots.values()),
        )
        for array in arrays:
            state.update(np.ascontiguousarray(array).tobytes())
        for text in texts(optimizer):
            code.update(store.assembly(text).encode())
    return [state.hexdigest(), code.hexdigest()]


@pytest.mark.parametrize("fewer", FEWER)
def test_fewer_features_are_other_instructions_with_the_same_results(fewer):
    if not any(map(store.has_feature, fewer.replace(",", "").split())):
        pytest.skip("this processor has none of them")
    environment = {**os.environ, "ADAMAS_WITHOUT": fewer, "ADAMAS_CACHE_DIR": ""}
    done = subprocess.run(
        [sys.executable, __file__], env=environment, capture_output=True, text=True, check=True
    )
    here, there = found(), done.stdout.split()
    assert there[0] == here[0]
    assert there[1] != here[1]


HALF = """
import numpy as np, adamas
try:
    adamas.SGD().apply([np.ones(40, np.float16)], [np.ones(40, np.float16)])
except adamas.errors.AdamasError as error:
    print(type(error).__name__)
"""


@pytest.mark.parametrize(("without", "error"), [("avx", "UnsupportedError"), ("fast", "Config")])
def test_what_code_would_need_is_refused(without, error):
    if without == "avx" and not store.has_feature("f16c"):
        pytest.skip("this processor has not")
    environment = {**os.environ, "ADAMAS_WITHOUT": without, "ADAMAS_CACHE_DIR": ""}
    command = [sys.executable, "-c", HALF]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(error)


if __name__ == "__main__":
    print(*found())
