"""What is said of arguments: once, where they are declared, and read wherever somebody asks."""

import inspect
from typing import Literal

import pytest

import adamas
from adamas import Hyperparameter, Optimizer, Rate, hyperparameter, schedules
from adamas.fields import entry_of, meanings_in, with_entries

DOCSTRING = """An example.

    One paragraph.

    Args:
        one: of two lines,
            this is the second.
        two, three: of both.

    Raises:
        Nothing: ever.
    """


class Own(Optimizer):
    """One's own rule.

    Args:
        pace: how fast; in steps.

    It has words behind its arguments.
    """

    learning_rate: Rate = 0.1
    pace: Hyperparameter = hyperparameter(default=0.5, above=0, at_most=1)
    by: Literal["sign", "size"] = "sign"

    @staticmethod
    def update(p, g, /, *, learning_rate, pace):
        return p - learning_rate * pace * g


class Heir(Own):
    by: Literal["sign", "size"] = "size"


def test_meanings_are_read_from_the_docstring():
    assert meanings_in(DOCSTRING) == {
        "one": "of two lines, this is the second.",
        "two": "of both.",
        "three": "of both.",
    }
    assert meanings_in("Nothing.") == meanings_in(None) == {}


def test_the_section_of_a_docstring_is_written_anew_in_its_place():
    text = with_entries(DOCSTRING, [entry_of(adamas.Adam.fields["beta_1"])])
    assert text.splitlines()[:4] == ["An example.", "", "One paragraph.", ""]
    assert "beta_1 (Hyperparameter, at least 0, less than 1; default 0.9): how much" in text
    assert text.endswith("Raises:\n    Nothing: ever.\n")
    assert "of two lines" not in text


SAID = {
    Own: (
        "pace (Hyperparameter, greater than 0, at most 1; default 0.5): how fast; in steps.",
        "learning_rate (Rate, at least 0; default 0.1): size of a step.",  # said once for all
        "by ('sign' or 'size'; default 'sign'): ",
        "convention ('keras'; default 'keras'): whose numbers",
        "It has words behind its arguments.",
    ),
    Heir: ("Heir.", "how fast; in steps.", "by ('sign' or 'size'; default 'size'): "),
    adamas.AdamW: ("weight_decay (Hyperparameter or None, at least 0; default 0.004, 0.01 with ",),
    adamas.Nadam: ("momentum_decay (Hyperparameter or None, at least 0; default 1.0, 0.004 with ",),
    adamas.LossScaleOptimizer: ("inner_optimizer (Optimizer; required): any optimizer",),
    schedules.OneCycle: ("anneal_strategy ('cos' or 'linear'; default 'cos'): ",),
}


@pytest.mark.parametrize("cls", SAID, ids=lambda cls: cls.__name__)
def test_docstrings_say_what_fields_know(cls):
    text = " ".join(inspect.getdoc(cls).split())
    for words in SAID[cls]:
        assert words in text


def test_composites_explain_only_what_may_be_given_to_them():
    assert "weight_decay (" not in inspect.getdoc(adamas.MultiOptimizer)
    assert "use_ema (" in inspect.getdoc(adamas.MultiOptimizer)
    assert "use_ema (" not in inspect.getdoc(adamas.LossScaleOptimizer)


def test_a_name_that_is_none_is_that_of_the_class():
    assert adamas.Adam(name=None).name == "adam"
