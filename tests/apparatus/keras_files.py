"""State files and model files of `adamas.keras`, on the backend that KERAS_BACKEND names."""

import keras
import numpy as np
import pytest

import adamas
import adamas.keras as ak
from adamas.errors import CheckpointError, StateError
from family import CROSSED, FAMILY, kind_of
from keras_contract import (
    COMMON,
    Heavy,
    arrays,
    check_close,
    model,
    numpy_of,
    steps,
    train,
    variables,
)

OPTIMIZERS = {
    **{
        name: (kind_of(name), {"learning_rate": FAMILY[name].rate / 10, **COMMON[place % 4]})
        for place, name in enumerate(CROSSED)
    },
    "between two updates": (adamas.Adam, {"gradient_accumulation_steps": 3, "use_ema": True}),
    "one's own": (Heavy, {"weight_decay": 0.1}),
}


def snapshot(found, optimizer):
    """All that a step depends on and changes."""
    return [numpy_of(v) for v in (*found, *optimizer.variables)]


def check_goes_on(kind, arguments, path, loads=True):
    """4 calls, a file, 4 more calls: the same numbers, bit for bit, as without the file."""
    made = ak.wrap(kind)
    found, optimizer = variables(arrays(0)), made(**arguments)
    steps(optimizer, found, range(1, 5))
    optimizer.save(path)
    taken = variables({v.name: keras.ops.convert_to_numpy(v) for v in found})
    again = made(**arguments)
    again.build(taken)
    if loads:
        again.load(path)
    steps(optimizer, found, range(5, 9))
    steps(again, taken, range(5, 9))
    for one, other in zip(snapshot(found, optimizer), snapshot(taken, again), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_state_in_a_file_goes_on_to_the_same_numbers(name, tmp_path):
    check_goes_on(*OPTIMIZERS[name], tmp_path / "state.safetensors")


@pytest.mark.parametrize("name", ["Adam", "SGD", "between two updates", "one's own"])
def test_a_state_that_is_not_taken_over_would_be_noticed(name, tmp_path):
    with pytest.raises(AssertionError):
        check_goes_on(*OPTIMIZERS[name], tmp_path / "state.safetensors", loads=False)


@pytest.mark.parametrize("name", ["AdamW", "Nadam", "Adafactor", "ScheduleFreeAdamW"])
def test_files_go_to_numpy_and_come_back(name, tmp_path):
    arguments = {"learning_rate": 0.01, "weight_decay": 0.1, "gradient_accumulation_steps": 2}
    wanted, alone = arrays(0), kind_of(name)(**arguments)
    held, reference = arrays(0), kind_of(name)(**arguments)
    reference.build(held)
    for seed in range(1, 16):
        alone.apply(arrays(seed), wanted)
    for seed in range(1, 6):
        reference.apply(arrays(seed), held)
    reference.save(tmp_path / "first")
    found, optimizer = variables(held), getattr(ak, name)(**arguments)
    optimizer.build(found)
    optimizer.load(tmp_path / "first")
    steps(optimizer, found, range(6, 11))
    optimizer.save(tmp_path / "second")
    reference.load(tmp_path / "second")
    held.update({v.name: keras.ops.convert_to_numpy(v).copy() for v in found})
    for seed in range(11, 16):
        reference.apply(arrays(seed), held)
    check_close(list(held.values()), wanted, "float32")


def damaged(content):
    middle = len(content) - 40
    return content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :]


def saved(path, optimizer, values=None):
    """A file of another optimizer's state."""
    optimizer.build(arrays(0) if values is None else values)
    optimizer.save(path)
    return path.read_bytes()


FOREIGN = {
    "cut off": lambda path: saved(path, adamas.Adam())[:-20],
    "with another bit": lambda path: damaged(saved(path, adamas.Adam())),
    "that is something else": lambda path: b"\x89PNG and so on" * 20,
    "that is empty": lambda path: b"",
    "of another class": lambda path: saved(path, adamas.Lamb()),
    "of another form": lambda path: saved(
        path, adamas.Adam(), {n: np.ones((2, 2), np.float32) for n in arrays(0)}
    ),
    "of other parameters": lambda path: saved(
        path, adamas.Adam(), {f"my_{n}": v for n, v in arrays(0).items()}
    ),
    "with more slots": lambda path: saved(path, adamas.Adam(amsgrad=True)),
    "with fewer parameters": lambda path: saved(
        path, adamas.Adam(), {"kernel": arrays(0)["kernel"]}
    ),
}


@pytest.mark.parametrize("which", FOREIGN)
def test_a_file_that_does_not_fit_changes_nothing(which, tmp_path):
    path = tmp_path / "state.safetensors"
    path.write_bytes(FOREIGN[which](path))
    found, optimizer = variables(arrays(0)), ak.Adam(0.01)
    steps(optimizer, found, range(1, 3))
    before = snapshot(found, optimizer)
    with pytest.raises(CheckpointError):
        optimizer.load(path)
    for one, other in zip(before, snapshot(found, optimizer), strict=True):
        np.testing.assert_array_equal(one, other)


def test_counts_that_keras_cannot_hold_are_refused(tmp_path):
    reference, held = adamas.Adam(gradient_accumulation_steps=3), arrays(0)
    for seed in range(1, 5):
        reference.apply(arrays(seed), held)
    reference.save(tmp_path / "state")
    optimizer = ak.Adam(gradient_accumulation_steps=2)
    optimizer.build(variables(held))
    with pytest.raises(CheckpointError, match=r"update in every 2 calls.*1 updates and 1 pending"):
        optimizer.load(tmp_path / "state")
    assert int(optimizer.iterations) == 0


def test_states_are_saved_and_loaded_after_build(tmp_path):
    for call in (ak.Adam().save, ak.Adam().load):
        with pytest.raises(StateError, match=r"Call build\(variables\) first"):
            call(tmp_path / "state")


MODELS = {
    "between two updates": lambda: ak.Adam(0.01, gradient_accumulation_steps=3, use_ema=True),
    "schedule-free": lambda: ak.ScheduleFreeAdamW(0.02),
    "Muon": lambda: ak.Muon(0.01),
    "Lamb": lambda: ak.Lamb(0.01, global_clipnorm=1.0),
    "in a loss scale": lambda: keras.optimizers.LossScaleOptimizer(
        ak.Nadam(0.01, gradient_accumulation_steps=3), initial_scale=1e38
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_loaded_model_goes_on_bit_for_bit(name, tmp_path):
    net = model(MODELS[name]())
    train(net, epochs=1)
    net.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    for one in (net, again):
        train(one, epochs=1)
    for one, other in zip(
        snapshot(net.trainable_variables, net.optimizer),
        snapshot(again.trainable_variables, again.optimizer),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)


def test_the_state_of_a_model_goes_through_a_portable_file(tmp_path):
    ends = []
    for travels in (False, True):
        net = model(ak.AdamW(0.01, gradient_accumulation_steps=3))
        train(net, epochs=1)
        if travels:
            net.optimizer.save(tmp_path / "state")
            optimizer = ak.AdamW(0.01, gradient_accumulation_steps=3)
            optimizer.build(net.trainable_variables)
            optimizer.load(tmp_path / "state")
            net.compile(optimizer=optimizer, loss=net.loss)
        train(net, epochs=1)
        ends.append(snapshot(net.trainable_variables, net.optimizer))
    for one, other in zip(*ends, strict=True):
        np.testing.assert_array_equal(one, other)
