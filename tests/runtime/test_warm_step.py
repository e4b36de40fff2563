"""What a step costs in Python once its arrays are laid out: functions entered, files touched."""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adamas

MOST_FUNCTIONS, MOST_FILES = 22, 10
"""In training every step begins with cold caches: what it touches is what it waits for."""


def entered(call: Callable[[], Any]) -> list[str]:
    """The files of the functions that a call enters, its own included, in order."""
    files: list[str] = []

    def note(frame: Any, event: str, argument: Any) -> None:
        if event == "call":
            files.append(frame.f_code.co_filename)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(before)
    return files[1:]  # without the call itself


@pytest.mark.parametrize("given", [True, False], ids=["with parameters", "without"])
def test_a_warm_step_of_arrays_enters_few_functions_of_few_files(given):
    params, grads = [np.ones(10, np.float32)], [np.full(10, 0.5, np.float32)]
    optimizer = adamas.Adam(0.1)
    for _ in range(3):
        optimizer.apply(grads, params)
    files = entered(lambda: optimizer.apply(grads, params if given else None))
    own = {file for file in files if not file.startswith("<")}
    assert 5 < len(files) <= MOST_FUNCTIONS
    assert len(own) <= MOST_FILES


def test_a_function_more_is_counted():
    def inner():
        return 1

    assert len(entered(lambda: inner() + inner())) == 2
