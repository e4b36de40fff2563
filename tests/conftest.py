"""What all tests share: a folder of compiled code that is not the user's own."""

import gc
import os
import signal
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

import adamas


def pytest_configure(config: pytest.Config) -> None:
    """Compiled code outlives a run, so that the second run takes no time to compile."""
    owner = os.getuid() if hasattr(os, "getuid") else "user"
    folder = Path(tempfile.gettempdir()) / f"adamas-tests-{owner}"
    os.environ.setdefault("ADAMAS_CACHE_DIR", str(folder))
    # What JAX compiles once is there for all workers, and for the programs that they start.
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", f"{os.environ['ADAMAS_CACHE_DIR']}-jax")
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")
    # Where there is no GPU, the kernels for it are run by the interpreter of Triton.
    os.environ.setdefault("TRITON_INTERPRET", "1")
    # Keras is compared on JAX where the environment does not ask for another backend.
    os.environ.setdefault("KERAS_BACKEND", "jax")
    # A shell that starts a program in the background has it ignore Ctrl-C, and its children too.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


LONG = (
    *("test_keras_contract.py", "test_keras_files.py", "test_keras_models.py", "test_keras.py"),
    *("test_torch_distributed.py", "test_support.py", "test_keras_on_torch.py", "test_bench.py"),
    *(
        "test_style.py",
        "test_user_types.py",
        "test_relay.py",
        "test_triton.py",
        "test_triton_compiled.py",
    ),
)
"""Files with tests of minutes: started first, the longest first of all."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long; all else stays in its order."""
    turns = {name: turn for turn, name in enumerate(LONG)}
    items.sort(key=lambda item: turns.get(item.path.name, len(LONG)))


def pytest_collection_finish() -> None:
    """Modules and tests stay to the end: to look for garbage among them takes half a second."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    """Libraries that count what is left at the end find nothing."""
    gc.unfreeze()


@pytest.fixture(autouse=True)
def same_modes_as_before():
    """A signal within the contexts of libraries, which are Python's code, may leave them half set.

    Those are `np.errstate` and `torch.no_grad`, and a test may send one at any time.
    """
    errors, torch = np.geterr(), sys.modules.get("torch")
    graded = torch is None or torch.is_grad_enabled()
    yield
    np.seterr(**errors)
    if "torch" in sys.modules:
        sys.modules["torch"].set_grad_enabled(graded)


@pytest.fixture(autouse=True)
def same_threads_as_before():
    """A test may set the number of threads; the next one starts as if it had not."""
    before = adamas.num_threads()
    yield
    adamas.set_num_threads(before)
