"""The laws once more where Keras runs on PyTorch, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path


def test_the_laws_hold_for_keras_on_torch():
    chosen = "keras and not file and not on_torch"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "0", "-k", chosen, Path(__file__).parent],
        env={**os.environ, "KERAS_BACKEND": "torch"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-5_000:] + done.stderr[-2_000:]
