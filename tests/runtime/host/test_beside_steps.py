"""Files, pickles and copies that are made while another thread makes steps: each is of one step."""

import contextlib
import copy
import pickle
import threading

import numpy as np
import pytest

import adamas
from adamas import checkpoint
from endurance import endurance, rounds

SHAPES = [(1000, 300)] * 4
"""Some milliseconds of writing, in which several steps would be made."""


class Sum(adamas.Optimizer):
    """A slot that holds the number of updates, as every gradient is 1."""

    learning_rate: adamas.Rate = 1.0

    @staticmethod
    def update(p, g, total, /, *, learning_rate):
        return p - learning_rate * g, total + g


def of_numpy():
    params = {str(i): np.zeros(shape, np.float32) for i, shape in enumerate(SHAPES)}
    optimizer, grads = Sum(), {name: np.ones_like(p) for name, p in params.items()}
    optimizer.apply(grads, params)
    return optimizer, lambda: optimizer.apply(grads), params


def of_tensors():
    torch = pytest.importorskip("torch")
    params = {str(i): torch.zeros(shape) for i, shape in enumerate(SHAPES)}
    optimizer, grads = Sum(), {name: torch.ones_like(p) for name, p in params.items()}
    optimizer.apply(grads, params)
    return optimizer, lambda: optimizer.apply(grads), params


def of_torch():
    torch = pytest.importorskip("torch")
    from adamas.torch import wrap

    params = {str(i): torch.zeros(shape) for i, shape in enumerate(SHAPES)}
    for parameter in params.values():
        parameter.grad = torch.ones_like(parameter)
    optimizer = wrap(Sum)(list(params.items()))
    optimizer.step()
    return optimizer, optimizer.step, params


def of_keras():
    keras = pytest.importorskip("keras")
    from adamas.keras import wrap

    variables = [keras.Variable(np.zeros(shape, np.float32)) for shape in SHAPES]
    optimizer, grads = wrap(Sum)(), [keras.ops.ones(shape) for shape in SHAPES]
    optimizer.apply(grads, variables)
    return optimizer, lambda: optimizer.apply(grads), variables


def in_store(optimizer, _):
    """What Keras writes beside a model."""
    store = {}
    optimizer.save_own_variables(store)
    return store


def in_file(optimizer, folder):
    optimizer.save(folder / "file")
    return checkpoint.read(folder / "file")


def arrays_of(made):
    """Slots and counter of a copy, of any front end."""
    if isinstance(made, checkpoint.Checkpoint):
        return list(made.tensors.values()), made.metadata["counters"]["updates"]
    if isinstance(made, dict):
        return [a for a in map(np.asarray, made.values()) if a.ndim == 2], made["0"]
    if isinstance(made, adamas.Optimizer):
        made.build({str(i): np.zeros(shape, np.float32) for i, shape in enumerate(SHAPES)})
        return list(made.state["total"].values()), made.iterations
    return [entry["total"] for entry in made.state.values()], made.iterations


def in_pickle(optimizer, _):
    return pickle.loads(pickle.dumps(optimizer))


def in_copy(optimizer, _):
    return copy.deepcopy(optimizer)


WAYS = (in_file, in_pickle, in_copy)
CASES = [(begun, way) for begun in (of_numpy, of_tensors, of_torch) for way in WAYS]


@contextlib.contextmanager
def stepping(step):
    """Another thread makes steps inside."""
    ended = threading.Event()

    def go_on():
        while not ended.is_set():
            step()

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@endurance
@pytest.mark.parametrize(("begun", "way"), [*CASES, (of_keras, in_file), (of_keras, in_store)])
def test_what_is_made_beside_training_is_of_one_step(begun, way, tmp_path):
    optimizer, step, _ = begun()
    with stepping(step):
        for _ in range(rounds(4, 100)):
            arrays, updates = arrays_of(way(optimizer, tmp_path))
            assert {float(v) for a in arrays for v in (a.min(), a.max())} == {float(updates)}


@endurance
@pytest.mark.parametrize("begun", [of_numpy, of_tensors, of_torch])
def test_who_pauses_an_optimizer_sees_parameters_and_state_of_one_step(begun):
    optimizer, step, params = begun()
    with stepping(step):
        for _ in range(rounds(20, 500)):
            with optimizer.paused():
                slots = [a for named in optimizer.state.values() for a in named.values()]
                slots = [-getattr(a, "numpy", lambda a=a: a)() for a in slots if a.ndim == 2]
                found = {float(v) for a in (*slots, *params.values()) for v in (a.min(), a.max())}
                assert found == {-float(optimizer.iterations)}
