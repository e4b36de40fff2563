"""Lint, format and types hold, by the settings in pyproject.toml."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from places import ROOT

CHECKS = {
    "lint": ("ruff", "check", "."),
    "format": ("ruff", "format", "--check", "."),
    "types": ("pyright", "--pythonpath", sys.executable),
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


SCREEN = 80
"""Lines of an optimizer's file, its equations included, and what it says of arguments not."""


def without_arguments(text: str) -> str:
    """The text of a file without the section of its docstring that explains arguments."""
    return re.sub(r"\n\n    Args:\n(?:        .*\n)*", "", text)


def test_each_optimizer_fits_a_screen():
    files = sorted((ROOT / "src" / "adamas" / "optimizers").glob("*.py"))
    lengths = {file.name: len(without_arguments(file.read_text()).splitlines()) for file in files}
    assert len(lengths) > 14
    assert {name: n for name, n in lengths.items() if n > SCREEN} == {}


def test_a_wrong_line_does_not_pass(tmp_path):
    pytest.importorskip("ruff")
    (tmp_path / "wrong.py").write_text("import os\nx=1")
    assert run(CHECKS["lint"], tmp_path).returncode != 0
    assert run(CHECKS["format"], tmp_path).returncode != 0
