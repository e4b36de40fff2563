"""The committed sweep on a small language model: its protocol, its rates, and the page's table."""

import json
import math
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs PyTorch")

from test_learning import benchmark, tables

from places import ROOT

model = benchmark("language_model")
RESULTS: dict[str, Any] = json.loads(model.RESULTS.read_text(encoding="utf-8"))
MEMBERS: dict[str, Any] = RESULTS["optimizers"]
PAGE = (ROOT / "docs" / "family.md").read_text(encoding="utf-8")
HEADING = "## A small language model"


def test_the_sweep_is_as_it_is_measured_now():
    assert list(MEMBERS) == list(model.CENTRES)
    assert {name: member["options"] for name, member in MEMBERS.items()} == {
        name: json.loads(json.dumps(model.OPTIONS.get(name, {}))) for name in MEMBERS
    }
    protocol = (RESULTS["steps"], RESULTS["batch_size"], RESULTS["test_seeds"])
    assert protocol == (model.STEPS, model.BATCH_SIZE, list(model.TEST_SEEDS))


@pytest.mark.parametrize("name", MEMBERS)
def test_the_chosen_rate_is_the_best_and_not_at_the_edge(name):
    tried = {float(rate): loss for rate, loss in MEMBERS[name]["tried"].items()}
    finite = {rate: loss for rate, loss in tried.items() if loss is not None}
    assert MEMBERS[name]["rate"] == min(finite, key=finite.__getitem__)
    assert min(tried) < MEMBERS[name]["rate"] < max(tried)


def row_of(name: str, reached: float, member: dict[str, Any]) -> dict[str, str]:
    """What the table must say of an optimizer."""
    test = member["test"]
    return {
        "name": name,
        "rate": f"{member['rate']:g}",
        "updates to AdamW's last loss": f"{reached:.0f}" if math.isfinite(reached) else "–",
        "nats per byte of the test text": f"{np.mean(test):.3f}",
        "least": f"{min(test):.3f}",
        "most": f"{max(test):.3f}",
        "ms of one core per update": f"{member['step_ms']:.1f}",
    }


def rows_of(results: dict[str, Any]) -> list[dict[str, str]]:
    return [row_of(*found) for found in model.order(results)]


def test_the_table_is_that_of_the_sweep_in_its_order():
    assert tables(PAGE, HEADING) == rows_of(RESULTS)


def test_a_table_that_rots_is_noticed():
    worse = json.loads(json.dumps(RESULTS))
    worse["optimizers"]["Muon"]["test"][0] += 0.1
    assert tables(PAGE, HEADING) != rows_of(worse)


def test_updates_to_a_loss_are_counted_along_the_curve():
    start = math.log(model.SYMBOLS)
    assert model.steps_to([start - 1, start - 2], start - 0.5, every=10) == pytest.approx(5)
    assert model.steps_to([start - 1, start - 2], start - 1.5, every=10) == pytest.approx(15)
    assert model.steps_to([start - 1, start - 2], start - 2.5, every=10) == math.inf
