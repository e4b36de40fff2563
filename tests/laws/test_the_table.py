"""The table is whole: each check can fail, each line speaks of cells, refusals are in words."""

from fnmatch import fnmatchcase
from itertools import product

import pytest

from adamas.errors import CheckpointError, UnsupportedError
from comparison import both, random
from fronts import FRONTS
from lies import LIES, liar
from optimizers import CASES
from table import ABSENT, BY_SCHEDULE, EVERY, IN_GROUPS, REFUSED, SCHEDULED, cells
from today import TODAY


@pytest.mark.parametrize("law", EVERY)
def test_a_front_end_that_lies_is_noticed(law):
    case, _ = LIES[law]
    EVERY[law].check(FRONTS["numpy"], CASES[case])
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        EVERY[law].check(liar(law), CASES[case])


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
