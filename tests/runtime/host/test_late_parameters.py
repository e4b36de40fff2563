"""Parameters whose first gradient comes late; by PyTorch's convention torch.optim is right."""

import copy

import numpy as np
import pytest
import torch

import adamas.torch
from adamas import checkpoint

KINDS = {
    "Adam": (torch.optim.Adam, adamas.torch.Adam, 1e-9),
    "Nadam": (torch.optim.NAdam, adamas.torch.NAdam, 1e-6),  # its product is a float32 in PyTorch
}
TURNS = [(1, 0)] * 5 + [(1, 1)] * 3 + [(0, 1)] * 2 + [(1, 1)] * 2 + [(1, 0), (1, 1)]


class Run:
    """One optimizer over a tensor and another one; None is no gradient."""

    def __init__(self, make, values):
        self.params = [torch.nn.Parameter(torch.tensor(value)) for value in values]
        self.optimizer = make(list(zip("ab", self.params, strict=True)))

    def step(self, grads):
        for p, g in zip(self.params, grads, strict=True):
            p.grad = None if g is None else torch.tensor(g)
        self.optimizer.step()

    def values(self):
        return [p.detach().numpy().copy() for p in self.params]


class InPlace(Run):
    def __init__(self, make, values, array):
        self.array = array
        self.params = [array(value) for value in values]
        self.optimizer = make()
        self.optimizer.build(dict(zip("ab", self.params, strict=True)))

    def step(self, grads):
        pairs = zip(grads, self.params, strict=True)
        self.optimizer.apply_gradients([(self.array(g), p) for g, p in pairs if g is not None])

    def values(self):
        return [np.array(p) for p in self.params]


def runs(kind, values):
    theirs, ours, _ = KINDS[kind]

    def declared():
        return getattr(adamas, kind)(0.1, convention="torch")

    return {
        "theirs": Run(lambda named: theirs([p for _, p in named], lr=0.1), values),
        "torch": Run(lambda named: ours(named, lr=0.1), values),
        "numpy": InPlace(declared, values, np.array),
        "tensors": InPlace(declared, values, torch.tensor),
    }


def go_on(every, turns, seed, rtol):
    chance = np.random.default_rng(seed)
    for turn in turns:
        grads = [
            g if there else None for g, there in zip(chance.normal(size=(2, 3)), turn, strict=True)
        ]
        for run in every.values():
            run.step(grads)
        right = every["theirs"].values()
        for name, run in every.items():
            for value, expected in zip(run.values(), right, strict=True):
                np.testing.assert_allclose(value, expected, rtol=rtol, err_msg=name)


@pytest.mark.filterwarnings("ignore:The state was saved with other arguments")
@pytest.mark.parametrize("kind", KINDS)
def test_a_late_parameter_has_pytorchs_numbers_before_and_after_files_from_everywhere(
    kind, tmp_path
):
    every, rtol = runs(kind, np.zeros((2, 3))), KINDS[kind][2]
    go_on(every, TURNS, 0, rtol)
    sources = [name for name in every if name != "theirs"]
    for source in sources:
        every[source].optimizer.save(tmp_path / source)
    for source in sources:
        again = runs(kind, every["theirs"].values())
        state = copy.deepcopy(every["theirs"].optimizer.state_dict())
        again["theirs"].optimizer.load_state_dict(state)
        for name in sources:
            again[name].optimizer.load(tmp_path / source)
        go_on(again, [(1, 1), (0, 1), (1, 1)], 1, rtol)


def test_a_file_has_counts_of_parameters_only_where_they_differ(tmp_path):
    run = runs("Adam", np.zeros((2, 3)))["numpy"]
    for grads, own in (([np.ones(3)] * 2, set()), ([np.ones(3), None], {"updates_of/b"})):
        run.step(grads)
        run.optimizer.save(tmp_path / "state")
        names = set(checkpoint.read(tmp_path / "state").tensors)
        assert names == {"m/a", "m/b", "v/a", "v/b", *own}
    one_clock = adamas.Adam(0.1, epsilon=1e-8)
    one_clock.build({"a": np.zeros(3), "b": np.zeros(3)})
    with pytest.warns(UserWarning, match="Here there is one clock"):
        one_clock.load(tmp_path / "state")
    assert one_clock.iterations == 2
