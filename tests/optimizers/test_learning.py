"""Every optimizer learns: real digits in seconds, and the committed sweeps with their tables."""

import importlib.util
import json
import re
import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from adamas.explanation import explain
from adamas.optimizer import OPTIMIZERS

pytest.importorskip("sklearn")

from places import ROOT


def benchmark(name: str) -> ModuleType:
    """A file in `benchmarks/` as a module."""
    path = ROOT / "benchmarks" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# In this order: each is found by those after it.
members, training = benchmark("learning_members"), benchmark("learning_training")
picture, learning = benchmark("learning_picture"), benchmark("learning")
small_gpt = benchmark("small_gpt")
digits = training.digits
SWEEP: dict[str, Any] = json.loads(learning.RESULTS.read_text(encoding="utf-8"))
MEMBERS: dict[str, Any] = SWEEP["optimizers"]
TRANSFORMER: dict[str, Any] = json.loads(
    (ROOT / "benchmarks" / "transformer.json").read_text(encoding="utf-8")
)
PAGE = (ROOT / "docs" / "family.md").read_text(encoding="utf-8")


# Digits -----------------------------------------------------------------------------------------


def reads_digits(run: Any) -> bool:
    """Whether two epochs were of use.

    Over three seeds the worst optimizer reads 90 % of the test digits, the worst validation loss
    is 0.41. Guessing reads 10 %, with a loss of ln 10 = 2.3.
    """
    return run.test_accuracy > 0.85 and run.validation_loss < 0.7


EPOCHS = {"ASGD": 4, "DoG": 4, **dict.fromkeys(members.SLOW, 1)}
"""ASGD averages from the fourth on, and DoG begins with a millionth of the weights; the slow ones
need no second.
"""


def train(name: str, **options: Any) -> Any:
    """Two epochs with the rate of the sweep."""
    options = {"rate": MEMBERS[name]["rate"], "epochs": EPOCHS.get(name, 2), **options}
    return training.train(name, seed=0, **options)


def uphill(params: Any, batch: Any) -> Any:
    """The gradient with the wrong sign."""
    loss, grads = digits.value_and_grad(params, batch)
    return loss, {layer: {n: -g for n, g in own.items()} for layer, own in grads.items()}


@pytest.mark.parametrize("name", MEMBERS)
def test_every_optimizer_learns_to_read_digits(name):
    assert reads_digits(train(name))


@pytest.mark.parametrize("name", MEMBERS)
def test_with_the_wrong_sign_it_does_not(name):
    assert not reads_digits(train(name, value_and_grad=uphill, epochs=1))


@pytest.mark.parametrize("name", [name for name in MEMBERS if name not in members.SLOW])
def test_with_no_rate_it_does_not(name):
    # Ftrl divides by its rate, so it must have one.
    assert not reads_digits(train(name, rate=1e-30 if name == "Ftrl" else 0.0, epochs=1))


def test_the_curvature_is_that_of_the_loss_along_its_signs():
    """Σ z (H z) is the second difference of the loss along z."""
    params = digits.initial_params(0)
    images, labels = training.data().train
    batch = images[:64].astype(np.float64), labels[:64]
    found = training.hessian_diagonal(params, batch, np.random.default_rng(3))
    chance = np.random.default_rng(3)
    z = {
        layer: {name: chance.choice((-1.0, 1.0), array.shape) for name, array in own.items()}
        for layer, own in params.items()
    }

    def loss(side: float) -> float:
        moved = {
            layer: {name: array + side * z[layer][name] for name, array in own.items()}
            for layer, own in params.items()
        }
        return digits.value_and_grad(moved, batch)[0]

    step = 1e-6  # so small that no unit turns on or off
    expected = (loss(step) - 2 * loss(0.0) + loss(-step)) / step**2
    total = sum(array.sum(dtype=float) for own in found.values() for array in own.values())
    assert total == pytest.approx(expected, rel=1e-3)


# The committed sweep ----------------------------------------------------------------------------


def test_the_sweep_has_every_optimizer_as_it_is_measured_now():
    assert list(MEMBERS) == members.family()
    assert [name for name, member in MEMBERS.items() if not learning.as_now(name, member)] == []
    assert json.loads(json.dumps({**SWEEP, **learning.protocol()})) == SWEEP


@pytest.mark.parametrize(
    "change", [{"options": {"momentum": 0.5}}, {"rate_falls": False}, {"validation_loss": {}}]
)
def test_what_was_measured_otherwise_is_measured_again(change):
    assert learning.as_now("SGD", MEMBERS["SGD"])
    assert not learning.as_now("SGD", {**MEMBERS["SGD"], **change})


def test_an_optimizer_without_a_rate_in_the_sweep_is_noticed():
    module = members.Composite.__module__
    newcomer: Any = type("Newcomer", (), {"__module__": module})
    OPTIMIZERS.add(newcomer)
    try:
        assert members.family()[-1] == "Newcomer"
        with pytest.raises(SystemExit, match="Newcomer needs a rate"):
            members.grid("Newcomer")
    finally:
        del OPTIMIZERS._classes["Newcomer"]


@pytest.mark.parametrize("name", [*MEMBERS, "Muon, transformer", "AdamW, transformer"])
def test_the_chosen_rate_is_the_best_and_not_at_the_edge(name):
    if name in members.RATELESS:
        pytest.skip("There is one rate, since all do the same.")
    name, _, on_text = name.partition(", ")
    member = (TRANSFORMER["optimizers"] if on_text else MEMBERS)[name]
    losses = {float(rate): loss for rate, loss in member["validation_loss"].items()}
    finite = {rate: loss for rate, loss in losses.items() if loss is not None}
    assert member["rate"] == min(finite, key=finite.__getitem__)
    assert min(losses) < member["rate"] < max(losses)


def test_each_optimizer_of_the_sweep_reads_more_than_95_of_100_digits():
    assert {n: m for n, m in MEMBERS.items() if m["test_accuracy"]["low"] < 0.95} == {}


# The tables of the documents --------------------------------------------------------------------


def tables(page: str, heading: str) -> list[dict[str, str]]:
    """The rows of the first table below a heading, by column; the first one is "name"."""
    _, _, rest = page.partition(f"\n{heading}\n")
    lines = [line for line in rest.splitlines() if line.startswith(("|", "#"))]
    table = []
    for line in lines:
        if line.startswith("#"):
            break
        table.append([cell.strip(" `") for cell in line.strip("|").split("|")])
    header, _, *rows = table
    return [dict(zip(["name", *header[1:]], row, strict=True)) for row in rows]


def figures_of(name: str) -> dict[str, str]:
    """What the table must say of an optimizer."""
    member = MEMBERS[name]
    shares = member["test_accuracy"]
    cost = explain(training.make(name, member["rate"]), {"matrix": (1024, 1024)})
    (part,) = cost.parts
    return {
        "name": name,
        "state, bytes per weight": f"{cost.state_bytes:.2g}",
        "passes": str(len(part.update)),
        "bytes moved per weight": str(cost.bytes),
        "rate": f"{member['rate']:g}",
        **{
            column: f"{100 * shares[key]:.1f} %"
            for column, key in (("test digits right", "mean"), ("least", "low"), ("most", "high"))
        },
    }


def wrong_rows(page: str) -> list[str]:
    rows = tables(page, "## What they cost, and what they learned")
    assert [row["name"] for row in rows] == list(MEMBERS)
    return [row["name"] for row in rows if row != figures_of(row["name"])]


def test_the_table_of_costs_and_results_is_that_of_explain_and_the_sweep():
    assert wrong_rows(PAGE) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("| `Lion` | 4 |", "| `Lion` | 8 |"), ("| `Lamb` | 8 | 2 |", "| `Lamb` | 8 | 1 |")],
)
def test_a_table_that_rots_is_noticed(right, wrong):
    assert right in PAGE
    assert len(wrong_rows(PAGE.replace(right, wrong))) == 1


def test_the_table_of_uses_has_every_optimizer():
    """Each once, be it in a row with others, in the order of the sweep."""
    rows = tables(PAGE, "## Which one?")
    names = [name for row in rows for name in row["name"].split("`, `")]
    assert names == members.family()


def test_the_table_of_the_transformer_is_that_of_its_results():
    expected = [
        {
            "name": name,
            "rate": f"{member['rate']:g}",
            "nats per character of the test text": f"{np.mean(member['test_loss']):.3f}",
            "least": f"{min(member['test_loss']):.3f}",
            "most": f"{max(member['test_loss']):.3f}",
            "ms of one core per update": f"{TRANSFORMER['core_milliseconds'][name]:.2g}",
        }
        for name, member in TRANSFORMER["optimizers"].items()
    ]
    assert tables(PAGE, "### Muon beside AdamW") == expected
    assert f"{TRANSFORMER['weights']:,} weights" in PAGE
    assert f"{TRANSFORMER['steps']} steps" in PAGE
    assert f"the gradient {TRANSFORMER['core_milliseconds']['gradient']:.0f}" in PAGE


# The small transformer --------------------------------------------------------------------------


def slope_errors(value_and_grad: Any) -> dict[str, float]:
    """For each parameter, how far its gradient is, relatively, from central differences.

    In float64 with a step h = 1e-6 the differences' own error is some h² = 1e-12 times the loss's
    third derivative, which is 1e4 for the small vectors of the tables, plus 1e-16 / h = 1e-10.
    """
    chance = np.random.default_rng(0)
    rows = chance.integers(0, 11, (3, small_gpt.CONTEXT + 1))
    params = {
        # Away from the start, where whole blocks give 0.
        name: array + chance.normal(0, 0.1, array.shape)
        for name, array in small_gpt.initial_params(11, seed=0).items()
    }
    _, grads = value_and_grad(params, rows)
    errors = {}
    for name, array in params.items():
        direction = chance.standard_normal(array.shape)
        losses = [
            small_gpt.loss({**params, name: array + side * direction}, rows)
            for side in (1e-6, -1e-6)
        ]
        slope, exact = (losses[0] - losses[1]) / 2e-6, float((grads[name] * direction).sum())
        errors[name] = abs(slope - exact) / abs(exact)
    return errors


def test_the_transformers_gradients_are_the_slopes_of_its_loss():
    errors = slope_errors(small_gpt.value_and_grad)
    assert set(errors) == set(small_gpt.shapes(11))
    assert max(errors.values()) < 1e-6, errors


@pytest.mark.parametrize("name", ["block0/attention/k", "embedding/place", "norm"])
def test_a_gradient_that_is_a_little_wrong_is_noticed(name):
    def wrong(params, rows):
        loss, grads = small_gpt.value_and_grad(params, rows)
        return loss, {**grads, name: 1.0001 * grads[name]}

    errors = slope_errors(wrong)
    assert [key for key, error in errors.items() if error > 1e-5] == [name]


def test_no_place_sees_the_characters_after_it():
    chance = np.random.default_rng(0)
    params = {
        name: array + chance.normal(0, 0.1, array.shape)
        for name, array in small_gpt.initial_params(11, seed=0).items()
    }
    row = chance.integers(0, 11, (1, small_gpt.CONTEXT))
    changed = row.copy()
    changed[0, 20] = (row[0, 20] + 1) % 11
    (before, _), (after, _) = (small_gpt.forward(params, {}, r) for r in (row, changed))
    np.testing.assert_array_equal(before[:20], after[:20])
    assert (before[20:] != after[20:]).any(1).all()


def test_the_transformer_trains_in_single_precision():
    params = small_gpt.initial_params(11, seed=0)
    rows = np.zeros((2, small_gpt.CONTEXT + 1), np.int64)
    loss, grads = small_gpt.value_and_grad(params, rows)
    assert {array.dtype for array in grads.values()} == {np.dtype(np.float32)}
    assert {name: array.shape for name, array in grads.items()} == small_gpt.shapes(11)
    assert loss == small_gpt.loss(params, rows)


def test_the_text_has_no_row_in_two_parts():
    text = small_gpt.load()
    parts = [{row.tobytes() for row in part} for part in (text.train, text.validation, text.test)]
    assert all(len(part) > 1000 for part in parts)
    # Files may quote each other: what is common is less than one row in a hundred.
    for part in parts[1:]:
        assert len(part & parts[0]) < len(part) / 100
    written = "".join(text.symbols[number] for number in text.train[0])
    assert re.search("[a-z]{3}", written)
