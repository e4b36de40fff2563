"""`adamas check`: what is right passes, and each law is broken once."""

import functools
import importlib
import importlib.util
import itertools
import json
import re
import subprocess
import sys
import textwrap
import weakref
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest

import adamas
from adamas import Optimizer, Rate, cli
from adamas.compilers.tensors import Graph
from adamas.language import rule
from adamas.language.expression import ARRAY
from adamas.refusals import RAISING
from adamas.verification import CHECKS, Outcome, checks, on_front_ends, verify
from adamas.verification.fronts import FRONTS
from adamas.verification.fronts.numpy import NumPy
from adamas.verification.on_front_ends import LAWS, checks_on

TICK = itertools.count()
TURNS: Any = weakref.WeakKeyDictionary()


class Descent(Optimizer, abstract=True):
    """p ← p − lr g, for the wrong ones to change."""

    learning_rate: Rate = 0.01

    @staticmethod
    def update(p, g, /, *, learning_rate):
        """One weight."""
        return p - learning_rate * g


def so_many_times(factor):
    """A rule whose steps are so many times as long."""

    def update(p, g, /, *, learning_rate):
        return p - factor * learning_rate * g

    return update


class Whimsical(Descent):
    """Another rule in each optimizer."""

    def rule(self):
        """One that no other has."""
        if self not in TURNS:
            TURNS[self] = so_many_times(1 + next(TICK))
        return TURNS[self]


class Partial(Descent):
    """Another rule for arrays than for the compilers."""

    @staticmethod
    def update(p, g, /, *, learning_rate):
        """One weight."""
        return p - (2 if isinstance(p, np.ndarray) else 1) * learning_rate * g


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
    "llvm float64 as defined": Partial,
    "llvm float32 as defined": Partial,
    "llvm float16 as defined": Partial,
    "llvm bfloat16 as defined": Partial,
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
    outcomes = {check.law: outcome for check, outcome in verify(getattr(adamas, name), on=())}
    assert [law for law, outcome in outcomes.items() if outcome.passed is False] == []
    assert sum(outcome.passed is True for outcome in outcomes.values()) >= 12


def test_an_error_in_a_check_is_a_failure_with_its_message():
    def make(**others: Any) -> Optimizer:
        return adamas.SGD(**others, learning_rte=1)  # type: ignore[call-arg]

    for _, outcome in verify(make, on=["numpy"]):
        assert outcome.passed is False
        assert "learning_rte" in outcome.figure


# -- on front ends --------------------------------------------------------------------------------


class Drawn(Optimizer):
    """Is drawn to its first weights, by a factor for each tensor, and evaluates its mean."""

    learning_rate: Rate = 0.01
    factor: float = 0.5

    @staticmethod
    def initial(p, /, *, factor):
        """Where the weights began, and a mask; `v` begins as a number."""
        return {"start": p, "mask": np.where(p > 0, 1.0, 0.5), "v": factor}

    @staticmethod
    def update(p, g, start, mask, v, mean, /, *, learning_rate, factor):
        """One weight."""
        v = 0.9 * v + 0.1 * np.sum(g * g)
        p = p - learning_rate * mask * (g / np.sqrt(v) + factor * (p - start))
        return p, start, mask, v, 0.9 * mean + 0.1 * p

    @staticmethod
    def average(p, mean, /, *, learning_rate):
        """The mean, nearly."""
        return mean + learning_rate * p


def there(name: str, make: Any = Drawn) -> dict[str, Outcome]:
    """What the laws on one front end find."""
    return {check.law: check.asked(make) for check in checks_on(name, make)}


def failed(outcomes: dict[str, Outcome]) -> list[str]:
    """The laws that do not hold."""
    return [law for law, outcome in outcomes.items() if outcome.passed is False]


INSTALLED = [name for name in FRONTS if importlib.util.find_spec(FRONTS[name][0])]


PASSING = [(name, Drawn) for name in INSTALLED] + [
    (name, kind)
    for name in ("tensors", "torch", "jax", "keras")
    if name in INSTALLED
    for kind in (adamas.Adam, adamas.Nadam, adamas.Muon, adamas.ScheduleFreeAdamW)
]


@pytest.mark.parametrize(("name", "kind"), PASSING)
def test_right_optimizers_pass_on_every_front_end(name, kind):
    outcomes = there(name, kind)
    assert {law: one for law, one in outcomes.items() if one.passed is not True} == {}
    assert [law.split(": ")[1] for law in outcomes] == [*LAWS]


class OtherValues(NumPy):
    """Begins with other values."""

    def saved(self):
        return {name: array + 0.5 for name, array in super().saved().items()}


class OtherShapes(NumPy):
    """Has only the first number of each slot."""

    def saved(self):
        return {name: array.reshape(-1)[:1] for name, array in super().saved().items()}


class OtherNames(NumPy):
    """Has lost a slot."""

    def saved(self):
        return dict(list(super().saved().items())[1:])


class OtherSteps(NumPy):
    """Takes gradients for larger ones."""

    def step(self, grads):
        super().step({name: 1.01 * g for name, g in grads.items()})


class OtherRates(NumPy):
    """Goes 1 % too far, which is little beside the weights."""

    def step(self, grads):
        before = self.params()
        super().step(grads)
        for name, array in self.own.items():
            array += 0.01 * (array - before[name])


class NoAverages(NumPy):
    """Evaluates with the parameters."""

    def averages(self):
        return self.params()


class EmptyFiles(NumPy):
    """Reads nothing from files."""

    def load(self, path):
        pass


class OtherFiles(NumPy):
    """Writes files as they were in the beginning."""

    def save(self, path):
        self.again(self.params()).optimizer.save(path)


LIES = {
    OtherValues: "first values",
    OtherShapes: "first values",
    OtherNames: "first values",
    OtherSteps: "steps as defined",
    OtherRates: "steps as defined",
    NoAverages: "averages",
    EmptyFiles: "files there and back",
    OtherFiles: "files there and back",
}
"""Front ends that lie, and the law that tells."""


def test_every_law_on_a_front_end_is_broken_once():
    assert {*LIES.values()} == {*LAWS}


@pytest.mark.parametrize("liar", LIES)
@pytest.mark.parametrize("kind", [Drawn, functools.partial(adamas.Adam, use_ema=True)])
def test_a_front_end_that_lies_is_noticed(liar, kind):
    with mock.patch.object(on_front_ends, "front", return_value=liar):
        assert f"numpy: {LIES[liar]}" in failed(there("numpy", kind))
    assert failed(there("numpy")) == []


class OneForAll(Optimizer):
    """One number for each tensor."""

    learning_rate: Rate = 0.01

    @staticmethod
    def update(p, g, v, /, *, learning_rate):
        """NovoGrad's."""
        v = 0.9 * v + 0.1 * np.sum(g * g)
        return p - learning_rate * g / np.sqrt(v), v


def graph_without_small_slots() -> Any:
    """Graphs as they were when they knew slots of the parameter's size only."""
    begin = Graph.__init__

    def begin_without(self: Any, library: Any, plan: Any, work: Any) -> None:
        begin(self, library, plan, work)
        self._leaves -= {slot for slot, extent in plan.slots.items() if extent != ARRAY}

    return mock.patch.object(Graph, "__init__", begin_without)


@pytest.mark.parametrize("name", [name for name in INSTALLED if name in ("jax", "optax", "keras")])
def test_a_slot_per_tensor_that_a_front_end_does_not_know_is_named(name):
    with graph_without_small_slots():
        outcomes = there(name, OneForAll)
    law = next(law for law in outcomes if law.endswith("steps as defined"))
    assert law in failed(outcomes)
    assert law.startswith(name)
    assert outcomes[law].figure == "KeyError: 'v'"
    assert failed(there(name, OneForAll)) == []


@pytest.mark.parametrize("name", INSTALLED)
def test_a_slot_from_initial_that_is_made_too_small_is_named(name):
    with mock.patch.object(rule, "first_symbols", return_value={}):
        outcomes = there(name)
    assert [law.split(": ")[1] for law in failed(outcomes)] == [*LAWS]
    assert all(law.startswith(name) for law in outcomes)
    # JAX says it in its own words.
    assert all(re.search("shape|broadcast", outcome.figure) for outcome in outcomes.values())


FIRST_VALUES = {
    "numpy": "adamas.runtime.host.holding",
    "tensors": "adamas.frameworks.torch.state",
    "torch": "adamas.frameworks.torch.state",
    "jax": "adamas.frameworks.jax.state",
    "optax": "adamas.frameworks.jax.state",
    "keras": "adamas.frameworks.keras.state",
}
"""The module in which each front end asks for first values."""


@pytest.mark.parametrize("name", INSTALLED)
def test_a_front_end_that_asks_for_no_first_values_is_named(name):
    with mock.patch.object(importlib.import_module(FIRST_VALUES[name]), "first_values", nothing):
        wrong = failed(there(name))
    assert any(law.startswith(name) and law.endswith(": first values") for law in wrong)


def nothing(*_: Any, **__: Any) -> dict[str, Any]:
    """No first values."""
    return {}


@pytest.mark.skipif("jax" not in INSTALLED, reason="needs JAX")
def test_what_a_front_end_refuses_is_no_failure():
    outcomes = there("jax", lambda **others: adamas.SGD(nonfinite="raise", **others))
    assert len(outcomes) == len(LAWS)
    for outcome in outcomes.values():
        assert outcome.passed is None
        assert outcome.figure.startswith("refused: nonfinite must be")


def test_a_refusal_of_another_front_end_is_a_failure():
    def refuse(*_: Any) -> Any:
        raise RAISING.error("'raise'")

    with mock.patch.object(NumPy, "step", refuse):
        assert "numpy: steps as defined" in failed(there("numpy"))


def test_what_is_not_installed_is_told(capsys):
    with mock.patch.dict(FRONTS, {"jax": ("nowhere", "Nowhere")}):
        [(law, outcome)] = there("jax").items()
    assert law == "jax"
    assert outcome.passed is None
    assert outcome.figure.startswith("not installed: ")


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
    assert cli.main(["check", written(tmp_path, GOOD), "--on", "numpy"]) == 0
    text = capsys.readouterr().out
    assert "Belief: 18 of 18 passed." in text
    assert max(map(len, text.splitlines())) <= 80
    assert "1 pass, 28 bytes, state 8" in text


def test_a_file_with_a_wrong_one_fails_in_its_row(tmp_path, capsys):
    text = GOOD.replace("m / np.sqrt(s)", "(-m) / np.sqrt(s)")
    assert cli.main(["check", written(tmp_path, text), "--json", "--on", "numpy"]) == 1
    rows = json.loads(capsys.readouterr().out)["Belief"]
    assert {*rows} == {*(check.law for check in CHECKS), *(f"numpy: {law}" for law in LAWS)}
    assert [law for law, row in rows.items() if row["passed"] is False] == ["finds its way down"]


def test_arguments_reach_the_optimizer(tmp_path, capsys):
    assert cli.main(["check", written(tmp_path, GOOD), "beta=0.5", "--on=numpy"]) == 0
    assert "Belief(beta=0.5)" in capsys.readouterr().out


def test_built_in_ones_go_by_their_names(capsys):
    assert cli.main(["check", "sgd", "momentum=0.9", "--on=numpy"]) == 0
    assert "SGD(momentum=0.9)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "words", "message"),
    [
        (BAD, (), "if g > 0:  # the line"),
        ("x = 1", (), "must define an optimizer"),
        ("import nothing_of_this_name", (), "cannot be imported"),
        (GOOD, ("bet=0.5",), "Did you mean 'beta'"),
        (GOOD, ("--on", "numpy,jx"), "Did you mean 'jax'"),
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


def test_a_long_reason_stands_below_the_table_once(tmp_path, capsys):
    if "jax" not in INSTALLED:
        pytest.skip("needs JAX")
    assert cli.main(["check", "adam", "nonfinite=raise", "--on=numpy,jax"]) == 0
    text = capsys.readouterr().out
    assert text.count("refused: nonfinite must be") == 1
    assert text.count("[1]") == 1 + len(LAWS)
    assert max(map(len, text.splitlines())) <= 80


WITHOUT = """
import sys
sys.modules.update(dict.fromkeys(("torch", "jax", "optax", "keras")))  # as if not installed
from adamas import cli
sys.exit(cli.main(["check", "sgd"]))
"""


def test_no_front_end_is_needed():
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("not installed: ") >= 1
    assert "SGD: 18 of 18 passed." in done.stdout
    rows = [line.split() for line in done.stdout.splitlines()]
    for name in ("tensors", "torch", "jax", "optax", "keras"):
        assert [row[1] for row in rows if row[:1] == [name]] == ["-"]
