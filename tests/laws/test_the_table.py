"""The table is whole: each check can fail, each line speaks of cells, refusals are in words."""

import sys
from collections.abc import Callable
from contextlib import nullcontext
from fnmatch import fnmatchcase
from functools import partial
from importlib import import_module
from itertools import product

import numpy as np
import pytest

from adamas import runtime
from adamas.errors import CheckpointError, UnsupportedError
from comparison import RARE, assert_close, both, random
from fronts import FRONTS
from lies import LIES, liar
from optimizers import CASES
from table import ABSENT, BY_SCHEDULE, EVERY, IN_GROUPS, LAWS, REFUSED, SCHEDULED, cells
from today import TODAY


@pytest.mark.parametrize("law", EVERY)
def test_a_front_end_that_lies_is_noticed(law):
    case, _ = LIES[law]
    EVERY[law].check(FRONTS["numpy"], CASES[case])
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        EVERY[law].check(liar(law), CASES[case])


@pytest.mark.parametrize(
    ("size", "others", "is_close"),
    [
        (4160, [1.1], True),
        (4160, [1.2], False),
        (4160, [1e30], False),
        (4160, [np.nan], False),
        (4160, [-1.0], False),
        (4160, [1.1] * 5, False),
        (999, [1.1], False),
    ],
)
def test_few_weights_of_many_may_be_a_code_off(size, others, is_close):
    right, found = np.ones(size, np.float32), np.ones(size, np.float32)
    found[: len(others)] = others
    with nullcontext() if is_close else pytest.raises(AssertionError):
        assert_close({"kernel": found}, {"kernel": right})


def test_only_what_is_in_8_bits_has_many_weights():
    many = [
        n for n, c in CASES.items() if any(a.size >= RARE for a in random(0, c.shapes).values())
    ]
    assert many == ["states in 8 bits"]


def test_every_line_speaks_of_cells():
    everywhere = set(product(EVERY, FRONTS, CASES))
    for table, spoken_of in ((ABSENT, everywhere), (TODAY, set(cells(EVERY)))):
        for line in table:
            assert any(all(map(fnmatchcase, cell, line)) for cell in spoken_of), line


@pytest.mark.parametrize(("front", "case"), REFUSED)
def test_optimizers_made_of_others_are_refused_in_words(front, case):
    with pytest.raises(UnsupportedError, match="must have a rule of its own"):
        FRONTS[front](CASES[case], random(0))


@pytest.mark.parametrize("case", IN_GROUPS)
def test_files_of_groups_with_numbers_of_their_own_are_refused_in_words(case):
    groups, _ = both(FRONTS["torch"], CASES[case], 1)
    with pytest.raises(CheckpointError, match=r"Use state_dict\(\)"):
        groups.saved()


@pytest.mark.parametrize("front", ["numpy", "tensors", "torch", "keras"])
def test_a_rate_that_follows_a_schedule_is_not_set(front):
    assert ABSENT["a number that is set is *", front, SCHEDULED] == BY_SCHEDULE
    optimizer = FRONTS[front](CASES[SCHEDULED], random(0))
    optimizer.step(random(1))

    def go_on_with_it():
        optimizer.set_rate(0.7)
        optimizer.step(random(2))

    with pytest.raises(Exception, match=r"(?i)(follows|schedule).* set"):
        go_on_with_it()


def modules_entered(call: Callable[[], None]) -> set[str]:
    """The modules whose functions are called."""
    entered = set()

    def note(frame, event, _):
        if event == "call":
            entered.add(frame.f_globals.get("__name__"))

    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(None)
    return entered


def where_tried(module: str) -> str:
    """A front end whose steps the module is for."""
    return "jax" if ".traced." in module else "numpy"


@pytest.mark.parametrize("law", LAWS)
def test_the_module_that_holds_a_law_is_there_and_is_asked(law):
    check, cases = EVERY[law].check, (LIES[law][0], "own average")
    for module in LAWS[law]:
        import_module(module)
        front = FRONTS[where_tried(module)]
        tried = (modules_entered(partial(check, front, CASES[case])) for case in cases)
        assert any(module in entered for entered in tried), module


def test_a_module_that_has_no_part_in_a_law_is_noticed():
    check = EVERY["what is frozen stays"].check
    entered = modules_entered(partial(check, FRONTS["numpy"], CASES["Adam"]))
    assert "adamas.runtime.assignment" in entered
    assert not entered & {"adamas.runtime.traced.call", "adamas.runtime.session"}


def test_the_runtime_says_which_module_holds_which_law():
    said = str(runtime.__doc__)
    for law, modules in LAWS.items():
        for module in modules:
            assert f"`{module.removeprefix('adamas.runtime.')}`" in said, law
