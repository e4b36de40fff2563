"""What a rule would draw while it is traced is refused where the class is written."""

import functools
import itertools
import random
import time

import numpy as np
import pytest

import adamas
from adamas import Hyperparameter, Optimizer, Rate
from adamas.errors import RuleError

TURN = itertools.count()


def plain(p, g, /, *, learning_rate):
    return p - learning_rate * g


def with_number(p, g, /, *, learning_rate, number):
    return p - learning_rate * number * g


def with_slot(p, g, z, /, *, learning_rate):
    return p - learning_rate * g * z, z


def drawn(p, g, /, *, learning_rate):
    noise = np.random.normal()
    return p - learning_rate * (g + noise)


def timed(p, g, /, *, learning_rate):
    return p - learning_rate * g * time.perf_counter_ns()


def counted(p, g, /, *, learning_rate):
    return p - learning_rate * g * next(TURN)


def of_two_minds(p, g, /, *, learning_rate):
    return p - learning_rate * g if next(TURN) % 2 else p + learning_rate * g


def drawing(t):
    return {"number": random.random()}


def remembering(number):
    return {"number": number + random.random()}


def beginning(p, /):
    return {"z": p + random.random()}


def written(update=plain, prepare=None, initial=None, remembered=None):
    """A class with these functions."""
    body = {"prepare": prepare, "initial": initial}
    found = {name: staticmethod(value) for name, value in body.items() if value}
    found |= {"remembered": remembered} if remembered else {}
    fields = {"__annotations__": {"learning_rate": Rate}, "learning_rate": 0.1}
    names = {"__module__": __name__, "update": staticmethod(update), **fields, **found}
    return type("Mine", (Optimizer,), names)


DRAWS = {
    "drawn": ((drawn,), "p - learning_rate * (g + noise)"),
    "read from a clock": ((timed,), "time.perf_counter_ns()"),
    "counted": ((counted,), "next(TURN)"),
    "of two minds": ((of_two_minds,), "def of_two_minds"),
    "drawn by prepare": ((with_number, drawing), "learning_rate * number * g"),
    "remembered": ((with_number, remembering, None, {"number": 1.0}), "number + random.random()"),
    "drawn by initial": ((with_slot, None, beginning), "p + random.random()"),
}


@pytest.mark.parametrize("case", DRAWS)
def test_what_differs_from_run_to_run_is_refused_with_its_line(case):
    functions, line = DRAWS[case]
    with pytest.raises(RuleError, match="must be the same arithmetic") as refused:
        written(*functions)
    assert line in str(refused.value)
    assert __file__ in str(refused.value)


def test_numbers_with_a_seed_are_constants():
    def seeded(p, g, /, *, learning_rate):
        return p - learning_rate * g * np.random.default_rng(0).normal()

    written(seeded)


def test_the_way_out_draws_anew_at_each_step():
    class Noisy(Optimizer):
        learning_rate: Rate = 0.1
        noise: Hyperparameter = 0.0

        @staticmethod
        def update(p, g, /, *, learning_rate, noise):
            return p - learning_rate * (g + noise)

    numbers = iter([1.0, 2.0, 3.0])
    params = [np.zeros(2)]
    optimizer = Noisy(noise=lambda: next(numbers))
    for _ in range(3):
        optimizer.apply([np.zeros(2)], params)
    np.testing.assert_allclose(params[0], -0.6)


@pytest.mark.parametrize("kind", adamas.optimizers.WITH_RULES, ids=lambda kind: kind.__name__)
def test_no_built_in_rule_draws(kind):
    prepare = functools.wraps(kind.prepare)(lambda **known: kind.prepare(**known))
    prepare.__module__ = __name__  # so that it is looked at as a user's own is
    type(f"Again{kind.__name__}", (kind,), {"prepare": staticmethod(prepare)})
