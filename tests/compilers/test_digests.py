"""What is generated and computed for every optimizer is what it was when it was last looked at."""

import json

import numpy as np
import pytest

from places import PROGRAMS

pytest.importorskip("torch", reason="needs PyTorch")
pytest.importorskip("triton", reason="needs Triton, which is there for Linux only")

from digests import NAMES, kept  # noqa: E402

KEPT = json.loads((PROGRAMS / "digests.json").read_text())
CLOSE = 1e-9
"""Libraries of C differ in the last bits of powers, and six calls add some."""


def differences(before: dict, after: dict) -> list[str]:
    """The titles of what is not the same."""
    return [
        title
        for title in sorted({*before, *after})
        if title not in before or title not in after or not same(before[title], after[title])
    ]


def same(one, other) -> bool:
    if isinstance(one, str):
        return one == other
    return len(one) == len(other) and np.allclose(one, other, rtol=CLOSE, atol=CLOSE)


@pytest.mark.parametrize("name", NAMES)
def test_texts_and_numbers_are_those_that_were_kept(name):
    """Where a change is meant: python tests/apparatus/digests.py kept > …/digests.json."""
    assert differences(KEPT[name], kept(name)) == []


def test_every_optimizer_is_kept():
    assert KEPT.keys() == set(NAMES)


def test_another_text_or_number_is_noticed():
    before = {"llvm": "a", "numpy Adam": [1.0, 2.0]}
    assert differences(before, {"llvm": "b", "numpy Adam": [1.0, 2.0]}) == ["llvm"]
    assert differences(before, {"llvm": "a", "numpy Adam": [1.0, 2.0 + 1e-6]}) == ["numpy Adam"]
    assert differences(before, {"llvm": "a"}) == ["numpy Adam"]
