"""The support table is what the code refuses, all of it, and the page shows it."""

import ast
import dataclasses
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import adamas
import support_trials as trials
from adamas import refusals, support
from adamas.cli import main
from adamas.errors import ArgumentError
from adamas.optimizer import Optimizer
from adamas.refusals import FRONT_ENDS, REFUSALS, Refusal
from family import stands_for_its_form

SOURCES = Path(adamas.__file__).parent
PAGE = SOURCES.parents[1] / "docs" / "support.md"
NEEDS = {
    "tensors": "torch",
    "torch": "torch",
    "backward": "torch",
    "cuda": "triton",
    "jax": "jax",
    "optax": "optax",
    "scipy": "scipy",
}
ALONE = ("numpy", *NEEDS)
"""Front ends that are tried in this process."""

WHOLE = ("numpy", "tensors", "torch", "backward", "jax", "scipy")
"""Those that are quick enough to try every optimizer with every feature."""


def need(front_end: str) -> None:
    if importlib.util.find_spec(NEEDS.get(front_end, "numpy")) is None:
        pytest.skip(f"needs {NEEDS[front_end]}")


# -- the table beside what happens ----------------------------------------------------------------


@pytest.mark.filterwarnings(
    "ignore:No gradient for", "ignore:.* encountered in divide:RuntimeWarning"
)
@pytest.mark.parametrize("name", support.NAMES)
@pytest.mark.parametrize("front_end", ALONE)
def test_each_entry_is_what_happens(front_end, name):
    need(front_end)
    pairs = trials.every() if front_end in WHOLE else trials.across()
    if front_end in NEEDS and not stands_for_its_form(name):
        pairs = [(name, "float32")]  # another of its form has the whole
    own = [pair for pair in pairs if pair[0] == name]
    assert trials.differences(front_end, trials.TRIALS[front_end], own) == []


@pytest.mark.parametrize("backend", ["jax", "torch", "tensorflow"])
def test_each_entry_is_what_happens_in_keras(backend):
    if importlib.util.find_spec("keras") is None or importlib.util.find_spec(backend) is None:
        pytest.skip(f"needs Keras and {backend}")
    done = subprocess.run(
        [sys.executable, trials.__file__, f"keras-{backend}"],
        env={**os.environ, "KERAS_BACKEND": backend, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    assert json.loads(done.stdout.splitlines()[-1]) == []


def test_an_entry_that_is_wrong_is_noticed(monkeypatch):
    pair = ("Adam", "clipvalue")
    assert trials.differences("numpy", trials.numpy_trial, [pair]) == []

    false = Refusal("Clips must be gentle.", "Do not.", ("numpy",), features=("clipvalue",))
    monkeypatch.setattr(support, "REFUSALS", (*REFUSALS, false))
    [text] = trials.differences("numpy", trials.numpy_trial, [pair])
    assert "works. Expected: ['Clips must be gentle" in text

    monkeypatch.setattr(support, "REFUSALS", ())
    [text] = trials.differences("numpy", trials.numpy_trial, [("Adam", "complex parameters")])
    assert "refused: Parameters and gradients must be real." in text

    other = dataclasses.replace(refusals.COMPLEX, law="Numbers must be whole.")
    monkeypatch.setattr(support, "REFUSALS", (other,))
    [text] = trials.differences("numpy", trials.numpy_trial, [("Adam", "complex parameters")])
    assert "Expected: ['Numbers must be whole." in text


# -- the table is complete ------------------------------------------------------------------------


def test_every_argument_and_every_choice_has_a_row():
    for name, field in Optimizer.fields.items():
        choices = field.choices
        rows = [f"{name}={value!r}" for value in choices] if choices else [name]
        if name == "convention":
            conventions = {c for kind in trials_kinds() for c in kind.conventions}
            rows = [f"convention={value!r}" for value in {"keras", *conventions}]
        for row in rows:
            assert name in support.ARGUMENTS[row].arguments or name == "convention", row


def trials_kinds():
    return [getattr(adamas, name) for name in support.NAMES if name != support.OWN]


def test_every_optimizer_has_a_row():
    public = {name for name in adamas.optimizers.__all__ if name != "MatrixOptimizer"}
    assert {*support.NAMES} - {support.OWN} == public


def test_every_front_end_is_tried():
    assert set(trials.TRIALS) == set(FRONT_ENDS)
    elsewhere = {"divided", "flat", "shared", "keras-jax", "keras-torch", "keras-tensorflow"}
    assert {*ALONE, *elsewhere} == set(FRONT_ENDS)


def raised_elsewhere(source: str) -> list[str]:
    """Calls of `UnsupportedError` in a module."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return [ast.unparse(call) for call in calls if ast.unparse(call.func) == "UnsupportedError"]


def test_nothing_is_refused_that_is_not_in_the_table():
    for file in SOURCES.rglob("*.py"):
        assert raised_elsewhere(file.read_text()) == [], file


def test_a_refusal_outside_of_the_table_is_noticed():
    assert raised_elsewhere("raise UnsupportedError('no')") == ["UnsupportedError('no')"]


def used() -> set[str]:
    """The names that modules of adamas import from `refusals`."""
    found = set()
    for file in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").endswith("refusals"):
                found |= {alias.name for alias in node.names}
    return found


def test_every_refusal_is_raised_somewhere():
    names = {name for name, value in vars(refusals).items() if isinstance(value, Refusal)}
    same_law = {"STRETCHES_OF_TENSORS"}  # `STRETCHES` raises it
    assert names - same_law <= used()
    assert refusals.STRETCHES_OF_TENSORS.law == refusals.STRETCHES.law


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.law[:40])
def test_a_refusal_names_what_there_is(refusal):
    assert {*refusal.front_ends} <= {*FRONT_ENDS}
    assert {*refusal.optimizers} <= {*support.NAMES}
    assert {*refusal.features} <= {*support.FEATURES}
    for feature in refusal.features:
        assert {*refusal.front_ends} <= {*support.FEATURES[feature].front_ends}, feature
    text = str(refusal.error("this"))
    assert text == f"{refusal.law} Got: this. {refusal.way_out}"
    assert refusal.law.endswith(".")


# -- the command and the page ---------------------------------------------------------------------


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["support", *words]) == 0
    return capsys.readouterr().out


def test_the_page_is_what_the_command_prints(capsys):
    assert PAGE.read_text() == printed(capsys, "--markdown"), (
        "Run: adamas support --markdown > docs/support.md"
    )


def test_the_command_lists_what_is_refused(capsys):
    text = printed(capsys, "jax")
    assert "nonfinite='raise'" in text
    assert "Use nonfinite='skip'" in text
    assert "scipy" not in text
    everywhere = " ".join(printed(capsys).split())
    assert all(refusal.law in everywhere for refusal in REFUSALS)


def test_the_command_gives_every_entry_as_json(capsys):
    table = json.loads(printed(capsys, "--json"))
    assert set(table) == set(FRONT_ENDS)
    for front_end, optimizers in table.items():
        assert set(optimizers) == set(support.NAMES)
        for name, features in optimizers.items():
            assert set(features) == {f for f in support.FEATURES if trials.applies(front_end, f)}
            assert all(features[f] == support.reasons(name, front_end, f) for f in features)
    assert table["numpy"]["Adam"]["clipvalue"] == []
    assert "cannot raise" in table["jax"]["Adam"]["nonfinite='raise'"][0]


def test_an_unknown_front_end_is_a_mistake(capsys):
    assert main(["support", "jaxx"]) == 2
    assert "Did you mean 'jax'?" in capsys.readouterr().err


# -- what came with it ----------------------------------------------------------------------------


def test_an_outer_scale_does_not_hide_what_the_inner_optimizer_is_asked_for():
    with pytest.raises(adamas.errors.ConfigurationError, match="Got: nonfinite='raise'"):
        adamas.LossScaleOptimizer(adamas.Adam(nonfinite="raise"))


def test_independent_decay_goes_with_a_convention_that_decouples_by_default():
    optimizer = adamas.AdamW(independent_weight_decay=True, convention="torch")
    assert not optimizer.decoupled_weight_decay
    with pytest.raises(adamas.errors.ConfigurationError, match="Use one of them"):
        adamas.AdamW(independent_weight_decay=True, decoupled_weight_decay=True)


def test_names_that_are_no_list_are_refused_for_tensors():
    torch = pytest.importorskip("torch")
    import adamas.torch as optim

    optimizer = optim.Adam([torch.ones(2, requires_grad=True)], weight_decay=0.1)
    with pytest.raises(ArgumentError, match="must be a list of patterns"):
        optimizer.exclude_from_weight_decay(var_names="bias")
