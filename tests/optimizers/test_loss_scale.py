"""LossScaleOptimizer: against Keras's, and a description of it in plain NumPy."""

import copy
import json
import pickle
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import adamas
from adamas import SGD, Adam, AdamW, LossScaleOptimizer, MultiOptimizer, Muon, Nadam
from adamas.errors import (
    AdamasError,
    ArgumentError,
    ArrayError,
    CheckpointError,
    ConfigurationError,
    StateError,
)
from adamas.optimizers import loss_scale
from cases import BFLOAT16, assert_same_bits, bits, by_name, everything, leaves, picture

SHAPES: dict[str, tuple[int, ...]] = {"kernel": (3, 5), "bias": (37,), "scale": ()}


def tree(dtype: Any = np.float64) -> dict[str, np.ndarray]:
    """Parameters between 1/2 and 2 in magnitude."""
    return by_name(SHAPES, dtype)


def calls_of(seed: int, count: int = 30, dtype: Any = np.float64) -> list[dict[str, np.ndarray]]:
    """Gradients of `count` calls; about one call in five has one element that is not finite."""
    chance = np.random.default_rng(seed)
    calls = []
    for _ in range(count):
        grads = {n: np.array(chance.normal(0.3, 1, s)).astype(dtype) for n, s in SHAPES.items()}
        if chance.random() < 0.2:
            spoilt = grads[list(SHAPES)[chance.integers(3)]].reshape(-1)
            spoilt[chance.integers(spoilt.size)] = chance.choice([np.nan, np.inf, -np.inf])
        calls.append(grads)
    return calls


def counter(optimizer: LossScaleOptimizer) -> float:
    return float(optimizer.variables["loss_scale_optimizer/step_counter"])


# -- the description ------------------------------------------------------------------------------


class Described:
    """The whole in plain NumPy, around gradient descent with momentum, in double precision."""

    def __init__(
        self,
        params: Sequence[np.ndarray],
        rates: Sequence[float],
        scale: float = 2.0**15,
        growth: int = 2000,
        momentum: float = 0.0,
        every: int = 1,
        clip: float | None = None,
        ema: float | None = None,
    ) -> None:
        self.params = [p.copy() for p in params]
        self.rates, self.momentum, self.every, self.clip, self.ema = (
            rates,
            momentum,
            every,
            clip,
            ema,
        )
        self.buffers = [np.zeros(p.shape) for p in params]
        self.averages = [p.copy() for p in params]
        self.waiting: list[list[np.ndarray]] = []
        self.scale, self.growth, self.good, self.updates, self.skipped = scale, growth, 0, 0, 0

    def call(self, grads: Sequence[np.ndarray]) -> None:
        """One call with gradients of the scaled loss."""
        if not all(np.isfinite(g).all() for g in grads):
            self.good, self.scale, self.skipped = 0, max(self.scale / 2, 2.0**-64), self.skipped + 1
            return
        self.waiting.append([g / self.scale for g in grads])
        if len(self.waiting) == self.every:
            self.update([np.mean(gs, axis=0) for gs in zip(*self.waiting, strict=True)])
            self.waiting = []
        self.good += 1
        if self.good == self.growth:
            self.good, self.scale = 0, min(self.scale * 2, 2.0**64)

    def update(self, grads: list[np.ndarray]) -> None:
        """Clip by the norm of all, move, average."""
        if self.clip:
            norm = np.sqrt(sum(np.sum(g**2) for g in grads))
            grads = [g * min(1, self.clip / norm) for g in grads]
        self.updates += 1
        for i, g in enumerate(grads):
            self.buffers[i] = self.momentum * self.buffers[i] - self.rates[i] * g
            self.params[i] = self.params[i] + self.buffers[i]
            if self.ema is not None:
                fresh = self.params[i]
                mixed = self.ema * self.averages[i] + (1 - self.ema) * fresh
                self.averages[i] = fresh if self.updates == 1 else mixed


CASES: dict[str, tuple[Callable[[], Any], dict[str, Any]]] = {
    "alone": (lambda: SGD(0.5), {}),
    "momentum": (lambda: SGD(0.5, momentum=0.9), {"momentum": 0.9}),
    "accumulation": (lambda: SGD(0.5, gradient_accumulation_steps=3), {"every": 3}),
    "a global norm": (lambda: SGD(0.5, global_clipnorm=0.01), {"clip": 0.01}),
    "an average": (lambda: SGD(0.5, use_ema=True, ema_momentum=0.6), {"ema": 0.6}),
    "all at once": (
        lambda: SGD(
            0.5,
            momentum=0.9,
            gradient_accumulation_steps=2,
            global_clipnorm=0.01,
            use_ema=True,
            ema_momentum=0.6,
        ),
        {"momentum": 0.9, "every": 2, "clip": 0.01, "ema": 0.6},
    ),
    "several inside": (
        lambda: MultiOptimizer({"kernel": SGD(0.5), "": SGD(0.1)}, global_clipnorm=0.01),
        {"rates": (0.5, 0.1, 0.1), "clip": 0.01},
    ),
}
SCALES = {"initial_scale": 64.0, "dynamic_growth_steps": 3}


def check_against_description(optimizer: Any, described: Described, seed: int) -> None:
    """After every call: scale, counter, parameters and averages are those of the description."""
    params = tree()
    optimizer.build(params)
    for grads in calls_of(seed):
        optimizer.apply(grads)
        described.call(list(grads.values()))
        assert (optimizer.dynamic_scale, counter(optimizer)) == (described.scale, described.good)
        assert (optimizer.iterations, optimizer.skipped) == (described.updates, described.skipped)
        for one, other in zip(params.values(), described.params, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12)
    if described.ema is not None:
        for one, other in zip(optimizer.state["ema"].values(), described.averages, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12)


def description(case: str) -> Described:
    arguments = {"rates": (0.5, 0.5, 0.5), **CASES[case][1]}
    return Described(list(tree().values()), scale=64.0, growth=3, **arguments)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("case", CASES)
def test_random_calls_go_as_described(case, seed):
    check_against_description(
        LossScaleOptimizer(CASES[case][0](), **SCALES), description(case), seed
    )


class LateGrowth(LossScaleOptimizer, abstract=True):
    """Doubles one call late."""

    @staticmethod
    def following(skipped, dynamic_scale, step_counter, dynamic_growth_steps):
        late = dynamic_growth_steps + 1
        return LossScaleOptimizer.following(skipped, dynamic_scale, step_counter, late)


class NoReset(LossScaleOptimizer, abstract=True):
    """Counts finite calls that are not in a row."""

    @staticmethod
    def following(skipped, dynamic_scale, step_counter, dynamic_growth_steps):
        right = LossScaleOptimizer.following(
            skipped, dynamic_scale, step_counter, dynamic_growth_steps
        )
        return {**right, "step_counter": np.where(skipped, step_counter, right["step_counter"])}


class Unscaled(LossScaleOptimizer, abstract=True):
    """Uses gradients as they come."""

    def __post_init__(self):
        super().__post_init__()
        self.__dict__["loss_scale_factor"] = None


@pytest.mark.parametrize("wrong", [LateGrowth, NoReset, Unscaled])
def test_a_wrong_scale_is_caught_by_the_description(wrong):
    optimizer = wrong(SGD(0.5), **SCALES, name="loss_scale_optimizer")
    with pytest.raises(AssertionError):
        check_against_description(optimizer, description("alone"), 0)


# -- Keras ----------------------------------------------------------------------------------------

# Without Nadam: the product of momenta that it hands on stays 1 in Keras's LossScaleOptimizer.
INNER: dict[str, dict[str, Any]] = {
    "SGD": {"learning_rate": 0.5, "momentum": 0.9},
    "Adam": {"learning_rate": 0.05, "clipnorm": 0.01},
    "AdamW": {"learning_rate": 0.05, "weight_decay": 0.1, "global_clipnorm": 0.01},
    "RMSprop": {"learning_rate": 0.05, "use_ema": True, "ema_momentum": 0.6},
    "Adamax": {"learning_rate": 0.05, "clipvalue": 0.01},
    "Lamb": {"learning_rate": 0.05},
}


def run_keras(name: str, seed: int) -> tuple[list[tuple[float, float]], list[np.ndarray]]:
    """Scale and counter after each call, and the parameters at the end."""
    keras, jax = pytest.importorskip("keras"), pytest.importorskip("jax")
    if keras.config.backend() != "jax":
        pytest.skip("Keras computes in float64 on JAX only")
    before = keras.config.floatx()
    keras.config.set_floatx("float64")
    try:
        with jax.enable_x64(True):
            inner = getattr(keras.optimizers, name)(**INNER[name])
            optimizer = keras.optimizers.LossScaleOptimizer(inner, **SCALES)
            variables = [keras.Variable(p, dtype="float64") for p in tree().values()]
            optimizer.build(variables)
            options = {"xla_backend_optimization_level": "0"}
            apply = jax.jit(optimizer.stateless_apply, compiler_options=options)
            values = [v.value for v in variables]
            state = [v.value for v in optimizer.variables]
            known = [id(v) for v in optimizer.variables]
            own = [known.index(id(v)) for v in (optimizer.dynamic_scale, optimizer.step_counter)]
            numbers = []
            for grads in calls_of(seed):
                values, state = apply(state, list(grads.values()), values)
                numbers.append(tuple(float(state[place]) for place in own))
            return numbers, [np.asarray(value) for value in values]
    finally:
        keras.config.set_floatx(before)


def check_against_keras(optimizer: Any, name: str, seed: int) -> None:
    wanted, values = run_keras(name, seed)
    params = tree()
    optimizer.build(params)
    for grads, numbers in zip(calls_of(seed), wanted, strict=True):
        optimizer.apply(grads)
        assert (optimizer.dynamic_scale, counter(optimizer)) == numbers
    for one, other in zip(params.values(), values, strict=True):
        # The scale is a power of two; Keras rounds powers of betas in float64 as well.
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", INNER)
def test_random_calls_give_what_keras_gives(name):
    inner = getattr(adamas, name)(**INNER[name])
    check_against_keras(LossScaleOptimizer(inner, **SCALES), name, seed=5)


@pytest.mark.parametrize("wrong", [LateGrowth, NoReset, Unscaled])
def test_a_wrong_scale_is_caught_by_keras(wrong):
    optimizer = wrong(SGD(**INNER["SGD"]), **SCALES, name="loss_scale_optimizer")
    with pytest.raises(AssertionError):
        check_against_keras(optimizer, "SGD", seed=5)


def test_signature_and_defaults_are_those_of_keras():
    keras = pytest.importorskip("keras")
    theirs = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD())
    ours = LossScaleOptimizer(SGD())
    assert ours.initial_scale == theirs.initial_scale
    assert ours.dynamic_growth_steps == theirs.dynamic_growth_steps
    assert adamas.get({"class_name": "LossScaleOptimizer", "config": ours.get_config()})


# -- the scale ------------------------------------------------------------------------------------


def bad() -> dict[str, np.ndarray]:
    return {name: np.full(shape, np.inf) for name, shape in SHAPES.items()}


def good() -> dict[str, np.ndarray]:
    return {name: np.ones(shape) for name, shape in SHAPES.items()}


def test_the_scale_stays_between_its_bounds():
    optimizer = LossScaleOptimizer(SGD(0.0), initial_scale=2.0**62, dynamic_growth_steps=1)
    optimizer.build(tree())
    seen = [optimizer.apply(good()) or optimizer.dynamic_scale for _ in range(4)]
    assert seen == [2.0**63, 2.0**64, 2.0**64, 2.0**64]
    optimizer = LossScaleOptimizer(SGD(0.0), initial_scale=2.0**-62)
    optimizer.build(tree())
    seen = [optimizer.apply(bad()) or optimizer.dynamic_scale for _ in range(4)]
    assert seen == [2.0**-63, 2.0**-64, 2.0**-64, 2.0**-64]
    assert (loss_scale.LEAST, loss_scale.MOST) == (2.0**-64, 2.0**64)


def test_the_loss_is_multiplied_by_the_scale_of_the_next_call():
    optimizer = LossScaleOptimizer(SGD(), initial_scale=8.0, dynamic_growth_steps=2)
    assert (optimizer.scale_loss(3.0), optimizer.dynamic_scale) == (24.0, 8.0)
    optimizer.build(tree())
    np.testing.assert_array_equal(optimizer.scale_loss(np.array([1.0, 2.0])), [8.0, 16.0])
    optimizer.apply(bad())
    assert optimizer.scale_loss(3.0) == 12.0
    optimizer.apply(good())
    optimizer.apply(good())
    assert optimizer.scale_loss(3.0) == 24.0


def test_scaling_a_loss_reads_no_other_number():
    """Each may come from an iterator, one number a call."""
    rates, limits = iter([0.1, 0.2, 0.3]), iter([1.0, 2.0, 3.0])
    optimizer: Any = SGD(lambda: next(rates), clipnorm=lambda: next(limits))  # type: ignore[arg-type]
    optimizer = LossScaleOptimizer(optimizer)
    optimizer.build(tree())
    for _ in range(3):
        optimizer.scale_loss(1.0)
        optimizer.apply(good())
    assert next(rates, None) is None
    assert next(limits, None) is None


def test_numbers_may_come_from_callables_and_change():
    steps = [2]
    numbers: dict[str, Any] = {"initial_scale": np.array(4.0)}
    numbers["dynamic_growth_steps"] = lambda: steps[0]
    optimizer = LossScaleOptimizer(SGD(0.0), **numbers)
    optimizer.build(tree())
    seen = [optimizer.apply(good()) or optimizer.dynamic_scale for _ in range(4)]
    assert seen == [4, 8, 8, 16]
    steps[0] = 1
    optimizer.apply(good())
    assert optimizer.dynamic_scale == 32
    optimizer.dynamic_growth_steps = 3
    seen = [optimizer.apply(good()) or optimizer.dynamic_scale for _ in range(3)]
    assert seen == [32, 32, 64]


def test_gradients_in_half_precision_that_would_vanish_train():
    """Updates of 1e-8 are below what float16 gradients can hold; scaled by 2¹⁵ they are not."""
    plain, scaled = [np.ones(9, np.float32)], [np.ones(9, np.float32)]
    true = np.full(9, 1e-8)
    optimizer = LossScaleOptimizer(SGD(1e6))
    SGD(1e6).apply([true.astype(np.float16)], plain)
    optimizer.apply([optimizer.scale_loss(true).astype(np.float16)], scaled)
    assert (plain[0] == 1).all()
    np.testing.assert_allclose(scaled[0], 0.99, rtol=1e-5)


# -- calls that are passed over -------------------------------------------------------------------

INSIDE: dict[str, Callable[[], Any]] = {
    "plain": lambda: Adam(0.1),
    "decay, norm and average": lambda: AdamW(0.1, 0.1, global_clipnorm=1.0, use_ema=True),
    "accumulation": lambda: Nadam(0.1, gradient_accumulation_steps=2, clipnorm=1.0),
    "clips in order": lambda: Adam(
        0.1, clipvalue=0.5, global_clipnorm=1.0, clip_order="clipvalue, global_clipnorm"
    ),
    "clip by value": lambda: Adam(0.1, clipvalue=0.5),
    "matrices": lambda: Muon(0.1, adaptive_clip=0.1),
    "several": lambda: MultiOptimizer({"kernel": Nadam(0.1), "": SGD(0.1)}, clipnorm=1.0),
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32, BFLOAT16], ids=str)
@pytest.mark.parametrize("case", INSIDE)
def test_a_call_that_is_passed_over_leaves_every_bit_but_the_scale(case, dtype):
    """NaN or infinity, in any tensor, also in the middle of an accumulation."""
    params, others = tree(dtype), tree(dtype)
    optimizer = LossScaleOptimizer(INSIDE[case](), initial_scale=1.0)
    twin = INSIDE[case]()
    twin.build(others)
    optimizer.build(params)
    for turn, value in enumerate([np.nan, np.inf, -np.inf, np.inf, np.nan]):
        grads = {n: g.astype(dtype) for n, g in calls_of(8, turn + 1)[-1].items()}
        grads = {n: np.where(np.isfinite(g), g, g.dtype.type(0.5)) for n, g in grads.items()}
        optimizer.session.kept["dynamic_scale"][...] = 1  # as if it had never been halved
        optimizer.apply(grads)
        twin.apply(grads)
        before = picture(optimizer, params)
        spoilt = {n: g.copy() for n, g in grads.items()}
        spoilt[list(SHAPES)[turn % 3]].reshape(-1)[-1] = value
        optimizer.apply(spoilt)
        after = picture(optimizer, params)
        assert after[3] == before[3]
        assert after[0] == (*before[0][:2], before[0][2] + 1)
        assert (optimizer.dynamic_scale, counter(optimizer)) == (0.5, 0)
    assert_same_bits(leaves(params), leaves(others))
    assert_same_bits(leaves(optimizer.state), leaves(twin.state))
    assert (optimizer.iterations, optimizer.calls) == (twin.iterations, twin.calls)


def test_some_parameters_alone_may_be_updated():
    params = tree()
    optimizer = LossScaleOptimizer(SGD(0.5), initial_scale=4.0, dynamic_growth_steps=2)
    optimizer.build(params)
    assert optimizer.apply_gradients([(np.full(37, 4.0), params["bias"])]) == 1
    np.testing.assert_allclose(params["bias"], tree()["bias"] - 0.5)
    assert optimizer.apply_gradients([(np.full(37, np.nan), params["bias"])]) == 1
    assert (optimizer.skipped, optimizer.dynamic_scale) == (1, 2.0)


def test_a_first_call_that_is_not_finite_builds_and_halves():
    params = tree()
    optimizer = LossScaleOptimizer(Adam(use_ema=True), initial_scale=4.0)
    optimizer.apply(bad(), params)
    assert (optimizer.iterations, optimizer.skipped, optimizer.dynamic_scale) == (0, 1, 2.0)
    assert_same_bits(leaves(params), leaves(tree()))


def test_a_refused_call_changes_neither_scale_nor_anything_else():
    params = tree()
    optimizer = LossScaleOptimizer(Adam(use_ema=True), **SCALES)
    for grads in calls_of(1, 5):
        optimizer.apply(grads, params)
    before = everything(optimizer, params)
    for wrong in ({**good(), "bias": np.ones(36)}, {"bias": np.ones(37)}, [np.ones(37)]):
        with pytest.raises(AdamasError):
            optimizer.apply(wrong)
        assert everything(optimizer, params) == before
    with pytest.raises(ArrayError):
        optimizer.apply_gradients([(np.ones(36), params["bias"])])
    assert everything(optimizer, params) == before


# -- arguments ------------------------------------------------------------------------------------

REFUSED: dict[str, tuple[Callable[[], Any], type[AdamasError], str]] = {
    "nothing inside": (LossScaleOptimizer, ArgumentError, "needs inner_optimizer"),
    "no optimizer": (lambda: LossScaleOptimizer("adam"), ArgumentError, "'adam'"),
    "a class": (lambda: LossScaleOptimizer(Adam), ArgumentError, "optimizers"),
    "two scales": (
        lambda: LossScaleOptimizer(LossScaleOptimizer(Adam())),
        ConfigurationError,
        "one loss scale",
    ),
    "a factor inside": (
        lambda: LossScaleOptimizer(Adam(loss_scale_factor=2.0)),
        ConfigurationError,
        "one loss scale",
    ),
    "a factor deep inside": (
        lambda: LossScaleOptimizer(MultiOptimizer({"": Adam()}, loss_scale_factor=2.0)),
        ConfigurationError,
        "one loss scale",
    ),
    "a clip": (
        lambda: LossScaleOptimizer(Adam(), clipnorm=1.0),
        ConfigurationError,
        "no clipnorm of its own. Set it on inner_optimizer",
    ),
    "decay": (
        lambda: LossScaleOptimizer(Adam(), weight_decay=0.1),
        ConfigurationError,
        "no weight_decay of its own",
    ),
    "a policy": (
        lambda: LossScaleOptimizer(Adam(), nonfinite="skip"),
        ConfigurationError,
        "no nonfinite of its own",
    ),
    "a scale of zero": (
        lambda: LossScaleOptimizer(Adam(), initial_scale=0.0),
        ConfigurationError,
        "at least",
    ),
    "a scale too large": (
        lambda: LossScaleOptimizer(Adam(), initial_scale=2.0**65),
        ConfigurationError,
        "at most",
    ),
    "no growth": (
        lambda: LossScaleOptimizer(Adam(), dynamic_growth_steps=0),
        ConfigurationError,
        "at least 1",
    ),
    "half a step": (
        lambda: LossScaleOptimizer(Adam(), dynamic_growth_steps=2.5),  # type: ignore[arg-type]
        ConfigurationError,
        "whole",
    ),
    "an unknown argument": (
        lambda: LossScaleOptimizer(Adam(), growth_steps=3),  # type: ignore[call-arg]
        ArgumentError,
        "dynamic_growth_steps",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_meant_is_refused_at_construction(case):
    make, kind, words = REFUSED[case]
    with pytest.raises(kind, match=words):
        make()


CHANGES: dict[str, tuple[Callable[[Any], Any], type[AdamasError], str]] = {
    "the scale by hand": (
        lambda o: setattr(o, "loss_scale_factor", 2.0),
        ConfigurationError,
        "loss_scale_factor",
    ),
    "the policy": (lambda o: setattr(o, "nonfinite", "raise"), ConfigurationError, "nonfinite"),
    "decay of the whole": (lambda o: setattr(o, "weight_decay", 0.1), ConfigurationError, "decay"),
    "a clip of the inner": (
        lambda o: setattr(o.inner_optimizer, "clipnorm", 2.0),
        StateError,
        "clipnorm belongs to the optimizer that this one is wrapped in",
    ),
    "a structure": (lambda o: setattr(o.inner_optimizer, "amsgrad", True), StateError, "amsgrad"),
    "a clip switched off": (lambda o: setattr(o, "clipnorm", None), StateError, "clipnorm"),
    "a number that it has not": (lambda o: setattr(o, "beta_1", 0.5), ArgumentError, "beta_1"),
    "another inside": (lambda o: setattr(o, "inner_optimizer", Adam()), StateError, "inner_"),
}


@pytest.mark.parametrize("built", [False, True])
@pytest.mark.parametrize("case", CHANGES)
def test_what_is_fixed_is_refused_and_changes_nothing(case, built):
    change, kind, words = CHANGES[case]
    if not built and case in ("a clip switched off", "another inside"):
        pytest.skip("before build it may change")
    optimizer = LossScaleOptimizer(Adam(0.1, clipnorm=1.0))
    if built:
        optimizer.build(tree())
    before = optimizer.get_config()
    with pytest.raises(kind, match=words):
        change(optimizer)
    assert optimizer.get_config() == before


def test_numbers_of_the_step_and_of_the_rule_may_change_and_stay_in_copies():
    params, others = tree(), tree()
    optimizer = LossScaleOptimizer(Adam(0.1, clipnorm=1.0), initial_scale=1.0)
    twin = Adam(0.1, clipnorm=1.0)
    for step in range(6):
        if step == 3:
            optimizer.clipnorm = twin.clipnorm = 0.125
            optimizer.learning_rate = twin.learning_rate = 0.5
            optimizer.inner_optimizer.beta_1 = twin.beta_1 = 0.5
        optimizer.apply(good(), params)
        twin.apply(good(), others)
    assert_same_bits(leaves(params), leaves(others))
    copies: list[Any] = [optimizer.replace(), adamas.get(adamas.serialize(optimizer))]
    for copied in copies:
        assert copied.clipnorm == copied.inner_optimizer.clipnorm == 0.125
        assert (copied.learning_rate, copied.inner_optimizer.beta_1) == (0.5, 0.5)


def test_the_inner_optimizer_is_used_once():
    inner = Adam()
    LossScaleOptimizer(inner)
    with pytest.raises(StateError, match="replace"):
        LossScaleOptimizer(inner)
    with pytest.raises(StateError, match="replace"):
        MultiOptimizer({"": inner})


def test_exclusions_of_the_inner_and_of_the_whole_count():
    inner = AdamW(0.5, 0.5)
    inner.exclude_from_weight_decay(var_names=["bias"])
    optimizer = LossScaleOptimizer(inner)
    optimizer.exclude_from_weight_decay(var_names=["scale"])
    for one in (optimizer, optimizer.replace(), adamas.get(adamas.serialize(optimizer))):
        params = tree()
        one.apply({name: np.zeros(shape) for name, shape in SHAPES.items()}, params)
        still = [name for name, p in tree().items() if bits(p) == bits(params[name])]
        assert still == ["bias", "scale"]


def test_it_reads_as_it_was_written():
    optimizer = LossScaleOptimizer(Adam(0.1, clipnorm=1.0), dynamic_growth_steps=5)
    wanted = "LossScaleOptimizer(inner_optimizer=Adam(learning_rate=0.1, clipnorm=1.0), "
    assert repr(optimizer) == wanted + "dynamic_growth_steps=5)"


# -- copies and files -----------------------------------------------------------------------------

COPIES: dict[str, Callable[[Any], Any]] = {
    "config": lambda o: type(o).from_config(json.loads(json.dumps(o.get_config()))),
    "serialize": lambda o: adamas.deserialize(json.loads(json.dumps(adamas.serialize(o)))),
    "replace": lambda o: o.replace(),
    "pickle": lambda o: pickle.loads(pickle.dumps(o)),
    "deepcopy": copy.deepcopy,
}


@pytest.mark.parametrize("way", COPIES)
@pytest.mark.parametrize("case", INSIDE)
def test_a_copy_has_the_same_configuration_and_trains_alike(case, way):
    optimizer = LossScaleOptimizer(INSIDE[case](), **SCALES, name="scaled")
    copied = COPIES[way](optimizer)
    assert copied.get_config() == optimizer.get_config()
    assert copied.dynamic_scale == optimizer.dynamic_scale == 64
    params, others = tree(), tree()
    for grads in calls_of(2, 9):
        optimizer.apply(grads, params)
        copied.apply(grads, others)
    assert everything(optimizer, params) == everything(copied, others)
    assert copied.scale_loss(1.0) == optimizer.scale_loss(1.0) == copied.dynamic_scale


@pytest.mark.parametrize("way", ["pickle", "deepcopy", "file"])
@pytest.mark.parametrize("case", INSIDE)
def test_a_state_goes_on_with_its_scale_and_counter(case, way, tmp_path):
    params = tree()
    optimizer = LossScaleOptimizer(INSIDE[case](), **SCALES)
    for grads in calls_of(3, 7):
        optimizer.apply(grads, params)
    others = {name: p.copy() for name, p in params.items()}
    if way == "file":
        optimizer.save(tmp_path / "state")
        copied = LossScaleOptimizer(INSIDE[case](), **SCALES)
        copied.build(others)
        copied.load(tmp_path / "state")
    else:
        copied = COPIES[way](optimizer)
        assert copied.dynamic_scale == optimizer.dynamic_scale
        copied.build(others)
    assert (copied.dynamic_scale, counter(copied)) == (optimizer.dynamic_scale, counter(optimizer))
    assert optimizer.dynamic_scale != SCALES["initial_scale"]
    for grads in calls_of(4, 7):
        optimizer.apply(grads)
        copied.apply(grads)
        assert copied.scale_loss(1.0) == optimizer.scale_loss(1.0) == copied.dynamic_scale
    assert everything(optimizer, params) == everything(copied, others)


def test_a_copy_has_a_scale_of_its_own():
    optimizer = LossScaleOptimizer(Adam(), **SCALES)
    optimizer.build(tree())
    copied = copy.deepcopy(optimizer)
    copied.build(tree())
    copied.apply(bad())
    assert (optimizer.dynamic_scale, copied.dynamic_scale) == (64, 32)


def test_files_are_of_one_kind(tmp_path):
    params = tree()
    scaled, plain = LossScaleOptimizer(Adam()), Adam()
    scaled.build(params)
    plain.build(tree())
    scaled.save(tmp_path / "scaled")
    plain.save(tmp_path / "plain")
    for optimizer, other in ((scaled, "plain"), (plain, "scaled")):
        before = everything(optimizer)
        with pytest.raises(CheckpointError):
            optimizer.load(tmp_path / other)
        assert everything(optimizer) == before
