"""Calls obey the laws on every front end for every kind of optimizer."""

import pytest

from call_laws import LAWS
from fronts import FRONTS
from optimizers import CASES
from table import params


@pytest.mark.parametrize(("law", "front", "case"), params(LAWS))
def test_the_law_holds(law, front, case):
    LAWS[law].check(FRONTS[front], CASES[case])
