"""`adamas check`: what is right passes, and each law is broken once."""

import itertools
import json
import textwrap
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest

import adamas
from adamas import Optimizer, Rate, cli
from adamas.verification import CHECKS, checks, verify

TICK = itertools.count()


class Descent(Optimizer, abstract=True):
    """p ← p − lr g, for the wrong ones to change."""

    learning_rate: Rate = 0.01

    @staticmethod
    def update(p, g, /, *, learning_rate):
        """One weight."""
        return p - learning_rate * g


class Whimsical(Descent):
    """Another rule each time it is read."""

    @staticmethod
    def update(p, g, /, *, learning_rate):
        """One weight."""
        return p - learning_rate * g * (1 + next(TICK) % 7)


class Fragile(Descent):
    """0 / 0 on zeros."""

    @staticmethod
    def update(p, g, v, /, *, learning_rate):
        """One weight."""
        v = 0.9 * v + 0.1 * g * g
        return p - learning_rate * g / np.sqrt(v), v


class Restless(Descent):
    """Moves without a rate."""

    @staticmethod
    def update(p, g, /, *, learning_rate):
        """One weight."""
        return p - learning_rate * g - 1e-4


class Stalling(Descent):
    """Stays where bfloat16 rounds it to."""

    @staticmethod
    def update(p, g, /, *, learning_rate):
        """One weight."""
        rests = (np.floor(64 * p) == 64 * p) & (p != 1)
        return p - np.where(rests, 0, 0.0171) * np.sign(learning_rate * g)


class Uphill(Descent):
    """The wrong way."""

    @staticmethod
    def update(p, g, /, *, learning_rate):
        """One weight."""
        return p + learning_rate * g


class Forgetful(Descent):
    """Describes itself with another rate."""

    def get_config(self, *, strict: bool = True) -> dict[str, Any]:
        """Twice the rate."""
        config = super().get_config(strict=strict)
        return {**config, "learning_rate": 2 * config["learning_rate"]}


class Hasty(Descent):
    """Moves before it looks."""

    def apply(self, grads: Any, params: Any = None) -> None:
        """The first parameter is changed, come what may."""
        for _, array in self.session.parameters():
            array[...] += 1
            break
        super().apply(grads, params)


BROKEN = {
    "same rule in every run": Whimsical,
    "llvm float64 as defined": Whimsical,
    "llvm float32 as defined": Whimsical,
    "llvm float16 as defined": Whimsical,
    "llvm bfloat16 as defined": Whimsical,
    "finite on zeros": Fragile,
    "rate 0 moves nothing": Restless,
    "bfloat16 trains": Stalling,
    "finds its way down": Uphill,
    "configuration comes back": Forgetful,
    "refusals change nothing": Hasty,
}

NOT_BY_A_RULE = {
    "same on any threads": ("picture", lambda *_: next(TICK)),
    "compiles once": ("kernels", lambda *_: next(TICK)),
    "goes on from a file": ("picture", lambda *_: next(TICK)),
}
"""Laws that no rule can break: what a check looks at is made to differ."""

NO_VERDICT = ("cost of a step",)


def verdict(law: str, kind: type[Optimizer], **arguments: Any) -> bool | None:
    """What the check of one law says."""
    (check,) = (check for check in CHECKS if check.law == law)
    with np.errstate(all="ignore"):
        return check.holds(lambda **others: kind(**{**arguments, **others})).passed


def test_every_law_is_broken_once():
    assert {check.law for check in CHECKS} == {*BROKEN, *NOT_BY_A_RULE, *NO_VERDICT}


@pytest.mark.parametrize("law", BROKEN)
def test_a_broken_law_is_noticed(law):
    assert verdict(law, BROKEN[law]) is False
    assert verdict(law, adamas.SGD) is True


@pytest.mark.parametrize("law", NOT_BY_A_RULE)
def test_what_differs_is_noticed(law):
    name, other = NOT_BY_A_RULE[law]
    with mock.patch.object(checks, name, other):
        assert verdict(law, adamas.SGD) is False
    assert verdict(law, adamas.SGD) is True


@pytest.mark.parametrize(
    "name", ["Adam", "Lamb", "Adafactor", "Muon", "ScheduleFreeAdamW", "Nadam", "Ftrl"]
)
def test_built_in_optimizers_pass(name):
    outcomes = {check.law: outcome for check, outcome in verify(getattr(adamas, name))}
    assert [law for law, outcome in outcomes.items() if outcome.passed is False] == []
    assert sum(outcome.passed is True for outcome in outcomes.values()) >= 12


def test_an_error_in_a_check_is_a_failure_with_its_message():
    def make(**others: Any) -> Optimizer:
        return adamas.SGD(**others, learning_rte=1)  # type: ignore[call-arg]

    for _, outcome in verify(make):
        assert outcome.passed is False
        assert "learning_rte" in outcome.figure


# -- the command ----------------------------------------------------------------------------------

GOOD = """
    import numpy as np
    from adamas import Optimizer, Rate, hyperparameter


    class Belief(Optimizer):
        learning_rate: Rate = 0.001
        beta: float = hyperparameter(default=0.9, at_least=0, below=1)

        @staticmethod
        def update(p, g, m, s, /, *, learning_rate, beta):
            m = m + (1 - beta) * (g - m)
            s = s + (1 - beta) * ((g - m) * (g - m) - s) + 1e-16
            return p - learning_rate * m / np.sqrt(s), m, s
"""

BAD = """
    from adamas import Optimizer


    class Bad(Optimizer):
        @staticmethod
        def update(p, g, /):
            if g > 0:  # the line
                p = p - g
            return p
"""


def written(folder: Path, text: str) -> str:
    """A file with an optimizer in it."""
    file = folder / "mine.py"
    file.write_text(textwrap.dedent(text))
    return str(file)


def test_a_file_with_a_right_optimizer_passes(tmp_path, capsys):
    assert cli.main(["check", written(tmp_path, GOOD)]) == 0
    text = capsys.readouterr().out
    assert "Belief: 14 of 14 passed." in text
    assert "1 pass, 28 bytes, state 8" in text


def test_a_file_with_a_wrong_one_fails_in_its_row(tmp_path, capsys):
    text = GOOD.replace("m / np.sqrt(s)", "(-m) / np.sqrt(s)")
    assert cli.main(["check", written(tmp_path, text), "--json"]) == 1
    rows = json.loads(capsys.readouterr().out)["Belief"]
    assert [law for law, row in rows.items() if row["passed"] is False] == ["finds its way down"]


def test_arguments_reach_the_optimizer(tmp_path, capsys):
    assert cli.main(["check", written(tmp_path, GOOD), "beta=0.5"]) == 0
    assert "Belief(beta=0.5)" in capsys.readouterr().out


def test_built_in_ones_go_by_their_names(capsys):
    assert cli.main(["check", "sgd", "momentum=0.9"]) == 0
    assert "SGD(momentum=0.9)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "words", "message"),
    [
        (BAD, (), "if g > 0:  # the line"),
        ("x = 1", (), "must define an optimizer"),
        ("import nothing_of_this_name", (), "cannot be imported"),
        (GOOD, ("bet=0.5",), "Did you mean 'beta'"),
    ],
)
def test_mistakes_are_told_and_end_with_2(tmp_path, capsys, text, words, message):
    assert cli.main(["check", written(tmp_path, text), *words]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error


def test_a_file_that_is_not_there_is_told(capsys):
    assert cli.main(["check", "nowhere.py"]) == 2
    assert "'nowhere.py'" in capsys.readouterr().err
