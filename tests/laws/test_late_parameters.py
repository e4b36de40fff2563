"""Parameters whose first gradient comes late; by PyTorch's convention torch.optim is right."""

from typing import Any

import numpy as np
import pytest
import torch

import adamas
from adamas import checkpoint
from comparison import assert_close, assert_same, random
from fronts import FRONTS
from optimizers import Case, one

pytestmark = [
    pytest.mark.filterwarnings("ignore:No gradient for"),
    pytest.mark.filterwarnings("ignore:Gradients do not exist for"),
    pytest.mark.filterwarnings("ignore:The state was saved with other arguments"),
]

KINDS: dict[str, tuple[Any, Case]] = {
    "Adam": (torch.optim.Adam, one(adamas.Adam, learning_rate=0.1)),
    "Nadam": (torch.optim.NAdam, one(adamas.Nadam, learning_rate=0.1)),
}
CASES = {name: case.with_common(convention="torch") for name, (_, case) in KINDS.items()}
SOURCES = [name for name in FRONTS if name != "optax"]
"""Who writes files; a state of optax is written as one of JAX."""

TURNS = [(1, 0)] * 4 + [(1, 1)] * 2 + [(0, 1)] * 2 + [(1, 1), (1, 0), (1, 1)]
"""Which of bias and kernel have a gradient."""


class Theirs:
    """An optimizer of PyTorch."""

    def __init__(self, make, params):
        self.own = {n: torch.nn.Parameter(torch.tensor(value)) for n, value in params.items()}
        self.optimizer = make(list(self.own.values()), lr=0.1)

    def step(self, grads):
        for name, gradient in grads.items():
            self.own[name].grad = None if gradient is None else torch.tensor(gradient)
        self.optimizer.step()

    def params(self):
        return {name: tensor.detach().numpy().copy() for name, tensor in self.own.items()}


def given(turn, seed):
    return {
        n: g if there else None for (n, g), there in zip(random(seed).items(), turn, strict=True)
    }


def go_on(runs, turns=TURNS, seed=1):
    for place, turn in enumerate(turns):
        for run in runs:
            run.step(given(turn, seed + place))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("front", FRONTS)
def test_a_late_parameter_has_pytorchs_numbers(front, kind):
    ours = FRONTS[front](CASES[kind], random(0))
    theirs = Theirs(KINDS[kind][0], random(0))
    for place, turn in enumerate(TURNS):
        go_on([ours, theirs], [turn], place)
        assert_close(ours.params(), theirs.params())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("source", SOURCES)
def test_files_have_clocks_of_single_parameters_for_every_front_end(source, kind, tmp_path):
    ours, theirs = FRONTS[source](CASES[kind], random(0)), Theirs(KINDS[kind][0], random(0))
    go_on([ours, theirs])
    ours.save(tmp_path / "state")
    afters = [FRONTS[name](CASES[kind], ours.params()) for name in SOURCES]
    for after in afters:
        after.load(tmp_path / "state")
    go_on([*afters, theirs], [(1, 1), (0, 1), (1, 1)], 50)
    for after in afters:
        assert_close(after.params(), theirs.params())


def clocks_of_each(run):
    """All that is saved, and what is said of all parameters said of each."""
    saved = run.saved()
    tensors = dict(saved.tensors)
    of_all = {"updates": saved.metadata["counters"]["updates"]}
    if "mu_product" in tensors:
        of_all["mu_product"] = tensors.pop("mu_product")
    return {f"{n}_of/{p}": value for n, value in of_all.items() for p in random(0)} | tensors


STAGES = {"gradient_accumulation_steps": 2, "nonfinite": "skip"}
CALLS = [(1, 0), (1, 0), (0, 1), (1, 0), (1, 1), (1, 1), (0, 1)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("front", FRONTS)
def test_groups_of_calls_count_alike_for_single_parameters(front, kind):
    """A call that is skipped is no update; one that is not filled is an update of what came."""
    runs = [FRONTS[name](CASES[kind].with_common(**STAGES), random(0)) for name in ("numpy", front)]
    broken = {name: np.full_like(array, np.inf) for name, array in random(0).items()}
    for run in runs:
        go_on([run], CALLS[:2])
        run.step({**broken, "kernel": None})
        go_on([run], CALLS[2:])
        run.flush()
        go_on([run], [(1, 1)] * 2, 50)
    right, ours = map(clocks_of_each, runs)
    assert right["updates_of/kernel"] != right["updates_of/bias"]
    assert_close(ours, right)
    assert_close(runs[1].params(), runs[0].params())


@pytest.mark.parametrize("front", SOURCES)
def test_what_begins_afresh_has_a_clock_that_does(front, tmp_path):
    ours = FRONTS[front](CASES["Nadam"], random(0))
    go_on([ours], [(1, 1)] * 3)
    ours.save(tmp_path / "state")
    more = random(0, {"head": (4,)})
    runs = [FRONTS[name](CASES["Nadam"], more) for name in ("numpy", front)]
    for run in runs:
        run.load_part(tmp_path / "state")
        run.step(random(9, {"head": (4,)}))
    right, found = (run.saved().tensors for run in runs)
    assert (float(found["mu_product"]), float(found["updates_of/head"])) != (1, 1)
    assert_close(found, right)


@pytest.mark.parametrize("front", SOURCES)
def test_a_file_has_counts_of_parameters_only_where_they_differ(front, tmp_path):
    run = FRONTS[front](CASES["Nadam"], random(0))
    own = {"updates_of/kernel", "mu_product_of/kernel"}
    for turn, differing in (((1, 1), set()), ((1, 0), own)):
        run.step(given(turn, 1))
        names = set(run.saved().tensors)
        slots = {f"{slot}/{name}" for slot in "mv" for name in ("bias", "kernel")}
        assert names == {"mu_product", *slots, *differing}
    run.save(tmp_path / "state")
    for name in SOURCES:
        one_clock = FRONTS[name](KINDS["Nadam"][1], random(0))
        if name == "torch":  # there each parameter counts, whatever the convention
            one_clock.load(tmp_path / "state")
            continue
        with pytest.warns(UserWarning, match="Here there is one clock"):
            one_clock.load(tmp_path / "state")
        assert one_clock.counters()["updates"] == 2


@pytest.mark.parametrize("front", ["jax", "keras"])
def test_elsewhere_a_state_has_nothing_of_single_parameters(front):
    with_clocks, ours = (
        FRONTS[front](case["Adam"], random(0)) for case in (CASES, {"Adam": KINDS["Adam"][1]})
    )
    assert len(with_clocks.state()) == len(ours.state()) + 1
    before = with_clocks.state()
    with_clocks.step(given((1, 0), 1))
    assert with_clocks.state().keys() == before.keys()


def test_damaged_counts_of_single_parameters_are_refused(tmp_path):
    ours = FRONTS["numpy"](CASES["Adam"], random(0))
    go_on([ours], [(1, 0)] * 2)
    saved = ours.saved()
    for wrong in (-1.0, 3.0, 0.5, float("nan")):
        tensors = {**saved.tensors, "updates_of/kernel": np.array(wrong)}
        checkpoint.write(tmp_path / "state", tensors, saved.metadata)
        for name in SOURCES:
            after = FRONTS[name](CASES["Adam"], random(0))
            before = after.saved()
            with pytest.raises(adamas.errors.CheckpointError, match="updates_of/kernel"):
                after.load(tmp_path / "state")
            assert_same(after.saved().tensors, before.tensors)


def test_keras_stores_clocks_beside_a_model_and_takes_no_wrong_ones():
    ours, store = FRONTS["keras"](CASES["Nadam"], random(0)), {}
    go_on([ours], [(1, 0), (1, 1)])
    ours.optimizer.save_own_variables(store)
    good = {place: np.array(value) for place, value in store.items()}
    after = FRONTS["keras"](CASES["Nadam"], ours.params())
    clocks = next(place for place, value in good.items() if value.tolist() == [0, 1])
    before = after.state()
    with pytest.raises(adamas.errors.CheckpointError, match="whole number of updates_missed"):
        after.optimizer.load_own_variables({**good, clocks: np.array([0, -1])})
    assert_same(after.state(), before)
    after.optimizer.load_own_variables(good)
    go_on([ours, after], [(0, 1), (1, 1)], 50)
    assert_same(after.params(), ours.params())
