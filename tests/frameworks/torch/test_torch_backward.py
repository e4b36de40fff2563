"""Steps in the backward pass: the same bits as ``step()``, and no gradient outlives its own."""

import copy
import gc

import pytest
from torch.multiprocessing.reductions import StorageWeakRef

import adamas
from adamas import schedules
from adamas.errors import ConfigurationError, StateError, StructureError, UnsupportedError
from torch_cases import identity, optim, picture, same_bits, torch


def model_of(shared=False):
    torch.manual_seed(0)
    layers = [torch.nn.Linear(6, 6), torch.nn.Tanh(), torch.nn.Linear(6, 6), torch.nn.Linear(6, 2)]
    if shared:
        layers[2].weight = layers[0].weight
    return torch.nn.Sequential(*layers)


def inputs(step):
    return torch.randn(8, 6, generator=torch.Generator().manual_seed(step))


def falling():
    return schedules.ExponentialDecay(0.1, decay_steps=1, decay_rate=0.5)


def trained(name, arguments, backward, calls=6, shared=False, ending=True):
    model = model_of(shared)
    optimizer = getattr(optim, name)(model.parameters(), **{"lr": 0.01, **arguments})
    if backward:
        optim.apply_in_backward(model, optimizer)
    for step in range(calls):
        optimizer.zero_grad()
        model(inputs(step)).square().mean().backward()
        if backward:
            assert all(p.grad is None for p in model.parameters())
        if ending or not backward:
            optimizer.step()
    return model, optimizer


CASES = [
    ("Adam", {}),
    ("AdamW", {"weight_decay": 0.1, "amsgrad": True}),
    ("Adam", {"clipnorm": 0.01, "use_ema": True}),
    ("SGD", {"momentum": 0.9, "clipvalue": 0.01}),
    ("NAdam", {}),
    ("Adafactor", {}),
    ("Lamb", {}),
    ("Muon", {}),
    ("Lion", {"gradient_accumulation_steps": 3}),
    ("Adam", {"gradient_accumulation_steps": 2, "use_ema": True}),
    ("SGD", {"lr": falling()}),
    ("Adam", {"lr": falling(), "gradient_accumulation_steps": 2}),
]


@pytest.mark.parametrize("shared", [False, True], ids=["own", "shared"])
@pytest.mark.parametrize(("name", "arguments"), CASES, ids=identity)
def test_steps_in_the_backward_pass_are_those_of_step(name, arguments, shared):
    plain, wanted = trained(name, arguments, backward=False, shared=shared)
    model, optimizer = trained(name, arguments, backward=True, shared=shared)
    assert same_bits(list(model.parameters()), list(plain.parameters()))
    assert picture(optimizer) == picture(wanted)


def test_the_call_ends_with_the_next_pass_if_nobody_ends_it():
    arguments = {"lr": falling()}
    plain, _ = trained("SGD", arguments, backward=False)
    model, _ = trained("SGD", arguments, backward=True, ending=False)
    assert same_bits(list(model.parameters()), list(plain.parameters()))
    constant, _ = trained("SGD", {"lr": 0.1}, backward=True)
    assert not same_bits(list(constant.parameters()), list(plain.parameters()))


def alive(backward):
    """The most gradients that are there at once, seen whenever one has come."""
    model = torch.nn.Sequential(*(torch.nn.Linear(8, 8, bias=False) for _ in range(6)))
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    if backward:
        optim.apply_in_backward(model, optimizer)
    most = 0

    def look(_):
        nonlocal most
        most = max(most, sum(p.grad is not None for p in model.parameters()))

    for parameter in model.parameters():
        parameter.register_post_accumulate_grad_hook(look)
    model(torch.ones(2, 8)).sum().backward()
    return most


def test_no_two_gradients_are_there_at_once():
    assert alive(backward=True) == 0
    assert alive(backward=False) == 6


def expired(backward):
    """Which gradients' memory is freed when a pass is over."""
    model = model_of()
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    memory = []
    for parameter in model.parameters():
        parameter.register_post_accumulate_grad_hook(
            lambda p: memory.append(StorageWeakRef(p.grad.untyped_storage()))
        )
    if backward:
        optim.apply_in_backward(model, optimizer)
    for step in range(2):
        model(inputs(step)).square().mean().backward()
    gc.collect()
    return [reference.expired() for reference in memory]


def test_the_memory_of_a_gradient_is_given_back():
    """Nothing keeps it: neither the optimizer nor the tables of its last step."""
    assert expired(backward=True) == [True] * 12
    assert expired(backward=False) == [False] * 12


def in_memory(backward, global_norm=None, **arguments):
    """The most gradients whose memory is there when another one has come, of three passes."""
    model = torch.nn.Sequential(*(torch.nn.Linear(8, 8, bias=False) for _ in range(6)))
    optimizer = optim.Adam(model.parameters(), lr=0.01, **arguments)
    memory, most = [], 0

    def look(parameter):
        nonlocal most
        memory.append(StorageWeakRef(parameter.grad.untyped_storage()))
        most = max(most, sum(not reference.expired() for reference in memory))

    for parameter in model.parameters():
        parameter.register_post_accumulate_grad_hook(look)
    if backward:
        optim.apply_in_backward(model, optimizer, global_norm=global_norm)
    for _ in range(3):
        optimizer.zero_grad()
        model(torch.ones(2, 8)).sum().backward()
        optimizer.step()
    return most


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"gradient_accumulation_steps": 2, "use_ema": True},
        {"global_clipnorm": 1.0, "global_norm": "last"},
        {"global_clipnorm": 1.0, "offload": "cpu"},
    ],
    ids=identity,
)
def test_there_is_memory_of_one_gradient_at_a_time(arguments):
    assert in_memory(True, **arguments) == 1
    if "global_norm" not in arguments:
        assert in_memory(False, **arguments) == 6


def test_removing_it_goes_back_to_step():
    model = model_of()
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    hooks = optim.apply_in_backward(model, optimizer)
    plain = model_of()
    reference = optim.Adam(plain.parameters(), lr=0.01)
    for step in range(4):
        if step == 2:
            hooks.remove()
        for one, other in ((model, optimizer), (plain, reference)):
            other.zero_grad()
            one(inputs(step)).square().mean().backward()
            other.step()
    assert same_bits(list(model.parameters()), list(plain.parameters()))


def test_the_norm_of_all_gradients_is_refused_with_the_way_out():
    model = model_of()
    optimizer = optim.Adam(model.parameters(), lr=0.01, global_clipnorm=1.0)
    with pytest.raises(UnsupportedError, match="needs all gradients.*Use clipnorm"):
        optim.apply_in_backward(model, optimizer)
    model(inputs(0)).square().mean().backward()
    assert all(p.grad is not None for p in model.parameters())


def test_parameters_of_another_model_are_refused():
    with pytest.raises(StructureError, match="must be the model's"):
        optim.apply_in_backward(model_of(), optim.Adam(model_of().parameters(), lr=0.1))


def test_asking_twice_is_refused():
    model = model_of()
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    optim.apply_in_backward(model, optimizer)
    with pytest.raises(StateError, match="already"):
        optim.apply_in_backward(model, optimizer)


def test_a_part_of_the_parameters_may_be_frozen():
    plain, model = model_of(), model_of()
    for one, backward in ((plain, False), (model, True)):
        one[0].requires_grad_(False)
        optimizer = optim.Adam(one.parameters(), lr=0.01)
        if backward:
            optim.apply_in_backward(one, optimizer)
        for step in range(3):
            optimizer.zero_grad()
            one(inputs(step)).square().mean().backward()
            optimizer.step()
    assert same_bits(list(model.parameters()), list(plain.parameters()))


# -- the norm of the update before


LIMIT = 0.05


def clipped_by_the_last_norm(calls, steps=1, last=True):
    """SGD in plain PyTorch: gradients are divided by how far the update before was above the limit,
    and none is longer than the limit by itself."""
    model, norm, grads, norms = model_of(), 0.0, [], []
    for call in range(calls):
        model.zero_grad()
        model(inputs(call)).square().mean().backward()
        grads = grads if call % steps else [torch.zeros_like(p) for p in model.parameters()]
        for grad, parameter in zip(grads, model.parameters(), strict=True):
            grad += parameter.grad / steps
        if call % steps == steps - 1:
            with torch.no_grad():
                for grad, parameter in zip(grads, model.parameters(), strict=True):
                    divided = grad / max(1.0, norm / LIMIT if last else 1.0)
                    own = divided.norm() + 1e-6
                    parameter -= 0.5 * divided * min(1.0, LIMIT / own)
            norm = torch.stack([grad.norm() for grad in grads]).norm().item()
            norms.append(norm)
    return model, norms


def by_the_last_norm(calls, steps=None, **arguments):
    given = {"lr": 0.5, "global_clipnorm": LIMIT, "gradient_accumulation_steps": steps}
    model = model_of()
    optimizer = optim.SGD(model.named_parameters(), **given, **arguments)
    optim.apply_in_backward(model, optimizer, global_norm="last")
    go_on(model, optimizer, range(calls))
    return model, optimizer


def go_on(model, optimizer, calls):
    for call in calls:
        model(inputs(call)).square().mean().backward()
        optimizer.step()


def far(one, other):
    return max(
        float((p - q).detach().abs().max())
        for p, q in zip(one.parameters(), other.parameters(), strict=True)
    )


@pytest.mark.parametrize("steps", [1, 2])
def test_gradients_are_clipped_by_the_norm_of_the_update_before(steps):
    model, optimizer = by_the_last_norm(6, steps=None if steps == 1 else steps, use_ema=True)
    wanted, norms = clipped_by_the_last_norm(6, steps)
    assert far(model, wanted) < 1e-6
    assert optimizer.gradient_norm == pytest.approx(norms[-1], rel=1e-4)
    assert optimizer.param_groups[0]["last_norm"] == optimizer.gradient_norm
    assert far(wanted, clipped_by_the_last_norm(6, steps, last=False)[0]) > 1e-3


def test_in_the_first_update_each_gradient_has_its_own_norm():
    model, _ = by_the_last_norm(1)
    own = model_of()
    plain = optim.SGD(own.parameters(), lr=0.5, clipnorm=LIMIT)
    go_on(own, plain, range(1))
    assert far(model, own) < 1e-7


def test_a_norm_that_is_not_finite_is_not_the_last_one():
    model, optimizer = by_the_last_norm(3, nonfinite="skip")
    before = optimizer.param_groups[0]["last_norm"]
    (model(inputs(3)).sum() * torch.inf).backward()
    optimizer.step()
    assert optimizer.param_groups[0]["last_norm"] == before > 0


def test_the_last_norm_is_a_part_of_states_and_files(tmp_path):
    wanted, _ = by_the_last_norm(6)
    for way in ("state", "file"):
        model, optimizer = by_the_last_norm(3)
        fresh = optim.SGD(model.named_parameters(), lr=0.5, global_clipnorm=LIMIT)
        state = copy.deepcopy(optimizer.state_dict())
        optimizer.save(tmp_path / "state")
        other = copy.deepcopy(model)
        fresh = optim.SGD(other.named_parameters(), lr=0.5, global_clipnorm=LIMIT)
        optim.apply_in_backward(other, fresh, global_norm="last")
        if way == "state":
            fresh.load_state_dict(state)
        else:
            fresh.load(tmp_path / "state")
        go_on(other, fresh, range(3, 6))
        assert same_bits(list(other.parameters()), list(wanted.parameters())), way
    fresh.load_state_dict(optim.SGD(other.named_parameters(), lr=0.5).state_dict())
    assert fresh.param_groups[0]["last_norm"] == 0


def test_the_norm_of_all_gradients_is_told_also_of_clips_of_each():
    _, plain = trained("Adam", {"clipnorm": 0.01}, backward=False)
    _, optimizer = trained("Adam", {"clipnorm": 0.01}, backward=True)
    assert optimizer.gradient_norm == pytest.approx(plain.gradient_norm, rel=1e-6)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "Got: no clip"),
        ({"clipnorm": 1.0}, "Got: clipnorm"),
        ({"global_clipnorm": 1.0, "offload": "cpu"}, "Leave it out"),
    ],
    ids=identity,
)
def test_the_last_norm_is_for_one_global_clip(arguments, said):
    model = model_of()
    optimizer = optim.Adam(model.parameters(), lr=0.01, **arguments)
    with pytest.raises(ConfigurationError, match=said):
        optim.apply_in_backward(model, optimizer, global_norm="last")
    with pytest.raises(ConfigurationError, match="must be 'last'"):
        optim.apply_in_backward(model, optimizer, global_norm="first")


@pytest.mark.parametrize(
    ("kind", "arguments"), [(adamas.Prodigy, {}), (adamas.Adam, {"mechanic": 1e-4})], ids=identity
)
def test_sums_over_all_tensors_are_refused(kind, arguments):
    model = model_of()
    optimizer = optim.wrap(kind)(model.parameters(), **arguments)
    with pytest.raises(UnsupportedError, match="Sums over all tensors"):
        optim.apply_in_backward(model, optimizer)
