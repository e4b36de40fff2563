"""One run handed from NumPy to PyTorch, JAX and Keras through files, against one without a break.

The gradients come from one function in NumPy, so that the runs differ by the steps alone.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adamas
from adamas import checkpoint, convert_state
from adamas.errors import CheckpointError, StateError

jax = pytest.importorskip("jax")
keras = pytest.importorskip("keras")
torch = pytest.importorskip("torch")

import adamas.jax  # noqa: E402
import adamas.keras  # noqa: E402
import adamas.torch  # noqa: E402

CALLS = 100
# Weights and slots: 17 half ulps of float32, of the largest magnitude in an array.
CLOSE = 1e-6
# A number that is handed on is a product of as many float32 numbers in JAX and Keras, where NumPy
# has float64: half an ulp a call.
CLOSE_NUMBERS = CALLS * 2.0**-24

Arrays = dict[str, np.ndarray]


class Momenta(adamas.Optimizer):
    """Steps along two means of gradients, a fast and a slow one."""

    learning_rate: adamas.Rate = 0.01
    beta: adamas.Hyperparameter = adamas.hyperparameter(default=0.9, at_least=0, below=1)

    @staticmethod
    def update(p, g, fast, slow, /, *, learning_rate, beta):
        fast = beta * fast + (1 - beta) * g
        slow = 0.99 * slow + 0.01 * g
        return p - learning_rate * (fast + slow), fast, slow


Case = tuple[type[adamas.Optimizer], dict[str, Any]]
CASES: dict[str, Case] = {
    "Adam, everything": (
        adamas.Adam,
        {
            "learning_rate": 0.01,
            "weight_decay": 0.01,
            "global_clipnorm": 0.5,
            "use_ema": True,
            "gradient_accumulation_steps": 3,
            "nonfinite": "skip",
        },
    ),
    "AdamW": (adamas.AdamW, {"learning_rate": 0.01}),
    "Nadam": (adamas.Nadam, {"learning_rate": 0.01}),
    "SGD": (adamas.SGD, {"learning_rate": 0.01, "momentum": 0.9, "nesterov": True}),
    "Adafactor": (adamas.Adafactor, {"learning_rate": 0.01}),
    "a user's own": (Momenta, {"use_ema": True, "gradient_accumulation_steps": 4}),
}


# -- the model: kernel [4, 3] and bias [3] of a layer before tanh, in the layout of NumPy ----------


def first_weights() -> Arrays:
    chance = np.random.default_rng(0)
    return {
        "kernel": chance.normal(size=(4, 3)).astype(np.float32),
        "bias": chance.normal(size=3).astype(np.float32),
    }


def gradients(weights: Arrays, call: int) -> Arrays:
    """Those of the mean squared error on a batch, in float32."""
    chance = np.random.default_rng(1000 + call)
    inputs = chance.normal(size=(16, 4)).astype(np.float32)
    targets = np.tanh(inputs @ np.linspace(-1, 1, 12, dtype=np.float32).reshape(4, 3))
    outputs = np.tanh(inputs @ weights["kernel"] + weights["bias"])
    back = (outputs - targets) * (1 - outputs**2) / np.float32(16)
    return {"kernel": inputs.T @ back, "bias": back.sum(0)}


# -- a leg in each framework: weights, the file of the leg before and that for the next ------------

Leg = Callable[[Case, Arrays, range, "Path | None", Path], Arrays]


def by_numpy(case: Case, weights: Arrays, calls: range, before: Path | None, after: Path) -> Arrays:
    kind, arguments = case
    weights = {name: array.copy() for name, array in weights.items()}
    optimizer = kind(**arguments)
    optimizer.build(weights)
    if before is not None:
        optimizer.load(before)
    for call in calls:
        optimizer.apply(gradients(weights, call))
    optimizer.save(after)
    return weights


def by_torch(case: Case, weights: Arrays, calls: range, before: Path | None, after: Path) -> Arrays:
    kind, arguments = case
    params = {name: torch.nn.Parameter(torch.tensor(a)) for name, a in weights.items()}
    made = adamas.torch.wrap(kind)
    optimizer = made(list(params.items()), convention="keras", **arguments)
    if before is not None:
        optimizer.load(before)
    for call in calls:
        now = {name: p.detach().numpy() for name, p in params.items()}
        for name, gradient in gradients(now, call).items():
            params[name].grad = torch.tensor(gradient)
        optimizer.step()
    optimizer.save(after)
    return {name: p.detach().numpy() for name, p in params.items()}


def by_jax(case: Case, weights: Arrays, calls: range, before: Path | None, after: Path) -> Arrays:
    kind, arguments = case
    step = adamas.jax.functional(kind(**arguments))
    params = jax.tree.map(jax.numpy.asarray, weights)
    state = step.init(params) if before is None else adamas.jax.load(before, step, params)
    apply = jax.jit(step.apply)
    for call in calls:
        grads = gradients({name: np.asarray(p) for name, p in params.items()}, call)
        params, state = apply(grads, state, params)
    adamas.jax.save(after, step, state)
    return {name: np.array(p) for name, p in params.items()}


def by_keras(case: Case, weights: Arrays, calls: range, before: Path | None, after: Path) -> Arrays:
    kind, arguments = case
    variables = [keras.Variable(array, name=name) for name, array in weights.items()]
    optimizer = adamas.keras.wrap(kind)(**arguments)
    optimizer.build(variables)
    if before is not None:
        optimizer.load(before)

    def now() -> Arrays:
        return {v.path: np.array(keras.ops.convert_to_numpy(v)) for v in variables}

    for call in calls:
        grads = gradients(now(), call)
        optimizer.apply([keras.ops.convert_to_tensor(grads[v.path]) for v in variables])
    optimizer.save(after)
    return now()


LEGS: tuple[Leg, ...] = (by_numpy, by_torch, by_jax, by_keras)
PIECE = CALLS // len(LEGS)  # 25 calls: files come in the middle of an accumulation


def relay(
    case: Case,
    legs: tuple[Leg, ...],
    folder: Path,
    between: Callable[[Path], None] = lambda path: None,
) -> tuple[Arrays, checkpoint.Checkpoint]:
    """Weights and last file of one run, whose pieces are made by turns.

    `between` may do something to each file that is handed on.
    """
    weights, before = first_weights(), None
    for turn, leg in enumerate(legs):
        after = folder / f"{turn}.safetensors"
        calls = range(turn * PIECE, (turn + 1) * PIECE)
        weights = leg(case, weights, calls, before, after)
        if turn < len(legs) - 1:
            between(after)
        before = after
    assert before is not None
    return weights, checkpoint.read(before)


def whole(case: Case, folder: Path) -> tuple[Arrays, checkpoint.Checkpoint]:
    """The run without a break, by NumPy."""
    path = folder / "whole.safetensors"
    return by_numpy(case, first_weights(), range(CALLS), None, path), checkpoint.read(path)


def check_same(ours: Any, theirs: Any, tolerance: float) -> None:
    """Weights, slots and remembered numbers are the same, and counters exactly."""
    (weights, file), (expected, other) = ours, theirs
    assert file.metadata["counters"] == other.metadata["counters"]
    assert file.metadata["class_name"] == other.metadata["class_name"]
    for one, two in ((weights, expected), (file.tensors, other.tensors)):
        assert one.keys() == two.keys()
        for name, array in two.items():
            assert (one[name].dtype, one[name].shape) == (array.dtype, array.shape)
            near = tolerance and (CLOSE_NUMBERS if array.ndim == 0 else tolerance)
            limit = near * float(np.abs(array).max())
            np.testing.assert_allclose(one[name], array, rtol=0, atol=limit, err_msg=name)


# -- the relay -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_a_run_goes_through_all_frameworks(name, tmp_path):
    for turn in range(len(LEGS)):  # each of them begins once, and each ends once
        folder = tmp_path / str(turn)
        folder.mkdir()
        legs = (*LEGS[turn:], *LEGS[:turn])
        check_same(relay(CASES[name], legs, folder), whole(CASES[name], folder), CLOSE)


@pytest.mark.parametrize("name", CASES)
def test_numpy_and_torch_hand_over_every_bit(name, tmp_path):
    legs = (by_numpy, by_torch, by_numpy, by_torch)
    check_same(relay(CASES[name], legs, tmp_path), whole(CASES[name], tmp_path), 0)


def without_slot(path: Path) -> None:
    """Zeros in the place of the first moment."""
    saved = checkpoint.read(path)
    lost = {n: np.zeros_like(a) if n.startswith("m/") else a for n, a in saved.tensors.items()}
    checkpoint.write(path, lost, saved.metadata)


def without_counts(path: Path) -> None:
    saved = checkpoint.read(path)
    counters = dict.fromkeys(saved.metadata["counters"], 0)
    checkpoint.write(path, saved.tensors, {**saved.metadata, "counters": counters})


def without_number(path: Path) -> None:
    saved = checkpoint.read(path)
    lost = {n: a if "/" in n else np.ones_like(a) for n, a in saved.tensors.items()}
    checkpoint.write(path, lost, saved.metadata)


@pytest.mark.parametrize("loss", [without_slot, without_counts, without_number])
def test_what_is_lost_on_the_way_would_be_noticed(loss, tmp_path):
    case = CASES["Nadam"]
    with pytest.raises(AssertionError):
        check_same(relay(case, LEGS, tmp_path, loss), whole(case, tmp_path), CLOSE)


# -- other names and layouts -----------------------------------------------------------------------

NAMES = {"kernel": "0.weight", "bias": "0.bias"}


def by_torch_layer(
    case: Case, weights: Arrays, calls: range, before: Path | None, after: Path
) -> Arrays:
    """A leg of `torch.nn.Linear`, whose weight is [out, in]."""
    kind, arguments = case
    model = torch.nn.Sequential(torch.nn.Linear(4, 3))
    model.load_state_dict(
        {"0.weight": torch.tensor(weights["kernel"].T), "0.bias": torch.tensor(weights["bias"])}
    )
    made = adamas.torch.wrap(kind)
    optimizer = made(model.named_parameters(), convention="keras", **arguments)
    if before is not None:
        converted = after.with_suffix(".torch")
        convert_state(before, converted, NAMES, transposed=["kernel"])
        optimizer.load(converted)
    weight, bias = model.parameters()

    def now() -> Arrays:
        return {
            "kernel": weight.detach().numpy().T.copy(),
            "bias": bias.detach().numpy().copy(),
        }

    for call in calls:
        grads = gradients(now(), call)
        weight.grad, bias.grad = torch.tensor(grads["kernel"].T), torch.tensor(grads["bias"])
        optimizer.step()
    optimizer.save(after)
    back = {there: here for here, there in NAMES.items()}
    convert_state(after, after, back, transposed=["0.weight"])
    return now()


def test_a_layer_goes_to_another_layout_and_back(tmp_path):
    case = CASES["Adam, everything"]
    legs = (by_keras, by_torch_layer, by_jax, by_torch_layer)
    check_same(relay(case, legs, tmp_path), whole(case, tmp_path), CLOSE)


@pytest.fixture
def file(tmp_path):
    """A state of Adam after some calls."""
    path = tmp_path / "state"
    by_numpy(CASES["AdamW"], first_weights(), range(3), None, path)
    return path


def test_names_that_are_not_given_stay(file, tmp_path):
    convert_state(file, tmp_path / "new", {"kernel": "hidden/kernel"}, transposed=["kernel"])
    one, other = checkpoint.read(file), checkpoint.read(tmp_path / "new")
    assert set(other.tensors) == {"m/hidden/kernel", "v/hidden/kernel", "m/bias", "v/bias"}
    np.testing.assert_array_equal(other.tensors["m/hidden/kernel"], one.tensors["m/kernel"].T)
    np.testing.assert_array_equal(other.tensors["v/bias"], one.tensors["v/bias"])
    assert other.metadata == one.metadata


def test_two_names_can_change_places(file, tmp_path):
    convert_state(file, tmp_path / "new", {"kernel": "bias", "bias": "kernel"})
    one, other = checkpoint.read(file), checkpoint.read(tmp_path / "new")
    np.testing.assert_array_equal(other.tensors["m/bias"], one.tensors["m/kernel"])
    np.testing.assert_array_equal(other.tensors["m/kernel"], one.tensors["m/bias"])


REFUSED: dict[str, tuple[dict[str, str], list[str], str]] = {
    "a name that is not there": ({"kernels": "w"}, [], "kernels.*kernel"),
    "one to transpose that is not there": ({}, ["weight"], "weight"),
    "one name for two": ({"kernel": "bias"}, [], "Got twice: 'm/bias'"),
    "a vector to transpose": ({}, ["bias"], r"'m/bias' of shape \(3,\)"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_conversion_that_is_refused_writes_nothing(name, file, tmp_path):
    names, transposed, words = REFUSED[name]
    target = tmp_path / "new"
    target.write_bytes(b"as before")
    with pytest.raises(CheckpointError, match=words):
        convert_state(file, target, names, transposed=transposed)
    assert target.read_bytes() == b"as before"


def test_a_small_slot_is_not_transposed(tmp_path):
    by_numpy(CASES["Adafactor"], first_weights(), range(3), None, tmp_path / "state")
    with pytest.raises(CheckpointError, match="must have a value for each weight"):
        convert_state(tmp_path / "state", tmp_path / "new", {}, transposed=["kernel"])
    assert not (tmp_path / "new").exists()


# -- what Keras refuses ----------------------------------------------------------------------------


def keras_adam(**arguments: Any) -> Any:
    """Built, and one call old."""
    optimizer = adamas.keras.Adam(0.01, **arguments)
    variable = keras.Variable(np.ones((4, 3), np.float32), name="kernel")
    optimizer.build([variable])
    optimizer.apply([keras.ops.ones((4, 3))], [variable])
    return optimizer


NOT_FOR_KERAS: dict[str, tuple[type[adamas.Optimizer], dict[str, Any], str, str]] = {
    "another class": (adamas.AdamW, {}, "kernel", "must hold the state of Adam"),
    "another name": (adamas.Adam, {}, "weight", "Missing"),
    "another slot": (adamas.Adam, {"use_ema": True}, "kernel", "Unexpected"),
    "another accumulation": (
        adamas.Adam,
        {"gradient_accumulation_steps": 2, "nonfinite": "propagate"},
        "kernel",
        "fewer calls pending than the 1 that make an update",
    ),
}


@pytest.mark.parametrize("name", NOT_FOR_KERAS)
def test_a_file_that_does_not_fit_changes_nothing_in_keras(name, tmp_path):
    kind, arguments, parameter, words = NOT_FOR_KERAS[name]
    weights = {parameter: np.ones((4, 3), np.float32)}
    saved = kind(**arguments)
    saved.build(weights)
    for _ in range(3):
        saved.apply({parameter: np.ones((4, 3), np.float32)})
    saved.save(tmp_path / "file")
    optimizer = keras_adam()
    before = [np.array(keras.ops.convert_to_numpy(v)) for v in optimizer.variables]
    with pytest.raises(CheckpointError, match=words):
        optimizer.load(tmp_path / "file")
    for variable, old in zip(optimizer.variables, before, strict=True):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(variable), old)


def test_keras_saves_and_loads_after_build_only(tmp_path):
    for call in (adamas.keras.Adam().save, adamas.keras.Adam().load):
        with pytest.raises(StateError, match="build"):
            call(tmp_path / "file")
    assert list(tmp_path.iterdir()) == []
