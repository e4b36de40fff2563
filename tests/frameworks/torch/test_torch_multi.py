"""Several optimizers as one of PyTorch: a rule for each group, one step, one state."""

import copy
import io
import pickle
from typing import Any

import numpy as np
import pytest
import torch

import adamas
import adamas.torch as optim
from adamas.errors import AdamasError, CheckpointError

INPUTS, TARGETS = (torch.tensor(np.random.default_rng(n).normal(size=(20, k))).float()
                   for n, k in ((0, 6), (1, 3)))  # fmt: skip


def is_matrix(name, shape):
    return len(shape) == 2


def pairs():
    decays = adamas.AdamW(1e-2, weight_decay=0.1)
    decays.exclude_from_weight_decay(var_names=["3"])
    return [
        (is_matrix, adamas.Muon(0.02, weight_decay=0.1)),
        ("1\\.weight", None),
        ("1\\.", adamas.SGD(adamas.schedules.CosineDecay(0.05, 9), momentum=0.9)),
        ("bias$", decays),
    ]


COMMON: dict[str, Any] = {"global_clipnorm": 0.5, "use_ema": True, "ema_momentum": 0.9}


def new_model():
    torch.manual_seed(1)
    parts = torch.nn.Linear(6, 5), torch.nn.LayerNorm(5), torch.nn.ReLU(), torch.nn.Linear(5, 3)
    return torch.nn.Sequential(*parts)


def built(model=None):
    model = model or new_model()
    return model, optim.MultiOptimizer(model.named_parameters(), pairs(), **COMMON)


def loss_of(model):
    return torch.nn.functional.mse_loss(model(INPUTS), TARGETS)


def train(model, optimizer, calls=3):
    for _ in range(calls):
        optimizer.zero_grad()
        loss_of(model).backward()
        optimizer.step()
    return model


def ends(model):
    return [p.detach().clone() for p in model.parameters()]


def same(one, other):
    return all(map(torch.equal, ends(one), ends(other)))


def test_steps_are_those_of_the_declared_one():
    model, optimizer = built()
    train(model, optimizer, 5)
    twin = new_model()
    declared, params = adamas.MultiOptimizer(pairs(), **COMMON), dict(twin.named_parameters())
    for _ in range(5):
        twin.zero_grad()
        loss_of(twin).backward()
        declared.apply({name: p.grad for name, p in params.items()}, params)
    assert same(model, twin)
    assert torch.equal(model[1].weight, new_model()[1].weight)
    assert optimizer.gradient_norm == pytest.approx(declared.gradient_norm, rel=1e-12)
    # The oracle sees another rule, and another decay.
    for wrong in (1, 3):
        others = pairs()
        others[wrong] = (others[wrong][0], adamas.Adam(1e-2))
        other = new_model()
        train(other, optim.MultiOptimizer(other.named_parameters(), others, **COMMON), 5)
        assert not same(model, other)


@pytest.mark.parametrize("way", ["state", "pickle", "copy", "file"])
def test_a_state_goes_on_with_the_same_bits(way, tmp_path):
    model, optimizer = built()
    train(model, optimizer)
    match way:
        case "state":
            content = io.BytesIO()
            torch.save(optimizer.state_dict(), content)
            content.seek(0)
            other, again = built(copy.deepcopy(model))
            again.load_state_dict(torch.load(content, weights_only=True))
        case "pickle":
            other, again = pickle.loads(pickle.dumps((model, optimizer)))
        case "copy":
            other, again = copy.deepcopy((model, optimizer))
        case "file":
            optimizer.save(tmp_path / "state")
            other, again = built(copy.deepcopy(model))
            again.load(tmp_path / "state")
    assert same(train(model, optimizer), train(other, again))


def test_files_are_those_of_numpy(tmp_path):
    model, optimizer = built()
    optimizer.param_groups[2]["lr"] = 0.5
    train(model, optimizer)
    optimizer.save(tmp_path / "state")
    arrays = {n: p.detach().numpy().copy() for n, p in model.named_parameters()}
    declared = adamas.MultiOptimizer(pairs(), **COMMON)
    declared.build(arrays)
    loaded = declared.load(tmp_path / "state")
    assert not loaded.new
    assert declared.optimizers[3][1].learning_rate == 0.5  # type: ignore[union-attr]
    declared.save(tmp_path / "again")
    other, again = built(copy.deepcopy(model))
    again.load(tmp_path / "again")
    assert again.param_groups[2]["lr"] == 0.5
    assert same(train(model, optimizer), train(other, again))


WITH_SUMS = {
    "two": (lambda: adamas.Prodigy(first_distance=0.01), lambda: adamas.DoG(first_rate=0.1)),
    "of one kind": (lambda: adamas.DAdaptAdam(0.5), lambda: adamas.DAdaptAdam(2.0)),
    "around a rule": (lambda: adamas.AdamW(1.0, mechanic=0.01), lambda: adamas.Lion(0.1)),
}


@pytest.mark.parametrize("case", WITH_SUMS)
def test_sums_over_all_tensors_are_those_of_each_optimizer(case, tmp_path):
    """Of the declared one, which sums by member; and of each alone."""

    def members(*, alone=False):
        first, second = WITH_SUMS[case]
        return {"weight": first(), "": None if alone else second()}

    model = new_model()
    optimizer = optim.MultiOptimizer(model.named_parameters(), members())
    by_itself = new_model()
    train(by_itself, optim.MultiOptimizer(by_itself.named_parameters(), members(alone=True)), 1)
    declared = adamas.MultiOptimizer(members())
    arrays = {n: p.detach().numpy().copy() for n, p in model.named_parameters()}
    declared.build(arrays)
    for call in range(6):
        train(model, optimizer, 1)
        if call == 0:
            assert all(torch.equal(model[i].weight, by_itself[i].weight) for i in (0, 1, 3))
        declared.apply({n: None if p.grad is None else p.grad.numpy()
                        for n, p in model.named_parameters()})  # fmt: skip
        for name, p in model.named_parameters():
            np.testing.assert_array_equal(arrays[name], p.detach().numpy(), err_msg=name)
        if call == 3:
            optimizer.save(tmp_path / "state")
            optimizer = optim.MultiOptimizer(model.named_parameters(), members())
            optimizer.load(tmp_path / "state")
            declared = adamas.MultiOptimizer(members())
            declared.build(arrays)
            assert not declared.load(tmp_path / "state").new


def test_groups_say_their_optimizers_and_schedulers_write_them():
    model = new_model()
    optimizer = optim.MultiOptimizer(
        [
            {"params": [model[0].weight], "optimizer": adamas.Muon(0.02), "lr": 0.5},
            {"params": [model[0].bias], "optimizer": adamas.Adam(1e-3)},
        ],
        clipnorm=1.0,
    )
    optimizer.add_param_group({"params": [model[3].bias], "optimizer": adamas.Lion()})
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 0.5**epoch)
    train(model, optimizer, 1)
    scheduler.step()
    assert [group["lr"] for group in optimizer.param_groups] == [0.25, 0.0005, 0.0005]
    assert [group["optimizer"] for group in optimizer.param_groups] == ["Muon", "Adam", "Lion"]
    assert optimizer.clipnorm == 1.0  # type: ignore[attr-defined]


def test_it_goes_with_a_scaler_and_steps_in_the_backward_pass():
    model, optimizer = built()
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0)
    for _ in range(3):
        optimizer.zero_grad()
        scaler.scale(loss_of(model)).backward()
        scaler.step(optimizer)
        scaler.update()
    twin, plain = built()
    train(twin, plain)
    for one, other in zip(ends(model), ends(twin), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)
    backward = new_model()
    own = optim.MultiOptimizer(backward.named_parameters(), pairs())
    optim.apply_in_backward(backward, own)
    loss_of(backward).backward()
    own.step()
    third = new_model()
    train(third, optim.MultiOptimizer(third.named_parameters(), pairs()), 1)
    assert same(backward, third)


def test_mistakes_are_explained():
    model, optimizer = built()
    known = ends(model)
    named = list(model.named_parameters())
    every = {"": adamas.Adam()}
    state = optimizer.state_dict()
    for groups in state["param_groups"]:
        groups["optimizer"] = "Adam"
    for call, words in (
        (lambda: optim.MultiOptimizer(model.parameters()), "groups with their optimizers"),
        (lambda: optim.MultiOptimizer(named, {"": adamas.Adam(clipnorm=1.0)}), "all parameters"),
        (lambda: optim.MultiOptimizer(named, {"zz": adamas.Adam()}), "needs an optimizer"),
        (lambda: optim.MultiOptimizer(named, {"": adamas.MultiOptimizer(every)}), "of its own"),
        (lambda: optim.MultiOptimizer([{"params": named}], every), "must be no groups"),
        (lambda: optim.MultiOptimizer(model, every), "Parameters come first"),
        (lambda: optim.MultiOptimizer(named, every, lr=1), "unknown argument 'lr'"),
        (lambda: optim.MultiOptimizer(named, every, clipnorm=-1), "greater than 0"),
        (lambda: optimizer.add_param_group({"params": [torch.ones(1)]}), "their optimizers"),
    ):
        with pytest.raises(AdamasError, match=words):
            call()
    with pytest.raises(CheckpointError, match="of the optimizer that it has here, Muon"):
        optimizer.load_state_dict(state)
    assert all(map(torch.equal, known, ends(model)))
    assert len(optimizer.param_groups) == 3
