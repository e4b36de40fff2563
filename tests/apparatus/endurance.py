"""How long tests of chance take: those that interrupt, kill, fork, race and fuzz.

In short, as everywhere; in full, by ``ADAMAS_TESTS=full python -m pytest -m endurance``.
"""

import os

import pytest

endurance = pytest.mark.endurance
"""Marks a test whose number of rounds is `rounds`."""


def rounds(short: int, full: int) -> int:
    """The number of rounds of such a test."""
    return full if os.environ.get("ADAMAS_TESTS") == "full" else short
