"""Adam's numbers: every argument against the definition, a textbook, Keras and the papers."""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any
from unittest import mock

import numpy as np
import pytest

import cases
import keras_peer
from adamas import Adam, Optimizer, Rate, schedules, step
from cases import BFLOAT16, Textbook, assert_same_bits, gradients, parameters, run
from family import FAMILY
from keras_peer import common_arguments

CLIPS = ({}, {"clipnorm": 2.5}, {"clipvalue": 0.75}, {"global_clipnorm": 3.0})
AVERAGES = (
    {},
    {"use_ema": True, "ema_momentum": 0.7},
    {"use_ema": True, "ema_momentum": 0.7, "ema_overwrite_frequency": 2},
)
TABLE = [
    {"amsgrad": amsgrad, **decay, **clip, **average, **accumulation, **scale}
    for clip, amsgrad, decay, average, accumulation, scale in itertools.product(
        CLIPS,
        (False, True),
        ({}, {"weight_decay": 0.3}),
        AVERAGES,
        ({}, {"gradient_accumulation_steps": 2}),
        ({}, {"loss_scale_factor": 8.0}),
    )
]
GROUPS = (
    list(itertools.batched(TABLE, 12))
    if hasattr(itertools, "batched")
    else [TABLE[start : start + 12] for start in range(0, len(TABLE), 12)]
)
OTHERS = (np.float64, np.float16, BFLOAT16)
CALLS = 6


def check_against_definition(optimizer: Optimizer, arguments: Mapping, dtype: Any) -> None:
    """The compiled step stays within rounding of the reference compiler's."""
    cases.check_against_definition(optimizer, adam(arguments), dtype, CALLS)


def check_against_textbook(
    optimizer: Optimizer, arguments: Mapping, dtype: Any, excluded: Sequence[int] = ()
) -> None:
    """The compiled step gives every bit that NumPy's arithmetic gives."""
    arguments = {"learning_rate": 0.01, "epsilon": 1e-3, **arguments}
    params = parameters(dtypes=[dtype])
    textbook = Textbook(params, excluded, **arguments)
    optimizer.build(params)
    for seed in range(1, CALLS + 1):
        grads = gradients(params, seed)
        optimizer.apply(grads)
        textbook.apply(grads)
        assert_same_bits(params, textbook.params)
    for slot, arrays in optimizer.state.items():
        known = textbook.state["sum" if slot == "accumulator" else slot]
        assert_same_bits(list(arrays.values()), known)


def adam(arguments: Mapping, **others: Any) -> Adam:
    return Adam(**{"learning_rate": 0.01, "epsilon": 1e-3, **arguments, **others})


@pytest.mark.parametrize("group", range(len(GROUPS)))
def test_every_combination_of_arguments_gives_the_bits_of_the_textbook(group):
    for arguments in GROUPS[group]:
        for nonfinite in ("propagate", "skip", "raise"):
            optimizer = adam(arguments, nonfinite=nonfinite)
            check_against_textbook(optimizer, arguments, np.float32)


@pytest.mark.parametrize("group", range(len(GROUPS)))
def test_every_combination_of_arguments_is_within_rounding_of_the_definition(group):
    for arguments in GROUPS[group]:
        check_against_definition(adam(arguments), arguments, np.float32)


@pytest.mark.parametrize("group", range(len(GROUPS)))
def test_combinations_in_turn_do_the_same_in_each_dtype(group):
    """Each combination meets one other dtype; each dtype meets every value of every argument."""
    for index, arguments in enumerate(GROUPS[group]):
        dtype = OTHERS[(index + group) % 3]
        check_against_textbook(adam(arguments), arguments, dtype)
        check_against_definition(adam(arguments), arguments, dtype)


@pytest.mark.parametrize("dtype", [np.float32, BFLOAT16])
def test_all_dtypes_at_once_give_the_same_bits_as_each_alone(dtype):
    arguments = {"global_clipnorm": 3.0, "weight_decay": 0.3, "use_ema": True}
    mixed = parameters(dtypes=[np.float64, dtype])
    textbook = Textbook(mixed, learning_rate=0.01, **arguments)
    optimizer = Adam(learning_rate=0.01, **arguments)
    optimizer.build(mixed)
    for seed in (1, 2, 3):
        optimizer.apply(gradients(mixed, seed))
        textbook.apply(gradients(mixed, seed))
    assert_same_bits(mixed, textbook.params)


def test_excluded_parameters_do_not_decay_and_the_others_do():
    arguments = {"weight_decay": 0.3}
    for dtype in (np.float32, BFLOAT16):
        optimizer = adam(arguments)
        optimizer.exclude_from_weight_decay(var_names=["^1$", "4"])
        check_against_textbook(optimizer, arguments, dtype, excluded=(1, 4))


def test_an_excluded_parameter_keeps_even_signs_of_zero_and_infinities():
    """A mask of -inf or a zero of either sign is no business of weight decay."""
    params = [np.array([-0.0, 0.0, np.inf, -np.inf, 2.0], np.float32), np.ones(5, np.float32)]
    before = params[0].copy()
    optimizer = Adam(weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_names=["0"])
    optimizer.build(params)
    optimizer.apply([np.zeros(5, np.float32)] * 2)
    assert_same_bits(params[:1], [before])
    assert (params[1] < 1).all()


# -- hyperparameters that change ----------------------------------------------------------------


@pytest.mark.parametrize("source", ["number", "array", "callable", "schedule", "function"])
def test_a_rate_may_change_at_every_step(source):
    rates = [0.1, 0.05, 0.0, 0.2]
    calls = iter(rates)
    holder = np.array(rates[0])
    first = {
        "number": rates[0],
        "array": holder,
        "callable": lambda: next(calls),
        "schedule": schedules.PiecewiseConstantDecay([0, 1, 2], rates),
        "function": lambda step: rates[step],
    }[source]
    params = parameters(dtypes=[np.float32])
    textbook = Textbook(params)
    optimizer = Adam(first)
    optimizer.build(params)
    for seed, rate in enumerate(rates):
        if source == "number":
            optimizer.learning_rate = rate
        holder[...] = rate
        textbook.a["learning_rate"] = rate
        optimizer.apply(gradients(params, seed))
        textbook.apply(gradients(params, seed))
    assert_same_bits(params, textbook.params)


def test_betas_and_epsilon_may_be_callables_or_arrays():
    values = {"beta_1": [0.5, 0.9, 0.0], "beta_2": [0.9, 0.99, 0.5], "epsilon": [0.1, 0.0, 1.0]}
    now = 0
    beta_2 = np.array(0.9)
    params = parameters(dtypes=[np.float32])
    textbook = Textbook(params)
    optimizer = Adam(
        beta_1=lambda: values["beta_1"][now], beta_2=beta_2, epsilon=lambda: values["epsilon"][now]
    )
    optimizer.build(params)
    for now in range(3):  # noqa: B007 (the callables read it)
        beta_2[...] = values["beta_2"][now]
        textbook.a |= {name: numbers[now] for name, numbers in values.items()}
        grads = [np.where(g == 0, 1, g).astype(g.dtype) for g in gradients(params, now)]
        optimizer.apply(grads)
        textbook.apply(grads)
    assert_same_bits(params, textbook.params)


def test_schedules_look_at_calls_and_bias_correction_at_updates():
    seen = []
    optimizer = Adam(lambda step: seen.append(step) or 0.1, gradient_accumulation_steps=3)
    params = [np.ones(3)]
    run(optimizer, params, 7)
    assert seen == list(range(7))
    assert (optimizer.iterations, optimizer.calls) == (2, 7)


# -- the papers -----------------------------------------------------------------------------------


def test_the_first_step_is_the_one_of_the_paper():
    """Algorithm 1 at t = 1: m̂ = g and v̂ = g², so a step of lr · g / (|g| + ε̂ / √(1 − β₂))."""
    g = np.array([3.0, -0.5, 1e-4, 0.0, 200.0])
    p = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    params = [p.copy()]
    optimizer = Adam(0.1, beta_1=0.8, beta_2=0.95, epsilon=1e-3)
    optimizer.apply([g], params)
    wanted = p - 0.1 * g / (np.abs(g) + 1e-3 / math.sqrt(1 - 0.95))
    np.testing.assert_allclose(params[0], wanted, rtol=1e-14)
    np.testing.assert_allclose(optimizer.state["m"]["0"], 0.2 * g, rtol=1e-14)
    np.testing.assert_allclose(optimizer.state["v"]["0"], 0.05 * g * g, rtol=1e-14)


def test_three_steps_follow_the_bias_corrected_moments_of_the_paper():
    """Algorithm 1 as printed, with m̂ and v̂; its ε is ε̂ / √(1 − β₂ᵗ)."""
    chance = np.random.default_rng(3)
    p = chance.normal(size=11)
    params = [p.copy()]
    optimizer = Adam(0.03, beta_1=0.85, beta_2=0.97, epsilon=1e-2)
    optimizer.build(params)
    m = v = np.zeros(11)
    for t in (1, 2, 3):
        g = chance.normal(size=11)
        m, v = 0.85 * m + 0.15 * g, 0.97 * v + 0.03 * g**2
        m_hat, v_hat = m / (1 - 0.85**t), v / (1 - 0.97**t)
        p = p - 0.03 * m_hat / (np.sqrt(v_hat) + 1e-2 / math.sqrt(1 - 0.97**t))
        optimizer.apply([g])
        np.testing.assert_allclose(params[0], p, rtol=1e-13)


def test_a_constant_gradient_moves_each_weight_by_the_rate():
    """With ε = 0 and constant g, m̂/√v̂ = sign(g) at every step, whatever the scale of g."""
    params = [np.zeros(4)]
    optimizer = Adam(0.25, epsilon=0.0)
    for t in range(1, 20):
        optimizer.apply([np.array([1e-8, -1e8, 3.0, -0.1])], params)
        np.testing.assert_allclose(params[0], 0.25 * t * np.array([-1, 1, -1, 1]), rtol=1e-12)


def where_the_counterexample_ends(amsgrad: bool, steps: int) -> float:
    """The mean of the last 101 points of the descent on the functions f_t on [−1, 1].

    Section 3 of https://arxiv.org/abs/1904.09237: f_t(x) = 1010 x if t mod 101 = 1, else −10 x.
    The sum of 101 of them is 10 x, so −1 is best.
    """
    x = [np.zeros(1)]
    optimizer = Adam(0.02, beta_1=0.9, beta_2=0.99, amsgrad=amsgrad)
    optimizer.build(x)
    large, small = [np.array([1010.0])], [np.array([-10.0])]
    points = []
    for t in range(1, steps + 1):
        optimizer.apply(large if t % 101 == 1 else small)
        np.clip(x[0], -1, 1, out=x[0])
        points.append(x[0][0])
    return float(np.mean(points[-101:]))


def test_the_counterexample_sends_adam_to_the_wrong_end_and_amsgrad_to_the_right_one():
    assert where_the_counterexample_ends(amsgrad=False, steps=10_000) > 0.8
    assert where_the_counterexample_ends(amsgrad=True, steps=80_000) < -0.8


# -- Keras ----------------------------------------------------------------------------------------


def random_arguments(seed: int) -> dict[str, Any]:
    """Arguments at random that mean the same to Keras and here."""
    chance = np.random.default_rng(seed)
    return {**common_arguments(chance), **FAMILY["Adam"].draw(chance)}


def check_against_keras(kind: type[Optimizer], arguments: Mapping, dtype: str) -> None:
    keras_peer.check_against_keras(kind, "Adam", arguments, dtype)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("seed", range(16))
def test_random_arguments_give_what_keras_gives(seed, dtype):
    pytest.importorskip("keras")
    check_against_keras(Adam, random_arguments(seed), dtype)


# -- every oracle fails once on a wrong answer ----------------------------------------------------


class Uncorrected(Adam):
    """No bias correction."""

    @staticmethod
    def prepare(t, learning_rate, epsilon):
        return {"alpha": learning_rate, "epsilon_hat": epsilon, "v_scale": 1, "within": None}


class LateByOne(Adam):
    """Bias correction that counts from 0."""

    @staticmethod
    def prepare(t, learning_rate, beta_1, beta_2, epsilon):
        alpha = learning_rate * np.sqrt(1 - beta_2 ** (t + 1)) / (1 - beta_1 ** (t + 1))
        return {"alpha": alpha, "epsilon_hat": epsilon, "v_scale": 1, "within": None}


class Swapped(Adam):
    """The betas change places."""

    @staticmethod
    def update(p, g, m, v, /, *, alpha, beta_1, beta_2, epsilon):
        m = m + (1 - beta_2) * (g - m)
        v = v + (1 - beta_1) * (g * g - v)
        return p - alpha * m / (np.sqrt(v) + epsilon), m, v


class EpsilonInside(Adam):
    """Epsilon under the root."""

    @staticmethod
    def update(p, g, m, v, /, *, alpha, beta_1, beta_2, epsilon):
        m = m + (1 - beta_1) * (g - m)
        v = v + (1 - beta_2) * (g * g - v)
        return p - alpha * m / np.sqrt(v + epsilon), m, v


class OldMean(Adam):
    """The parameter moves before the mean does."""

    @staticmethod
    def update(p, g, m, v, /, *, alpha, beta_1, beta_2, epsilon):
        v = v + (1 - beta_2) * (g * g - v)
        p = p - alpha * m / (np.sqrt(v) + epsilon)
        return p, m + (1 - beta_1) * (g - m), v


class MaximumOfCorrected(Adam):
    """AMSGrad as optax has it: the maximum of v̂ = v / (1 − β₂ᵗ)."""

    @staticmethod
    def prepare(t, learning_rate, beta_1, beta_2, epsilon):
        alpha, correction = learning_rate / (1 - beta_1**t), 1 - beta_2**t
        return {
            "alpha": alpha,
            "correction": correction,
            "epsilon_hat": epsilon,
            "v_scale": 1,
            "within": None,
        }

    @staticmethod
    def update_amsgrad(p, g, m, v, v_hat, /, *, alpha, correction, beta_1, beta_2, epsilon):
        m = m + (1 - beta_1) * (g - m)
        v = v + (1 - beta_2) * (g * g - v)
        v_hat = np.maximum(v_hat, v / correction)
        return p - alpha * m / (np.sqrt(v_hat) + epsilon), m, v, v_hat

    update = staticmethod(Adam.update_amsgrad)

    def rule(self):
        return self.update_amsgrad


RULES = (Uncorrected, LateByOne, Swapped, EpsilonInside, OldMean, MaximumOfCorrected)

STAGES = {
    "unscale": lambda g, /, *, loss_scale_factor: g * loss_scale_factor,
    "accumulate": lambda g, a, /: a - g,
    "mean_of_calls": lambda a, /: a,
    "scale_to_norm": lambda g, /: g,
    "clip_to_value": lambda g, /, *, clipvalue: np.minimum(g, clipvalue),
    "decay": lambda old, p, /, *, weight_decay: old - weight_decay * p,
    "average": lambda p, ema, /, *, ema_momentum: (1 - ema_momentum) * ema + ema_momentum * p,
    "overwrite": lambda p, ema, /, *, t: np.where(t % 3 == 1, ema, p),
}
ASKS_FOR = {
    "unscale": {"loss_scale_factor": 8.0},
    "accumulate": {"gradient_accumulation_steps": 2},
    "mean_of_calls": {"gradient_accumulation_steps": 2},
    "scale_to_norm": {"global_clipnorm": 0.5},
    "clip_to_value": {"clipvalue": 0.5},
    "decay": {"weight_decay": 0.3},
    "average": {"use_ema": True, "ema_momentum": 0.7},
    "overwrite": {"use_ema": True, "ema_momentum": 0.7, "ema_overwrite_frequency": 3},
}


@pytest.mark.parametrize("rule", RULES)
def test_a_wrong_rule_is_caught_by_the_definition_and_the_textbook(rule):
    arguments = {"amsgrad": rule is MaximumOfCorrected}
    for dtype in (np.float64, np.float32):
        for check in (check_against_definition, check_against_textbook):
            check(adam(arguments), arguments, dtype)
            wrong = rule(learning_rate=0.01, epsilon=1e-3, **arguments)
            with pytest.raises(AssertionError):
                check(wrong, arguments, dtype)


# What each of these changes is right otherwise: the random arguments cover it.


@pytest.mark.parametrize("rule", RULES)
def test_a_wrong_rule_is_caught_by_keras(rule):
    pytest.importorskip("keras")
    arguments = {"learning_rate": 0.01, "epsilon": 1e-3, "amsgrad": rule is MaximumOfCorrected}
    with pytest.raises(AssertionError):
        check_against_keras(rule, arguments, "float64")


@pytest.mark.parametrize("stage", STAGES)
def test_a_wrong_stage_is_caught_by_the_textbook(stage):
    with mock.patch.object(step, stage, STAGES[stage]), pytest.raises(AssertionError):
        check_against_textbook(adam(ASKS_FOR[stage]), ASKS_FOR[stage], np.float32)
    check_against_textbook(adam(ASKS_FOR[stage]), ASKS_FOR[stage], np.float32)


@pytest.mark.parametrize("stage", STAGES)
def test_a_wrong_stage_is_caught_by_keras(stage):
    pytest.importorskip("keras")
    arguments = {"learning_rate": 0.01, **ASKS_FOR[stage]}
    with mock.patch.object(step, stage, STAGES[stage]), pytest.raises(AssertionError):
        check_against_keras(Adam, arguments, "float64")


def test_the_definition_does_not_share_the_compiled_arithmetic():
    """A rule that the two compilers read differently would be caught: they agree by arithmetic."""

    class Odd(Optimizer):
        learning_rate: Rate = 0.1

        @staticmethod
        def update(p, g, /, *, learning_rate):
            return p - learning_rate * g * (p / 3) * (p / 7)

    one, two = [np.full(5, 1.7)], [np.full(5, 1.7)]
    run(Odd(), one, 3)
    run(Odd(), two, 3, compiler="reference")
    np.testing.assert_allclose(one[0], two[0], rtol=1e-14)
    assert not np.array_equal(one[0], np.full(5, 1.7))
