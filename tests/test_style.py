"""Lint, format and types hold, by the settings in pyproject.toml."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

CHECKS = {
    "lint": ("ruff", "check", "."),
    "format": ("ruff", "format", "--check", "."),
    "types": ("pyright",),
}


def run(command: tuple[str, ...], folder: Path) -> subprocess.CompletedProcess:
    module, *arguments = command
    return subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=folder, capture_output=True, text=True
    )


@pytest.mark.parametrize("name", CHECKS)
def test_the_code_passes(name):
    pytest.importorskip(CHECKS[name][0])
    done = run(CHECKS[name], ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_wrong_line_does_not_pass(tmp_path):
    pytest.importorskip("ruff")
    (tmp_path / "wrong.py").write_text("import os\nx=1")
    assert run(CHECKS["lint"], tmp_path).returncode != 0
    assert run(CHECKS["format"], tmp_path).returncode != 0
