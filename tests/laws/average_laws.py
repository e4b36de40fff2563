"""Laws of averages: what parameters are evaluated with, in place for a while or in the end."""

from contextlib import ExitStack
from typing import Any

import pytest

from adamas.errors import AdamasError
from comparison import assert_close, assert_same, both, go_on, random, with_averages
from front import Front
from law import Law
from optimizers import Case


def in_and_out(front: type[Front], case: Case) -> None:
    ours, right = both(front, with_averages(case), 3)
    before = ours.params()
    assert_close(ours.averages(), right.averages())
    assert_same(ours.params(), before)
    go_on(ours, right, 1)
    assert_close(ours.params(), right.params())


def of_others(front: type[Front], case: Case) -> None:
    ours, right = both(front, with_averages(case), 2)
    before, others = ours.params(), random(99, case.shapes)
    for found in ours.averages_of(others):
        assert_close(found, right.averages(others))
    assert_same(ours.params(), before)


def failed_exit(front: type[Any], case: Case) -> None:
    ours, right = both(front, with_averages(case), 2)
    before = ours.params()
    errors = (ValueError, RuntimeError, AdamasError)
    with ExitStack() as broken, pytest.raises(errors), ours.averaged():
        broken.enter_context(ours.unwritable())
    with ours.averaged():
        assert_close(ours.params(), right.averages())
    assert_same(ours.params(), before)
    go_on(ours, right, 1)
    assert_close(ours.params(), right.params())


def in_the_end(front: type[Front], case: Case) -> None:
    ours, right = both(front, with_averages(case), 3)
    ours.finalize()
    assert_close(ours.params(), right.averages())


def number_set(front: type[Front], case: Case) -> None:
    ours, right = both(front, case, 2)
    ours.set_rate(0.7)
    right.set_rate(0.7)
    ours.finalize()
    assert_close(ours.params(), right.averages())


LAWS = {
    "averages come in and go out": Law("averages", in_and_out),
    "averages of other arrays are theirs": Law("host.session", of_others),
    "an exit that fails can be retried": Law("host.session", failed_exit),
    "averages stay in the end": Law("averages", in_the_end),
    "a number that is set is that of averages": Law("averages", number_set, "own average*"),
}
