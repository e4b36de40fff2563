"""What all tests share: a folder of compiled code that is not the user's own."""

import os
import tempfile
from pathlib import Path

import pytest

import adamas


def pytest_configure(config: pytest.Config) -> None:
    """Compiled code outlives a run, so that the second run takes no time to compile."""
    owner = os.getuid() if hasattr(os, "getuid") else "user"
    folder = Path(tempfile.gettempdir()) / f"adamas-tests-{owner}"
    os.environ.setdefault("ADAMAS_CACHE_DIR", str(folder))
    # Where there is no GPU, the kernels for it are run by the interpreter of Triton.
    os.environ.setdefault("TRITON_INTERPRET", "1")
    # Keras is compared on JAX where the environment does not ask for another backend.
    os.environ.setdefault("KERAS_BACKEND", "jax")


LONG = ("test_keras.py", "test_torch_distributed.py", "test_support.py")
"""Files with tests of minutes: started first, so that no worker is left alone with them."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long; all else stays in its order."""
    items.sort(key=lambda item: item.path.name not in LONG)


@pytest.fixture(autouse=True)
def same_threads_as_before():
    """A test may set the number of threads; the next one starts as if it had not."""
    before = adamas.num_threads()
    yield
    adamas.set_num_threads(before)
