"""Parameter groups of `adamas.torch`, and all that moves hyperparameters while training."""

import copy
import math
import warnings

import numpy as np
import pytest

import adamas
from adamas import schedules
from adamas.description.arguments import Arguments
from adamas.errors import ArgumentError, ConfigurationError, StateError, StructureError
from torch_cases import (
    EVERY,
    assert_close,
    beside,
    both,
    give_gradients,
    identity,
    optim,
    parameters,
    picture,
    same_bits,
    torch,
    train,
)

scheduling = torch.optim.lr_scheduler

# -- groups ---------------------------------------------------------------------------------------

PER_GROUP = [
    ("SGD", {"lr": 0.1, "momentum": 0.9}, {"nesterov": True, "weight_decay": 0.1}, {"lr": 0.2}),
    ("SGD", {"lr": 0.1}, {"momentum": 0.9, "dampening": 0.5}, {"maximize": True}),
    ("Adadelta", {}, {"rho": 0.5}, {"eps": 1e-3, "weight_decay": 0.1}),
    ("Adafactor", {}, {"beta2_decay": -0.5, "d": 2.0}, {"eps": (1e-6, 0.1)}),
    ("Adagrad", {"lr": 0.1}, {"lr_decay": 0.1}, {"weight_decay": 0.1, "maximize": True}),
    ("Adam", {}, {"amsgrad": True, "betas": (0.5, 0.9)}, {"weight_decay": 0.1, "eps": 1e-3}),
    ("AdamW", {}, {"lr": 0.1}, {"weight_decay": 0.0, "maximize": True}),
    ("Adamax", {}, {"betas": (0.5, 0.9)}, {"weight_decay": 0.1}),
    ("NAdam", {}, {"momentum_decay": 0.1}, {"decoupled_weight_decay": True, "weight_decay": 0.1}),
    ("RMSprop", {}, {"centered": True, "momentum": 0.5}, {"alpha": 0.5}),
]


@pytest.mark.parametrize(("name", "usual", "first", "second"), PER_GROUP, ids=identity)
def test_every_argument_of_a_group_is_its_own(name, usual, first, second):
    ends = []
    for cls in both(name):
        params = parameters(name, torch.float64)
        groups = [
            {"params": params[:1], **first},
            {"params": params[1:3], **second},
            {"params": params[3:]},
        ]
        train(cls(groups, **usual), params, 20)
        ends.append(params)
    assert_close(ends[1], ends[0], 1e-10)
    for wrong in (first, second):  # a group that were forgotten would be seen
        params = parameters(name, torch.float64)
        train(both(name)[1](params, **{**usual, **wrong}), params, 20)
        with pytest.raises(AssertionError):
            assert_close(params, ends[0], 1e-6)


def test_groups_may_be_given_in_either_words():
    torchs, ours = parameters(), parameters()
    train(optim.Adam([{"params": torchs, "lr": 0.1, "betas": (0.5, 0.6)}]), torchs, 3)
    words = {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.6}
    train(optim.Adam([{"params": ours, **words}]), ours, 3)
    assert same_bits(torchs, ours)
    positional = parameters()
    train(optim.Adam(positional, 0.1, (0.5, 0.6)), positional, 3)
    assert same_bits(torchs, positional)


def test_a_group_shows_all_arguments_in_pytorchs_words_first():
    optimizer, reference = (cls(parameters(), lr=0.1) for cls in (optim.Adam, torch.optim.Adam))
    ours, theirs = optimizer.param_groups[0], reference.param_groups[0]
    assert set(theirs) <= set(ours)
    for key in set(theirs) - {"params"}:
        assert ours[key] == theirs[key], key
    assert set(reference.defaults) <= set(optimizer.defaults)


def test_groups_are_added_in_mid_run():
    ends = []
    for cls in both("AdamW"):
        params = parameters(dtype=torch.float64)
        optimizer = cls(params[:3], lr=0.1)
        train(optimizer, params, 4)
        optimizer.add_param_group({"params": params[3:], "lr": 0.01, "amsgrad": True})
        train(optimizer, params, 4, first=4)
        ends.append(params)
        assert optimizer.state[params[0]]["step"] == 8
        assert optimizer.state[params[-1]]["step"] == 4
    assert_close(ends[1], ends[0], 1e-12)


def test_an_added_group_keeps_averages_and_counters():
    params = parameters()
    optimizer = optim.Adam(params[:3], lr=0.1, use_ema=True, gradient_accumulation_steps=2)
    train(optimizer, params, 3)
    optimizer.add_param_group({"params": params[3:]})
    train(optimizer, params, 1, first=3)  # the second call of the second update
    assert [int(optimizer.state[p]["step"]) for p in (params[0], params[3])] == [2, 1]


@pytest.mark.parametrize("key", ["lr", "weight_decay", "eps"])
def test_what_is_written_into_a_group_holds_from_the_next_step(key):
    ends = []
    for cls in both("AdamW"):
        params = parameters(dtype=torch.float64)
        optimizer = cls(params, lr=0.1)
        train(optimizer, params, 2)
        optimizer.param_groups[0][key] = 0.03
        optimizer.param_groups[0]["betas"] = (0.7, 0.8)
        train(optimizer, params, 2, first=2)
        optimizer.param_groups[0]["weight_decay"] = 0
        optimizer.param_groups[0]["amsgrad"] = False
        train(optimizer, params, 2, first=4)
        ends.append(params)
    assert_close(ends[1], ends[0], 1e-12)


def test_a_flag_that_is_switched_on_in_mid_run_gets_its_memory():
    ends = []
    for cls in both("SGD"):
        params = parameters(dtype=torch.float64)
        optimizer = cls(params, lr=0.1, momentum=0.9)
        train(optimizer, params, 2)
        optimizer.param_groups[0]["nesterov"] = True
        optimizer.param_groups[0]["maximize"] = True
        train(optimizer, params, 2, first=2)
        ends.append(params)
    assert_close(ends[1], ends[0], 1e-12)
    params = parameters()
    optimizer = optim.Adam(params, lr=0.1)
    train(optimizer, params, 2)
    optimizer.param_groups[0]["amsgrad"] = True
    train(optimizer, params, 2, first=2)
    assert optimizer.state[params[0]]["max_exp_avg_sq"].any()


def test_a_refused_value_in_a_group_changes_nothing():
    params = parameters()
    optimizer = optim.Adam(params, lr=0.1)
    train(optimizer, params, 2)
    optimizer.param_groups[0]["lr"] = -1.0
    before = picture(optimizer)
    give_gradients(params, 3)
    for _ in range(2):
        with pytest.raises(
            ConfigurationError, match=r"^lr \(learning_rate\) must be at least 0. Got: -1"
        ):
            optimizer.step()
    assert picture(optimizer) == before
    optimizer.param_groups[0]["lr"] = 0.1
    optimizer.step()


def test_names_of_parameters_are_kept_in_groups():
    model = torch.nn.Linear(2, 1)
    optimizer = optim.Adam(model.named_parameters())
    assert optimizer.param_groups[0]["param_names"] == ["weight", "bias"]


# -- rates as tensors -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Adam", "AdamW", "SGD", "RMSprop", "NAdam", "Muon"])
def test_a_rate_that_is_a_tensor_is_changed_in_place(name):
    ends = []
    for cls in both(name):
        params = parameters(name, torch.float64)
        rate = torch.tensor(0.1, dtype=torch.float64)
        optimizer = cls(params, lr=rate)
        for step in range(6):
            train(optimizer, params, 1, first=step)
            rate.mul_(0.5)
        assert optimizer.param_groups[0]["lr"] is rate
        ends.append(params)
    assert_close(ends[1], ends[0], 0.02 if name == "Muon" else 1e-6 if name == "NAdam" else 1e-12)
    constant = parameters(name, torch.float64)
    train(both(name)[1](constant, lr=0.1), constant, 6)
    with pytest.raises(AssertionError):
        assert_close(constant, ends[0], 0.02)


def test_betas_may_be_tensors():
    ends = []
    for cls in both("AdamW"):
        params = parameters(dtype=torch.float64)
        betas = (torch.tensor(0.8), torch.tensor(0.9))
        optimizer = cls(params, lr=torch.tensor(0.1), betas=betas)
        train(optimizer, params, 5)
        betas[0].fill_(0.5)
        train(optimizer, params, 5, first=5)
        ends.append(params)
    assert_close(ends[1], ends[0], 1e-6)  # PyTorch computes 1 - beta in float32, too


def test_a_tensor_of_several_is_no_rate():
    with pytest.raises(ConfigurationError, match=r"^lr .* must be a number.*shape \(2,\)"):
        optim.Adam(parameters(), lr=torch.ones(2))


# -- PyTorch's schedulers -------------------------------------------------------------------------

MILESTONES = [3, 6]


def sequential(optimizer):
    first = scheduling.ConstantLR(optimizer, factor=0.1, total_iters=3)
    second = scheduling.ExponentialLR(optimizer, gamma=0.9)
    return scheduling.SequentialLR(optimizer, [first, second], milestones=[4])


def chained(optimizer):
    first = scheduling.ConstantLR(optimizer, factor=0.5, total_iters=4)
    return scheduling.ChainedScheduler([first, scheduling.ExponentialLR(optimizer, gamma=0.9)])


SCHEDULERS = {
    "LambdaLR": lambda o: scheduling.LambdaLR(o, lambda epoch: 0.9**epoch),
    "MultiplicativeLR": lambda o: scheduling.MultiplicativeLR(o, lambda epoch: 0.9),
    "StepLR": lambda o: scheduling.StepLR(o, step_size=3, gamma=0.5),
    "MultiStepLR": lambda o: scheduling.MultiStepLR(o, milestones=MILESTONES),
    "ConstantLR": lambda o: scheduling.ConstantLR(o, factor=0.1, total_iters=4),
    "LinearLR": lambda o: scheduling.LinearLR(o, start_factor=0.1, total_iters=6),
    "ExponentialLR": lambda o: scheduling.ExponentialLR(o, gamma=0.8),
    "SequentialLR": sequential,
    "PolynomialLR": lambda o: scheduling.PolynomialLR(o, total_iters=6, power=2.0),
    "CosineAnnealingLR": lambda o: scheduling.CosineAnnealingLR(o, T_max=6),
    "ChainedScheduler": chained,
    "ReduceLROnPlateau": lambda o: scheduling.ReduceLROnPlateau(o, patience=1),
    "CyclicLR": lambda o: scheduling.CyclicLR(o, base_lr=0.01, max_lr=0.1, step_size_up=3),
    "OneCycleLR": lambda o: scheduling.OneCycleLR(o, max_lr=0.1, total_steps=20),
    "CosineAnnealingWarmRestarts": lambda o: scheduling.CosineAnnealingWarmRestarts(o, T_0=4),
    "SWALR": lambda o: torch.optim.swa_utils.SWALR(o, swa_lr=0.01, anneal_epochs=4),
}


def test_no_scheduler_of_pytorch_is_forgotten():
    known = {
        name
        for name in (*scheduling.__all__, "SWALR")
        if name not in ("LRScheduler",)  # the base of all
    }
    assert set(SCHEDULERS) == known
    assert len(SCHEDULERS) == 16


def scheduled(cls, make, steps=12, tensor=False, **arguments):
    params = parameters(dtype=torch.float64)
    rate = torch.tensor(0.1, dtype=torch.float64) if tensor else 0.1
    groups = [{"params": params[:2]}, {"params": params[2:], "lr": rate}]
    optimizer = cls(groups, lr=0.05, **arguments)
    scheduler = make(optimizer)
    seen = []
    for step in range(steps):
        train(optimizer, params, 1, first=step)
        loss = [1.0] if isinstance(scheduler, scheduling.ReduceLROnPlateau) else []
        scheduler.step(*loss)
        seen.append(
            [
                (float(group["lr"]), group.get("betas"), group.get("momentum"))
                for group in optimizer.param_groups
            ]
        )
    return params, seen


@pytest.mark.parametrize("tensor", [False, True], ids=["number", "tensor"])
@pytest.mark.parametrize("name", SCHEDULERS)
@pytest.mark.parametrize("optimizer", ["Adam", "SGD"])
def test_a_scheduler_of_pytorch_does_here_what_it_does_there(optimizer, name, tensor):
    arguments = {"momentum": 0.9} if optimizer == "SGD" else {}
    ends, seen = [], []
    for cls in both(optimizer):
        params, values = scheduled(cls, SCHEDULERS[name], tensor=tensor, **arguments)
        ends.append(params)
        seen.append(values)
    assert seen[1] == seen[0]
    assert len({str(values) for values in seen[1]}) > 1  # it did move something
    assert_close(ends[1], ends[0], 1e-12)


def test_a_scheduler_that_writes_betas_moves_ours():
    """OneCycleLR cycles the momentum; without it the end is another."""
    cycled, _ = scheduled(optim.Adam, SCHEDULERS["OneCycleLR"])
    still, _ = scheduled(
        optim.Adam, lambda o: scheduling.OneCycleLR(o, max_lr=0.1, total_steps=20, cycle_momentum=0)
    )
    with pytest.raises(AssertionError):
        assert_close(cycled, still, 1e-3)


def test_a_scheduler_warns_as_ever_if_it_is_first():
    params = parameters()
    optimizer = optim.Adam(params, lr=0.1)
    scheduler = scheduling.StepLR(optimizer, 1)
    with pytest.warns(UserWarning, match=r"before `optimizer.step\(\)`"):
        scheduler.step()


# -- schedules and callables of adamas ------------------------------------------------------------


def test_a_schedule_of_adamas_is_followed_and_shown():
    schedule = schedules.ExponentialDecay(0.1, decay_steps=1, decay_rate=0.5)
    params, stepwise = parameters(dtype=torch.float64), parameters(dtype=torch.float64)
    optimizer = optim.Adam(params, lr=schedule)
    reference = torch.optim.Adam(stepwise, lr=0.1)
    for step in range(5):
        assert math.isclose(optimizer.param_groups[0]["lr"], 0.1 * 0.5**step)
        train(optimizer, params, 1, first=step)
        reference.param_groups[0]["lr"] = 0.1 * 0.5**step
        train(reference, stepwise, 1, first=step)
    assert_close(params, stepwise, 1e-12)


def test_a_schedule_counts_calls_and_not_updates():
    schedule = schedules.ExponentialDecay(0.1, decay_steps=1, decay_rate=0.5)
    params = parameters()
    optimizer = optim.SGD(params, lr=schedule, gradient_accumulation_steps=3)
    train(optimizer, params, 4)
    assert math.isclose(optimizer.param_groups[0]["lr"], 0.1 * 0.5**4)


def test_schedules_may_differ_by_group():
    falling = schedules.ExponentialDecay(0.1, decay_steps=1, decay_rate=0.5)
    params, alone = parameters(dtype=torch.float64), parameters(dtype=torch.float64)
    groups = [{"params": params[:2], "lr": falling}, {"params": params[2:]}]
    train(optim.Adam(groups, lr=0.01), params, 4)
    train(optim.Adam(alone[:2], lr=falling), alone[:2], 4)
    assert same_bits(params[:2], alone[:2])
    rest = parameters(dtype=torch.float64)
    train(optim.Adam(rest[2:], lr=0.01), rest, 4)
    assert same_bits(params[2:], rest[2:])


def test_a_scheduler_on_top_of_a_schedule_is_refused():
    schedule = schedules.ExponentialDecay(0.1, decay_steps=1, decay_rate=0.5)
    params = parameters()
    optimizer = optim.Adam(params, lr=schedule)
    scheduler = scheduling.StepLR(optimizer, 1)
    train(optimizer, params, 1)
    scheduler.step()
    before = picture(optimizer)
    with pytest.raises(StateError, match="follows .* and cannot be set as well"):
        train(optimizer, params, 1)
    assert picture(optimizer) == before


def test_callables_are_read_at_each_step():
    values = {"rate": 0.1, "beta": 0.9}
    params, stepwise = parameters(dtype=torch.float64), parameters(dtype=torch.float64)
    betas = (lambda: values["beta"], lambda: 0.99)
    optimizer = optim.Adam(params, lr=lambda: values["rate"], betas=betas)
    reference = torch.optim.Adam(stepwise, lr=0.1, betas=(0.9, 0.99))
    for step in range(4):
        train(optimizer, params, 1, first=step)
        train(reference, stepwise, 1, first=step)
        assert optimizer.param_groups[0]["betas"] == (values["beta"], 0.99)
        assert optimizer.param_groups[0]["lr"] == values["rate"]
        values["rate"], values["beta"] = values["rate"] / 2, 0.8
        reference.param_groups[0].update(lr=values["rate"], betas=(0.8, 0.99))
    assert_close(params, stepwise, 1e-12)


def test_a_callable_out_of_range_changes_nothing():
    values = [0.9]
    params = parameters()
    optimizer = optim.Adam(params, betas=(lambda: values[0], 0.999))
    train(optimizer, params, 2)
    values[0] = 1.5
    before = picture(optimizer)
    give_gradients(params, 9)
    with pytest.raises(ConfigurationError, match="beta_1.*1.5"):
        optimizer.step()
    assert picture(optimizer) == before


# -- other conventions, other optimizers ----------------------------------------------------------


def on_numpy(optimizer, params, steps):
    arrays = [p.detach().numpy().copy() for p in params]
    for step in range(steps):
        give_gradients(params, step)
        given = {
            name: [v.numpy() for v in value] if isinstance(value, list) else value
            for name, value in beside(optimizer, params, step).items()
        }
        optimizer.apply([p.grad.numpy() for p in params], arrays, **given)
    return [torch.from_numpy(array) for array in arrays]


BY_EIGENVECTORS = ("KLShampoo", "KLSOAP", "Shampoo", "SOAP")
"""PyTorch's LAPACK decomposes for its tensors, NumPy's for arrays: not bit for bit alike, and of
gradients without full rank, as these are, any eigenvectors are right."""


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("name", [name for name in EVERY if name not in BY_EIGENVECTORS])
def test_keras_numbers_are_those_on_numpy_bit_for_bit(name, dtype):
    declared = getattr(optim, name).declared
    arguments = {"weight_decay": 0.01, "learning_rate": 0.01}
    params = parameters("Adam", dtype)
    wanted = on_numpy(declared(**arguments), params, 5)
    train(getattr(optim, name)(params, convention="keras", **arguments), params, 5)
    assert same_bits(params, wanted)


WITH_OPTAX = [name for name in EVERY if "optax" in getattr(optim, name).declared.conventions]


@pytest.mark.parametrize("name", WITH_OPTAX)
def test_optax_numbers_are_those_on_numpy_bit_for_bit(name):
    declared = getattr(optim, name).declared
    params = parameters("Adam")
    wanted = on_numpy(declared(0.01, convention="optax"), params, 5)
    optimizer = getattr(optim, name)(params, lr=0.01, convention="optax")
    train(optimizer, params, 5)
    assert same_bits(params, wanted)


def test_optax_means_something_else_by_amsgrad():
    ends = {}
    for convention in ("torch", "keras", "optax"):
        ends[convention] = parameters()
        optimizer = optim.Adam(ends[convention], lr=0.01, amsgrad=True, convention=convention)
        train(optimizer, ends[convention], 5)
    assert not same_bits(ends["optax"], ends["torch"])
    assert not same_bits(ends["keras"], ends["torch"])


def test_optax_has_no_rate_of_its_own():
    with pytest.raises(ArgumentError, match="needs learning_rate: optax has no default"):
        optim.Adam(parameters(), convention="optax")


def test_an_unknown_convention_is_refused():
    with pytest.raises(ConfigurationError, match="convention"):
        optim.Adam(parameters(), convention="jax")


class Signed(adamas.Optimizer):
    """Steps of one size, as anyone may write it."""

    learning_rate: adamas.Rate = 0.01
    momentum: adamas.Hyperparameter = 0.5

    @staticmethod
    def update(p, g, m, /, *, learning_rate, momentum):
        """One weight."""
        m = momentum * m + (1 - momentum) * g
        return p - learning_rate * np.sign(m), m


def test_an_optimizer_of_ones_own_has_all_of_this():
    cls = optim.wrap(Signed)
    assert optim.wrap(Signed) is cls
    assert cls.__name__ == "Signed"
    params = parameters()
    wanted = on_numpy(Signed(0.1, global_clipnorm=1.0, use_ema=True), params, 5)
    optimizer = cls(params, lr=0.1, global_clipnorm=1.0, use_ema=True)
    train(optimizer, params, 5)
    assert same_bits(params, wanted)
    scheduling.StepLR(optimizer, 1, gamma=0.1)
    assert optimizer.param_groups[0]["momentum"] == 0.5
    assert set(optimizer.state[params[0]]) == {"step", "m", "ema"}


@pytest.mark.parametrize("wrong", [3, torch.optim.Adam, adamas.Adam(0.1)])
def test_only_classes_of_optimizers_are_wrapped(wrong):
    with pytest.raises(ArgumentError, match="wrap takes a class of adamas optimizers"):
        optim.wrap(wrong)


def test_wrappers_are_refused_with_what_takes_their_place():
    with pytest.raises(NotImplementedError, match="GradScaler in place of"):
        optim.wrap(adamas.LossScaleOptimizer)
    assert optim.wrap(adamas.MultiOptimizer) is optim.MultiOptimizer


def test_no_warning_comes_from_a_plain_run():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        params = parameters()
        train(optim.AdamW(params), params, 2)


# -- exclusions from weight decay -----------------------------------------------------------------


@pytest.mark.parametrize("by", ["name", "tensor"])
def test_what_is_excluded_does_not_decay(by):
    weight, bias = (torch.ones(2, requires_grad=True) for _ in range(2))
    optimizer = optim.AdamW([("weight", weight), ("bias", bias)], lr=0.1, weight_decay=0.5)
    if by == "name":
        optimizer.exclude_from_weight_decay(var_names=["^b"])
    else:
        optimizer.exclude_from_weight_decay([bias])
    copied = copy.deepcopy(optimizer)
    for step in (optimizer, copied):
        one, other = step.param_groups[0]["params"]
        one.grad, other.grad = torch.zeros(2), torch.zeros(2)
        step.step()
        torch.testing.assert_close(one.detach(), torch.full((2,), 0.95))
        assert torch.equal(other.detach(), torch.ones(2))


def test_an_exclusion_after_steps_holds_from_then_on():
    weight = torch.ones(2, requires_grad=True)
    optimizer = optim.SGD([weight], lr=0.1, weight_decay=0.5)
    weight.grad = torch.zeros(2)
    optimizer.step()
    before = weight.detach().clone()
    assert not torch.equal(before, torch.ones(2))
    optimizer.exclude_from_weight_decay([weight])
    optimizer.step()
    assert torch.equal(weight.detach(), before)


def test_an_exclusion_of_another_tensor_is_refused():
    optimizer = optim.AdamW([torch.ones(2, requires_grad=True)], lr=0.1)
    with pytest.raises(StructureError, match="must be among the parameters"):
        optimizer.exclude_from_weight_decay([torch.ones(2)])


SCHEDULED = schedules.FunctionSchedule(lambda step: 0.1 / (1 + step))

WRITTEN = [
    ("lr", 0.1, [0.01, 0.0, -1.0, math.nan, 1, None, np.float64(0.3), torch.tensor(0.3)]),
    ("lr", SCHEDULED, [0.0, 0.3]),
    ("betas", 0.1, [(0.8, 0.99), (0.8, 1.0), [0.8, 0.9], (0.8,), (torch.tensor(0.8), 0.9), 0.9]),
    ("weight_decay", 0.1, [0.2, 0.0, -0.1, None]),
    ("eps", 0.1, [1e-3, -1e-3, "small"]),
    ("amsgrad", 0.1, [True, 0.5]),
]
"""A key, the rate, and what is written, of which the first is always taken."""


def outcome_of_groups(rate, key, value, other):
    """What comes of a value in a group after others, and then of the first again."""
    parameters = [torch.nn.Parameter(torch.ones(3)) for _ in range(2)]
    groups = [{"params": [p]} for p in parameters]
    optimizer = adamas.torch.Adam(groups, lr=rate, weight_decay=0.1)
    group = optimizer.param_groups[0]
    first, found = group[key], []
    try:
        for written in (other, first, other, value, value, first):
            group[key] = written
            for parameter in parameters:
                parameter.grad = torch.full((3,), 0.5)
            optimizer.step()
            decay = optimizer.described().weight_decay
            found.append((decay, *(p.tolist() for p in parameters)))
    except (adamas.errors.AdamasError, TypeError) as error:
        found += [type(error), str(error)]
    return repr(found)


def test_what_schedulers_write_obeys_the_laws_of_all_that_is_written(monkeypatch):
    for key, rate, (other, *values) in WRITTEN:
        for value in (other, *values):
            found = outcome_of_groups(rate, key, value, other)
            with monkeypatch.context() as patch:
                patch.setattr(Arguments, "travel", lambda self, values: False)
                assert found == outcome_of_groups(rate, key, value, other), (key, value)


def test_a_tensor_behind_numbers_is_followed_as_it_changes():
    parameter = torch.nn.Parameter(torch.ones(1))
    optimizer = adamas.torch.SGD([parameter], lr=1.0)
    found = []
    rate = torch.tensor(0.25)
    for written in (1.0, 0.5, rate, rate, 2.0):
        optimizer.param_groups[0]["lr"] = written
        before = parameter.item()
        parameter.grad = torch.ones(1)
        optimizer.step()
        found.append(before - parameter.item())
        rate /= 2
    assert found == [1.0, 0.5, 0.0625, 0.03125, 2.0]
