"""What is remembered obeys the laws on every front end for every kind of optimizer."""

import pytest

from fronts import FRONTS
from optimizers import CASES
from state_laws import LAWS
from table import params


@pytest.mark.parametrize(("law", "front", "case"), params(LAWS))
def test_the_law_holds(law, front, case):
    LAWS[law].check(FRONTS[front], CASES[case])
