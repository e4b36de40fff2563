"""Schedules: right numbers, for every kind of step, written down and read again."""

import contextlib
import copy
import dataclasses
import doctest
import functools
import importlib
import inspect
import json
import math
import os
import pickle
import types

import numpy as np
import pytest

from adamas import schedules
from adamas.errors import AdamasError, ArgumentError, ConfigurationError, RuleError
from adamas.schedules import (
    Chain,
    Constant,
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    FunctionSchedule,
    InverseSquareRoot,
    InverseTimeDecay,
    OneCycle,
    PiecewiseConstantDecay,
    PolynomialDecay,
    Schedule,
    Warmup,
    WarmupStableDecay,
    as_schedule,
    choice,
    deserialize,
    number,
    registry,
    serialize,
    takes_step,
)

FLOOR = 0.001


class Halving(Schedule):
    """A user's own: a helper of the module, a constant of the module, an argument left as is."""

    learning_rate: float = number(at_least=0)
    every: int = number(default=10, above=0)
    shape: str = choice("stairs", "slope", default="stairs")
    tags: tuple = ()

    def __call__(self, step):
        halvings = step // self.every if self.shape == "stairs" else step / self.every
        return np.maximum(halved(self.learning_rate, halvings), FLOOR)


def halved(rate, times):
    return rate * np.exp2(-times)


class Doubled(Halving, package="lab"):
    """A user's own that builds upon another by inheritance."""

    def __call__(self, step):
        return 2 * super().__call__(step)


# Every schedule in its variants; each test of a property runs over all of them.
ALL = {
    "constant": Constant(0.1),
    "exponential": ExponentialDecay(0.1, 30, 0.9),
    "exponential stairs": ExponentialDecay(0.1, 30, 0.9, staircase=True),
    "exponential to 0": ExponentialDecay(0.1, 30, 0.0),
    "piecewise": PiecewiseConstantDecay([10, 100], [0.3, 0.2, 0.1]),
    "piecewise of one": PiecewiseConstantDecay([], [0.3]),
    "polynomial": PolynomialDecay(0.1, 100),
    "polynomial cubic up": PolynomialDecay(0.1, 100, end_learning_rate=0.4, power=3),
    "polynomial root": PolynomialDecay(0.1, 100, power=0.5),
    "polynomial cycle": PolynomialDecay(0.1, 50, power=2.0, cycle=True),
    "inverse time": InverseTimeDecay(0.1, 20, 0.5),
    "inverse time stairs": InverseTimeDecay(0.1, 20, 0.5, staircase=True),
    "cosine": CosineDecay(0.1, 100, alpha=0.1),
    "cosine warm-up": CosineDecay(0.01, 100, warmup_target=0.2, warmup_steps=30),
    "cosine no warm-up": CosineDecay(0.1, 100, warmup_steps=30),
    "cosine warm-up of 0": CosineDecay(0.01, 100, 0.1, warmup_target=0.2),
    "restarts": CosineDecayRestarts(0.1, 20),
    "restarts of one length": CosineDecayRestarts(0.1, 20, t_mul=1.0, m_mul=0.8, alpha=0.05),
    "restarts by a half": CosineDecayRestarts(0.1, 20, t_mul=1.5, m_mul=0.9, alpha=0.1),
    "inverse root": InverseSquareRoot(0.1, 40),
    "noam": InverseSquareRoot.noam(512, 40),
    "stable linear": WarmupStableDecay(0.1, 20, 80, 100),
    "stable cosine": WarmupStableDecay(0.1, 20, 80, 100, "cosine", 0.01, 0.001),
    "stable sqrt": WarmupStableDecay(0.1, 20, 80, 100, decay="sqrt", end_learning_rate=0.02),
    "stable at once": WarmupStableDecay(0.1, 0, 0, 100),
    "one cycle": OneCycle(0.1, 200),
    "one cycle of lines": OneCycle(0.1, 200, anneal_strategy="linear"),
    "one cycle in three": OneCycle(0.1, 200, pct_start=0.4, three_phase=True),
    "one cycle of one step": OneCycle(0.1, 1),
    "warm-up": Warmup(CosineDecay(0.1, 100), 25, initial=0.01),
    "warm-up of a number": Warmup(0.1, 25),
    "warm-up of none": Warmup(0.1, 0),
    "chain": Chain([Warmup(0.1, 10), PolynomialDecay(0.1, 50), 0.01], [40, 90]),
    "chain of one": Chain([0.1], []),
    "own": Halving(0.1),
    "own slope": Halving(0.1, every=7, shape="slope", tags=["a", "b"]),
    "own upon own": Doubled(0.2, every=5),
    "own inside": Warmup(Doubled(0.2), 5),
}
STEPS = np.arange(0, 260)


def each_schedule(test):
    return pytest.mark.parametrize("schedule", ALL.values(), ids=ALL.keys())(test)


def check_rates(rates, expected, tolerance):
    """All rates within ``tolerance`` of the expected ones, as a fraction of the largest."""
    rates, expected = np.asarray(rates, np.float64), np.asarray(expected, np.float64)
    assert rates.shape == expected.shape
    assert np.isfinite(rates).all()
    wrong = ~(np.abs(rates - expected) <= tolerance * np.abs(expected).max())
    assert not wrong.any(), f"at {np.argwhere(wrong)}: {rates[wrong]}, not {expected[wrong]}"


def by_step(schedule, steps):
    return [schedule(int(step)) for step in steps]


# ---------------------------------------------------------------------------- right numbers

BY_HAND = [
    (ExponentialDecay(0.1, 100, 0.5), {0: 0.1, 50: 0.1 / math.sqrt(2), 100: 0.05, 300: 0.0125}),
    (ExponentialDecay(0.1, 100, 0.5, True), {0: 0.1, 99: 0.1, 100: 0.05, 199: 0.05}),
    (PiecewiseConstantDecay([10, 20], [3, 2, 1]), {0: 3, 10: 3, 11: 2, 20: 2, 21: 1, 10**9: 1}),
    (PolynomialDecay(0.2, 10, 0.1), {0: 0.2, 5: 0.15, 10: 0.1, 11: 0.1, 1000: 0.1}),
    (PolynomialDecay(0.2, 10, 0.1, 2.0), {5: 0.125, 10: 0.1}),
    (PolynomialDecay(0.2, 10, 0.1, cycle=True), {10: 0.1, 15: 0.125, 20: 0.1, 11: 0.145}),
    (PolynomialDecay(0.2, 10, 0.1, 0.0), {0: 0.2, 10: 0.2, 20: 0.2}),  # 0⁰ = 1
    (InverseTimeDecay(0.1, 10, 1.0), {0: 0.1, 10: 0.05, 30: 0.025}),
    (InverseTimeDecay(0.1, 10, 1.0, True), {9: 0.1, 19: 0.05, 30: 0.025}),
    (CosineDecay(0.1, 10, 0.5), {0: 0.1, 5: 0.075, 10: 0.05, 11: 0.05}),
    (
        CosineDecay(0.0, 10, warmup_target=0.1, warmup_steps=4),
        {0: 0, 1: 0.025, 4: 0.1, 9: 0.05, 14: 0, 99: 0},
    ),
    (
        CosineDecayRestarts(0.1, 10, m_mul=0.5),
        {
            0: 0.1,
            5: 0.05,
            10: 0.05,
            20: 0.025,
            30: 0.025,
            70: 0.0125,
            10 * (2**29 - 1): 0.1 / 2**29,
        },
    ),
    (CosineDecayRestarts(0.1, 100, t_mul=1.1), {155: 0.05, 210: 0.1}),  # Keras gives 0 at 210
    # ln(3⁵) / ln 3 rounds to less than 5: the restart would come a step late.
    (CosineDecayRestarts(0.1, 2, t_mul=3.0), {3**5 - 1: 0.1, (3**5 - 1 + 3**6 - 1) // 2: 0.05}),
    (CosineDecayRestarts(0.1, 10, 1.0, 0.5), {5: 0.05, 10: 0.05, 15: 0.025, 20: 0.025}),
    (InverseSquareRoot(0.1, 4), {0: 0.025, 1: 0.05, 3: 0.1, 15: 0.05, 399: 0.01}),
    (InverseSquareRoot.noam(64, 4), {0: 0.125 / 8, 3: 0.125 / 2, 15: 0.125 / 4}),
    (InverseSquareRoot.noam(64, 4, scale=2.0), {3: 0.125}),
    (WarmupStableDecay(0.1, 10, 20, 16), {0: 0, 5: 0.05, 10: 0.1, 30: 0.1, 34: 0.075, 46: 0}),
    (WarmupStableDecay(0.1, 10, 20, 16, "sqrt"), {30: 0.1, 31: 0.075, 34: 0.05, 46: 0, 99: 0}),
    (WarmupStableDecay(0.1, 10, 20, 16, "cosine", end_learning_rate=0.02), {38: 0.06, 46: 0.02}),
    (WarmupStableDecay(0.1, 10, 20, 16, initial_learning_rate=0.02), {0: 0.02, 5: 0.06}),
    (WarmupStableDecay(0.1, 0, 0, 10), {0: 0.1, 5: 0.05}),
    (
        OneCycle(0.1, 101, 0.5, "linear", 10.0, 10.0),
        {0: 0.01, 49.5: 0.1, 74.75: 0.0505, 100: 0.001, 101: 0.001, 9999: 0.001},
    ),
    (Warmup(0.1, 10), {0: 0, 1: 0.01, 9: 0.09, 10: 0.1, 11: 0.1}),
    (
        Warmup(PolynomialDecay(0.1, 10, 0.0), 10, initial=0.05),
        {0: 0.05, 5: 0.075, 10: 0.1, 15: 0.05},
    ),
    (Chain([3, 2, 1], [10, 20]), {0: 3, 9: 3, 10: 2, 19: 2, 20: 1, 99: 1}),
    (Chain([0.3, PolynomialDecay(0.2, 10, 0.0)], [100]), {99: 0.3, 100: 0.2, 105: 0.1, 110: 0}),
    (Warmup(Chain([3, 2], [10]), 10), {5: 1.5, 19: 3, 20: 2}),
    (Halving(0.1), {0: 0.1, 9: 0.1, 10: 0.05, 10_000: FLOOR}),
    (Doubled(0.1), {10: 0.1}),
    (Constant(0.1), {0: 0.1, 10**12: 0.1}),
]


@pytest.mark.parametrize(
    ("schedule", "rates"),
    BY_HAND,
    ids=[f"{i}-{type(row[0]).__name__}" for i, row in enumerate(BY_HAND)],
)
def test_a_schedule_gives_the_rates_that_were_computed_by_hand(schedule, rates):
    # float64 arithmetic of a dozen operations: 1e-13 of the largest rate is generous.
    check_rates([schedule(step) for step in rates], list(rates.values()), 1e-13)
    check_rates(schedule(list(rates)), list(rates.values()), 1e-13)


AS_KERAS = [
    ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 30, "decay_rate": 0.9}),
    (
        "ExponentialDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 32, "decay_rate": 0.5, "staircase": True},
    ),
    ("PiecewiseConstantDecay", {"boundaries": [10, 100], "values": [0.3, 0.2, 0.1]}),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 100}),
    (
        "PolynomialDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 64, "power": 2.0, "cycle": True},
    ),
    (
        "PolynomialDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 50, "end_learning_rate": 0.05, "power": 0.5},
    ),
    ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 20, "decay_rate": 0.5}),
    (
        "InverseTimeDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 16, "decay_rate": 0.5, "staircase": True},
    ),
    ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 100, "alpha": 0.1}),
    ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 100, "warmup_steps": 30}),
    (
        "CosineDecay",
        {
            "initial_learning_rate": 0.01,
            "decay_steps": 100,
            "warmup_target": 0.2,
            "warmup_steps": 30,
        },
    ),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 20}),
    (
        "CosineDecayRestarts",
        {
            "initial_learning_rate": 0.1,
            "first_decay_steps": 20,
            "t_mul": 1.5,
            "m_mul": 0.9,
            "alpha": 0.1,
        },
    ),
    (
        "CosineDecayRestarts",
        {"initial_learning_rate": 0.1, "first_decay_steps": 16, "t_mul": 1.0, "m_mul": 0.5},
    ),
]
# The first steps, both sides of every boundary above, and far beyond the end.
KERAS_STEPS = [0, 1, 2, 7, 9, 10, 11, 15, 16, 17, 19, 20, 21, 29, 30, 31, 32, 33, 48, 49, 50, 51]
KERAS_STEPS += [59, 60, 61, 63, 64, 65, 94, 95, 96, 99, 100, 101, 127, 129, 130, 131, 139, 140]
KERAS_STEPS += [141, 162, 163, 500, 1000, 5000]


@functools.cache
def keras_schedules():
    os.environ.setdefault("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras")
    return keras.optimizers.schedules


def rates_of_keras(schedule):
    with contextlib.ExitStack() as stack:
        if os.environ["KERAS_BACKEND"] == "jax":  # each of its branches is else compiled anew
            stack.enter_context(importlib.import_module("jax").disable_jit())
        return [float(schedule(step)) for step in KERAS_STEPS]


@pytest.mark.parametrize(("name", "arguments"), AS_KERAS, ids=lambda value: str(value)[:60])
def test_a_schedule_of_kerass_gives_kerass_rates(name, arguments):
    theirs = getattr(keras_schedules(), name)(**arguments)
    ours = getattr(schedules, name)(**arguments)
    expected = rates_of_keras(theirs)
    # Keras computes in float32: 6e-8 per operation, about ten of them; the phase of a cosine and
    # the exponent of a power grow to 40 periods here, and their rounding with them.
    check_rates(by_step(ours, KERAS_STEPS), expected, 5e-6)


def test_a_schedule_of_kerass_takes_kerass_arguments():
    for name in {name for name, _ in AS_KERAS}:
        theirs = inspect.signature(getattr(keras_schedules(), name)).parameters
        ours = inspect.signature(getattr(schedules, name)).parameters
        assert set(ours) == set(theirs)
        for argument in set(ours) - {"name"}:
            assert ours[argument].default == theirs[argument].default


@pytest.mark.parametrize("strategy", ["cos", "linear"])
@pytest.mark.parametrize("three_phase", [False, True])
@pytest.mark.parametrize(
    ("total_steps", "pct_start"),
    [(100, 0.3), (37, 0.45), (100, 0.0), (5, 0.5), (1, 0.25), (7, 0.1)],
)
def test_one_cycle_gives_the_rates_of_pytorch(strategy, three_phase, total_steps, pct_start):
    torch = pytest.importorskip("torch")
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    theirs = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        0.1,
        total_steps,
        pct_start=pct_start,
        anneal_strategy=strategy,
        three_phase=three_phase,
        div_factor=20.0,
        final_div_factor=50.0,
        cycle_momentum=False,
    )
    expected = [theirs.get_last_lr()[0]]
    for _ in range(total_steps - 1):
        optimizer.step()
        theirs.step()
        expected.append(theirs.get_last_lr()[0])
    ours = OneCycle(0.1, total_steps, pct_start, strategy, 20.0, 50.0, three_phase)
    # Both in float64; the same formula with its operations in another order.
    check_rates(by_step(ours, range(total_steps)), expected, 1e-14)


def test_one_cycle_is_at_its_peak_where_a_rise_takes_no_time():
    # pct_start · total_steps = 1: PyTorch divides by zero here.
    assert OneCycle(0.1, 10, pct_start=0.1)(0) == 0.1
    assert OneCycle(0.1, 10, pct_start=0.1, three_phase=True)(0) == 0.1
    assert OneCycle(0.1, 10, pct_start=1.0)(9) == 0.1


def test_warm_up_and_chain_give_the_rates_of_optax():
    optax = pytest.importorskip("optax")
    theirs = optax.join_schedules(
        [
            optax.linear_schedule(0.02, 0.1, 25),
            optax.cosine_decay_schedule(0.1, 60),
            optax.constant_schedule(0.01),
        ],
        [25, 100],
    )
    ours = Chain([Warmup(CosineDecay(0.1, 60), 25, initial=0.02), 0.01], [100])
    expected = [float(theirs(step)) for step in range(120)]
    check_rates(by_step(ours, range(120)), expected, 1e-6)  # float32 there


def test_the_check_of_rates_fails_on_a_wrong_formula():
    right = ALL["cosine"]
    for wrong in (
        CosineDecay(0.1, 101, alpha=0.1),
        CosineDecay(0.1, 100, alpha=0.1001),
        Warmup(right, 1),
        as_schedule(lambda step: right(step + 1)),
        as_schedule(lambda step: math.nan),
    ):
        with pytest.raises(AssertionError):
            check_rates(wrong(STEPS), right(STEPS), 5e-6)
    with pytest.raises(AssertionError):
        check_rates(right(STEPS)[:1], right(STEPS), 5e-6)


# ------------------------------------------------------------------------ every kind of step


@each_schedule
def test_a_schedule_gives_a_float_for_a_number(schedule):
    for step in (0, 7, 7.5, True, np.int64(7), np.uint8(7), np.float32(7.5), np.float64(7)):
        assert type(schedule(step)) is float
        assert schedule(step) == schedule(float(step))


@each_schedule
def test_a_schedule_gives_the_same_rates_for_an_array_as_one_by_one(schedule):
    # One formula in two arithmetics: a power may be rounded the other way in its last bit.
    check_rates(schedule(STEPS), by_step(schedule, STEPS), 1e-15)


@each_schedule
def test_a_schedule_gives_an_array_of_the_shape_of_the_steps_in_float64(schedule):
    for shape in ((), (1,), (0,), (2, 3), (2, 0, 3)):
        for dtype in (np.int64, np.int8, np.uint32, np.float32):
            steps = np.arange(math.prod(shape), dtype=dtype).reshape(shape)
            rates = schedule(steps)
            assert isinstance(rates, np.ndarray)
            assert (rates.shape, rates.dtype) == (shape, np.float64)
            assert rates.flags.writeable
            assert rates.ravel().tolist() == schedule(steps.ravel().tolist()).tolist()


def test_a_schedule_refuses_steps_that_are_not_numbers():
    for step in ("5", None, 1j, [[1], [1, 2]], ["a"], {}):
        for schedule in (ALL["cosine"], as_schedule(lambda step: 0.1)):
            with pytest.raises(ArgumentError, match=r"A step must be a number .* Got: .* Give"):
                schedule(step)


def test_a_formula_may_do_on_numbers_all_that_it_may_do_on_arrays():
    class Edges(Schedule, registered=False):
        """Divides by zero in the branch that is not taken, and inverts a comparison."""

        def __call__(self, step):
            inverse = np.where(step > 0, 1 / np.where(step == 0, 1, step), 2.0)
            return np.where(~(step > 3), inverse, np.clip(np.tanh(step), 0, 0.5))

    class Tables(Schedule, registered=False):
        """Arrays inside the formula of one rate."""

        rates: tuple = ()

        def __call__(self, step):
            nearness = np.where(np.asarray([0.0, 5.0]) == np.minimum(step, 5), 1.0, 0.0)
            return np.asarray(self.rates) @ nearness

    check_rates(Edges()(STEPS), by_step(Edges(), STEPS), 1e-15)
    assert by_step(Edges(), [0, 2, 4]) == [2.0, 0.5, 0.5]
    assert by_step(Tables(rates=[0.1, 0.2]), [0, 3, 5, 9]) == [0.1, 0.0, 0.2, 0.2]


def test_a_formula_that_divides_by_zero_says_so_on_numbers_as_on_arrays():
    class Inverse(Schedule, registered=False):
        def __call__(self, step):
            return 1 / step

    for step in (0, np.zeros(2)):
        with pytest.warns(RuntimeWarning, match="divide by zero"):
            assert np.isinf(Inverse()(step)).all()


def test_a_formula_sees_what_its_module_says_now(monkeypatch):
    schedule = Halving(0.1)
    assert schedule(10_000) == FLOOR
    monkeypatch.setitem(globals(), "FLOOR", 0.005)
    assert schedule(10_000) == 0.005
    monkeypatch.setitem(globals(), "halved", lambda rate, times: 0.25)
    assert schedule(10_000) == 0.25


def test_a_formula_with_a_fault_of_its_own_raises_that():
    class Broken(Schedule, registered=False):
        def __call__(self, step):
            return unknown_name + step  # noqa: F821

    with pytest.raises(NameError, match="unknown_name"):
        Broken()(1)


def rebuilt(function, namespace):
    """The function with another module under its name np: what the JAX front end does."""
    names = dict(function.__globals__)
    if names.get("np") is np:
        names["np"] = namespace
    for name, value in names.items():
        if isinstance(value, types.FunctionType) and value.__globals__ is function.__globals__:
            names[name] = types.FunctionType(
                value.__code__, names, name, value.__defaults__, value.__closure__
            )
    return types.FunctionType(
        function.__code__, names, function.__name__, function.__defaults__, function.__closure__
    )


@pytest.fixture(scope="module")
def jax():
    return pytest.importorskip("jax")


# JAX computes in float32 here; a cosine's phase after ten periods is known to 1e-6.
JAX_TOLERANCE = 3e-6


@each_schedule
def test_a_schedule_is_traced_by_jax(jax, schedule):
    steps = jax.numpy.arange(len(STEPS))
    traced = jax.jit(schedule)
    check_rates(traced(steps), schedule(STEPS), JAX_TOLERANCE)
    check_rates(jax.jit(jax.vmap(schedule))(steps), schedule(STEPS), JAX_TOLERANCE)
    some = [0, 1, 30, 99, 100, 259]
    rates = [traced(jax.numpy.int32(step)) for step in some]
    check_rates(rates, by_step(schedule, some), JAX_TOLERANCE)
    assert traced._cache_size() == 2  # one trace for the array, one for all the numbers


@each_schedule
def test_a_formula_rebuilt_upon_jax_is_the_same_formula(jax, schedule):
    formula = rebuilt(type(schedule).__call__.__wrapped__, jax.numpy)
    steps = jax.numpy.arange(len(STEPS), dtype=float)
    rates = jax.jit(lambda steps: formula(schedule, steps))(steps)
    check_rates(np.broadcast_to(rates, STEPS.shape), schedule(STEPS), JAX_TOLERANCE)


def test_a_plain_function_is_traced_by_jax(jax):
    schedule = Warmup(lambda step: halved(0.1, step / 10), 10)
    rates = jax.jit(schedule)(jax.numpy.arange(50))
    check_rates(rates, schedule(np.arange(50)), JAX_TOLERANCE)


def test_a_schedule_is_traced_in_float64_where_jax_is(jax):
    with jax.enable_x64(True):
        rates = jax.jit(ALL["chain"])(jax.numpy.arange(100))
        assert rates.dtype == np.float64
        check_rates(rates, ALL["chain"](np.arange(100)), 1e-15)


# --------------------------------------------------------------------- written and read again


@each_schedule
def test_a_schedule_comes_back_from_json_as_it_was(schedule):
    again = deserialize(json.loads(json.dumps(serialize(schedule), allow_nan=False)))
    assert again == schedule
    assert hash(again) == hash(schedule)
    assert again.get_config() == schedule.get_config()
    assert again(STEPS).tolist() == schedule(STEPS).tolist()
    assert type(schedule).from_config(schedule.get_config()) == schedule


@each_schedule
def test_a_schedule_can_be_copied_and_pickled(schedule):
    schedule(3)
    assert copy.deepcopy(schedule) == schedule
    assert pickle.loads(pickle.dumps(schedule)) == schedule


@each_schedule
def test_a_schedule_cannot_be_changed(schedule):
    with pytest.raises(dataclasses.FrozenInstanceError):
        schedule.name = "other"


def test_a_configuration_holds_plain_values_and_the_name():
    schedule = Warmup(
        PolynomialDecay(np.float32(0.5), np.int64(100), power=np.array(2), name="inner"),
        np.uint8(5),
        name="outer",
    )
    assert serialize(schedule) == {
        "class_name": "Warmup",
        "config": {
            "name": "outer",
            "schedule": {
                "class_name": "PolynomialDecay",
                "config": {
                    "name": "inner",
                    "initial_learning_rate": 0.5,
                    "decay_steps": 100,
                    "end_learning_rate": 0.0001,
                    "power": 2,
                    "cycle": False,
                },
            },
            "warmup_steps": 5,
            "initial": 0.0,
        },
    }
    assert Halving(0.1, tags=np.array([[1, 2]])).get_config()["tags"] == [[1, 2]]


def test_a_number_and_its_constant_are_written_alike():
    assert Warmup(0.1, 5) == Warmup(Constant(0.1), 5)
    assert Chain([0.1, 1], [5]) == Chain((Constant(0.1), Constant(1)), (5,))


def test_a_configuration_of_kerass_is_understood():
    for name, arguments in AS_KERAS:
        theirs = getattr(keras_schedules(), name)(**arguments)
        ours = deserialize({"class_name": name, "config": theirs.get_config()})
        assert ours == getattr(schedules, name)(**arguments, name=theirs.name)


def test_a_class_is_registered_under_its_name_and_package():
    assert registry()["Halving"] is Halving
    assert registry()["lab>Doubled"] is Doubled
    assert "Doubled" not in registry()
    assert serialize(Doubled(0.1))["class_name"] == "lab>Doubled"
    assert registry()["CosineDecay"] is CosineDecay
    with pytest.raises(TypeError):
        registry()["CosineDecay"] = Halving  # type: ignore[index]


def test_a_class_that_is_defined_again_replaces_the_first():
    def cell():
        class Again(Schedule, package="cell"):
            def __call__(self, step):
                return 0.1 + 0 * step

        return Again

    first, second = cell(), cell()
    assert registry()["cell>Again"] is second
    assert type(deserialize(serialize(first()))) is second


def test_a_class_may_not_take_the_name_of_another_modules():
    with pytest.raises(ConfigurationError, match=r"must be its own. Got: 'CosineDecay'.*package="):
        type("CosineDecay", (Schedule,), {"__call__": lambda self, step: 0.1})
    assert registry()["CosineDecay"] is CosineDecay


def test_a_base_without_a_formula_is_no_schedule_yet():
    class Base(Schedule):
        peak: float = number(at_least=0)

    assert "Base" not in registry()
    with pytest.raises(RuleError, match="must define __call__"):
        Base(0.1)(1)


# ------------------------------------------------------------------------------------ refusals

INITIAL = {"initial_learning_rate": 0.1}
BAD_VALUES = [
    (lambda: ExponentialDecay(0.1, 0, 0.9), "decay_steps must be greater than 0. Got: 0."),
    (
        lambda: ExponentialDecay(-0.1, 1, 0.9),
        "initial_learning_rate must be at least 0. Got: -0.1.",
    ),
    (lambda: ExponentialDecay(0.1, 1, -0.9), "decay_rate must be at least 0."),
    (
        lambda: ExponentialDecay(0.1, math.nan, 0.9),
        "decay_steps must be a finite number. Got: nan.",
    ),
    (lambda: ExponentialDecay(math.inf, 1, 0.9), "must be a finite number. Got: inf."),
    (
        lambda: PiecewiseConstantDecay([1, 2], [1, 2]),
        "one item more than boundaries. Got: 2 values for 2",
    ),
    (
        lambda: PiecewiseConstantDecay([2, 1], [1, 2, 3]),
        "boundaries must be in increasing order. Got: [2, 1].",
    ),
    (lambda: PiecewiseConstantDecay([2, 2], [1, 2, 3]), "in increasing order"),
    (lambda: PiecewiseConstantDecay([2], [1, -2]), "values must be at least 0. Got: -2."),
    (lambda: PolynomialDecay(0.1, 0), "decay_steps must be greater than 0."),
    (lambda: PolynomialDecay(0.1, 1, power=-1), "power must be at least 0."),
    (lambda: InverseTimeDecay(0.1, -1, 1), "decay_steps must be greater than 0."),
    (lambda: CosineDecay(0.1, 0), "decay_steps must be greater than 0."),
    (lambda: CosineDecay(0.1, 1, warmup_target=-1), "warmup_target must be at least 0."),
    (lambda: CosineDecayRestarts(0.1, 0), "first_decay_steps must be greater than 0."),
    (lambda: CosineDecayRestarts(0.1, 1, t_mul=0.5), "t_mul must be at least 1."),
    (lambda: InverseSquareRoot(0.1, 0), "warmup_steps must be greater than 0."),
    (lambda: InverseSquareRoot.noam(0, 1), "d_model must be greater than 0."),
    (lambda: WarmupStableDecay(0.1, 1, 1, 0), "decay_steps must be greater than 0."),
    (
        lambda: WarmupStableDecay(0.1, 1, 1, 1, "cos"),
        "decay must be one of 'linear', 'cosine', 'sqrt'.",
    ),
    (lambda: WarmupStableDecay(0.1, 1, 1, 1, ["cos"]), "decay must be one of"),
    (lambda: OneCycle(0.1, 0), "total_steps must be at least 1."),
    (lambda: OneCycle(0.1, 9, 1.5), "pct_start must be at most 1. Got: 1.5."),
    (lambda: OneCycle(0.1, 9, 0.6, three_phase=True), "pct_start must be at most 0.5"),
    (lambda: OneCycle(0.1, 9, div_factor=0), "div_factor must be greater than 0."),
    (lambda: Warmup(-1, 9), "learning_rate must be at least 0. Got: -1."),
    (lambda: Warmup(0.1, -9), "warmup_steps must be at least 0."),
    (lambda: Chain([0.1, 0.2], []), "schedules must have one item more than boundaries."),
    (lambda: Chain([], []), "schedules must have one item more"),
    (lambda: Chain([0.1, 0.2], [0]), "boundaries must be greater than 0."),
    (lambda: Chain([0.1, 0.2, 0.3], [9, 5]), "in increasing order"),
    (lambda: Halving(0.1, shape="steps"), "shape must be one of 'stairs', 'slope'."),
    (lambda: serialize(as_schedule(abs)), "Subclass adamas.schedules.Schedule"),
    (lambda: serialize(Warmup(abs, 3)), "Subclass adamas.schedules.Schedule"),
    (lambda: serialize(Halving(0.1, tags={1})), "Got: {1} as tags of Halving."),
    (
        lambda: deserialize({"class_name": "CosineDeacy", "config": {}}),
        "Did you mean 'CosineDecay'?",
    ),
    (
        lambda: deserialize({"class_name": "os.system", "config": {}}),
        "must be registered. Got: 'os.system'.",
    ),
    (lambda: deserialize({"class_name": "Constant"}), "must have the form"),
    (lambda: deserialize({"class_name": ["Constant"], "config": {}}), "must have the form"),
    (lambda: deserialize({"class_name": "Constant", "config": [1]}), "must have the form"),
    (
        lambda: deserialize({"class_name": "Constant", "config": {}, "module": "os"}),
        "must have the form",
    ),
    (lambda: deserialize("Constant"), "must have the form"),
    (
        lambda: deserialize(
            {
                "class_name": "Warmup",
                "config": {"schedule": {"class_name": "No"}, "warmup_steps": 3},
            }
        ),
        "must have the form",
    ),
    (lambda: CosineDecay.from_config([("decay_steps", 3)]), "must be a dictionary"),
    (lambda: CosineDecay.from_config({3: 3}), "must be a dictionary"),
]
BAD_ARGUMENTS = [
    (
        lambda: ExponentialDecay("0.1", 1, 0.9),
        "initial_learning_rate must be a number. Got: '0.1'.",
    ),
    (lambda: ExponentialDecay(0.1, True, 0.9), "decay_steps must be a number. Got: True."),
    (lambda: ExponentialDecay(0.1, None, 0.9), "decay_steps must be a number. Got: None."),
    (lambda: ExponentialDecay([0.1], 1, 0.9), "must be a number. Got: [0.1]."),
    (lambda: ExponentialDecay(0.1, 1, 0.9, 1), "staircase must be True or False. Got: 1."),
    (lambda: ExponentialDecay(0.1, 1, 0.9, name=3), "name must be a string. Got: 3."),
    (lambda: ExponentialDecay(0.1, decay_step=1, decay_rate=1), "Did you mean 'decay_steps'?"),
    (lambda: ExponentialDecay(0.1, 1), "missing a required argument: 'decay_rate'"),
    (lambda: ExponentialDecay(0.1, 1, 0.9, False, 5), "too many positional arguments"),
    (lambda: ExponentialDecay(0.1, 1, 0.9, decay_steps=5), "multiple values"),
    (lambda: PiecewiseConstantDecay(2, [1, 2]), "boundaries must be a list of numbers. Got: 2."),
    (
        lambda: PiecewiseConstantDecay("1", [1, 2]),
        "boundaries must be a list of numbers. Got: '1'.",
    ),
    (lambda: CosineDecay(0.1, 1, alpha=None), "alpha must be a number. Got: None."),
    (lambda: InverseSquareRoot.noam(512, "4"), "warmup_steps must be a number."),
    (lambda: Warmup("cosine", 9), "A schedule must be a number"),
    (lambda: Warmup(None, 9), "A schedule must be a number"),
    (lambda: Chain(0.1, []), "schedules must be a list"),
    (lambda: Halving(0.1, evry=3), "Did you mean 'every'?"),
    (lambda: as_schedule(CosineDecay), "A class must be called with its arguments first."),
    (lambda: as_schedule(lambda: 0.1), "must take the step as its one argument"),
    (lambda: as_schedule(lambda step, scale: 0.1), "requires step, scale"),
    (lambda: as_schedule({"class_name": "Constant"}), "schedules.deserialize"),
    (lambda: as_schedule(True), "must be a number. Got: True."),
    (lambda: as_schedule(lambda step: "0.1x")(3), "must return a number. Got: '0.1x'"),
    (lambda: as_schedule(lambda step: None)([3]), "must return a number. Got: None"),
    (lambda: takes_step(0.1), "must be a number, a Schedule or a function. Got: 0.1."),
    (lambda: takes_step(lambda *, step: 0.1), "take the step alone"),
    (lambda: serialize(0.1), "serialize takes a Schedule. Got: 0.1."),
    (
        lambda: deserialize({"class_name": "CosineDecay", "config": {**INITIAL, "decay_step": 3}}),
        "Did you mean 'decay_steps'?",
    ),
    (
        lambda: deserialize({"class_name": "CosineDecay", "config": INITIAL}),
        "missing a required argument: 'decay_steps'",
    ),
    (lambda: type("Old", (Schedule,), {"__init__": lambda self: None}), "Write fields instead"),
    (
        lambda: type("Old", (Schedule,), {"__post_init__": lambda self: None}),
        "Write check(self) instead",
    ),
]


@pytest.mark.parametrize(
    ("act", "kind", "words"),
    [(act, ConfigurationError, words) for act, words in BAD_VALUES]
    + [(act, ArgumentError, words) for act, words in BAD_ARGUMENTS],
)
def test_a_mistake_is_refused_with_the_law_what_came_and_a_way_out(act, kind, words):
    with pytest.raises(kind) as caught:
        act()
    assert words in str(caught.value)
    assert "Got: " in str(caught.value)
    assert isinstance(caught.value, AdamasError)


# ------------------------------------------------------------------------------ plain functions


def test_a_number_a_schedule_and_a_function_become_schedules():
    schedule = ALL["cosine"]
    assert as_schedule(schedule) is schedule
    for value in (0.1, np.float64(0.1), np.array(0.1)):
        assert as_schedule(value) == Constant(0.1)
    assert type(as_schedule(abs)) is FunctionSchedule


def test_a_function_may_branch_and_look_up_tables():
    table = [0.4, 0.3, 0.2]
    schedule = as_schedule(lambda step: table[step] if step < len(table) else 0.1)
    assert by_step(schedule, range(5)) == [0.4, 0.3, 0.2, 0.1, 0.1]
    assert schedule(np.arange(6).reshape(2, 3)).tolist() == [[0.4, 0.3, 0.2], [0.1, 0.1, 0.1]]
    assert schedule(np.int32(1)) == 0.3


class Callable0:
    def __call__(self):
        return 0.1


class Callable1:
    def __call__(self, step):
        return 0.1


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda: 0.1, False),
        (lambda scale=1.0: 0.1, False),
        (lambda *steps: 0.1, False),
        (lambda *, scale=1.0: 0.1, False),
        (lambda step: 0.1, True),
        (lambda step, scale=1.0: 0.1, True),
        (lambda step, /, **others: 0.1, True),
        (functools.partial(lambda scale, step: 0.1, 2.0), True),
        (functools.partial(lambda step: 0.1, 5), False),
        (Callable0(), False),
        (Callable1(), True),
        (Callable0().__call__, False),
        (math.sqrt, True),
        (ALL["cosine"], True),
    ],
)
def test_a_callable_takes_the_step_if_one_argument_is_required(function, expected):
    assert takes_step(function) is expected


def test_a_callable_that_hides_its_arguments_is_refused():
    class Hidden:
        __signature__ = "none"

        def __call__(self, step):
            return 0.1

    hidden = [max, Hidden()]  # max tells no signature
    for function in hidden:
        with pytest.raises(ArgumentError, match=r"must tell what arguments it takes. .* lambda"):
            takes_step(function)


@pytest.mark.parametrize(
    "module", ["conversion", "decays", "phases", "schedule", "arguments", "arithmetic"]
)
def test_the_examples_in_the_docstrings_are_true(module):
    loaded = importlib.import_module(f"adamas.schedules.{module}")
    assert doctest.testmod(loaded).failed == 0
