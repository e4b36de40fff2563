"""What was moved in the groups of `adamas.torch` is state: by schedulers, by hand, by everybody."""

import copy
import warnings

import pytest
import torch.distributed.checkpoint.state_dict as of_models
from torch.distributed.optim import ZeroRedundancyOptimizer

import adamas
from adamas.errors import CheckpointError, StateError
from torch_cases import give_gradients, optim, parameters, torch, train

scheduling = torch.optim.lr_scheduler


def by_plateau(optimizer):
    scheduler = scheduling.ReduceLROnPlateau(optimizer, patience=0, factor=0.1)
    for _ in range(3):
        scheduler.step(1.0)


def by_hand(**values):
    def move(optimizer):
        optimizer.param_groups[0].update(values)

    return move


def in_place(optimizer):
    optimizer.param_groups[0]["lr"] = torch.tensor(0.1)
    optimizer.step()
    optimizer.param_groups[0]["lr"].fill_(0.02)


def of_the_step(optimizer):
    optimizer.clipnorm = 0.25


def shown(optimizer):
    """All arguments, of the groups and of the whole step."""
    group = {key: optimizer.param_groups[0][key] for key in optimizer.naming.keys}
    return {**group, "clipnorm": optimizer.clipnorm}


MOVED = {
    "a plateau": ("Adam", {"lr": 0.1}, by_plateau),
    "the rate": ("Adam", {"lr": 0.1}, by_hand(lr=0.003)),
    "a rate of 0": ("Adam", {"lr": 0.1}, by_hand(lr=0.0)),
    "a rate in place": ("Adam", {"lr": 0.1}, in_place),
    "betas": ("AdamW", {}, by_hand(betas=(0.5, 0.9), eps=1e-3)),
    "decay": ("AdamW", {}, by_hand(weight_decay=0.3)),
    "decay from nothing": ("SGD", {"lr": 0.1}, by_hand(weight_decay=0.3)),
    "momentum": ("SGD", {"lr": 0.1, "momentum": 0.8}, by_hand(momentum=0.9)),
    "momentum from nothing": ("SGD", {"lr": 0.1}, by_hand(momentum=0.9)),
    "momentum to nothing": ("SGD", {"lr": 0.1, "momentum": 0.9}, by_hand(momentum=0.0)),
    "a choice": ("Adam", {}, by_hand(amsgrad=True)),
    "a clip": ("Adam", {"clipnorm": 1.0}, of_the_step),
}

OTHER_RULES = ("momentum from nothing", "momentum to nothing", "a choice")
"""What needs other slots: files are of those that the optimizer was constructed with."""


def started(name, arguments):
    params = parameters()
    return params, getattr(optim, name)(params, **arguments)


@pytest.fixture
def one_process(tmp_path):
    """A group that consists of this process."""
    method = f"file://{tmp_path / 'group'}"
    torch.distributed.init_process_group("gloo", init_method=method, rank=0, world_size=1)
    yield
    torch.distributed.destroy_process_group()


def by_dictionary(first, name, arguments):
    params, second = started(name, arguments)
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    return params, second


def by_file(first, name, arguments, folder):
    params, second = started(name, arguments)
    first.save(folder / "state")
    second.load(folder / "state")
    return params, second


@pytest.mark.parametrize("what", MOVED)
def test_what_was_moved_comes_back_and_steps_go_on(what, tmp_path):
    name, arguments, move = MOVED[what]
    params, first = started(name, arguments)
    train(first, params, 2)
    move(first)
    train(first, params, 1, first=2)
    others = [by_dictionary(first, name, arguments)]
    if what not in OTHER_RULES:
        others.append(by_file(first, name, arguments, tmp_path))
    for own, second in others:
        with torch.no_grad():
            for one, other in zip(own, params, strict=True):
                one.copy_(other)
        assert shown(second) == shown(first)
    train(first, params, 2, first=3)
    for own, second in others:
        train(second, own, 2, first=3)
        assert all(map(torch.equal, own, params))


@pytest.mark.parametrize("what", MOVED)
def test_what_was_not_moved_yet_is_as_constructed_after_going_back(what, tmp_path):
    name, arguments, move = MOVED[what]
    params, optimizer = started(name, arguments)
    train(optimizer, params, 2)
    before = shown(optimizer)
    saved = copy.deepcopy(optimizer.state_dict())
    move(optimizer)
    optimizer.load_state_dict(saved)
    assert shown(optimizer) == before


def test_a_moved_number_wins_over_what_is_constructed_here():
    params, first = started("Adam", {"lr": 0.1})
    train(first, params, 1)
    first.param_groups[0]["lr"] = 0.02
    _, second = started("Adam", {"lr": 0.5, "eps": 1e-3})
    with pytest.warns(UserWarning, match=r"eps=1e-08 \(here 0.001\).*taken over: lr=0.02"):
        second.load_state_dict(first.state_dict())
    assert second.param_groups[0]["lr"] == 0.02
    assert second.param_groups[0]["eps"] == 1e-3


def test_a_state_of_torch_optim_is_taken_over_whole():
    params = parameters()
    theirs = torch.optim.AdamW(params, lr=0.3, betas=(0.5, 0.6), weight_decay=0.2)
    train(theirs, params, 2)
    _, ours = started("AdamW", {})
    ours.load_state_dict(theirs.state_dict())
    for key, value in theirs.state_dict()["param_groups"][0].items():
        if key in ours.naming.keys:
            assert ours.param_groups[0][key] == value, key


def through_torch_optim(optimizer):
    theirs = torch.optim.Adam(parameters())
    theirs.load_state_dict(optimizer.state_dict())
    return theirs.state_dict()


def without_marks(optimizer):
    """As states were before they told what was moved."""
    saved = copy.deepcopy(optimizer.state_dict())
    for group in saved["param_groups"]:
        del group["constructed"], group["whole"]
    return saved


def test_torch_optim_hands_on_what_was_moved():
    params, first = started("Adam", {"lr": 0.1})
    train(first, params, 1)
    first.param_groups[0]["lr"] = 0.02
    _, second = started("Adam", {"lr": 0.1})
    second.load_state_dict(through_torch_optim(first))
    assert second.param_groups[0]["lr"] == 0.02


@pytest.mark.parametrize(("trace", "rate"), [({"initial_lr": 0.1}, 0.02), ({}, 0.1)])
def test_a_state_of_before_is_taken_over_by_the_traces_of_schedulers(trace, rate):
    params, first = started("Adam", {"lr": 0.1})
    train(first, params, 1)
    first.param_groups[0].update(trace, lr=0.02)
    _, second = started("Adam", {"lr": 0.1})
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        second.load_state_dict(without_marks(first))
    assert second.param_groups[0]["lr"] == rate
    assert len(said) == (not trace)


@pytest.mark.parametrize("flat", [False, True])
def test_distributed_checkpoints_hold_what_was_moved(flat):
    options = of_models.StateDictOptions(flatten_optimizer_state_dict=flat)

    def start():
        torch.manual_seed(0)
        model = torch.nn.Linear(3, 2)
        return model, optim.Adam(model.parameters(), lr=0.1)

    (model, first), (other, second) = start(), start()
    give_gradients(list(model.parameters()), 0)
    first.step()
    first.param_groups[0]["lr"] = 0.02
    saved = of_models.get_optimizer_state_dict(model, first, options=options)
    of_models.set_optimizer_state_dict(other, second, copy.deepcopy(saved), options=options)
    assert second.param_groups[0]["lr"] == 0.02


@pytest.mark.usefixtures("one_process")
def test_zero_redundancy_optimizers_hold_what_was_moved():
    def start():
        params = parameters(shapes=[(3, 2), (4,)])
        return params, ZeroRedundancyOptimizer(params, optim.Adam, lr=0.1)

    (params, first), (others, second) = start(), start()
    train(first, params, 1)
    first.param_groups[0]["lr"] = 0.02
    train(first, params, 1, first=1)
    first.consolidate_state_dict()
    saved = first.state_dict()
    assert saved["param_groups"][0]["constructed"]["lr"] == 0.1
    second.load_state_dict(copy.deepcopy(saved))
    train(second, others, 1, first=2)
    assert second.param_groups[0]["lr"] == second.optim.param_groups[0]["lr"] == 0.02


def test_files_hold_what_was_moved_in_each_group(tmp_path):
    def start(*rates):
        made = dict(zip("abcdef", parameters(), strict=True))
        named = list(made.items())
        groups = [{"params": named[at :: len(rates)], "lr": r} for at, r in enumerate(rates)]
        return list(made.values()), optim.Adam(groups)

    params, first = start(0.1, 0.2)
    train(first, params, 1)
    first.param_groups[1]["lr"] = 0.02
    first.save(tmp_path / "two")
    _, second = start(0.1, 0.2)
    second.load(tmp_path / "two")
    assert [group["lr"] for group in second.param_groups] == [0.1, 0.02]

    params, first = start(0.1)
    train(first, params, 1)
    first.param_groups[0]["lr"] = 0.02
    first.save(tmp_path / "one")
    _, second = start(0.1, 0.1)
    second.load(tmp_path / "one")
    assert [group["lr"] for group in second.param_groups] == [0.02, 0.02]


@pytest.mark.parametrize("steps", [0, 1])
def test_a_rate_that_follows_a_schedule_is_not_written_by_hand(steps):
    params, optimizer = started("Adam", {"lr": adamas.schedules.CosineDecay(0.1, 100)})
    train(optimizer, params, steps)
    before = [p.detach().clone() for p in params]
    optimizer.param_groups[0]["lr"] = 0.5
    with pytest.raises(StateError, match="follows CosineDecay.*cannot be set as well. Got: 0.5"):
        train(optimizer, params, 1)
    assert all(map(torch.equal, params, before))


def test_a_schedule_shows_the_rate_of_the_next_step_after_loading():
    params, first = started("Adam", {"lr": adamas.schedules.CosineDecay(0.1, 100)})
    train(first, params, 50)
    _, second = started("Adam", {"lr": adamas.schedules.CosineDecay(0.1, 100)})
    second.load_state_dict(first.state_dict())
    assert second.param_groups[0]["lr"] == first.param_groups[0]["lr"] == pytest.approx(0.05)


def test_calls_that_are_pending_are_those_of_the_number_that_comes_back():
    arguments = {"lr": 0.1, "gradient_accumulation_steps": 2}
    params, first = started("Adam", arguments)
    train(first, params, 2)
    first.gradient_accumulation_steps = 4
    train(first, params, 3, first=2)
    _, second = started("Adam", arguments)
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    assert second.gradient_accumulation_steps == 4


def test_a_whole_that_is_none_is_refused_and_changes_nothing():
    params, first = started("Adam", {"lr": 0.1})
    train(first, params, 1)
    saved = copy.deepcopy(first.state_dict())
    saved["param_groups"][0]["whole"] = {"ema_momentum": "much"}
    _, second = started("Adam", {"lr": 0.1})
    with pytest.raises(CheckpointError, match="must hold numbers"):
        second.load_state_dict(saved)
    assert not second.state


def test_a_number_in_a_tensor_of_whole_numbers_keeps_all_of_a_value():
    """A state with eps=torch.tensor(1) is taken, and eps comes back as it was afterwards."""
    source, optimizer = optim.Adam(parameters()), optim.Adam(parameters())
    good = source.state_dict()
    odd = copy.deepcopy(good)
    odd["param_groups"][0]["eps"] = torch.tensor(1)
    optimizer.load_state_dict(odd, hyperparameters=True)
    assert optimizer.param_groups[0]["eps"] == 1
    optimizer.load_state_dict(good, hyperparameters=True)
    assert optimizer.param_groups[0]["eps"] == good["param_groups"][0]["eps"]
