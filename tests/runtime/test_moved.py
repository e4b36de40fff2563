"""What was moved is state, and what was constructed is configuration: own files, copies, fit."""

import copy
import pickle
import warnings

import numpy as np
import pytest

import adamas
from adamas import checkpoint
from adamas.errors import ArgumentError, CheckpointError
from adamas.runtime.moved import GIVEN, UNKNOWN, Number, settled


@pytest.mark.parametrize(
    ("saved", "own", "becomes"),
    [
        (Number(2.0, 1.0), Number(1.0, 1.0), 2.0),
        (Number(2.0, 1.0), Number(5.0, 3.0), 2.0),
        (Number(1.0, 1.0), Number(5.0, 3.0), 3.0),
        (Number(2.0, UNKNOWN), Number(1.0, 1.0), 2.0),
        (Number(2.0, GIVEN), Number(GIVEN, GIVEN), 2.0),
        (Number(2.0, 1.0), Number(GIVEN, GIVEN), GIVEN),
        (Number(1.0, 1.0), Number(5.0, GIVEN), 5.0),
        (Number((0.5, 0.9), [0.5, 0.9]), Number((0.1, 0.2), (0.3, 0.4)), (0.3, 0.4)),
    ],
)
def test_the_law(saved, own, becomes):
    assert settled({"a": saved}, {"a": own}) == {"a": becomes}


def test_what_a_state_does_not_know_is_as_constructed():
    assert settled({}, {"a": Number(5.0, 3.0)}) == {"a": 3.0}


def moved_by_hand(optimizer):
    optimizer.learning_rate *= 0.01
    optimizer.beta_1 = 0.5


def moved_in_place(optimizer):
    optimizer.argument("learning_rate")[...] = 0.003


def moved_inside(optimizer):
    next(optimizer.inner()).learning_rate = 0.003


MAKERS = {
    "plain": (lambda: adamas.Adam(0.1), moved_by_hand),
    "an array": (lambda: adamas.Adam(np.array(0.1)), moved_in_place),
    "a callable": (lambda: adamas.Adam(0.1, beta_1=lambda: 0.8), moved_by_hand),
    "of the step": (
        lambda: adamas.Adam(0.1, clipnorm=1.0, use_ema=True),
        lambda optimizer: setattr(optimizer, "ema_momentum", 0.5),
    ),
    "a wrapper": (lambda: adamas.LossScaleOptimizer(adamas.Adam(0.1)), moved_inside),
    "several": (
        lambda: adamas.MultiOptimizer({"a": adamas.Adam(0.1), "": adamas.SGD(0.2)}),
        moved_inside,
    ),
}


def built(make):
    optimizer, weights = make(), {"a": np.ones(3), "b": np.ones(2)}
    optimizer.build(weights)
    step(optimizer)
    return optimizer


def step(optimizer):
    optimizer.apply({"a": np.full(3, 0.5), "b": np.full(2, 0.5)})


def everything(optimizer):
    return [one.read_numbers(1) for one in optimizer.everyone()]


@pytest.mark.parametrize("what", MAKERS)
def test_what_was_moved_is_back_and_goes_when_the_state_goes(what, tmp_path):
    make, move = MAKERS[what]
    optimizer = built(make)
    optimizer.save(tmp_path / "before")
    constructed = everything(optimizer)
    move(optimizer)
    moved = everything(optimizer)
    assert moved != constructed
    optimizer.save(tmp_path / "after")
    other = built(make)
    other.load(tmp_path / "after")
    assert everything(other) == moved
    if what != "a callable":  # the callable of before is gone
        optimizer.load(tmp_path / "before")
        assert everything(optimizer) == constructed


@pytest.mark.parametrize("way", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_copies_know_what_was_moved(way, tmp_path):
    optimizer = built(lambda: adamas.Adam(0.1))
    moved_by_hand(optimizer)
    other = way(optimizer)
    assert other.constructed == optimizer.constructed
    other.build({"a": np.ones(3), "b": np.ones(2)})
    other.save(tmp_path / "state")
    third = built(lambda: adamas.Adam(0.1))
    third.load(tmp_path / "state")
    assert everything(third) == everything(optimizer)


def test_an_optimizer_by_replace_is_constructed_anew():
    optimizer = adamas.Adam(0.1)
    optimizer.learning_rate = 0.2
    assert optimizer.constructed["learning_rate"] == 0.1
    assert optimizer.replace().constructed["learning_rate"] == 0.2


def test_one_warning_names_both_values_of_what_is_not_taken_over(tmp_path):
    optimizer = built(lambda: adamas.Adam(0.1))
    optimizer.learning_rate = 0.02
    optimizer.save(tmp_path / "state")
    other = built(lambda: adamas.Adam(0.1, beta_1=0.5, weight_decay=0.3))
    with pytest.warns(UserWarning, match="beta_1") as said:
        other.load(tmp_path / "state")
    assert len(said) == 1
    assert str(said[0].message) == (
        "The state was saved with other arguments, which are not taken over: "
        "beta_1=0.9 (here 0.5), weight_decay=None (here 0.3). To take them over: "
        "load(path, hyperparameters=True). Moved in training, and taken over: learning_rate=0.02."
    )
    assert said[0].filename == __file__
    assert (other.learning_rate, other.beta_1, other.weight_decay) == (0.02, 0.5, 0.3)


def test_a_schedule_here_stands(tmp_path):
    optimizer = built(lambda: adamas.Adam(0.1))
    optimizer.learning_rate = 0.02
    optimizer.save(tmp_path / "state")
    other = built(lambda: adamas.Adam(adamas.schedules.CosineDecay(0.1, 100)))
    other.load(tmp_path / "state")
    assert other.learning_rate == adamas.schedules.CosineDecay(0.1, 100)(1)


def rewritten(path, **changes):
    saved = checkpoint.read(path)
    metadata = {n: v for n, v in {**saved.metadata, **changes}.items() if v is not None}
    checkpoint.write(path, saved.tensors, metadata)


def test_a_file_of_before_says_what_differs_and_moves_nothing(tmp_path):
    optimizer = built(lambda: adamas.Adam(0.1))
    optimizer.learning_rate = 0.02
    optimizer.save(tmp_path / "state")
    rewritten(tmp_path / "state", numbers=None)
    other = built(lambda: adamas.Adam(0.1))
    with pytest.warns(UserWarning, match=r"over: learning_rate=0.02 \(here 0.1\). To take"):
        other.load(tmp_path / "state")
    assert other.learning_rate == 0.1


HOSTILE = {
    "no mapping": ([1, 2], "must hold numbers"),
    "a text": ({"learning_rate": ["fast", 0.1]}, "must hold numbers"),
    "three": ({"learning_rate": [1.0, 2.0, 3.0]}, "must hold numbers"),
    "a flag": ({"learning_rate": [True, 0.1]}, "must hold numbers"),
    "out of range": ({"learning_rate": [-1.0, 0.1]}, "learning_rate must be at least 0. Got: -1"),
    "infinite": ({"learning_rate": ["inf", 0.1]}, "learning_rate must be .*finite|Got: inf"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_numbers_that_cannot_be_are_refused_and_change_nothing(what, tmp_path):
    numbers, message = HOSTILE[what]
    optimizer = built(lambda: adamas.Adam(0.1))
    optimizer.save(tmp_path / "state")
    rewritten(tmp_path / "state", numbers=numbers)
    step(optimizer)
    before = pickle.dumps(optimizer)
    with pytest.raises(CheckpointError, match=message):
        optimizer.load(tmp_path / "state")
    assert pickle.dumps(optimizer) == before


def test_numbers_that_nobody_has_here_are_left(tmp_path):
    optimizer = built(lambda: adamas.Adam(0.1))
    optimizer.save(tmp_path / "state")
    rewritten(tmp_path / "state", numbers={"speed": [1.0, 2.0], "3/learning_rate": [1.0, 2.0]})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        optimizer.load(tmp_path / "state")
    assert optimizer.learning_rate == 0.1


def test_a_number_in_an_array_of_whole_numbers_keeps_all_of_a_value(tmp_path):
    """A file's rate of 0.5 is no 0 because the rate here was given as np.array(1)."""
    params = {"w": np.zeros(2)}
    source = adamas.Adam(1.0)
    source.build({"w": np.zeros(2)})
    source.learning_rate = 0.5
    source.save(tmp_path / "state")
    optimizer = adamas.Adam(np.array(1))
    optimizer.build(params)
    optimizer.load(tmp_path / "state")
    assert optimizer.learning_rate == 0.5


@pytest.mark.parametrize("library", ["numpy", "torch", "jax.numpy"])
def test_a_condition_is_no_number_whatever_library_it_is_of(library):
    arrays = pytest.importorskip(library)
    make = arrays.tensor if library == "torch" else arrays.array
    with pytest.raises(ArgumentError, match="must be a number"):
        adamas.Adam(epsilon=make(True))
    adamas.Adam(epsilon=make(1))
