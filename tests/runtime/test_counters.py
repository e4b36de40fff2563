"""Counters that are loaded are whole numbers that can be, whoever loads them."""

import copy

import numpy as np
import pytest

from adamas.errors import CheckpointError
from adamas.runtime.clock import as_count, checked_count, checked_counters, steps_of

GOOD = {"updates": 3, "calls": 7, "pending": 1, "skipped": 2}

NO_COUNTS = [-1, 1.5, 2.0, float("nan"), float("inf"), "3", True, None, [3], {}, 2**63, 10**5000]


def test_what_can_be_is_given_back():
    assert checked_counters({**GOOD, "more": "x"}, "It", steps=2) == GOOD
    assert checked_counters(dict.fromkeys(GOOD, 0), "It", steps=1) == dict.fromkeys(GOOD, 0)


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize(
    "wrong", NO_COUNTS, ids=lambda wrong: str(wrong)[:9] if wrong != 10**5000 else "long"
)
def test_what_is_no_count_is_refused(name, wrong):
    with pytest.raises(CheckpointError, match=f"^It must have a whole number of {name}"):
        checked_counters({**GOOD, name: wrong}, "It")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"updates": 8}, "a call for each update"),
        ({"updates": 7}, "a call for each update"),
        ({"pending": 2}, "fewer calls pending than the 2"),
    ],
)
def test_counters_that_cannot_be_together_are_refused(changes, message):
    with pytest.raises(CheckpointError, match=message):
        checked_counters({**GOOD, **changes}, "It", steps=2)


@pytest.mark.parametrize("found", [None, [], 3, "calls", {}, {"updates": 1}])
def test_what_are_no_counters_is_refused(found):
    with pytest.raises(CheckpointError, match="must hold the counters updates, calls, pending"):
        checked_counters(found, "It")


def test_the_largest_is_that_of_who_counts():
    assert checked_count(2**31 - 1, "calls", "It", 2**31 - 1) == 2**31 - 1
    with pytest.raises(CheckpointError, match="2147483647"):
        checked_count(2**31, "calls", "It", 2**31 - 1)


def test_counts_in_arrays_and_floats_without_a_fraction_are_ints():
    for kept in (3, 3.0, np.float32(3), np.array(3), np.array([3.0])):
        assert as_count(kept) == 3
        assert type(as_count(kept)) is int
    for kept in (1.5, True, "3", None, np.array(True), np.array([1, 2]), np.nan):
        assert as_count(kept) is kept
    assert as_count(copy.copy(np.array(1.5))).item() == 1.5


def test_how_many_calls_make_an_update_is_known_of_numbers():
    assert [steps_of(given) for given in (None, 1, 4, 4.0)] == [1, 1, 4, 4]
    assert [steps_of(given) for given in (lambda: 4, True, "4", float("nan"))] == [None] * 4
