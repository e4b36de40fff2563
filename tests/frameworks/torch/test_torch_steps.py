"""Steps of `adamas.torch` beside torch.optim: trajectories, memory, missing gradients."""

import gc

import numpy as np
import pytest

from adamas.errors import ArrayError, ArrayTypeError, NonFiniteError, UnsupportedError
from torch_cases import (
    CONFIGURATIONS,
    NUMBERS_IN_FLOAT32,
    SHARED,
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

STEPS = 100

# -- trajectories ---------------------------------------------------------------------------------


def distance(ours, theirs):
    """The largest difference, relative to the largest magnitude in each tensor."""
    pairs = [
        (one.detach().double(), other.detach().double())
        for one, other in zip(ours, theirs, strict=True)
    ]
    return max(
        float((one - other).abs().max() / other.abs().max()) for one, other in pairs if one.numel()
    )


def exact(name, arguments):
    """PyTorch's trajectory in double precision, from parameters and gradients in float32."""
    params = [p.detach().double().requires_grad_() for p in parameters(name)]
    optimizer = both(name)[0](params, **arguments)
    if name == "Adafactor" and optimizer.defaults["eps"][0] is None:
        # None is the spacing of the dtype, here still float32.
        spacing = torch.finfo(torch.float32).eps
        optimizer.param_groups[0]["eps"] = (spacing, optimizer.defaults["eps"][1])
    for step in range(STEPS):
        give_gradients(params, step)
        for parameter in params:
            parameter.grad = parameter.grad.float().double()
        optimizer.step()
    return params


def check_float32(name, arguments, ours=None):
    """Within 1e-6 of PyTorch, or nearer than it to what it computes in double precision.

    PyTorch rounds in each step what we keep in double precision, such as 1 − lr·decay: 1e-8 a
    step, always to the same side. One rounding of p a step is all that can be told of ours:
    100 · 2⁻²⁵ = 3e-6 at worst.
    """
    params = parameters(name)
    theirs = parameters(name)
    with exact_muon():
        train(both(name)[1](params, **(arguments if ours is None else ours)), params, STEPS)
        train(both(name)[0](theirs, **arguments), theirs, STEPS)
        best = exact(name, arguments)
    own = distance(params, best)
    assert distance(params, theirs) <= 1e-6 or own <= distance(theirs, best)
    assert own <= 3e-6


@pytest.mark.parametrize(("name", "arguments"), CONFIGURATIONS, ids=identity)
def test_a_trajectory_in_float32_is_pytorchs(name, arguments):
    check_float32(name, arguments)


@pytest.mark.parametrize(("name", "arguments"), CONFIGURATIONS, ids=identity)
def test_a_trajectory_in_float64_is_pytorchs(name, arguments):
    """To 1e-10; Nadam's product of momenta is float32 in PyTorch, which is 1e-10 in the end.

    ASGD's η is as well, by which it multiplies each step: 6e-8 of the way.
    """
    ours, theirs = parameters(name, torch.float64), parameters(name, torch.float64)
    train(both(name)[1](ours, **arguments), ours, STEPS)
    with exact_muon():
        train(both(name)[0](theirs, **arguments), theirs, STEPS)
    assert_close(ours, theirs, 1e-7 if name == "ASGD" else 1e-10)


WRONG = [
    ("SGD", {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}),
    ("Adadelta", {}, {"eps": 2e-6}),
    ("Adafactor", {}, {"d": 1.1}),
    ("Adagrad", {}, {"initial_accumulator_value": 1e-3}),
    ("Adam", {}, {"amsgrad": True}),
    ("Adam", {"weight_decay": 0.1}, {"weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("AdamW", {}, {"weight_decay": 0.011}),
    ("AdamW", {}, {"convention": "keras"}),
    ("Adamax", {}, {"eps": 1e-4}),
    ("ASGD", {}, {"lambd": 2e-4}),
    ("ASGD", {"lambd": 0.1}, {"lambd": 0.1, "alpha": 0.7}),
    ("Muon", {}, {"ns_steps": 4}),
    ("NAdam", {}, {"momentum_decay": 0.005}),
    ("RAdam", {}, {"eps": 1e-4}),
    ("RAdam", {"weight_decay": 0.1}, {"weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("RMSprop", {"centered": True}, {}),
    ("Rprop", {}, {"etas": (0.5, 1.3)}),
    ("Rprop", {}, {"step_sizes": (1e-6, 0.02)}),
]


@pytest.mark.parametrize(("name", "arguments", "ours"), WRONG, ids=identity)
def test_another_rule_is_seen(name, arguments, ours):
    with pytest.raises(AssertionError):
        check_float32(name, arguments, ours)


def model_of(dtype=torch.float64):
    torch.manual_seed(1)
    layers = (torch.nn.Linear(6, 8), torch.nn.LayerNorm(8), torch.nn.Tanh(), torch.nn.Linear(8, 3))
    return torch.nn.Sequential(*layers).to(dtype)


def losses(model, optimizer, steps=20):
    chance = torch.Generator().manual_seed(2)
    inputs = torch.randn(32, 6, generator=chance, dtype=torch.float64)
    targets = torch.randn(32, 3, generator=chance, dtype=torch.float64)
    found = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        found.append(loss.item())
    return found


@pytest.mark.parametrize("name", [name for name in SHARED if name != "Muon"])
def test_a_model_learns_as_with_pytorch(name):
    curves = []
    for cls in both(name):
        model = model_of()
        curves.append(losses(model, cls(model.parameters(), lr=0.01)))
    tolerance = 1e-6 if name in NUMBERS_IN_FLOAT32 else 1e-9
    np.testing.assert_allclose(curves[1], curves[0], rtol=tolerance)
    assert curves[1][-1] < curves[1][0]


# PyTorch multiplies in bfloat16, so its singular values differ from ours by 2⁻⁸ and more after
# five polynomials: each step differs by some percent of itself, the sum of all by less.
MUON_IN_BFLOAT16 = 0.05


def test_muon_moves_as_pytorchs_does_up_to_bfloat16():
    start = parameters("Muon")
    ours, theirs = parameters("Muon"), parameters("Muon")
    for cls, params in zip(both("Muon"), (theirs, ours), strict=True):
        train(cls(params, lr=0.01), params, 20)
    for one, other, first in zip(ours, theirs, start, strict=True):
        moved = (other - first).norm().item()
        assert 0 < (one - other).norm().item() < MUON_IN_BFLOAT16 * moved


# -- missing gradients ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", SHARED)
def test_each_parameter_has_its_own_clock(name):
    """A parameter without a gradient is not touched, and its bias correction waits for it."""
    ours, theirs = parameters(name, torch.float64), parameters(name, torch.float64)
    pairs = [(both(name)[1](ours), ours), (both(name)[0](theirs), theirs)]
    absent = [(), (0,), (0, 2), (1,), tuple(range(len(ours))), (0,), (), (2,), ()]
    with exact_muon():
        for step, missing in enumerate(absent):
            for optimizer, params in pairs:
                give_gradients(params, step, missing)
                optimizer.step()
            assert_close(ours, theirs, 1e-7 if name == "ASGD" else 1e-10)
    optimizer, reference = pairs[0][0], pairs[1][0]
    for one, other in zip(ours, theirs, strict=True):
        if "step" in reference.state[other]:
            assert torch.equal(optimizer.state[one]["step"], reference.state[other]["step"])


def test_a_parameter_that_never_had_a_gradient_has_no_state():
    params = parameters()
    optimizer = optim.Adam(params)
    for step in range(3):
        give_gradients(params, step, missing=(1,))
        optimizer.step()
    assert not optimizer.state.get(params[1])
    assert "exp_avg" in optimizer.state[params[0]]


def test_a_step_without_any_gradient_does_nothing():
    params = parameters()
    optimizer = optim.Adam(params, lr=1.0)
    before = picture(optimizer)
    optimizer.step()
    assert picture(optimizer) == before


def test_parameters_can_be_frozen_and_thawed():
    ours, theirs = model_of(), model_of()
    for model, cls in ((ours, optim.AdamW), (theirs, torch.optim.AdamW)):
        optimizer = cls(model.parameters(), lr=0.01)
        for trained in (True, False, True):
            model[0].requires_grad_(trained)
            before = model[0].weight.detach().clone()
            losses(model, optimizer, 5)
            assert torch.equal(model[0].weight, before) is (not trained)
    assert_close(list(ours.parameters()), list(theirs.parameters()), 1e-10)


def test_a_parameter_that_two_modules_share_is_one():
    curves = []
    for cls in (torch.optim.Adam, optim.Adam):
        torch.manual_seed(0)
        first, second = torch.nn.Linear(6, 6), torch.nn.Linear(6, 6)
        second.weight = first.weight
        model = torch.nn.Sequential(first, second, torch.nn.Linear(6, 3)).double()
        optimizer = cls(model.parameters(), lr=0.01)
        assert len(optimizer.param_groups[0]["params"]) == 5
        curves.append(losses(model, optimizer))
    np.testing.assert_allclose(curves[1], curves[0], rtol=1e-9)


# -- memory of any form ---------------------------------------------------------------------------


def strided(kind, shape=(4, 6)):
    """A leaf parameter of this memory format, with the values of a dense one."""
    values = torch.arange(24.0, dtype=torch.float64).reshape(shape) / 8 + 0.5
    if kind == "transposed":
        return values.t().contiguous().t().requires_grad_()
    if kind == "sliced":
        wide = torch.zeros(shape[0], 2 * shape[1], dtype=torch.float64)
        wide[:, ::2] = values
        return wide[:, ::2].requires_grad_()
    if kind == "column":
        wide = torch.zeros(*shape, 3, dtype=torch.float64)
        wide[..., 1] = values
        return wide[..., 1].requires_grad_()
    return values.requires_grad_()


def gradient_of(kind, step):
    values = torch.tensor(np.random.default_rng(step).normal(size=(4, 6)))
    if kind == "transposed":
        return values.t().contiguous().t()
    if kind == "sliced":
        wide = torch.zeros(8, 6, dtype=torch.float64)
        wide[::2] = values
        return wide[::2]
    if kind == "expanded":
        return values[:1, :1].expand(4, 6)
    if kind == "rows":
        return values[:1].expand(4, 6)
    return values


GRADIENTS = ("dense", "transposed", "sliced", "expanded", "rows")


@pytest.mark.parametrize("name", ["Adam", "Adafactor", "Muon", "SGD"])
@pytest.mark.parametrize("gradient", GRADIENTS)
@pytest.mark.parametrize("parameter", ["dense", "transposed", "sliced", "column"])
def test_weights_and_gradients_are_paired_by_their_index(name, parameter, gradient):
    """Whatever their strides, in one step and from step to step."""
    ours, dense = strided(parameter), strided("dense")
    strides = ours.stride()
    optimizer, reference = (both(name)[1]([p], lr=0.01) for p in (ours, dense))
    for step in range(6):
        kind = gradient if step % 3 else "dense"
        ours.grad, dense.grad = gradient_of(kind, step), gradient_of(kind, step).contiguous()
        optimizer.step()
        reference.step()
    assert_close([ours], [dense], 1e-13)
    assert ours.stride() == strides
    slot = optimizer.state[ours].get("exp_avg")
    if slot is not None:
        assert slot.stride() == torch.zeros_like(ours).stride()


def test_channels_last_is_trained_as_it_lies():
    images = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    ends = []
    for form in (torch.contiguous_format, torch.channels_last):
        torch.manual_seed(0)
        model = torch.nn.Conv2d(3, 4, 3).to(memory_format=form)
        optimizer = optim.AdamW(model.parameters(), lr=0.01)
        for _ in range(5):
            optimizer.zero_grad()
            model(images.to(memory_format=form)).square().mean().backward()
            optimizer.step()
        ends.append(list(model.parameters()))
        assert model.weight.is_contiguous(memory_format=form)
        slot = optimizer.state[model.weight]["exp_avg"]
        assert slot.is_contiguous(memory_format=form)
    assert_close(ends[1], ends[0], 1e-5)


def test_views_of_one_memory_that_do_not_meet_are_parameters():
    memory = torch.ones(6, 4, dtype=torch.float64)
    params = [memory[:3].detach().requires_grad_(), memory[3:].detach().requires_grad_()]
    alone = [torch.ones(3, 4, dtype=torch.float64).requires_grad_() for _ in range(2)]
    for tensors in (params, alone):
        train(optim.Adam(tensors, lr=0.1), tensors, 3)
    assert same_bits(params, alone)


def test_parameters_that_share_memory_are_refused():
    memory = torch.ones(6)
    params = [memory[:4].detach().requires_grad_(), memory[2:].detach().requires_grad_()]
    optimizer = optim.SGD(params)
    give_gradients(params, 0)
    with pytest.raises(ArrayError, match="memory"):
        optimizer.step()
    assert torch.equal(memory, torch.ones(6))


LOW = [
    ("Adam", {}),
    ("Adam", {"amsgrad": True, "weight_decay": 0.1}),
    ("AdamW", {}),
    ("Adagrad", {"lr": 0.1}),
]
"""Without SGD: its fused kernel moves 16 and more weights of 16 bits by wrong amounts (2.13.0)."""


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
@pytest.mark.parametrize(("name", "arguments"), LOW, ids=identity)
def test_parameters_of_16_bits_move_as_in_pytorchs_fused_kernel(name, arguments, dtype):
    """One rounding a step, of p. PyTorch keeps its slots in 16 bits, so only a first step is alike.

    One neighbour is allowed, where the sum before it lies halfway between two.
    """
    ours, theirs = parameters(name, dtype), parameters(name, dtype)
    train(both(name)[1](ours, **arguments), ours, 1)
    train(both(name)[0](theirs, fused=True, **arguments), theirs, 1)
    assert_close(ours, theirs, torch.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
@pytest.mark.parametrize(("name", "arguments"), CONFIGURATIONS, ids=identity)
def test_parameters_of_16_bits_follow_those_of_32(name, arguments, dtype):
    """Slots are float32, and what is stored is rounded once a step, to one half of eps at worst."""
    wide = parameters(name, dtype)
    wide = [p.detach().float().requires_grad_() for p in wide]
    narrow = parameters(name, dtype)
    optimizer, reference = both(name)[1](narrow, **arguments), both(name)[1](wide, **arguments)
    if name == "Adafactor" and optimizer.defaults["eps"][0] is None:
        # None is the spacing of the dtype.
        reference.param_groups[0]["eps"] = (torch.finfo(dtype).eps, 1e-3)
    for step in range(10):
        for p, w in zip(narrow, wide, strict=True):
            w.data.copy_(p.data)  # so that roundings do not add up
        give_gradients(narrow, step)
        for p, w in zip(narrow, wide, strict=True):
            w.grad = p.grad.float()
        optimizer.step()
        reference.step()
        for p, w in zip(narrow, wide, strict=True):
            assert torch.equal(p.detach(), w.detach().to(dtype))
    for parameter in narrow:
        for key, slot in optimizer.state[parameter].items():
            assert slot.dtype is torch.float64 if key == "mu_product" else torch.float32, key


def test_groups_of_tensors_of_several_dtypes_are_one_step():
    kinds = (torch.float64, torch.float32, torch.bfloat16, torch.float16)
    params = [parameters(dtype=kind)[0] for kind in kinds]
    alone = [parameters(dtype=kind)[0] for kind in kinds]
    train(optim.Adam(params, lr=0.1), params, 3)
    for tensor in alone:
        optimizer = optim.Adam([tensor], lr=0.1)
        for step in range(3):
            give_gradients(alone, step)
            optimizer.step()
    assert same_bits(params, alone)


# -- tensors that are replaced --------------------------------------------------------------------


def pair(**arguments):
    ours, theirs = parameters(dtype=torch.float64), parameters(dtype=torch.float64)
    return [(optim.Adam(ours, **arguments), ours), (torch.optim.Adam(theirs, **arguments), theirs)]


def test_data_that_is_replaced_is_what_steps_update():
    pairs = pair(lr=0.1)
    for optimizer, params in pairs:
        train(optimizer, params, 3)
        old = params[0].data
        kept = old.clone()
        params[0].data = params[0].data * 2
        params[1].data = params[1].data.t().contiguous().t()
        train(optimizer, params, 3, first=3)
        assert torch.equal(old, kept)
    assert_close(pairs[0][1], pairs[1][1], 1e-13)


def test_data_that_moves_at_every_step_is_followed():
    pairs = pair(lr=0.1)
    for step in range(5):
        for optimizer, params in pairs:
            for parameter in params:
                parameter.data = parameter.data.clone()
            train(optimizer, params, 1, first=step)
    assert_close(pairs[0][1], pairs[1][1], 1e-13)


def test_a_parameter_of_a_group_can_be_replaced():
    pairs = pair(lr=0.1)
    for optimizer, params in pairs:
        train(optimizer, params, 3)
        params[0] = torch.full((7,), 2.0, dtype=torch.float64, requires_grad=True)
        optimizer.param_groups[0]["params"][0] = params[0]
        train(optimizer, params, 3, first=3)
        assert optimizer.state[params[0]]["step"] == 3
        assert optimizer.state[params[1]]["step"] == 6
    assert_close(pairs[0][1], pairs[1][1], 1e-13)


@pytest.mark.parametrize("length", [4, 30])
def test_data_of_another_shape_than_the_states_is_refused(length):
    """The step would read and write past the end of the state."""
    optimizer, params = pair(lr=0.1)[0]
    train(optimizer, params, 2)
    params[0].data = torch.ones(length, dtype=torch.float64)
    give_gradients(params, 3)
    before = picture(optimizer)
    with pytest.raises(ArrayError, match=r"must keep the shape .* \(7,\)"):
        optimizer.step()
    assert picture(optimizer) == before
    del optimizer.state[params[0]]
    optimizer.step()
    assert optimizer.state[params[0]]["exp_avg"].shape == (length,)


def test_a_model_that_becomes_narrower_trains_on():
    ours = model_of(torch.float32)
    optimizer = optim.AdamW(ours.parameters(), lr=0.01)
    loss = ours(torch.ones(2, 6)).square().mean()
    loss.backward()
    optimizer.step()
    ours.bfloat16()
    optimizer.zero_grad()
    before = [p.detach().clone() for p in ours.parameters()]
    ours(torch.ones(2, 6, dtype=torch.bfloat16)).square().mean().backward()
    optimizer.step()
    assert any(not torch.equal(p, b) for p, b in zip(ours.parameters(), before, strict=True))
    assert all(p.dtype is torch.bfloat16 for p in ours.parameters())
    assert all(p.isfinite().all() for p in ours.parameters())


def test_gradients_may_be_kept_moved_or_the_same():
    ends = []
    for manner in ("new", "kept", "to zero", "moved"):
        params = parameters(dtype=torch.float64)
        optimizer = optim.Adam(params, lr=0.1)
        held = []
        for step in range(5):
            chance = np.random.default_rng(step)
            optimizer.zero_grad(set_to_none=manner != "to zero")
            for parameter in params:
                values = torch.tensor(chance.normal(size=tuple(parameter.shape)))
                if manner == "to zero" and parameter.grad is not None:
                    parameter.grad += values
                elif manner == "kept" and step:
                    parameter.grad = held[len(held) - len(params)]
                    parameter.grad.copy_(values)
                    held.append(parameter.grad)
                else:
                    parameter.grad = values
                    held.append(values)
            if manner == "moved":
                gc.collect()
            optimizer.step()
        ends.append(params)
    for other in ends[1:]:
        assert same_bits(ends[0], other)


def test_gradients_that_are_not_set_to_none_go_on_as_zeros():
    pairs = pair(lr=0.1)
    for optimizer, params in pairs:
        train(optimizer, params, 2)
        optimizer.zero_grad(set_to_none=False)
        assert all((p.grad == 0).all() for p in params)
        optimizer.step()
    assert_close(pairs[0][1], pairs[1][1], 1e-13)


def test_the_gradients_are_not_written():
    params = parameters()
    optimizer = optim.AdamW(
        params, lr=0.1, global_clipnorm=0.1, loss_scale_factor=8.0, maximize=True
    )
    give_gradients(params, 0)
    kept = [p.grad.clone() for p in params]
    optimizer.step()
    assert same_bits([p.grad for p in params], kept)


# -- refusals -------------------------------------------------------------------------------------

REFUSED = [
    (torch.ones(3, dtype=torch.complex64), ArrayTypeError, "must be real"),
    (torch.ones(3, dtype=torch.float8_e4m3fn), ArrayTypeError, "must be of dtype"),
    (torch.ones(3, device="meta"), UnsupportedError, "on the CPU or on a CUDA device"),
]


@pytest.mark.parametrize(("tensor", "error", "message"), REFUSED, ids=["complex", "8 bits", "meta"])
def test_a_parameter_that_cannot_be_trained_is_refused_by_name(tensor, error, message):
    good = torch.ones(2, requires_grad=True)
    optimizer = optim.Adam([("good", good), ("bad", tensor.requires_grad_())], lr=0.1)
    good.grad = torch.ones(2)
    with pytest.raises(error, match=message) as caught:
        optimizer.step()
    assert "'bad'" in str(caught.value)
    assert torch.equal(good, torch.ones(2))


def test_a_sparse_gradient_is_refused_and_nothing_moves():
    table = torch.nn.Embedding(5, 3, sparse=True)
    other = torch.nn.Linear(3, 1)
    optimizer = optim.Adam([*table.named_parameters(), *other.named_parameters("other")], lr=0.1)
    other(table(torch.tensor([1, 2]))).sum().backward()
    before = picture(optimizer)
    with pytest.raises(ArrayTypeError, match=r"must be dense. Got: .* for 'weight'.*sparse=False"):
        optimizer.step()
    assert picture(optimizer) == before


def test_a_refused_first_step_leaves_no_state():
    params = [torch.ones(3, requires_grad=True), torch.ones(2, requires_grad=True)]
    optimizer = optim.Adam(params, lr=0.1, nonfinite="raise")
    params[0].grad, params[1].grad = torch.ones(3), torch.tensor([1.0, float("nan")])
    with pytest.raises(NonFiniteError, match="parameter '1'"):
        optimizer.step()
    assert all(torch.equal(p, torch.ones_like(p)) for p in params)
    assert not any(value.any() for p in params for value in optimizer.state[p].values())


# -- closures -------------------------------------------------------------------------------------


def test_a_closure_is_called_with_gradients_and_its_loss_is_given_back():
    parameter = torch.tensor([3.0], requires_grad=True)
    optimizer = optim.SGD([parameter], lr=0.1)
    calls = []

    def closure():
        assert torch.is_grad_enabled()
        calls.append(1)
        optimizer.zero_grad()
        loss = parameter.square().sum()
        loss.backward()
        return loss

    with torch.no_grad():
        assert optimizer.step(closure).item() == 9.0
    assert len(calls) == 1
    torch.testing.assert_close(parameter.detach(), torch.tensor([3.0 - 0.6]))
    assert optimizer.step() is None


def test_a_step_is_not_part_of_the_graph():
    parameter = torch.tensor([3.0], requires_grad=True)
    optimizer = optim.Adam([parameter], lr=0.1)
    parameter.square().sum().backward()
    optimizer.step()
    assert parameter.requires_grad
    assert parameter.grad_fn is None
    assert all(not v.requires_grad for v in optimizer.state[parameter].values())
