"""A step that is interrupted, at any instant, is made as a whole or not at all."""

import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adamas
import interruptions
from adamas.compilers import threads
from adamas.compilers.llvm import wholes
from adamas.errors import StateError
from adamas.signals import held
from endurance import endurance, rounds
from interruptions import Interrupted, instants, interrupted

torch = pytest.importorskip("torch", reason="needs PyTorch")

import adamas.torch  # noqa: E402


@dataclass(frozen=True)
class Run:
    """A loop of the same steps: one step, and all that it changes, as bytes."""

    step: Callable[[], Any]
    state: Callable[[], bytes]


def bits(*values: Any) -> bytes:
    return b"".join(np.asarray(value).tobytes() for value in values)


def arrays(optimizer: Any, dtypes=("float32",), shapes=((3, 4), (5,)), scale=0.1) -> Run:
    draw = np.random.default_rng(0)
    params = [draw.standard_normal(s).astype(d) for d in dtypes for s in shapes]
    grads = [(scale * draw.standard_normal(p.shape)).astype(p.dtype) for p in params]
    optimizer.build(params)

    def state() -> bytes:
        with optimizer.paused():
            exported, counters = optimizer.session.export()
            return bits(*params, *exported.values(), *counters.values())

    return Run(lambda: optimizer.apply(grads, params), state)


def tensors(make: Callable[[Any], Any], **changes: Any) -> Run:
    draw = torch.Generator().manual_seed(0)
    params = [torch.nn.Parameter(torch.randn(s, generator=draw)) for s in ((3, 4), (4, 4), (5,))]
    for parameter in params:
        parameter.grad = 0.1 * torch.randn(parameter.shape, generator=draw)
    optimizer = make(params)

    def state() -> bytes:
        with optimizer.paused():
            saved = optimizer.state_dict()
            slots = [value for entry in saved["state"].values() for value in entry.values()]
            group = saved["param_groups"][0]
            counts = [group.get(name, 0) for name in ("calls", "pending", "skipped")]
            return bits(*(p.detach() for p in params), *slots, *counts)

    return Run(optimizer.step, state)


RUNS: dict[str, Callable[[], Run]] = {
    "Adam": lambda: arrays(adamas.Adam(0.1)),
    "two dtypes": lambda: arrays(adamas.Adam(0.1), ("float32", "float64")),
    "all stages": lambda: arrays(
        adamas.Nadam(
            0.1,
            clipnorm=0.1,
            weight_decay=0.1,
            use_ema=True,
            ema_overwrite_frequency=3,
            gradient_accumulation_steps=2,
            nonfinite="skip",
        ),
        ("float32", "float64"),
    ),
    "sums": lambda: arrays(adamas.Adafactor(0.1), ("float32", "float64")),
    "whole matrices": lambda: arrays(adamas.Muon(0.1), ("float32", "float64"), ((4, 3), (3, 4))),
    "slots per side": lambda: arrays(
        adamas.SOAP(0.1, precondition_frequency=1), ("float32", "float64"), ((3, 3), (4, 4))
    ),
    "members": lambda: arrays(
        adamas.MultiOptimizer({"0": adamas.Nadam(0.1), ".*": adamas.ScheduleFreeAdamW(0.1)})
    ),
    "loss scale": lambda: arrays(
        adamas.LossScaleOptimizer(adamas.Nadam(0.1), initial_scale=4.0, dynamic_growth_steps=2)
    ),
    "loss scale, overflow": lambda: arrays(
        adamas.LossScaleOptimizer(adamas.Adam(0.1), initial_scale=1024.0),
        ("float64",),
        scale=1e306,
    ),
    "torch": lambda: tensors(lambda params: adamas.torch.NAdam(params, lr=0.1)),
    "torch, all stages": lambda: tensors(
        lambda params: adamas.torch.AdamW(
            params, lr=0.1, global_clipnorm=0.1, use_ema=True, gradient_accumulation_steps=2
        )
    ),
}


def check(make: Callable[[], Run], most: int) -> int:
    """Interrupt one step after another, each at a later instant; gives how many were."""
    whole, run = make(), make()
    for one in (whole, run):
        for _ in range(4):
            one.step()
    states = [whole.state()]

    def state_after(made: int) -> bytes:
        while len(states) <= made:
            whole.step()
            states.append(whole.state())
        return states[made]

    total = max(instants(run.step) for _ in range(2))
    made, came = 2, 0
    assert run.state() == state_after(made)
    for instant in range(0, total, max(1, total // most)):
        was = interrupted(run.step, instant)
        found, came = run.state(), came + was
        if found == state_after(made + 1):
            made += 1
        else:
            assert was, "a step that ended is there"
            assert found == state_after(made), f"whole at instant {instant} of {total}"
    return came


@endurance
@pytest.mark.parametrize("title", RUNS)
def test_a_step_is_whole_or_not_begun(title):
    assert check(RUNS[title], rounds(25, 10**6)) >= 20


@endurance
@pytest.mark.parametrize("title", RUNS)
def test_a_first_step_is_whole_or_not_begun(title):
    make = RUNS[title]
    whole, states = make(), []
    for _ in range(4):
        whole.step()
        states.append(whole.state())
    total = instants(make().step)
    for instant in np.linspace(0, total - 1, rounds(12, 400)).astype(int):
        run = make()
        was = interrupted(run.step, instant)
        run.step()
        run.step()
        assert run.state() in (states[1:3] if was else states[2:3]), f"at {instant} of {total}"


def test_a_step_of_shared_matrices_is_whole_or_not_begun(monkeypatch):
    """Threads end what they have begun before that is told."""
    monkeypatch.setattr(wholes, "PIECE", 1)
    monkeypatch.setattr(threads, "_chosen", 2)

    def make() -> Run:
        return arrays(adamas.Muon(0.1), shapes=((4, 3),) * 3)

    assert check(make, rounds(25, 10**6)) >= 20


def test_a_step_in_two_parts_is_noticed():
    """The oracle fails on a step that counts after it has moved."""
    moved = {"p": 0, "count": 0}

    def step():
        adamas.num_threads()  # two instants of ours
        moved["p"] += 1
        adamas.num_threads()
        moved["count"] += 1

    def make() -> Run:
        return Run(step, lambda: bits(moved["p"], moved["count"]))

    with pytest.raises(AssertionError):
        check(make, 100)


# -- handlers that do not raise


@endurance
@pytest.mark.parametrize("title", RUNS)
def test_a_handler_saves_the_state_of_one_step(title):
    """As those do by which a machine says that it is about to be taken away."""
    whole, run = RUNS[title](), RUNS[title]()
    for one in (whole, run):
        for _ in range(4):
            one.step()
    total = instants(run.step)
    whole.step()
    assert total > 50
    for instant in range(0, total, max(1, total // rounds(25, total))):
        before, saved = whole.state(), []
        whole.step()
        assert interrupted(run.step, instant, lambda saved=saved: saved.append(run.state()))
        assert run.state() == whole.state(), f"no step is lost at {instant} of {total}"
        assert saved[0] in (before, whole.state()), f"of one step at {instant} of {total}"


def test_a_handler_makes_no_step_within_a_step():
    run = RUNS["two dtypes"]()
    run.step()
    refused = []
    for instant in range(0, instants(run.step), 3):
        try:
            interrupted(run.step, instant, run.step)
        except StateError as error:
            refused.append(str(error))
    assert len(refused) > 5
    assert all("by the handler of a signal" in said for said in refused)


def test_a_handler_counts_no_call_within_a_step_of_one_parameter():
    """Where steps are made in the backward pass, `step` only ends the call."""
    model = torch.nn.Linear(3, 2)
    optimizer = adamas.torch.Adam(model.parameters(), lr=0.1)
    adamas.torch.apply_in_backward(model, optimizer)

    def backward() -> None:
        model(torch.ones(2, 3)).square().sum().backward()

    backward()
    optimizer.step()
    refused = []
    for instant in range(0, instants(backward), 9):
        calls = optimizer.calls
        try:
            interrupted(backward, instant, optimizer.step)
        except StateError as error:
            refused.append((str(error), optimizer.calls - calls))
        optimizer.step()
    assert len(refused) > 5
    assert all("by the handler of a signal" in said and more == 0 for said, more in refused)


# -- gradients


def left_off(call: Callable[[], Any], monkeypatch: Any) -> int:
    """How often gradients are off after a call that was interrupted, also in PyTorch's own code."""
    folder = Path(torch.__file__).parent
    own = (folder / "autograd" / "grad_mode.py", folder / "utils" / "_contextlib.py")
    with monkeypatch.context() as patch:
        patch.setattr(interruptions, "SOURCES", (*interruptions.SOURCES, *map(str, own)))
        found = 0
        for instant in range(instants(call)):
            interrupted(call, instant)
            found += not torch.is_grad_enabled()
            torch.set_grad_enabled(True)
        return found


def test_gradients_are_on_after_a_step_that_was_interrupted(monkeypatch):
    run = RUNS["torch"]()
    for _ in range(3):
        run.step()
    assert left_off(run.step, monkeypatch) == 0


def test_gradients_that_an_interruption_leaves_off_are_noticed(monkeypatch):
    """As `torch.no_grad` does; so they were after a step that was made within it."""
    assert left_off(torch.no_grad()(lambda: None), monkeypatch) > 0


# -- averages and files


def averaging(front: str) -> tuple[Any, Callable[[], bytes], Callable[[], Any]]:
    """An optimizer after some steps, its parameters as bytes, and one step more."""
    if front == "torch":
        params = [torch.nn.Parameter(torch.ones(5)), torch.nn.Parameter(torch.ones(2, 2))]
        for parameter in params:
            parameter.grad = torch.ones_like(parameter)
        optimizer = adamas.torch.Adam(params, lr=0.1, use_ema=True)
        step = optimizer.step
    else:
        params = [np.ones(5), np.ones((2, 2), np.float32)]
        grads = [np.ones_like(p) for p in params]
        optimizer = adamas.Adam(0.1, use_ema=True)

        def step() -> None:
            optimizer.apply(grads, params)

    for _ in range(3):
        step()
    read = (lambda: [p.detach() for p in params]) if front == "torch" else (lambda: params)
    return optimizer, lambda: bits(*read()), step


def in_and_out(optimizer: Any) -> None:
    with optimizer.averaged():
        pass


FRONTS = ("numpy", "torch")


def test_the_numbers_of_an_entry_come_at_once():
    """Nadam's are two: an entry with the one alone would be refused ever after."""

    def made():
        parameter = torch.nn.Parameter(torch.ones(3))
        optimizer = adamas.torch.NAdam([parameter], lr=0.1)
        return optimizer, parameter, optimizer.ready().state_of

    counted = made()
    for instant in range(instants(lambda: counted[2].ensure(0))):
        optimizer, parameter, state = made()
        interrupted(lambda state=state: state.ensure(0), instant)
        entry = optimizer.state.get(parameter)
        assert not entry or "mu_product" in entry, instant


@endurance
@pytest.mark.parametrize("front", FRONTS)
def test_parameters_come_back_from_averages(front):
    optimizer, params, _ = averaging(front)
    trained = params()
    with optimizer.averaged():
        averages = params()
    assert averages != trained
    total = instants(lambda: in_and_out(optimizer))
    for instant in range(0, total, max(1, total // rounds(60, total))):
        assert interrupted(lambda: in_and_out(optimizer), instant)
        assert params() == trained, f"at {instant} of {total}"
    with optimizer.averaged():
        assert params() == averages


@endurance
@pytest.mark.parametrize("front", FRONTS)
def test_averages_are_taken_over_as_a_whole(front):
    made, params, _ = averaging(front)
    finalize = "finalize_variable_values" if front == "numpy" else "finalize"
    trained, total = params(), instants(getattr(made, finalize))
    averages = params()
    assert averages != trained
    found = set()
    for instant in range(0, total, max(1, total // rounds(40, total))):
        optimizer, params, _ = averaging(front)
        interrupted(getattr(optimizer, finalize), instant)
        found.add(params())
    assert found == {trained, averages}


@endurance
# Python itself loses a file to its garbage where a signal comes between open() and its block.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
@pytest.mark.parametrize("front", FRONTS)
def test_a_file_is_taken_over_as_a_whole(front, tmp_path):
    optimizer, _, step = averaging(front)
    optimizer.save(tmp_path / "earlier.safetensors")
    step()
    optimizer.save(tmp_path / "later.safetensors")
    read = {name: (tmp_path / f"{name}.safetensors").read_bytes() for name in ("earlier", "later")}

    def load(name: str) -> None:
        optimizer.load(tmp_path / f"{name}.safetensors")

    total = instants(lambda: load("earlier"))
    assert total > 100
    for instant in range(0, total, max(1, total // rounds(40, total))):
        load("later")
        interrupted(lambda: load("earlier"), instant)
        optimizer.save(tmp_path / "found.safetensors")
        assert (tmp_path / "found.safetensors").read_bytes() in read.values(), instant


# -- signals


def interrupted_after(seconds: float, step: Callable[[], Any]) -> None:
    """A plain loop under a timer whose handler raises, as that of Ctrl-C does."""

    def handler(number, frame):
        raise Interrupted

    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        while True:
            step()
    except Interrupted:
        pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@endurance
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="asks the system for a timer")
@pytest.mark.parametrize("title", ["two dtypes", "all stages", "torch"])
def test_a_signal_at_any_time_leaves_whole_steps(title):
    whole, run = RUNS[title](), RUNS[title]()
    whole.step()
    run.step()
    states = [whole.state()]
    draw, made = np.random.default_rng(0), 0
    for _ in range(rounds(20, 500)):
        interrupted_after(draw.uniform(1e-4, 2e-3), run.step)
        found = run.state()
        while states[-1] != found:
            whole.step()
            states.append(whole.state())
            assert len(states) < made + 10_000, "such a state is reached"
        made = len(states)


def interrupted_block(came: list) -> None:
    with held():
        signal.raise_signal(signal.SIGINT)
        came.append("the block goes on")


def test_signals_that_are_held_are_told_when_the_block_ends():
    came = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: came.append(number))
    try:
        with held():
            signal.raise_signal(signal.SIGTERM)
            assert came == []
        assert came == [signal.SIGTERM]
        assert callable(signal.getsignal(signal.SIGTERM))
        with pytest.raises(KeyboardInterrupt):
            interrupted_block(came)
        assert came[1:] == ["the block goes on"]
    finally:
        signal.signal(signal.SIGTERM, before)


def test_another_thread_holds_nothing():
    errors = []

    def work():
        try:
            with held():
                pass
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert errors == []
