"""Around the step of `adamas.torch`: loss scales, compiled models, averages, threads, memory."""

import math
import multiprocessing
import sys
import threading
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
from torch.utils._python_dispatch import TorchDispatchMode

from adamas.errors import NonFiniteError, StateError
from cases import Textbook
from torch_cases import (
    assert_close,
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

# -- the whole step beside the textbook -----------------------------------------------------------


def textbook(params, steps, **arguments):
    """What the textbook makes of the same parameters and gradients."""
    book = Textbook([p.detach().numpy() for p in params], **arguments)
    for step in range(steps):
        give_gradients(params, step)
        book.apply([p.grad.numpy() for p in params])
    return book


STAGES = [
    {"use_ema": True, "ema_momentum": 0.9},
    {"use_ema": True, "ema_momentum": 0.9, "ema_overwrite_frequency": 2},
    {"gradient_accumulation_steps": 3},
    {"clipvalue": 0.01},
    {"clipnorm": 0.1},
    {"global_clipnorm": 0.1},
    {"loss_scale_factor": 8.0},
    {"weight_decay": 0.1},
    {
        "use_ema": True,
        "ema_momentum": 0.9,
        "gradient_accumulation_steps": 2,
        "global_clipnorm": 0.1,
        "weight_decay": 0.1,
        "amsgrad": True,
        "loss_scale_factor": 4.0,
    },
]


def check_stages(arguments, ours=None):
    """Within rounding: sums of squares are not exact here."""
    params = parameters()
    book = textbook(params, 8, learning_rate=0.01, **arguments)
    given = arguments if ours is None else ours
    optimizer = optim.Adam(params, learning_rate=0.01, convention="keras", **given)
    train(optimizer, params, 8)
    assert_close(params, [torch.from_numpy(np.asarray(p)) for p in book.params], 2e-6)
    if "use_ema" in arguments:
        averages = [torch.from_numpy(np.asarray(a)) for a in book.state["ema"]]
        assert_close([optimizer.state[p]["ema"] for p in params], averages, 2e-6)
        with optimizer.averaged():
            assert_close(params, averages, 2e-6)
    return optimizer


@pytest.mark.parametrize("arguments", STAGES, ids=identity)
def test_every_stage_is_the_textbooks(arguments):
    check_stages(arguments)


@pytest.mark.parametrize("arguments", STAGES, ids=identity)
def test_a_stage_that_is_skipped_is_seen(arguments):
    # Adam hardly sees the size of all gradients together: at the least through epsilon.
    if not {"loss_scale_factor"} >= set(arguments):
        with pytest.raises((AssertionError, StateError, KeyError)):
            check_stages(arguments, {})


def test_averages_are_swapped_in_and_out():
    params = parameters()
    optimizer = optim.Adam(params, lr=0.1, use_ema=True, ema_momentum=0.5)
    train(optimizer, params, 5)
    before = [p.detach().clone() for p in params]
    with optimizer.averaged():
        assert same_bits(params, [optimizer.state[p]["ema"] for p in params])
        with pytest.raises(StateError, match="Leave the with block"):
            train(optimizer, params, 1)
        with pytest.raises(StateError, match="cannot be nested"), optimizer.averaged():
            pass
    assert same_bits(params, before)
    train(optimizer, params, 1)


def test_the_parameters_come_back_after_an_error_in_the_evaluation():
    params = parameters()
    optimizer = optim.Adam(params, lr=0.1, use_ema=True)
    train(optimizer, params, 3)
    before = [p.detach().clone() for p in params]
    with pytest.raises(ZeroDivisionError), optimizer.averaged():
        raise ZeroDivisionError
    assert same_bits(params, before)


@pytest.mark.parametrize("name", ["Adam", "ScheduleFreeAdamW"])
def test_finalize_writes_what_averaged_shows(name):
    params = parameters()
    optimizer = getattr(optim, name)(params, lr=0.1, use_ema=name == "Adam")
    train(optimizer, params, 5)
    with optimizer.averaged():
        shown = [p.detach().clone() for p in params]
    assert not same_bits(params, shown)
    optimizer.finalize()
    assert same_bits(params, shown)


def test_averages_of_parameters_without_gradients_are_themselves():
    params = parameters()
    optimizer = optim.Adam(params, lr=0.1, use_ema=True)
    give_gradients(params, 0, missing=(1,))
    optimizer.step()
    before = params[1].detach().clone()
    with optimizer.averaged():
        assert torch.equal(params[1], before)
    optimizer.finalize()
    assert torch.equal(params[1], before)


def test_averages_are_in_the_dtype_of_narrow_parameters():
    params = parameters(dtype=torch.bfloat16)
    optimizer = optim.Adam(params, lr=0.1, use_ema=True)
    train(optimizer, params, 3)
    with optimizer.averaged():
        for parameter in params:
            wanted = optimizer.state[parameter]["ema"].to(torch.bfloat16)
            assert torch.equal(parameter.detach(), wanted)


def test_the_norm_of_the_gradients_comes_back():
    params = parameters()
    optimizer = optim.Adam(params, lr=0.1, global_clipnorm=0.5)
    assert optimizer.gradient_norm is None
    train(optimizer, params, 1)
    squares = sum(float(p.grad.double().square().sum()) for p in params)
    assert optimizer.gradient_norm == pytest.approx(squares**0.5, rel=1e-7)


def test_clipping_is_pytorchs():
    ours, theirs = (parameters(dtype=torch.float64) for _ in range(2))
    optimizer = optim.SGD(ours, lr=0.1, global_clipnorm=0.5)
    reference = torch.optim.SGD(theirs, lr=0.1)  # which adds 1e-6 to the norm: 1e-8 can be seen
    for step in range(4):
        train(optimizer, ours, 1, first=step)
        give_gradients(theirs, step)
        torch.nn.utils.clip_grad_norm_(theirs, 0.5)
        reference.step()
    assert_close(ours, theirs, 1e-12)


# -- GradScaler -----------------------------------------------------------------------------------


def scaled_run(cls, unscale=False, poison=(), steps=6, scale=2.0**10, **arguments):
    params = parameters()
    optimizer = cls(params, lr=0.1, **arguments)
    scaler = torch.amp.GradScaler("cpu", init_scale=scale, growth_interval=2)
    scales = []
    for step in range(steps):
        optimizer.zero_grad()
        chance = np.random.default_rng(step)
        loss = sum(
            (p * torch.tensor(chance.normal(size=tuple(p.shape)), dtype=torch.float32)).sum()
            for p in params
        )
        if step in poison:
            loss = loss * torch.inf
        scaler.scale(loss).backward()
        if unscale:
            scaler.unscale_(optimizer)
        scaler.step(optimizer)
        scaler.update()
        scales.append(scaler.get_scale())
    return optimizer, params, scales


@pytest.mark.parametrize("unscale", [False, True], ids=["in the step", "before"])
@pytest.mark.parametrize("poison", [(), (0,), (2, 3)], ids=str)
@pytest.mark.parametrize("name", ["Adam", "AdamW", "SGD", "NAdam"])
def test_a_grad_scaler_is_undone_and_skips(name, poison, unscale):
    theirs = scaled_run(both(name)[0], unscale, poison)
    ours = scaled_run(both(name)[1], unscale, poison)
    assert ours[2] == theirs[2]
    assert_close(ours[1], theirs[1], 1e-6)
    optimizer, params, _ = ours
    assert int(optimizer.state[params[0]]["step"]) == 6 - len(poison)


def test_a_scale_that_were_not_undone_is_seen():
    """SGD moves in proportion to its gradient."""
    plain = scaled_run(torch.optim.SGD, steps=2, scale=1.0)
    _, params, _ = scaled_run(optim.SGD, steps=2)
    assert_close(params, plain[1], 1e-6)
    undone = scaled_run(optim.SGD, steps=2, loss_scale_factor=2.0)
    with pytest.raises(AssertionError):
        assert_close(undone[1], plain[1], 1e-6)


def test_clipping_sees_gradients_without_their_scale():
    _, plain, _ = scaled_run(optim.SGD, scale=1.0, global_clipnorm=0.5)
    _, params, _ = scaled_run(optim.SGD, scale=2.0**10, global_clipnorm=0.5)
    assert_close(params, plain, 1e-6)


def test_a_skipped_step_leaves_every_bit():
    optimizer, params, _ = scaled_run(optim.Adam, steps=2, use_ema=True)
    before = picture(optimizer)[1:]
    scaler = torch.amp.GradScaler("cpu")
    scaler.scale(sum((p * torch.inf).sum() for p in params)).backward()
    scaler.step(optimizer)
    scaler.update()
    assert picture(optimizer)[1:] == before


def test_a_scaler_serves_several_optimizers():
    ends = []
    for cls in both("Adam"):
        params = parameters(dtype=torch.float32)
        optimizers = [cls(params[:3], lr=0.1), cls(params[3:], lr=0.01)]
        scaler = torch.amp.GradScaler("cpu", init_scale=64.0)
        for step in range(4):
            loss = sum((p.square() * (step + 1)).sum() for p in params)
            if step == 1:  # one of the two meets infinity and is skipped, the other is not
                loss = loss + (params[0] * torch.inf).sum()
            for optimizer in optimizers:
                optimizer.zero_grad()
            scaler.scale(loss).backward()
            for optimizer in optimizers:
                scaler.step(optimizer)
            scaler.update()
        ends.append(params)
        assert int(optimizers[0].state[params[0]]["step"]) == 3
        assert int(optimizers[1].state[params[3]]["step"]) == 4
    assert_close(ends[1], ends[0], 1e-6)


# -- compiled models ------------------------------------------------------------------------------


def compiled_run(cls, whole):
    torch.compiler.reset()
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
    optimizer = cls(model.parameters(), lr=0.005)
    inputs = torch.linspace(-1, 1, 32).reshape(8, 4)

    def step(x):
        optimizer.zero_grad()
        loss = model(x).square().mean()
        loss.backward()
        optimizer.step()
        return loss.detach()

    if whole:
        step = torch.compile(step, backend="eager")
    else:
        model = torch.compile(model, backend="eager")
    found = [step(inputs).item() for _ in range(5)]
    return found, list(optimizer.param_groups[0]["params"]), optimizer


# Dynamo itself looks at the .grad of the loss after a graph break.
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf:UserWarning")
@pytest.mark.parametrize("whole", [False, True], ids=["the model", "the step as well"])
def test_a_compiled_model_trains(whole):
    plain, params, _ = compiled_run(torch.optim.Adam, False)
    ours, own, optimizer = compiled_run(optim.Adam, whole)
    np.testing.assert_allclose(ours, plain, rtol=1e-5)
    assert_close(own, params, 1e-5)
    assert ours[-1] < ours[0]
    assert int(optimizer.state[own[0]]["step"]) == 5
    torch.compiler.reset()


# -- threads and processes ------------------------------------------------------------------------


def test_threads_each_with_its_own_optimizer():
    shapes = ((300, 300), (50,))  # enough weights for threads of its own
    alone = parameters(shapes=shapes)
    train(optim.Adam(alone, lr=0.1, global_clipnorm=1.0), alone, 5)
    ends, errors = [parameters(shapes=shapes) for _ in range(8)], []

    def work(params):
        try:
            train(optim.Adam(params, lr=0.1, global_clipnorm=1.0), params, 5)
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=work, args=(params,)) for params in ends]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors
    for params in ends:
        assert same_bits(params, alone)


def _in_child(queue, optimizer, params, gradients):
    # Nothing of PyTorch's own here: its operations with threads wait for ever in a forked child.
    for given in gradients:
        for parameter, gradient in zip(params, given, strict=True):
            parameter.grad = gradient
        optimizer.step()
    queue.put([p.detach().numpy().tobytes() for p in params])


def _gradients(params, steps):
    found = []
    for step in steps:
        give_gradients(params, step)
        found.append([p.grad for p in params])
    return found


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
# JAX, where another test has loaded it, warns of every fork.
@pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning")
def test_a_forked_child_goes_on():
    params = parameters(shapes=((300, 300), (5,)))
    optimizer = optim.Adam(params, lr=0.1, global_clipnorm=1.0)
    train(optimizer, params, 3)
    gradients = _gradients(params, (3, 4, 5))
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=_in_child, args=(queue, optimizer, params, gradients))
    child.start()
    try:
        found = queue.get(timeout=60)
        child.join(60)
        assert child.exitcode == 0
    finally:
        child.kill()
    train(optimizer, params, 3, first=3)
    assert found == [p.detach().numpy().tobytes() for p in params]


def test_the_number_of_threads_changes_no_bit():
    ends = []
    before = torch.get_num_threads()
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            params = parameters(shapes=((400, 400), (70_000,), (3, 3)))
            train(optim.Adam(params, lr=0.1, global_clipnorm=1.0), params, 3)
            ends.append(params)
    finally:
        torch.set_num_threads(before)
    assert same_bits(ends[0], ends[1])
    assert same_bits(ends[0], ends[2])


# -- what is not finite ---------------------------------------------------------------------------

POISONS = [float("nan"), float("inf")]


@pytest.mark.parametrize("poison", POISONS)
@pytest.mark.parametrize("policy", ["skip", "skip_gradients", "raise"])
def test_a_step_that_would_store_what_is_not_finite_changes_nothing(policy, poison):
    params = parameters()
    optimizer = optim.Adam(params, lr=0.1, use_ema=True, nonfinite=policy)
    train(optimizer, params, 2)
    before = picture(optimizer)
    give_gradients(params, 5)
    params[1].grad[0, 0] = poison
    if policy == "raise":
        with pytest.raises(NonFiniteError, match="parameter '1'. Its gradient holds NaN"):
            optimizer.step()
    else:
        optimizer.step()
    assert picture(optimizer) == before
    train(optimizer, params, 1)
    assert picture(optimizer) != before


def test_without_a_policy_nan_goes_where_arithmetic_sends_it():
    params = parameters()
    optimizer = optim.Adam(params, lr=0.1)
    give_gradients(params, 0)
    params[1].grad[0, 0] = torch.nan
    optimizer.step()
    assert params[1].isnan().sum() == 1
    assert not params[0].isnan().any()


def test_a_policy_may_be_named_after_an_overflow_of_the_step_itself():
    """A finite gradient whose square is not."""
    params = parameters()
    optimizer = optim.Adam(params, lr=0.1, nonfinite="raise")
    give_gradients(params, 0)
    params[0].grad[0] = 1e30
    with pytest.raises(NonFiniteError, match="Its gradient is finite, but the step overflows"):
        optimizer.step()


# -- what a step costs ----------------------------------------------------------------------------


class Counted(TorchDispatchMode):
    """Counts operations of the framework, and the largest tensor that one of them makes."""

    def __init__(self):
        super().__init__()
        self.names = []
        self.largest = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        self.names.append(str(function))
        if isinstance(result, torch.Tensor) and not any(result is a for a in args):
            views = [a for a in args if isinstance(a, torch.Tensor)]
            made = all(result.untyped_storage().data_ptr() != a.untyped_storage().data_ptr()
                       for a in views)  # fmt: skip
            self.largest = max(self.largest, result.numel() if made else 0)
        return result


ALL_ON = {"use_ema": True, "global_clipnorm": 1.0, "weight_decay": 0.1}


def operations(cls, count, **arguments):
    """The operations of a step, after two others, and the largest tensor that it made."""
    params = parameters(shapes=[(10, 10)] * count)
    optimizer = cls(params, lr=0.1, **arguments)
    train(optimizer, params, 2)
    give_gradients(params, 3)
    with Counted() as counted:
        optimizer.step()
    return len(counted.names), counted.largest


@pytest.mark.parametrize("arguments", [{}, ALL_ON], ids=["plain", "all on"])
@pytest.mark.parametrize("name", ["Adam", "AdamW", "Lion", "Adafactor", "Lamb", "SGD"])
def test_a_step_has_no_operation_of_the_framework_for_each_parameter(name, arguments):
    few, largest = operations(getattr(optim, name), 2, **arguments)
    many, _ = operations(getattr(optim, name), 50, **arguments)
    assert many == few
    assert largest == 0


def test_operations_for_each_parameter_are_seen():
    for arguments, more in (({"foreach": False}, 48 * 5), ({"foreach": True}, 0)):
        few, _ = operations(torch.optim.Adam, 2, **arguments)
        many, largest = operations(torch.optim.Adam, 50, **arguments)
        assert many >= few + more
        assert arguments["foreach"] or largest == 100  # a temporary of a parameter's size


SIZE = 4_000_000
"""Weights: 16 MB, far above what the allocator keeps at hand."""


def peak_of_step(cls, **arguments):
    """By how much a step raises the most memory of a process, in bytes.

    A process of its own: what earlier tests gave back to the allocator would hide a temporary.
    """
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(rise_of_step, cls, **arguments).result()


def rise_of_step(cls, **arguments):
    parameter = torch.ones(SIZE, requires_grad=True)
    optimizer = cls([parameter], lr=0.1, **arguments)
    parameter.grad = torch.ones(SIZE)
    optimizer.step()
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the peak begins anew
    start = status("VmRSS")
    optimizer.step()
    return status("VmHWM") - start


def status(name):
    with open("/proc/self/status") as file:
        line = next(line for line in file if line.startswith(name))
    return int(line.split()[1]) * 1024


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for the peak")
def test_a_step_needs_no_memory_of_a_parameters_size():
    try:
        foreach = peak_of_step(torch.optim.Adam, foreach=True)
    except PermissionError:
        pytest.skip("the peak cannot be reset here")
    ours = peak_of_step(optim.Adam, **ALL_ON)
    assert foreach > 3 * SIZE  # bytes: it does see a temporary
    assert ours < SIZE


def counted(optimizer):
    return optimizer.iterations, optimizer.calls, optimizer.pending, optimizer.skipped


def test_counters_are_shown_whoever_makes_the_steps():
    weight = torch.nn.Parameter(torch.ones(3))
    theirs = torch.optim.Adam([weight], lr=0.1)
    for _ in range(3):
        weight.grad = torch.ones(3)
        theirs.step()
    ours = optim.from_torch(theirs, nonfinite="skip")
    assert counted(ours) == (3, 3, 0, 0)
    model = torch.nn.Linear(2, 1)
    backward = optim.Adam(model.parameters(), lr=0.1)
    assert counted(backward) == (0, 0, 0, 0)
    optim.apply_in_backward(model, backward)
    model(torch.ones(2)).sum().backward()
    backward.step()
    assert counted(backward) == (1, 1, 0, 0)


def test_a_device_that_alone_knows_what_it_skipped_is_asked():
    weight = torch.nn.Parameter(torch.ones(2))
    optimizer = optim.Adam([weight], lr=0.1, nonfinite="skip", compiler="triton")
    for gradient in (1.0, math.nan, 1.0):
        weight.grad = torch.full((2,), gradient)
        optimizer.step()
    assert counted(optimizer) == (2, 3, 0, 1)
    loaded = optim.Adam([weight], lr=0.1, nonfinite="skip", compiler="triton")
    loaded.load_state_dict(optimizer.state_dict())
    assert counted(loaded) == (2, 3, 0, 1)
