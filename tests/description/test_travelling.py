"""A number that schedulers set at every step is set quickly, and by the same laws as any other."""

import itertools
import math
import sys

import numpy as np
import pytest

import adamas
from adamas.description.arguments import Arguments
from adamas.description.travelling import Free
from adamas.fields import Range


class ByValue(adamas.Optimizer):
    """Its rule is chosen by more than whether a number is another."""

    learning_rate: adamas.Rate = 0.1
    strength: adamas.Hyperparameter = 0.25
    pull: adamas.Hyperparameter = 0.25

    @staticmethod
    def update(p, g, /, *, learning_rate, strength, pull):
        """One weight."""
        return p - learning_rate * (strength + pull) * g

    @staticmethod
    def update_strong(p, g, /, *, learning_rate, strength, pull):
        """One weight, where the strength is large."""
        return p - 2 * learning_rate * (strength + pull) * g

    def rule(self):
        """By the strength, and by the pull in a way that nobody sees."""
        strong = float(self.strength) > 0.5 or float(vars(self)["pull"]) > 0.5
        return self.update_strong if strong else self.update


VALUES = [
    *(0.05, 0.3, 0.75, 0.0, -0.0, -1.0, 1.0, 2.0, 5e-324, 1e308, math.inf, -math.inf, math.nan),
    *(1, True, None, "fast", np.float64(0.3), np.float64(-1), np.float32(0.3), np.array(0.3)),
    *(lambda: 0.3, lambda step: 0.3, 10**400),
]

ARGUMENTS = [
    (lambda: adamas.Adam(0.1), "learning_rate", 0.2),
    (lambda: adamas.Adam(0.1), "beta_1", 0.8),
    (lambda: adamas.Adam(0.1), "epsilon", 0.2),
    (lambda: adamas.Adam(0.1, weight_decay=0.1), "weight_decay", 0.2),
    (lambda: adamas.Adam(0.1, global_clipnorm=0.1), "global_clipnorm", 0.2),
    (lambda: adamas.Adam(0.1, gradient_accumulation_steps=1), "gradient_accumulation_steps", 1),
    (lambda: adamas.SGD(0.1, momentum=0.9), "learning_rate", 0.2),
    (lambda: adamas.SGD(0.1, momentum=0.9), "momentum", 0.8),
    (lambda: adamas.SGD(0.1), "momentum", 0.0),
    (ByValue, "learning_rate", 0.2),
    (ByValue, "strength", 0.3),
    (ByValue, "pull", 0.3),
    (lambda: adamas.MultiOptimizer({"": adamas.Adam(0.1)}), "learning_rate", 0.2),
    (lambda: adamas.LossScaleOptimizer(adamas.Adam(0.1)), "initial_scale", 2.0),
]
"""How an optimizer is made, which of its numbers is set, and to what it may be set."""


def outcome(make, name, value, on_the_way):
    """What comes of a value after others, and then of the first again: weights, or an error."""
    params, grads = [np.ones(4, np.float32)], [np.full(4, 0.5, np.float32)]
    optimizer = make()
    first = getattr(optimizer, name)
    optimizer.apply(grads, params)
    for number in (on_the_way, first, on_the_way):
        setattr(optimizer, name, number)
    try:
        for number in (value, first):
            setattr(optimizer, name, number)
            optimizer.apply(grads, params)
    except (adamas.errors.AdamasError, TypeError) as error:  # of the rule of `ByValue`
        return type(error), str(error)
    return repr((params[0].tolist(), optimizer.get_config(strict=False)))


def differing(arguments, monkeypatch):
    """The cases in which a number is not set as where all is asked of each value."""
    for (make, name, other), value in itertools.product(arguments, VALUES):
        found = outcome(make, name, value, other)
        with monkeypatch.context() as patch:
            patch.setattr(Arguments, "travel", lambda self, values: False)
            if found != outcome(make, name, value, other):
                yield name, value


def test_a_number_that_travels_obeys_the_laws_of_all_others(monkeypatch):
    assert list(differing(ARGUMENTS, monkeypatch)) == []


def test_a_number_that_was_not_looked_at_is_found(monkeypatch):
    monkeypatch.setattr(Free, "has", lambda self, value: type(value) is float)
    found = {name for name, _ in differing(ARGUMENTS[1::6], monkeypatch)}
    assert found == {"beta_1", "momentum"}


RANGES = [
    *(Range(), Range(endless=True), Range(at_least=0), Range(above=0), Range(at_most=1)),
    *(Range(below=1), Range(at_least=0, below=1), Range(above=0, at_most=1), Range(at_least=1e308)),
    *(Range(above=0, endless=True), Range(above=-1, below=-1), Range(at_least=0, at_most=0)),
]


def test_the_ends_of_a_range_say_what_its_laws_say():
    near = [math.nextafter(x, way) for x in (0.0, 1.0, -1.0) for way in (-9.0, 9.0)]
    limits = [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, sys.float_info.max, -sys.float_info.max]
    for limits_of, value in itertools.product(RANGES, [*near, *limits, 0.5, 1e308, 5e-324]):
        low, high = limits_of.ends() or (1, 0)
        assert (low <= value <= high) == (not list(limits_of.broken(value))), (limits_of, value)
        assert not low <= math.nan <= high


def test_whole_numbers_do_not_travel():
    assert Range(whole=True, at_least=1).ends() is None


def entered(call):
    """How many functions of Python a call enters, without itself."""
    count = 0

    def note(frame, event, argument):
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(before)
    return count - 1


@pytest.mark.parametrize("name", ["learning_rate", "beta_1", "momentum"])
def test_a_number_is_set_anew_by_few_functions(name):
    kind = adamas.SGD if name == "momentum" else adamas.Adam
    optimizer = kind(0.1, **({"momentum": 0.9} if name == "momentum" else {}))
    optimizer.apply([np.ones(4)], [np.ones(4)])
    first = entered(lambda: setattr(optimizer, name, 0.5))
    assert entered(lambda: setattr(optimizer, name, 0.25)) <= 3 < first
    # Others that are set in turn change nothing of that.
    for value in (0.5, 0.125):
        optimizer.learning_rate = value
        setattr(optimizer, name, value)
    assert entered(lambda: setattr(optimizer, name, 0.25)) <= 3
    assert entered(lambda: setattr(optimizer, "learning_rate", 0.25)) <= 3


def test_a_rule_that_has_changed_its_mind_is_asked_again():
    class Either(adamas.Optimizer):
        """Its rule asks for the second number only where the first one is small."""

        learning_rate: adamas.Rate = 0.1
        first: adamas.Hyperparameter = 1.0
        second: adamas.Hyperparameter = 0.1

        @staticmethod
        def update(p, g, /, *, learning_rate):
            """One weight."""
            return p - learning_rate * g

        @staticmethod
        def update_both(p, g, /, *, learning_rate):
            """One weight."""
            return p - 2 * learning_rate * g

        def rule(self):
            """By both."""
            return self.update_both if self.first < 0.5 and self.second > 0.5 else self.update

    optimizer = Either()
    optimizer.apply([np.ones(4)], [np.ones(4)])
    optimizer.second = 0.9
    optimizer.second = 0.2  # it travels
    optimizer.first = 0.1  # now the second one decides
    with pytest.raises(adamas.errors.StateError, match="second decides"):
        optimizer.second = 0.9
    assert optimizer.second == 0.2
