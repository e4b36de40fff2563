"""The state of `adamas.torch`: out and in, to files and back, to torch.optim and from it."""

import collections
import copy
import io
import pickle
import warnings

import numpy as np
import pytest
from torch.optim.optimizer import register_optimizer_step_post_hook  # noqa: E402

import adamas
from adamas.errors import ArgumentError, CheckpointError, UnsupportedError
from torch_cases import (
    EVERY,
    NUMBERS_IN_FLOAT32,
    SHARED,
    VARIANTS,
    assert_close,
    both,
    exact_muon,
    give_gradients,
    identity,
    optim,
    parameters,
    picture,
    same_bits,
    torch,
    train,
)


class Sine(adamas.Optimizer):
    """A rule of one's own, with a slot."""

    learning_rate: adamas.Rate = 0.01

    @staticmethod
    def update(p, g, m, /, *, learning_rate):
        """One weight."""
        m = 0.5 * m + g
        return p - learning_rate * m / (1 + np.abs(m)), m


def through_file(state, weights_only=True):
    buffer = io.BytesIO()
    torch.save(state, buffer)
    buffer.seek(0)
    return torch.load(buffer, weights_only=weights_only)


# -- forms ----------------------------------------------------------------------------------------

FORMS = dict.fromkeys(
    ("mu_product", "eta", "mu"), "float64 here, for exactness; float32 in PyTorch"
)
"""State that has another dtype than PyTorch's: why."""


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize(("name", "arguments"), VARIANTS, ids=identity)
def test_the_state_has_pytorchs_names_shapes_and_dtypes(name, arguments, dtype):
    entries = []
    for cls in both(name):
        params = parameters(name, dtype)
        optimizer = cls(params, **arguments)
        train(optimizer, params, 2)
        entries.append([optimizer.state[p] for p in params])
    for theirs, ours in zip(*entries, strict=True):
        wanted = {key: value for key, value in theirs.items() if value is not None}
        # PyTorch counts the updates of all but these.
        extra = {"step"} if name in ("SGD", "Muon") else set()
        assert set(ours) == set(wanted) | extra
        for key, value in wanted.items():
            assert torch.is_tensor(ours[key])
            assert ours[key].shape == torch.as_tensor(value).shape, key
            if key not in FORMS:
                assert ours[key].dtype == value.dtype, key
            if value.dim() == 2 and value.numel():
                assert ours[key].stride() == value.stride(), key


# -- resuming -------------------------------------------------------------------------------------


def conventions(name):
    """Whose numbers an optimizer can give."""
    return dict.fromkeys(("keras", *getattr(optim, name).declared.conventions))


RESUMED = [
    *((name, {}) for name in EVERY),
    ("SGD", {"momentum": 0.9, "nesterov": True}),
    ("Adam", {"amsgrad": True, "use_ema": True, "global_clipnorm": 1.0}),
    ("AdamW", {"use_ema": True, "gradient_accumulation_steps": 3, "ema_overwrite_frequency": 2}),
    ("Lion", {"cautious": True, "gradient_accumulation_steps": 2}),
    ("NAdam", {"convention": "keras", "gradient_accumulation_steps": 2}),
    ("RMSprop", {"centered": True, "momentum": 0.5}),
    *((n, {"use_ema": True, "gradient_accumulation_steps": 2, "clipnorm": 1.0}) for n in EVERY),
    *((name, {"lr": 0.01, "convention": c}) for name in EVERY for c in conventions(name)),
]


def assert_same_state(one, other):
    """Two state dictionaries have the same keys, values and bits."""
    assert one["param_groups"] == other["param_groups"]
    assert one["state"].keys() == other["state"].keys()
    for key, entry in one["state"].items():
        assert entry.keys() == other["state"][key].keys()
        theirs = other["state"][key].values()
        assert same_bits(*([torch.as_tensor(v) for v in one] for one in (entry.values(), theirs)))


def check_resume(name, arguments, carry):
    """5 + 5 calls, with another optimizer in between, are 10, bit for bit."""
    whole = parameters()
    train(getattr(optim, name)(whole, **arguments), whole, 10)
    params = parameters()
    first = getattr(optim, name)(params, **arguments)
    train(first, params, 5)
    params = [p.detach().clone().requires_grad_() for p in params]
    second = getattr(optim, name)(params, **arguments)
    second.load_state_dict(carry(first.state_dict()))
    assert_same_state(second.state_dict(), first.state_dict())
    train(second, params, 5, first=5)
    assert same_bits(params, whole)


@pytest.mark.parametrize(("name", "arguments"), RESUMED, ids=identity)
def test_a_resumed_run_is_the_same_bit_for_bit(name, arguments):
    check_resume(name, arguments, through_file)


def forget(slot):
    def without(state):
        for entry in state["state"].values():
            entry[slot] = torch.zeros_like(entry[slot])
        return state

    return without


@pytest.mark.parametrize("slot", ["step", "exp_avg", "exp_avg_sq"])
def test_a_slot_that_is_lost_is_seen(slot):
    with pytest.raises(AssertionError):
        check_resume("Adam", {}, forget(slot))


def test_counters_come_back_as_well():
    """A state in the middle of an accumulation, and after skipped steps."""
    params = parameters()
    optimizer = optim.Adam(
        params, lr=0.1, gradient_accumulation_steps=3, nonfinite="skip", name="a"
    )
    train(optimizer, params, 4)
    params[0].grad = torch.full_like(params[0], torch.nan)
    optimizer.step()
    state = through_file(optimizer.state_dict())
    group = state["param_groups"][0]
    assert (group["calls"], group["pending"], group["skipped"]) == (4, 1, 1)


def test_a_state_that_is_taken_out_does_not_change_what_follows():
    params, alone = parameters(), parameters()
    optimizer = optim.Adam(params, use_ema=True)
    for step in range(6):
        train(optimizer, params, 1, first=step)
        optimizer.state_dict()
    train(optim.Adam(alone, use_ema=True), alone, 6)
    assert same_bits(params, alone)


def test_the_state_after_loading_is_not_shared():
    params, others = parameters(), parameters()
    first, second = optim.Adam(params), optim.Adam(others)
    train(first, params, 2)
    second.load_state_dict(first.state_dict())
    before = copy.deepcopy(first.state_dict())
    train(second, others, 3)
    assert same_bits(
        [e["exp_avg"] for e in before["state"].values()],
        [e["exp_avg"] for e in first.state_dict()["state"].values()],
    )


def test_a_state_before_the_first_step_is_loaded():
    params = parameters()
    optimizer = optim.Adam(params)
    optimizer.load_state_dict(through_file(optim.Adam(parameters()).state_dict()))
    alone = parameters()
    train(optimizer, params, 2)
    train(optim.Adam(alone), alone, 2)
    assert same_bits(params, alone)


# -- by name --------------------------------------------------------------------------------------


def named(order, dtype=torch.float32, **arguments):
    """An optimizer of named parameters in this order."""
    made = dict(zip("abcdef", parameters(dtype=dtype), strict=True))
    return made, optim.Adam([(name, made[name]) for name in order], lr=0.1, **arguments)


def train_named(optimizer, made, steps, first=0):
    for step in range(first, first + steps):
        give_gradients(list(made.values()), step)
        optimizer.step()


def test_parameters_are_found_by_their_names():
    made, first = named("abcdef")
    train_named(first, made, 3)
    others, second = named("fdbaec")
    for name, parameter in others.items():
        parameter.data.copy_(made[name].data)
    second.load_state_dict(through_file(first.state_dict()))
    train_named(first, made, 3, first=3)
    train_named(second, others, 3, first=3)
    assert same_bits(list(made.values()), list(others.values()))


def test_without_names_it_is_the_order_that_counts():
    made, first = named("abcdef")
    train_named(first, made, 3)
    others = [p.detach().clone().requires_grad_() for p in made.values()]
    second = optim.Adam(others, lr=0.1)
    second.load_state_dict(first.state_dict())
    train_named(first, made, 3, first=3)
    train(second, others, 3, first=3)
    assert same_bits(list(made.values()), others)


# -- strictness -----------------------------------------------------------------------------------


def rename(state):
    state["param_groups"][0]["param_names"][0] = "weight"


def reshape(state):
    state["state"][1]["exp_avg"] = state["state"][1]["exp_avg"].t().contiguous()


def widen(state):
    state["state"][1]["exp_avg"] = state["state"][1]["exp_avg"].double()


def drop_slot(state):
    del state["state"][0]["exp_avg_sq"]


def drop_parameter(state):
    state["param_groups"][0]["params"].pop()
    state["param_groups"][0]["param_names"].pop()


def split_groups(state):
    state["param_groups"] = [state["param_groups"][0], {**state["param_groups"][0], "params": []}]


def no_tensor(state):
    state["state"][0]["exp_avg"] = "exp_avg"


MISFITS = [
    (rename, "Missing: a. Not here: weight"),
    (reshape, r"exp_avg of 'b' must have the shape \(3, 5\). Got: \(5, 3\)"),
    (widen, "exp_avg of 'b' must not be wider than torch.float32.*Got: torch.float64"),
    (drop_slot, "state of 'a' must have 'exp_avg_sq'. Got: 'step', 'exp_avg'"),
    (drop_parameter, r"1 groups of \[6\] parameters.*Got: 1 groups of \[5\]"),
    (split_groups, "Got: 2 groups"),
    (no_tensor, "exp_avg of 'a' must have the shape"),
]


@pytest.mark.parametrize(("spoil", "message"), MISFITS, ids=lambda m: getattr(m, "__name__", ""))
def test_a_state_that_does_not_fit_is_refused_and_nothing_changes(spoil, message):
    made, first = named("abcdef")
    train_named(first, made, 3)
    state = through_file(first.state_dict())
    spoil(state)
    others, second = named("abcdef")
    train_named(second, others, 2)
    before = picture(second)
    with pytest.raises(CheckpointError, match=message):
        second.load_state_dict(state)
    assert picture(second) == before
    alone, third = named("abcdef")
    train_named(third, alone, 4)
    train_named(second, others, 2, first=2)
    assert same_bits(list(others.values()), list(alone.values()))


@pytest.mark.parametrize(
    "state", [{}, {"state": {}}, {"param_groups": []}, [], None, {"state": [], "param_groups": 3}]
)
def test_what_is_no_state_is_refused(state):
    params = parameters()
    optimizer = optim.Adam(params)
    train(optimizer, params, 1)
    before = picture(optimizer)
    with pytest.raises(CheckpointError, match="state"):
        optimizer.load_state_dict(state)
    assert picture(optimizer) == before


def test_slots_of_16_bits_become_wider():
    """Those of a torch.optim run in bfloat16 do."""
    theirs = parameters(dtype=torch.bfloat16)
    reference = torch.optim.Adam(theirs)
    train(reference, theirs, 2)
    ours = parameters(dtype=torch.bfloat16)
    optimizer = optim.Adam(ours)
    optimizer.load_state_dict(reference.state_dict())
    for one, other in zip(ours, theirs, strict=True):
        slot = optimizer.state[one]["exp_avg"]
        assert slot.dtype is torch.float32
        assert torch.equal(slot, reference.state[other]["exp_avg"].float())


def test_slots_are_not_narrowed_to_parameters_of_16_bits():
    params = parameters(dtype=torch.bfloat16)
    first = optim.Adam(params)
    train(first, params, 2)
    others = parameters(dtype=torch.bfloat16)
    second = optim.Adam(others)
    second.load_state_dict(through_file(first.state_dict()))
    for one, other in zip(params, others, strict=True):
        assert torch.equal(first.state[one]["exp_avg"], second.state[other]["exp_avg"])
        assert second.state[other]["exp_avg"].dtype is torch.float32


# -- hyperparameters ------------------------------------------------------------------------------


def test_hyperparameters_are_not_taken_over_unasked():
    made, first = named("abcdef", betas=(0.5, 0.6))
    train_named(first, made, 2)
    _, second = named("abcdef", weight_decay=0.1)
    with pytest.warns(UserWarning, match=r"betas=\(0.5, 0.6\) \(here \(0.9, 0.999\)\)") as caught:
        second.load_state_dict(first.state_dict())
    assert "weight_decay=0.0 (here 0.1)" in str(caught[0].message)
    assert caught[0].filename == __file__
    assert second.param_groups[0]["betas"] == (0.9, 0.999)
    assert second.param_groups[0]["weight_decay"] == 0.1


def test_hyperparameters_are_taken_over_on_request():
    made, first = named("abcdef", betas=(0.5, 0.6), weight_decay=0.2)
    train_named(first, made, 2)
    others, second = named("abcdef")
    for name, parameter in others.items():
        parameter.data.copy_(made[name].data)
    second.load_state_dict(through_file(first.state_dict()), hyperparameters=True)
    assert second.param_groups[0]["betas"] == (0.5, 0.6)
    train_named(first, made, 2, first=2)
    train_named(second, others, 2, first=2)
    assert same_bits(list(made.values()), list(others.values()))


def test_hyperparameters_out_of_range_are_refused_with_the_whole_state():
    made, first = named("abcdef")
    train_named(first, made, 2)
    state = through_file(first.state_dict())
    state["param_groups"][0]["lr"] = -1.0
    _, second = named("abcdef")
    before = picture(second)
    with pytest.raises(ValueError, match=r"lr \(learning_rate\) must be at least 0. Got: -1"):
        second.load_state_dict(state, hyperparameters=True)
    assert picture(second) == before


MOVED = {
    "StepLR": lambda o: torch.optim.lr_scheduler.StepLR(o, 1, gamma=0.5),
    "OneCycleLR": lambda o: torch.optim.lr_scheduler.OneCycleLR(o, max_lr=0.1, total_steps=20),
    "CyclicLR": lambda o: torch.optim.lr_scheduler.CyclicLR(o, 0.01, 0.1, step_size_up=3),
}


@pytest.mark.parametrize("name", MOVED)
def test_what_a_scheduler_has_moved_comes_back_without_asking(name):
    def start():
        params = parameters()
        optimizer = optim.Adam(params, lr=0.1)
        return params, optimizer, MOVED[name](optimizer)

    def go(params, optimizer, scheduler, steps, first=0):
        for step in range(first, first + steps):
            train(optimizer, params, 1, first=step)
            scheduler.step()

    whole = start()
    go(*whole, 10)
    first = start()
    go(*first, 5)
    second = start()
    with torch.no_grad():
        for one, other in zip(second[0], first[0], strict=True):
            one.copy_(other)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        second[1].load_state_dict(through_file(first[1].state_dict()))
    second[2].load_state_dict(copy.deepcopy(first[2].state_dict()))
    go(*second, 5, first=5)
    assert same_bits(second[0], whole[0])


# -- copies ---------------------------------------------------------------------------------------


def wrapped(name):
    return optim.wrap(Sine) if name == "Sine" else getattr(optim, name)


@pytest.mark.parametrize("manner", ["deepcopy", "pickle", "torch.save"])
@pytest.mark.parametrize("name", ["Adam", "NAdam", "Muon", "Lamb", "ScheduleFreeAdamW", "Sine"])
def test_a_copy_goes_on_as_the_original(name, manner):
    params = parameters()
    optimizer = wrapped(name)(params, lr=0.1, gradient_accumulation_steps=2, use_ema=True)
    train(optimizer, params, 5)
    if manner == "deepcopy":
        other = copy.deepcopy(optimizer)
    elif manner == "pickle":
        other = pickle.loads(pickle.dumps(optimizer))
    else:
        other = through_file(optimizer, weights_only=False)
    assert type(other) is type(optimizer)
    copies = [p for group in other.param_groups for p in group["params"]]
    assert same_bits(copies, params)
    assert not any(a is b for a, b in zip(copies, params, strict=True))
    train(optimizer, params, 4, first=5)
    train(other, copies, 4, first=5)
    assert same_bits(copies, params)
    assert same_bits(
        [s for p in copies for s in other.state[p].values()],
        [s for p in params for s in optimizer.state[p].values()],
    )


def test_a_model_and_its_optimizer_are_copied_together():
    model = torch.nn.Linear(3, 2)
    optimizer = optim.Adam(model.parameters(), lr=0.1)
    model(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    copied, other = copy.deepcopy((model, optimizer))
    copied(torch.ones(1, 3)).sum().backward()
    before = model.weight.detach().clone()
    other.step()
    assert torch.equal(model.weight, before)
    assert not torch.equal(copied.weight, before)


def test_a_copy_before_any_step_is_a_new_optimizer():
    params = parameters()
    other = pickle.loads(pickle.dumps(optim.Adam(params, lr=0.1, global_clipnorm=1.0)))
    copies = other.param_groups[0]["params"]
    train(other, copies, 2)
    train(optim.Adam(params, lr=0.1, global_clipnorm=1.0), params, 2)
    assert same_bits(copies, params)


class Renamed(optim.Adam):
    """A class that extends one of ours."""


@pytest.mark.parametrize("manner", ["deepcopy", "pickle"])
def test_a_copy_of_an_extended_class_is_one(manner):
    optimizer = Renamed(parameters(), lr=0.1)
    copied = copy.deepcopy if manner == "deepcopy" else lambda o: pickle.loads(pickle.dumps(o))
    assert type(copied(optimizer)) is Renamed


# -- changed by others ----------------------------------------------------------------------------


def clear(optimizer):
    optimizer.state.clear()


def renew(optimizer):
    optimizer.state = collections.defaultdict(dict)


def move(optimizer):
    """As people bring a state to another device and back."""
    for entry in optimizer.state.values():
        for key, value in entry.items():
            entry[key] = value.clone() * (1 if key == "step" else 2)


def halve(optimizer):
    for entry in optimizer.state.values():
        entry["exp_avg"].mul_(0.5)


@pytest.mark.parametrize("change", [clear, renew, move, halve], ids=lambda c: c.__name__)
def test_a_state_that_somebody_changes_is_what_steps_go_on_with(change):
    ends = []
    for cls in both("Adam"):
        params = parameters(dtype=torch.float64)
        optimizer = cls(params, lr=0.1)
        train(optimizer, params, 4)
        change(optimizer)
        train(optimizer, params, 4, first=4)
        ends.append((params, [optimizer.state[p]["exp_avg"] for p in params]))
    assert_close(ends[1][0], ends[0][0], 1e-12)
    assert_close(ends[1][1], ends[0][1], 1e-12)


# -- hooks ----------------------------------------------------------------------------------------


def test_hooks_are_called_as_in_pytorch():
    logs = []
    for cls in (torch.optim.Adam, optim.Adam):
        log = []
        params = parameters()
        optimizer = cls(params, lr=0.1)
        optimizer.register_step_pre_hook(lambda o, a, k, log=log: log.append("step pre"))
        optimizer.register_step_post_hook(lambda o, a, k, log=log: log.append("step post"))
        optimizer.register_state_dict_pre_hook(lambda o, log=log: log.append("state pre"))
        optimizer.register_state_dict_post_hook(
            lambda o, state, log=log: log.append("state post") or {**state, "mine": 1}
        )
        optimizer.register_load_state_dict_pre_hook(
            lambda o, state, log=log: log.append(f"load pre {state['mine']}")
        )
        optimizer.register_load_state_dict_post_hook(lambda o, log=log: log.append("load post"))
        train(optimizer, params, 1)
        optimizer.load_state_dict(optimizer.state_dict())
        logs.append(log)
    assert logs[1] == logs[0]
    assert len(logs[1]) == 6


def test_a_load_hook_may_give_another_state():
    params, others = parameters(), parameters()
    first, second = optim.Adam(params, lr=0.1), optim.Adam(others, lr=0.1)
    train(first, params, 3)
    wanted = first.state_dict()
    second.register_load_state_dict_pre_hook(lambda o, state: wanted)
    second.load_state_dict(optim.Adam(parameters(), lr=0.1).state_dict())
    assert second.state[others[0]]["step"] == 3


def test_a_step_hook_of_all_optimizers_is_called():
    seen = []
    handle = register_optimizer_step_post_hook(
        lambda optimizer, args, kwargs: seen.append(optimizer)
    )
    try:
        params = parameters()
        optimizer = optim.Adam(params)
        train(optimizer, params, 1)
    finally:
        handle.remove()
    assert seen == [optimizer]


# -- to and from torch.optim ----------------------------------------------------------------------

SWITCHED = {"Muon": 0.02, "NAdam": 1e-6, "AdamW": 3e-6, "ASGD": 3e-6}
"""How far from a run in float32 that stayed: 1e-6 but for what PyTorch rounds in each step.

Muon to bfloat16, which is some percent of a step; AdamW 1 − lr·decay and ASGD 1 − ηλ to float32,
1e-7 a step.
"""


def switched(name, arguments, first, second, dtype=torch.float32, load=None):
    """5 steps there, 20 here; and all of them there."""
    stayed = parameters(name, dtype)
    train(first(stayed, **arguments), stayed, 25)
    params = parameters(name, dtype)
    one = first(params, **arguments)
    train(one, params, 5)
    other = second(params, **arguments)
    (load or type(other).load_state_dict)(other, through_file(one.state_dict()))
    train(other, params, 20, first=5)
    return params, stayed


@pytest.mark.parametrize("direction", ["here", "there"])
@pytest.mark.parametrize(("name", "arguments"), VARIANTS, ids=identity)
def test_a_run_can_switch_in_the_middle(name, arguments, direction):
    theirs, ours = both(name)
    way = (theirs, ours) if direction == "here" else (ours, theirs)
    assert_close(*switched(name, arguments, *way), SWITCHED.get(name, 1e-6))
    if name != "Muon":
        exact = switched(name, arguments, *way, dtype=torch.float64)
        assert_close(*exact, 1e-6 if name in NUMBERS_IN_FLOAT32 else 1e-12)


@pytest.mark.parametrize("name", [name for name in SHARED if name != "Muon"])
def test_a_switch_without_the_state_is_seen(name):
    theirs, ours = both(name)
    arguments = {"momentum": 0.9} if name == "SGD" else {}
    with pytest.raises(AssertionError):
        assert_close(*switched(name, arguments, theirs, ours, load=lambda o, s: None), 1e-6)


def test_muon_switches_exactly_but_for_bfloat16():
    theirs, ours = both("Muon")
    with exact_muon():
        assert_close(*switched("Muon", {}, theirs, ours, dtype=torch.float64), 1e-12)
        assert_close(*switched("Muon", {}, ours, theirs, dtype=torch.float64), 1e-12)
        wrong = switched("Muon", {}, theirs, ours, torch.float64, lambda o, s: None)
    with pytest.raises(AssertionError):
        assert_close(*wrong, 1e-6)


@pytest.mark.parametrize(("name", "arguments"), VARIANTS, ids=identity)
def test_from_torch_takes_everything_over(name, arguments):
    stayed = parameters(name, torch.float64)
    decay = {} if name == "Rprop" else {"weight_decay": 0.01}
    given = {**arguments, "lr": 0.05, **decay}
    train(both(name)[0](stayed, **given), stayed, 10)
    params = parameters(name, torch.float64)
    pairs = [(f"layer{index}", p) for index, p in enumerate(params)]
    reference = both(name)[0]([{"params": pairs[:1]}, {"params": pairs[1:]}], **given)
    train(reference, params, 5)
    before = copy.deepcopy(reference.state_dict())
    optimizer = optim.from_torch(reference)
    assert type(optimizer) is both(name)[1]
    assert optimizer.param_groups[1]["param_names"] == reference.param_groups[1]["param_names"]
    train(optimizer, params, 5, first=5)
    assert_close(params, stayed, {"Muon": 0.05, "NAdam": 1e-6, "ASGD": 1e-6}.get(name, 1e-10))
    after = reference.state_dict()
    for key, entry in before["state"].items():
        for slot, value in entry.items():
            assert value is None or torch.equal(value, after["state"][key][slot])


def test_from_torch_with_more_than_pytorch_has():
    params = parameters()
    reference = torch.optim.AdamW(params, lr=0.1)
    train(reference, params, 3)
    optimizer = optim.from_torch(reference, use_ema=True, global_clipnorm=1.0)
    train(optimizer, params, 3, first=3)
    assert optimizer.gradient_norm > 0
    assert "ema" in optimizer.state[params[0]]


def test_from_torch_in_the_middle_of_a_schedule():
    ends = []
    for switch in (False, True):
        params = parameters(dtype=torch.float64)
        optimizer = torch.optim.Adam(params, lr=0.1)
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2, gamma=0.5)
        for step in range(10):
            if switch and step == 5:
                state = scheduler.state_dict()
                optimizer = optim.from_torch(optimizer)
                scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2, gamma=0.5)
                scheduler.load_state_dict(state)
            train(optimizer, params, 1, first=step)
            scheduler.step()
        ends.append(params)
    assert_close(ends[1], ends[0], 1e-12)


NOT_TAKEN = [
    (lambda p: torch.optim.SparseAdam(p), ArgumentError, "from_torch takes one of torch.optim's"),
    (lambda p: torch.optim.SparseAdam(p), ArgumentError, "Got: torch.optim.*SparseAdam"),
    (lambda p: optim.Adam(p), ArgumentError, "Got: adamas.torch.Adam"),
    (lambda p: torch.optim.Adam(p, differentiable=True), UnsupportedError, "differentiable"),
    (lambda p: 3, ArgumentError, "Got: builtins.int"),
]


@pytest.mark.parametrize(("make", "error", "message"), NOT_TAKEN, ids=range(len(NOT_TAKEN)))
def test_what_from_torch_cannot_take_over_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        optim.from_torch(make(parameters()))


def test_from_torch_refuses_complex_parameters():
    parameter = torch.ones(2, dtype=torch.complex64, requires_grad=True)
    with pytest.raises(TypeError, match="must be real"):
        optim.from_torch(torch.optim.Adam([parameter]))


def test_another_optimizers_state_is_refused():
    params = parameters()
    reference = torch.optim.RMSprop(params)
    train(reference, params, 2)
    optimizer = optim.Adam(params)
    with pytest.raises(CheckpointError, match="must have 'exp_avg'"):
        optimizer.load_state_dict(reference.state_dict())


def test_a_state_under_keras_numbers_is_not_given_to_pytorch_unseen():
    """Its slots have other names, where their numbers mean something else."""
    params = parameters()
    optimizer = optim.SGD(params, lr=0.1, momentum=0.9, convention="keras")
    train(optimizer, params, 2)
    assert "momentum_buffer" not in optimizer.state[params[0]]
