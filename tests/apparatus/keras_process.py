"""Programs that need Keras on one of its backends, each in a process of its own."""

import importlib.util
import os
import subprocess
import sys

import pytest

from places import PROGRAMS

BACKENDS = ("jax", "torch", "tensorflow")


def run(backend: str, *command: str) -> subprocess.CompletedProcess[str]:
    if importlib.util.find_spec("keras") is None or importlib.util.find_spec(backend) is None:
        pytest.skip(f"needs Keras and {backend}")
    environment = {
        **os.environ,
        "KERAS_BACKEND": backend,
        "OMP_NUM_THREADS": "1",
        "XLA_FLAGS": "--xla_force_host_platform_device_count=4",
    }
    return subprocess.run(
        [sys.executable, *command], cwd=PROGRAMS, env=environment, capture_output=True, text=True
    )


def check_contract(backend: str, file: str) -> None:
    """All tests of a file pass on a backend."""
    done = run(backend, "-m", "pytest", "-n", "0", "-q", "--show-capture=no", file)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
