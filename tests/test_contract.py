"""The public life of an optimizer: its calls, its refusals, its copies; rules that are wrong."""

import contextlib
import copy
import gc
import json
import pickle
import warnings
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adamas
from adamas import Adam, Optimizer, Rate, schedules
from adamas.errors import (
    AdamasError,
    ArgumentError,
    ArrayError,
    ArrayTypeError,
    ConfigurationError,
    NonFiniteError,
    RuleError,
    StateError,
    StructureError,
)
from cases import BFLOAT16, assert_same_bits, bits, gradients, leaves, parameters, picture, run

f32 = np.float32


def tree() -> dict[str, Any]:
    """Two layers, nested, with a scalar."""
    chance = np.random.default_rng(5)
    return {
        "layer1": {"kernel": chance.normal(size=(3, 4)).astype(f32), "bias": np.zeros(4, f32)},
        "layer2": [chance.normal(size=(4, 2)).astype(f32), np.array(0.5, f32)],
    }


def like(params: Any, seed: int = 1) -> Any:
    """Gradients in the structure of `params`."""
    if isinstance(params, np.ndarray):
        chance = np.random.default_rng(seed)
        return np.asarray(chance.normal(size=params.shape)).astype(params.dtype)
    if isinstance(params, dict):
        return {key: like(value, seed + 1) for key, value in params.items()}
    return type(params)(like(value, seed + 2) for value in params)


# -- the life -------------------------------------------------------------------------------------


def test_names_come_from_the_structure():
    optimizer = Adam(use_ema=True)
    optimizer.build(tree())
    names = ["layer1/kernel", "layer1/bias", "layer2/0", "layer2/1"]
    assert list(optimizer.state) == ["m", "v", "ema"]
    assert all(list(named) == names for named in optimizer.state.values())
    assert "adam/m/layer1/kernel" in optimizer.variables
    assert optimizer.variables["adam/iterations"] == 0
    assert optimizer.variables["adam/learning_rate"] == 0.001


def test_the_first_apply_builds_and_the_next_need_no_parameters():
    params, others = tree(), tree()
    one, two = Adam(), Adam()
    one.apply(like(params), params)
    one.apply(like(params))
    two.build(others)
    two.apply(like(others))
    two.apply(like(others), others)
    assert_same_bits(leaves(params), leaves(others))
    assert one.iterations == one.calls == 2


@pytest.mark.parametrize("kind", [list, tuple])
def test_sequences_of_any_kind_are_parameters(kind):
    params = kind([np.ones(3), np.ones(2)])
    optimizer = Adam(0.1)
    optimizer.build(params)
    optimizer.apply([np.ones(3), np.ones(2)])
    optimizer.apply((np.ones(3), np.ones(2)))
    np.testing.assert_allclose(params[0], 0.8, rtol=1e-6)


def test_generators_and_views_of_mappings_are_sequences_of_parameters():
    params = {"a": np.ones(3), "b": np.ones(2)}
    optimizer = Adam(0.1)
    optimizer.build(params.values())
    optimizer.apply((np.ones(p.shape) for p in params.values()), params.values())
    np.testing.assert_allclose(params["b"], 0.9, rtol=1e-6)


def test_the_order_of_keys_does_not_matter():
    params, others = tree(), tree()
    one, two = Adam(), Adam()
    one.build(params)
    two.build(others)
    for seed in (1, 2):
        grads = like(params, seed)
        one.apply(grads)
        turned = {key: grads[key] for key in reversed(grads)}
        turned["layer1"] = {key: grads["layer1"][key] for key in reversed(grads["layer1"])}
        two.apply(turned)
    assert_same_bits(leaves(params), leaves(others))
    flat, again = {"a": np.ones(2), "b": np.ones(3)}, {"a": np.ones(2), "b": np.ones(3)}
    run(Adam(), flat, 1, lambda p, s: {"a": np.full(2, 1.0), "b": np.full(3, -5.0)})
    run(Adam(), again, 1, lambda p, s: {"b": np.full(3, -5.0), "a": np.full(2, 1.0)})
    assert_same_bits(leaves(flat), leaves(again))


def test_pairs_do_what_apply_does_and_give_the_count():
    params, others = tree(), tree()
    one, two = Adam(), Adam()
    one.build(params)
    two.build(others)
    for seed in (1, 2, 3):
        one.apply(like(params, seed))
        pairs = list(zip(leaves(like(others, seed)), leaves(others), strict=True))
        assert two.apply_gradients(reversed(pairs)) == seed
    assert_same_bits(leaves(params), leaves(others))


def test_a_subset_leaves_the_rest_alone_and_counts_once():
    params = parameters(dtypes=[f32])
    before = [p.copy() for p in params]
    optimizer = Adam()
    optimizer.build(params)
    grads = gradients(params)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert optimizer.apply_gradients([(grads[1], params[1])]) == 1
        assert optimizer.apply_gradients([(grads[4], params[4]), (grads[0], params[0])]) == 2
    assert [bits(a) == bits(b) for a, b in zip(params, before, strict=True)] == [
        *(False, False, True, True, False)
    ]
    assert not optimizer.state["m"]["2"].any()


def test_alternating_subsets_are_each_their_own_optimizer():
    """Two optimizers on halves, and one on both in turn, differ by the count alone."""
    params = [np.ones(30, f32), np.ones(20, f32)]
    optimizer = Adam(beta_1=0.0, beta_2=0.0)  # then bias correction is 1 at any count
    optimizer.build(params)
    halves = [[np.ones(30, f32)], [np.ones(20, f32)]]
    alone = [Adam(beta_1=0.0, beta_2=0.0), Adam(beta_1=0.0, beta_2=0.0)]
    for seed in range(8):
        half = seed % 2
        grads = gradients(params, seed)
        optimizer.apply_gradients([(grads[half], params[half])])
        alone[half].apply([grads[half]], halves[half])
    assert_same_bits(params, [half[0] for half in halves])
    assert optimizer.iterations == 8


def test_missing_gradients_are_named_once_and_skipped():
    params = tree()
    before = bits(params["layer1"]["bias"])
    optimizer = Adam()
    optimizer.build(params)
    grads = like(params)
    grads["layer1"]["bias"] = None
    with pytest.warns(UserWarning, match="'layer1/bias'") as caught:
        optimizer.apply(grads)
    assert caught[0].filename == __file__
    optimizer.apply(grads)  # told once; warnings are errors here
    assert bits(params["layer1"]["bias"]) == before
    pairs = [(None, params["layer1"]["bias"]), (grads["layer2"][0], params["layer2"][0])]
    with pytest.warns(UserWarning, match="'layer1/bias'"):
        optimizer.apply_gradients(pairs)
    assert optimizer.iterations == 3
    assert bits(params["layer1"]["bias"]) == before


def test_numbers_are_settable_and_structure_is_not():
    optimizer = run(Adam(clipnorm=1.0), [np.ones(3)])
    optimizer.learning_rate = 0.5
    optimizer.clipnorm = 3
    optimizer.epsilon = np.array(1e-3)
    optimizer.nonfinite = "raise"
    assert (optimizer.learning_rate, optimizer.clipnorm) == (0.5, 3)
    for name, value in {"amsgrad": True, "use_ema": True, "clipnorm": None}.items():
        with pytest.raises(StateError, match=name):
            setattr(optimizer, name, value)
    scheduled = Adam(schedules.CosineDecay(0.1, 10))
    assert scheduled.learning_rate == pytest.approx(0.1)
    with pytest.raises(ArgumentError, match="schedule"):
        scheduled.learning_rate = 0.2


def test_the_loss_is_scaled_by_the_factor():
    assert Adam().scale_loss(3.0) == 3.0
    assert Adam(loss_scale_factor=128.0).scale_loss(3.0) == 384.0
    params, others = parameters(dtypes=[f32]), parameters(dtypes=[f32])
    run(Adam(), params)
    run(
        Adam(loss_scale_factor=128.0),
        others,
        make=lambda p, s: [(g * 128).astype(g.dtype) for g in gradients(p, s)],
    )
    assert_same_bits(params, others)


def test_the_norm_is_that_of_the_last_call_before_clipping():
    optimizer = Adam(global_clipnorm=1.0)
    optimizer.build([np.ones(2), np.ones(1)])
    assert optimizer.gradient_norm is None
    optimizer.apply([np.array([3.0, 4.0]), np.array([12.0])])
    assert optimizer.gradient_norm == 13.0
    assert run(Adam(), [np.ones(2)]).gradient_norm is None


def test_a_clip_to_infinity_measures_and_clips_nothing():
    params, others = parameters(dtypes=[f32]), parameters(dtypes=[f32])
    optimizer = run(Adam(global_clipnorm=np.inf), params)
    run(Adam(), others)
    assert_same_bits(params, others)
    assert optimizer.gradient_norm > 0


def test_an_accumulation_that_is_shortened_midway_is_refused_or_still_a_mean():
    """Three calls are summed already when the fourth of two comes."""
    params = [np.ones(4)]
    optimizer = Adam(gradient_accumulation_steps=4)
    optimizer.build(params)
    for _ in range(3):
        optimizer.apply([np.ones(4)])
    with contextlib.suppress(StateError):
        optimizer.gradient_accumulation_steps = 2
    while not optimizer.iterations:
        optimizer.apply([np.ones(4)])
    np.testing.assert_allclose(optimizer.state["m"]["0"], 0.1, rtol=1e-14)


def test_an_optimizer_that_is_let_go_frees_its_memory_at_once():
    """Slots are as large as the model: they may not wait for the collector of cycles."""
    gc.collect()
    gc.disable()
    try:
        params = [np.ones(10)]
        optimizer = run(Adam(), params)
        slot, weight = (weakref.ref(a) for a in (optimizer.state["m"]["0"], params[0]))
        del optimizer, params
        assert slot() is None
        assert weight() is None
    finally:
        gc.enable()


# -- averages -------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float64, f32, np.float16, BFLOAT16], ids=str)
def test_averages_swap_in_and_out_bit_for_bit(dtype):
    params = parameters(dtypes=[dtype])
    optimizer = run(Adam(0.1, use_ema=True, ema_momentum=0.5), params, 4)
    before = picture(optimizer, params)
    with optimizer.averaged():
        averages = [a.astype(dtype) for a in optimizer.state["ema"].values()]
        assert_same_bits(params, averages)
    assert picture(optimizer, params) == before

    def fail():
        with optimizer.averaged(params):
            raise KeyError("from inside")

    with pytest.raises(KeyError, match="from inside"):
        fail()
    assert picture(optimizer, params) == before
    optimizer.finalize_variable_values(params)
    assert_same_bits(params, averages)


def test_inside_averages_nothing_else_may_happen():
    params = [np.ones(3)]
    optimizer = run(Adam(use_ema=True), params)
    before = picture(optimizer, params)
    with optimizer.averaged():
        inside = picture(optimizer, params)
        for call in (
            lambda: optimizer.apply([np.ones(3)]),
            lambda: optimizer.apply_gradients([(np.ones(3), params[0])]),
            lambda: optimizer.averaged().__enter__(),
            lambda: optimizer.finalize_variable_values(),
        ):
            with pytest.raises(StateError):
                call()
            assert picture(optimizer, params) == inside
        copied = pickle.loads(pickle.dumps(optimizer))
    assert picture(optimizer, params) == before
    twin = [params[0].copy()]
    copied.build(twin)
    optimizer.apply([np.ones(3)])
    copied.apply([np.ones(3)])
    assert_same_bits(params, twin)


def test_averages_that_cannot_be_swapped_out_can_be_swapped_out_later():
    """A parameter frozen inside must not leave the optimizer inside for ever."""
    params = [np.ones(3, f32), np.ones(2, f32)]
    optimizer = run(Adam(0.1, use_ema=True), params, 2)
    trained = [bits(p) for p in params]

    def freeze():
        with optimizer.averaged():
            params[1].flags.writeable = False

    with pytest.raises(AdamasError, match="read-only"):
        freeze()
    params[1].flags.writeable = True
    with optimizer.averaged():
        pass  # going in and out once more puts it right
    assert [bits(p) for p in params] == trained
    optimizer.apply(gradients(params))
    assert optimizer.iterations == 3


def test_without_averages_finalizing_is_nothing_and_averaging_an_error():
    params = [np.ones(3)]
    optimizer = run(Adam(), params)
    before = picture(optimizer, params)
    optimizer.finalize_variable_values(params)
    assert picture(optimizer, params) == before
    with pytest.raises(StateError, match="use_ema"), optimizer.averaged():
        pass


# -- refusals -------------------------------------------------------------------------------------


def _readonly(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array


def _two_fields() -> np.ndarray:
    return np.zeros(3, [("a", "f4"), ("b", "f4")])


base = np.zeros(40, f32)

PARAMETERS: dict[str, tuple[Callable[[], Any], type[AdamasError], str]] = {
    "integers": (lambda: [np.ones(3, int)], ArrayTypeError, "int64"),
    "complex numbers": (lambda: [np.ones(3, complex)], ArrayTypeError, "imaginary"),
    "objects": (lambda: [np.array([1.0, None])], ArrayTypeError, "object"),
    "long doubles": (lambda: [np.ones(3, np.longdouble)], ArrayTypeError, "dtype"),
    "truth values": (lambda: [np.ones(3, bool)], ArrayTypeError, "bool"),
    "records": (lambda: [_two_fields()], ArrayTypeError, "dtype"),
    "another byte order": (lambda: [np.ones(3, ">f4")], ArrayTypeError, "byte order"),
    "a masked array": (lambda: [np.ma.masked_array([1.0], [1])], ArrayTypeError, "masked"),
    "read-only memory": (lambda: [_readonly(np.ones(3))], ArrayError, "read-only"),
    "a broadcast array": (
        lambda: [np.lib.stride_tricks.as_strided(base, (3, 4), (0, 4))],
        ArrayError,
        "addresses of their own",
    ),
    "a sliding window": (
        lambda: [np.lib.stride_tricks.as_strided(base, (3, 4), (4, 4))],
        ArrayError,
        "addresses of their own",
    ),
    "the same array twice": (lambda: [base, base], ArrayError, "'0' and '1'"),
    "overlapping slices": (lambda: {"a": base[:5], "b": base[4:]}, ArrayError, "'a' and 'b'"),
    "overlap within overlap": (
        lambda: [base[:30], base[35:], base[10:12]],
        ArrayError,
        "'0' and '2'",
    ),
    "a number": (lambda: [1.0], ArrayTypeError, "float"),
    "None": (lambda: [np.ones(2), None], ArrayTypeError, "NoneType"),
    "a text": (lambda: ["weights"], ArrayTypeError, "str"),
    "a list of numbers": (lambda: {"a": [1.0, 2.0]}, ArrayTypeError, "'a/0'"),
    "a single array": (lambda: np.ones(3), StructureError, "single array"),
    "nothing": (list, StructureError, "at least one"),
    "empty branches": (lambda: {"a": {}, "b": []}, StructureError, "at least one"),
    "no structure": (lambda: 5, AdamasError, "int"),
    "None alone": (lambda: None, AdamasError, "None"),
    "one name twice": (
        lambda: {"a/b": np.ones(1), "a": {"b": np.ones(1)}},
        StructureError,
        "'a/b'",
    ),
    "keys of two types": (lambda: {1: np.ones(1), "1": np.ones(1)}, StructureError, "'1'"),
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_what_cannot_be_a_parameter_is_refused_and_the_optimizer_stays_unbuilt(name):
    make, kind, words = PARAMETERS[name]
    optimizer = Adam(use_ema=True)
    params = make()
    with pytest.raises(kind, match=words):
        optimizer.build(params)
    with pytest.raises(StateError):
        _ = optimizer.state
    good = [np.ones(3, f32)]
    optimizer.build(good)
    optimizer.apply([np.ones(3, f32)])
    assert optimizer.iterations == 1


def test_interleaved_memory_is_no_overlap():
    memory = np.ones(40, f32)
    params = {"even": memory[::2], "odd": memory[1::2]}
    run(Adam(0.1), params, 1, lambda p, s: {"even": np.ones(20, f32), "odd": -np.ones(20, f32)})
    np.testing.assert_allclose(memory, np.tile([0.9, 1.1], 20), rtol=1e-6)


class Built:
    """Two parameters, an optimizer that made a step, and good gradients, to spoil."""

    def __init__(self, **arguments: Any) -> None:
        self.memory = np.linspace(1, 2, 64, dtype=f32)
        self.params = {"a": self.memory[:20].reshape(4, 5), "b": self.memory[30:41]}
        self.optimizer = Adam(**arguments)
        self.optimizer.build(self.params)
        self.grads = {"a": np.full((4, 5), 0.5, f32), "b": np.full(11, -0.5, f32)}
        self.optimizer.apply(self.grads)

    def step(self, **changes: Any) -> None:
        self.optimizer.apply({**self.grads, **changes})

    def with_params(self, **changes: Any) -> None:
        self.optimizer.apply(self.grads, {**self.params, **changes})

    def pairs(self, *pairs: tuple[Any, Any]) -> None:
        self.optimizer.apply_gradients(list(pairs))


def big(*shape: int) -> np.ndarray:
    return np.ones(shape, f32)


REFUSED: dict[str, tuple[Callable[[Built], Any], type[AdamasError], str]] = {
    "a gradient of another shape": (lambda o: o.step(a=big(5, 4)), ArrayError, r"\(4, 5\)"),
    "a gradient that would broadcast": (lambda o: o.step(a=big(1, 5)), ArrayError, "shape"),
    "a gradient with an axis too many": (lambda o: o.step(b=big(1, 11)), ArrayError, "shape"),
    "a scalar gradient": (lambda o: o.step(b=np.float32(1)), AdamasError, "shape"),
    "integer gradients": (lambda o: o.step(b=np.ones(11, int)), ArrayTypeError, "int64"),
    "complex gradients": (lambda o: o.step(b=np.ones(11, complex)), ArrayTypeError, "complex"),
    "gradients of objects": (
        lambda o: o.step(b=np.array([None] * 11)),
        ArrayTypeError,
        "object",
    ),
    "another byte order": (lambda o: o.step(b=np.ones(11, ">f4")), ArrayTypeError, "byte order"),
    "a masked gradient": (
        lambda o: o.step(b=np.ma.masked_array(big(11), [True] * 11)),
        ArrayTypeError,
        "masked",
    ),
    "a list as gradient": (lambda o: o.step(b=[1.0] * 11), AdamasError, "b"),
    "a number as gradient": (lambda o: o.step(b=1.0), ArrayTypeError, "float"),
    "a text as gradient": (lambda o: o.step(b="eleven text"), ArrayTypeError, "str"),
    "the parameter as gradient": (lambda o: o.step(b=o.params["b"]), ArrayError, "memory"),
    "another parameter as gradient": (
        lambda o: o.step(b=o.memory[5:16]),
        ArrayError,
        "memory of parameter 'a'",
    ),
    "a gradient that overlaps the end": (
        lambda o: o.step(b=o.memory[40:51]),
        ArrayError,
        "memory of parameter 'b'",
    ),
    "a gradient that overlaps the beginning": (
        lambda o: o.step(b=o.memory[20:31]),
        ArrayError,
        "memory of parameter 'b'",
    ),
    "a turned parameter as gradient": (
        lambda o: o.step(b=o.params["b"][::-1]),
        ArrayError,
        "memory of parameter 'b'",
    ),
    "no gradient at all": (lambda o: o.step(a=None, b=None), ArrayError, "At least one"),
    "a missing key": (lambda o: o.optimizer.apply({"a": o.grads["a"]}), StructureError, "'b'"),
    "a key too many": (lambda o: o.step(c=big(1)), StructureError, "'c'"),
    "a misspelt key": (
        lambda o: o.optimizer.apply({"a": o.grads["a"], "B": o.grads["b"]}),
        StructureError,
        "'b'",
    ),
    "a sequence for a mapping": (
        lambda o: o.optimizer.apply(list(o.grads.values())),
        StructureError,
        "mapping",
    ),
    "a nested mapping for an array": (lambda o: o.step(a={"x": big(4, 5)}), AdamasError, "a"),
    "None for all": (lambda o: o.optimizer.apply(None), StructureError, "NoneType"),
    "a single array for all": (lambda o: o.optimizer.apply(big(4, 5)), StructureError, "mapping"),
    "parameters of another shape": (lambda o: o.with_params(b=big(12)), AdamasError, "'b'"),
    "parameters of another dtype": (
        lambda o: o.with_params(b=np.ones(11)),
        ArrayError,
        "float32",
    ),
    "read-only parameters": (
        lambda o: o.with_params(b=_readonly(big(11))),
        ArrayError,
        "read-only",
    ),
    "overlapping parameters": (
        lambda o: o.with_params(b=o.memory[15:26]),
        ArrayError,
        "share memory",
    ),
    "parameters without a key": (
        lambda o: o.optimizer.apply(o.grads, {"a": o.params["a"]}),
        StructureError,
        "'b'",
    ),
    "new parameters that are their gradients": (
        lambda o: o.with_params(b=o.grads["b"]),
        ArrayError,
        "memory",
    ),
    "no pairs": (lambda o: o.pairs(), StructureError, "at least one"),
    "a pair with a stranger": (lambda o: o.pairs((big(11), big(11))), StructureError, "built"),
    "a pair with an equal view": (
        lambda o: o.pairs((big(11), o.params["b"][:])),
        StructureError,
        "built",
    ),
    "a pair twice": (
        lambda o: o.pairs((big(11), o.params["b"]), (big(11), o.params["b"])),
        StructureError,
        "twice",
    ),
    "pairs in the wrong order": (
        lambda o: o.pairs((o.params["b"], big(11))),
        StructureError,
        "pair",
    ),
    "pairs of None": (lambda o: o.pairs((None, o.params["b"])), ArrayError, "At least one"),
    "arrays in place of pairs": (
        lambda o: o.optimizer.apply_gradients([big(11)]),
        AdamasError,
        "pair",
    ),
    "building twice": (lambda o: o.optimizer.build(o.params), StateError, "built already"),
    "excluding after build": (
        lambda o: o.optimizer.exclude_from_weight_decay(var_names=["b"]),
        StateError,
        "before build",
    ),
    "another structure": (lambda o: setattr(o.optimizer, "amsgrad", True), StateError, "amsgrad"),
    "switching a clip on": (
        lambda o: setattr(o.optimizer, "clipnorm", 1.0),
        StateError,
        "clipnorm",
    ),
    "an unknown attribute": (
        lambda o: setattr(o.optimizer, "learningrate", 1.0),
        ArgumentError,
        "learning_rate",
    ),
    "a rate below zero": (
        lambda o: setattr(o.optimizer, "learning_rate", -1.0),
        ConfigurationError,
        "at least 0",
    ),
    "a rate that is no number": (
        lambda o: setattr(o.optimizer, "learning_rate", "fast"),
        ArgumentError,
        "fast",
    ),
    "an unknown way with NaN": (
        lambda o: setattr(o.optimizer, "nonfinite", "ignore"),
        ConfigurationError,
        "propagate",
    ),
    "averages that are not kept": (
        lambda o: o.optimizer.averaged().__enter__(),
        StateError,
        "use_ema",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_call_changes_nothing(name):
    call, kind, words = REFUSED[name]
    built, twin = Built(), Built()
    before = picture(built.optimizer, built.memory, built.grads)
    with pytest.raises(kind, match=words) as caught:
        call(built)
    assert isinstance(caught.value, AdamasError)
    assert isinstance(caught.value, (ValueError, TypeError, RuntimeError))
    assert picture(built.optimizer, built.memory, built.grads) == before
    assert_goes_on_like(twin, built)


def assert_goes_on_like(twin: Built, built: Built) -> None:
    """The next good steps are those of an optimizer that was never asked for a bad one."""
    for _ in range(2):
        built.step()
        twin.step()
    assert picture(built.optimizer, built.memory) == picture(twin.optimizer, twin.memory)


@pytest.mark.parametrize(
    "value", [np.nan, 1.0, -0.5, np.inf, None, "0.9", [0.9, 0.8], 1j, np.ones(2)], ids=repr
)
@pytest.mark.parametrize("name", ["beta_1", "beta_2", "epsilon", "learning_rate"])
def test_a_callable_that_gives_nonsense_is_refused_and_changes_nothing(name, value):
    if name in ("epsilon", "learning_rate") and isinstance(value, float) and value >= 1:
        pytest.skip("in range")
    now = [0.5]
    built, twin = Built(**{name: lambda: now[0]}), Built(**{name: 0.5})
    before = picture(built.optimizer, built.memory)
    now[0] = value
    with pytest.raises(AdamasError, match=name):
        built.step()
    assert picture(built.optimizer, built.memory) == before
    now[0] = 0.5
    assert_goes_on_like(twin, built)


def test_an_error_in_the_users_callable_comes_through_and_changes_nothing():
    fail = [False]

    def rate():
        if fail[0]:
            raise KeyError("from the user")
        return 0.5

    built, twin = Built(learning_rate=rate), Built(learning_rate=0.5)
    before = picture(built.optimizer, built.memory)
    fail[0] = True
    with pytest.raises(KeyError, match="from the user"):
        built.step()
    assert picture(built.optimizer, built.memory) == before
    fail[0] = False
    assert_goes_on_like(twin, built)


def test_after_a_refused_call_with_other_parameters_the_old_ones_go_on():
    now = [0.5]
    built, twin = Built(beta_1=lambda: now[0]), Built(beta_1=0.5)
    strangers = {"a": big(4, 5), "b": big(11)}
    before = picture(built.optimizer, built.memory, strangers)
    now[0] = np.nan
    with pytest.raises(ConfigurationError):
        built.optimizer.apply(built.grads, strangers)
    assert picture(built.optimizer, built.memory, strangers) == before
    now[0] = 0.5
    assert_goes_on_like(twin, built)
    assert (strangers["a"] == 1).all()


def test_a_refused_first_call_leaves_the_optimizer_unbuilt():
    optimizer = Adam()
    params = [big(3)]
    with pytest.raises(ArrayError):
        optimizer.apply([big(4)], params)
    other = {"a": big(5)}
    optimizer.apply({"a": big(5)}, other)
    assert optimizer.iterations == 1
    assert (params[0] == 1).all()


def test_steps_before_build_are_refused():
    optimizer = Adam(use_ema=True)
    for call in (
        lambda: optimizer.apply([big(3)]),
        lambda: optimizer.state,
        lambda: optimizer.variables,
        lambda: optimizer.finalize_variable_values(),
        lambda: optimizer.averaged().__enter__(),
        lambda: optimizer.save("nowhere"),
    ):
        with pytest.raises(StateError):
            call()
    assert (optimizer.iterations, optimizer.calls, optimizer.skipped) == (0, 0, 0)
    assert (optimizer.pending, optimizer.gradient_norm) == (0, None)


ARGUMENTS: dict[str, tuple[dict[str, Any], type[AdamasError], str]] = {
    "unknown": ({"learningrate": 1.0}, ArgumentError, "'learning_rate'"),
    "unknown and far": ({"xyzzy": 1.0}, ArgumentError, "beta_1"),
    "two clips": ({"clipnorm": 1, "clipvalue": 1}, ConfigurationError, "clipnorm=1, clipvalue=1"),
    "three clips": (
        {"clipnorm": 1, "clipvalue": 1, "global_clipnorm": 1},
        ConfigurationError,
        "At most one",
    ),
    "negative rate": ({"learning_rate": -1e-9}, ConfigurationError, "at least 0"),
    "negative epsilon": ({"epsilon": -1e-9}, ConfigurationError, "at least 0"),
    "beta of one": ({"beta_1": 1.0}, ConfigurationError, "less than 1"),
    "beta of one as an integer": ({"beta_2": 1}, ConfigurationError, "less than 1"),
    "beta in an array": ({"beta_2": np.array(1.5)}, ConfigurationError, "less than 1"),
    "beta in a vector": ({"beta_2": np.array([0.5])}, ArgumentError, "0-d"),
    "beta as truth": ({"beta_1": True}, ArgumentError, "True"),
    "NaN": ({"beta_1": float("nan")}, ConfigurationError, "nan"),
    "rate None": ({"learning_rate": None}, ArgumentError, "None"),
    "clip of zero": ({"clipnorm": 0}, ConfigurationError, "None to switch it off"),
    "negative clip": ({"global_clipnorm": -1}, ConfigurationError, "greater than 0"),
    "negative decay": ({"weight_decay": -0.1}, ConfigurationError, "at least 0"),
    "momentum above one": ({"ema_momentum": 1.01}, ConfigurationError, "at most 1"),
    "overwriting without average": (
        {"ema_overwrite_frequency": 3},
        ConfigurationError,
        "use_ema=True",
    ),
    "half an overwriting": (
        {"use_ema": True, "ema_overwrite_frequency": 1.5},
        AdamasError,
        "integer|whole",
    ),
    "half an accumulation": ({"gradient_accumulation_steps": 2.5}, AdamasError, "integer|whole"),
    "no accumulation": ({"gradient_accumulation_steps": 0}, ConfigurationError, "at least 1"),
    "scale of zero": ({"loss_scale_factor": 0.0}, ConfigurationError, "greater than 0"),
    "amsgrad as number": ({"amsgrad": 1}, ArgumentError, "bool"),
    "average as text": ({"use_ema": "yes"}, ArgumentError, "bool"),
    "a number as name": ({"name": 3}, ArgumentError, "str"),
    "nonfinite": ({"nonfinite": "skp"}, ConfigurationError, "'skip'"),
    "rate of two arguments": ({"learning_rate": lambda a, b: 1.0}, ArgumentError, "step"),
    "beta of the step": ({"beta_1": lambda step: 0.9}, AdamasError, "beta_1"),
}


@pytest.mark.parametrize("name", ARGUMENTS)
def test_arguments_that_are_not_allowed_are_refused_at_construction(name):
    arguments, kind, words = ARGUMENTS[name]
    with pytest.raises(kind, match=words):
        Adam(**arguments)


def test_too_many_positional_arguments_are_refused():
    with pytest.raises(TypeError):
        Adam(0.1, 0.9, 0.999, 1e-7, False, *[None] * 4, False, 0.99, *[None] * 3, "adam", "")


# -- exclusions, copies, configurations -----------------------------------------------------------


def decayed(optimizer: Optimizer, params: dict[str, np.ndarray]) -> set[str]:
    """The names of the parameters that shrink under a zero gradient."""
    if not optimizer.built:
        optimizer.build(params)
    before = {name: p.copy() for name, p in params.items()}
    optimizer.apply({name: np.zeros_like(p) for name, p in params.items()})
    return {name for name, p in params.items() if bits(p) != bits(before[name])}


def weights() -> dict[str, np.ndarray]:
    return {name: np.ones(4, f32) for name in ("kernel", "bias", "norm/scale", "head")}


def test_exclusions_go_by_array_and_by_pattern():
    params = weights()
    optimizer = Adam(weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_list=[params["head"]])
    optimizer.exclude_from_weight_decay(var_names=["bias$", "^norm"])
    assert decayed(optimizer, params) == {"kernel"}


@pytest.mark.parametrize("built", [False, True])
@pytest.mark.parametrize("way", ["config", "serialize", "pickle", "deepcopy"])
def test_exclusions_outlive_every_copy(way, built):
    params = weights()
    optimizer = Adam(weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    if built:
        optimizer.exclude_from_weight_decay(var_list=[params["head"]])
        optimizer.build(params)
    copied = COPIES[way](optimizer)
    assert decayed(copied, weights()) == {"kernel", "norm/scale", *(() if built else ("head",))}


@pytest.mark.parametrize("way", ["config", "serialize", "pickle", "deepcopy"])
def test_exclusions_by_array_do_not_vanish_from_a_copy_made_before_build(way):
    params = weights()
    optimizer = Adam(weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_list=[params["head"]])
    with contextlib.suppress(ConfigurationError):  # saying so is right as well
        assert "head" not in decayed(COPIES[way](optimizer), params)


def test_exclusions_that_cannot_be_meant_are_refused():
    optimizer = Adam(weight_decay=0.5)
    for arguments in ({"var_names": "bias"}, {"var_list": np.ones((2, 2))}, {"var_names": ["("]}):
        with pytest.raises(AdamasError):
            optimizer.exclude_from_weight_decay(**arguments)  # type: ignore[arg-type]


def test_an_excluded_array_that_is_no_parameter_is_refused_by_build():
    """A copy in place of the parameter would be ignored, and the parameter decay in silence."""
    params = weights()
    optimizer = Adam(weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_list=[params["head"].copy()])
    with pytest.raises(AdamasError):
        optimizer.build(params)


COPIES: dict[str, Callable[[Any], Any]] = {
    "config": lambda o: type(o).from_config(json.loads(json.dumps(o.get_config()))),
    "serialize": lambda o: adamas.deserialize(json.loads(json.dumps(adamas.serialize(o)))),
    "pickle": lambda o: pickle.loads(pickle.dumps(o)),
    "deepcopy": copy.deepcopy,
}

CONFIGURED: dict[str, Callable[[], Any]] = {
    "defaults": lambda: Adam(),
    "numbers": lambda: Adam(0.01, 0.8, 0.99, 1e-5, True, weight_decay=0.1, clipnorm=2, name="a"),
    "arrays": lambda: Adam(np.float32(0.01), np.array(0.8), np.float64(0.99), 0),
    "a schedule": lambda: Adam(schedules.CosineDecay(0.1, 100, alpha=0.1)),
    "a chain": lambda: Adam(schedules.Warmup(schedules.ExponentialDecay(0.1, 10, 0.9), 5)),
    "all": lambda: Adam(
        use_ema=True,
        ema_momentum=0.9,
        ema_overwrite_frequency=3,
        loss_scale_factor=8.0,
        gradient_accumulation_steps=2,
        nonfinite="skip",
        global_clipnorm=1.5,
    ),
}


@pytest.mark.parametrize("way", COPIES)
@pytest.mark.parametrize("name", CONFIGURED)
def test_a_copy_has_the_same_configuration_and_trains_alike(name, way):
    optimizer = CONFIGURED[name]()
    copied = COPIES[way](optimizer)
    assert type(copied) is type(optimizer)
    assert copied.get_config() == optimizer.get_config()
    json.dumps(optimizer.get_config(), allow_nan=False)
    params, others = parameters(dtypes=[f32]), parameters(dtypes=[f32])
    run(optimizer, params, 4)
    run(copied, others, 4)
    assert_same_bits(params, others)


@pytest.mark.parametrize("way", ["pickle", "deepcopy"])
@pytest.mark.parametrize("name", CONFIGURED)
def test_a_copy_in_the_middle_goes_on_with_the_same_bits(name, way):
    optimizer = CONFIGURED[name]()
    params = parameters(dtypes=[f32])
    run(optimizer, params, 3)
    copied = COPIES[way](optimizer)
    others = [p.copy() for p in params]
    assert (copied.iterations, copied.calls) == (optimizer.iterations, optimizer.calls)
    assert copied.learning_rate == optimizer.learning_rate
    copied = COPIES[way](copied)  # a copy of a copy that is not built yet
    copied.build(others)
    run(optimizer, params, 3)
    run(copied, others, 3)
    assert_same_bits(params, others)
    assert picture(optimizer) == picture(copied)


def test_a_copy_shares_no_memory():
    params = parameters(dtypes=[f32])
    optimizer = run(Adam(), params)
    copied = copy.deepcopy(optimizer)
    before = picture(optimizer)
    copied.build([p.copy() for p in params])
    copied.apply(gradients(params, 9))
    assert picture(optimizer) == before


@pytest.mark.parametrize(
    "others",
    [[np.ones(5, f32)], {"a": np.ones(1, f32)}, [np.ones(1)], [np.ones(1, f32)] * 1 + [np.ones(2)]],
    ids=["another shape", "another name", "another dtype", "one more"],
)
def test_a_copied_state_is_taken_only_by_parameters_that_fit(others):
    copied = pickle.loads(pickle.dumps(run(Adam(), [np.ones(1, f32)])))
    with pytest.raises(AdamasError):
        copied.build(others)
    fitting = [np.ones(1, f32)]
    copied.build(fitting)
    assert copied.iterations == 3


@pytest.mark.parametrize("way", COPIES)
def test_a_callable_has_no_configuration_but_copies(way):
    optimizer = Adam(beta_1=_half)
    if way in ("config", "serialize"):
        with pytest.raises(ConfigurationError, match="beta_1"):
            COPIES[way](optimizer)
    else:
        assert COPIES[way](optimizer).beta_1() == 0.5


def _half() -> float:
    return 0.5


def test_get_finds_optimizers_by_name_description_or_itself():
    optimizer = Adam(0.1)
    assert adamas.get(optimizer) is optimizer
    assert isinstance(adamas.get("adam"), Adam)
    assert isinstance(adamas.get("Adam"), Adam)
    assert adamas.get(adamas.serialize(optimizer)).get_config() == optimizer.get_config()
    with pytest.raises(ConfigurationError, match="'Adam'"):
        adamas.get("adamm")
    for wrong in (5, None, {"class_name": "Adam"}, {"class_name": "os.system", "config": {}}, Adam):
        with pytest.raises(AdamasError):
            adamas.get(wrong)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="learning_rate"):
        adamas.deserialize({"class_name": "Adam", "config": {"learningrate": 1}})


# -- what is not finite ---------------------------------------------------------------------------


def spoilt(dtype: Any, index: int, value: float) -> list[np.ndarray]:
    """Good gradients, but for one element in the middle of one tensor."""
    grads = gradients(parameters(dtypes=[dtype], shapes=SPOILT))
    grads[index].reshape(-1)[grads[index].size // 2] = value
    return grads


SPOILT = ((37,), (3, 5), (), (100,), (64,))


@pytest.mark.parametrize(
    "clip", [{}, {"clipnorm": 1.0}, {"global_clipnorm": 1.0}, {"clipvalue": 1.0}]
)
@pytest.mark.parametrize("index", [0, 2, 3])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_raise_names_parameter_and_step_and_changes_nothing(clip, index, value):
    if "clipvalue" in clip and np.isinf(value):
        pytest.skip("clipping to a value makes infinities finite")
    params = parameters(dtypes=[f32], shapes=SPOILT)
    optimizer = run(Adam(nonfinite="raise", use_ema=True, **clip), params, 2)
    before = picture(optimizer, params)
    with pytest.raises(NonFiniteError, match=f"[Ss]tep 3 .*'{index}'") as caught:
        optimizer.apply(spoilt(f32, index, value))
    assert "gradient holds NaN or infinity" in str(caught.value)
    assert picture(optimizer, params)[0] == before[0]
    assert picture(optimizer, params)[3] == before[3]
    optimizer.apply(gradients(params))
    assert optimizer.iterations == 3


@pytest.mark.parametrize("accumulation", [{}, {"gradient_accumulation_steps": 3}])
def test_skip_passes_over_a_bad_call_as_if_it_had_not_come(accumulation):
    params, others = parameters(shapes=SPOILT), parameters(shapes=SPOILT)
    optimizer = Adam(nonfinite="skip", use_ema=True, **accumulation)
    twin = Adam(use_ema=True, **accumulation)
    optimizer.build(params)
    twin.build(others)
    for seed in range(7):
        grads = gradients(params, seed)
        optimizer.apply(grads)
        twin.apply(grads)
        bad = [g.copy() for g in grads]
        bad[seed % len(SPOILT)].reshape(-1)[-1] = np.nan
        optimizer.apply(bad)
    assert_same_bits(params, others)
    assert_same_bits(leaves(optimizer.state), leaves(twin.state))
    assert (optimizer.iterations, optimizer.calls) == (twin.iterations, twin.calls)
    assert (optimizer.skipped, twin.skipped) == (7, 0)


OVERFLOWS: dict[str, tuple[Any, float, dict[str, Any]]] = {
    "v in float32": (f32, 1e30, {}),
    "v in float64": (np.float64, 1e200, {}),
    "v of bfloat16": (BFLOAT16, 1e30, {}),
    "a float64 gradient in float32": (f32, 1e300, {}),
    "a float16 parameter as it is stored": (np.float16, 1.0, {"learning_rate": 1e5}),
    "a bfloat16 parameter as it is stored": (BFLOAT16, 1.0, {"learning_rate": 3.4e38}),
    "the sum of an accumulation": (f32, 3e38, {"gradient_accumulation_steps": 2}),
}


@pytest.mark.parametrize("name", OVERFLOWS)
def test_finite_gradients_that_overflow_what_is_stored_are_caught(name):
    dtype, size, arguments = OVERFLOWS[name]
    kind = np.float64 if size > 1e38 and dtype is f32 and size > 3e38 else dtype
    params = [np.ones(40, dtype)]
    grads = [np.full(40, 1e-3, kind)]
    grads[0][17] = size
    optimizer = Adam(nonfinite="raise", **arguments)
    optimizer.build(params)
    before = picture(optimizer, params)
    if "accumulation" in name:
        optimizer.apply(grads)
        before = picture(optimizer, params)
    with pytest.raises(NonFiniteError, match="overflow"):
        optimizer.apply(grads)
    assert picture(optimizer, params) == before
    optimizer.nonfinite = "skip"
    optimizer.apply(grads)
    assert optimizer.skipped == 1
    assert picture(optimizer, params)[3] == before[3]
    optimizer.nonfinite = "propagate"
    optimizer.apply(grads)
    everything = [np.asarray(x).astype(np.float64) for x in (*params, *leaves(optimizer.state))]
    assert not all(np.isfinite(x).all() for x in everything)


def test_a_nan_in_the_accumulator_does_not_outlive_the_update():
    params = [np.ones(5, f32), np.ones(3, f32)]
    optimizer = Adam(gradient_accumulation_steps=2)
    optimizer.build(params)
    bad = [np.array([1, np.nan, 1, 1, 1], f32), np.ones(3, f32)]
    good = [np.ones(5, f32), np.ones(3, f32)]
    optimizer.apply(bad)
    assert np.isnan(optimizer.state["accumulator"]["0"][1])
    optimizer.apply(good)
    for array in optimizer.state["accumulator"].values():
        assert not array.view(np.uint32).any()
    assert np.isnan(params[0]).tolist() == [False, True, False, False, False]
    assert np.isfinite(params[1]).all()


def test_a_nan_stays_where_it_is_without_a_norm():
    params = parameters(dtypes=[f32], shapes=SPOILT)
    run(Adam(), params, 1, lambda p, s: spoilt(f32, 3, np.nan))
    found = [int(np.isnan(p).sum()) for p in params]
    assert found == [0, 0, 0, 1, 0]


def test_a_nan_makes_a_clipped_tensor_nan_and_a_global_norm_all_of_them():
    """Zeros, or an unclipped rest, would hide it."""
    for clip, wanted in (
        ({"clipnorm": 1.0}, [False, False, False, True, False]),
        ({"global_clipnorm": 1.0}, [True] * 5),
    ):
        params = parameters(dtypes=[f32], shapes=SPOILT)
        run(Adam(**clip), params, 1, lambda p, s: spoilt(f32, 3, np.nan))
        assert [bool(np.isnan(p).all()) for p in params] == wanted


# -- rules that are wrong -------------------------------------------------------------------------


def rule_of(function: Callable[..., Any]) -> type[Optimizer]:
    """An optimizer class whose rule is `function`."""
    return type(
        "Wrong",
        (Optimizer,),
        {
            "__annotations__": {"learning_rate": Rate},
            "learning_rate": 0.1,
            "update": staticmethod(function),
        },
    )


def branches(p, g, /, *, learning_rate):
    if g > 0:  # the line of the branch
        p = p - learning_rate * g
    return p


def chooses_larger(p, g, /, *, learning_rate):
    return max(p, g)  # the line of max


def chains(p, g, /, *, learning_rate):
    return np.where(0 < g < 1, p, g)  # the line of the chain


def misspells(p, g, /, *, learning_rate):
    return p - learnin_rate * g  # noqa: F821  the line of the name


def calls_math(p, g, /, *, learning_rate):
    import math

    return p - math.sqrt(g)  # the line of math


def sums(p, g, /, *, learning_rate):
    return p - np.sum(g, axis=0)  # the line of the sum


def indexes(p, g, /, *, learning_rate):
    return p - g[0]  # the line of the index


def loops(p, g, /, *, learning_rate):
    for x in g:  # the line of the loop
        p = p - x
    return p


def asks_shape(p, g, /, *, learning_rate):
    return p / g.size  # the line of the attribute


def returns_text(p, g, /, *, learning_rate):
    return "p"


def returns_nothing(p, g, /, *, learning_rate):
    p = p - g


def returns_condition(p, g, /, *, learning_rate):
    return p > g


def forgets_slot(p, g, m, /, *, learning_rate):
    return p - learning_rate * m


def returns_too_much(p, g, /, *, learning_rate):
    return p, g


def asks_unknown(p, g, /, *, learning_rate, momentum):
    return p


def has_self(self, p, g, /):
    return p


def has_stars(p, g, *slots):
    return p


def has_no_gradient(p, /, *, learning_rate):
    return p


def swaps(g, p, /):
    return p


def takes_reserved(p, g, ema, /):
    return p, ema


def complex_number(p, g, /, *, learning_rate):
    return p * 1j  # the line of the complex number


def uses_array(p, g, /, *, learning_rate):
    return p * np.ones(3)  # the line of the array


def divides_by_zero(p, g, /, *, learning_rate):
    return p * (1 / 0)  # the line of the division


WRONG_RULES: dict[Callable[..., Any], str] = {
    branches: "np.where",
    chooses_larger: "np.maximum",
    chains: "branch",
    misspells: "learnin_rate",
    calls_math: "NumPy",
    sums: "keepdims",
    indexes: "index",
    loops: "loop",
    asks_shape: "size",
    returns_text: "str",
    returns_nothing: "NoneType",
    returns_condition: "condition",
    forgets_slot: "p, m",
    returns_too_much: "2 value",
    asks_unknown: "momentum",
    has_self: "staticmethod",
    has_stars: r"\*",
    has_no_gradient: "gradient",
    swaps: "gradient g first",
    takes_reserved: "ema",
    complex_number: "complex",
    uses_array: "ndarray",
    divides_by_zero: "division",
}


@pytest.mark.parametrize("function", WRONG_RULES, ids=lambda function: function.__name__)
def test_a_wrong_rule_is_refused_with_the_line(function):
    with pytest.raises(RuleError, match=WRONG_RULES[function]) as caught:
        rule_of(function)().build([np.ones(3)])
    message = str(caught.value)
    line = _line_with(function, "# the line of")
    if line is not None:
        number, text = line
        assert __file__ in message
        assert f"line {number}" in message
        assert text in message


def _line_with(function: Callable[..., Any], words: str) -> tuple[int, str] | None:
    import inspect

    lines, first = inspect.getsourcelines(function)
    for number, text in enumerate(lines, first):
        if words in text or (words[2:] in text and "noqa" in text):
            return number, text.strip()
    return None


def test_a_rule_without_staticmethod_is_refused_where_it_is_defined():
    with pytest.raises(RuleError, match="staticmethod"):

        class Method(Optimizer):
            def update(p, g, /):  # noqa: N805
                return p - g


def test_a_class_without_a_rule_is_refused_where_it_is_defined():
    with pytest.raises(RuleError, match="update"):

        class Empty(Optimizer):
            learning_rate: Rate = 0.1


def test_a_prepare_that_is_wrong_shows_its_line():
    with pytest.raises(RuleError, match="line") as caught:

        class Prepared(Optimizer):
            learning_rate: Rate = 0.1

            @staticmethod
            def prepare(t, learning_rate):
                return {"alpha": learning_rate if t > 3 else 0}  # branches

            @staticmethod
            def update(p, g, /, *, alpha):
                return p - alpha * g

    assert "# branches" in str(caught.value)
    with pytest.raises(RuleError, match="dictionary"):

        class Bare(Optimizer):
            @staticmethod
            def prepare(t):
                return t

            @staticmethod
            def update(p, g, /):
                return p - g


SLOT_NAMES = (
    *("i", "next", "end", "more", "length", "all0", "sum", "found", "test", "body", "s", "at"),
    *("row", "base", "uniform0", "vector", "scalar", "context", "ß", "µ", "v̂", "Ωmega", "x1", "_"),
    *("t", "learning_rate", "clip_factor"),
)


@pytest.mark.parametrize("name", SLOT_NAMES)
def test_a_slot_may_have_any_name_or_is_refused_by_name(name):
    """It must never read another value of that name, nor break the compiler."""
    source = (
        f"def update(p, g, {name}, /):\n    {name} = {name} + g\n    return p - {name}, {name}\n"
    )
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    params = [np.ones(40, f32)]
    with contextlib.suppress(RuleError):
        optimizer = rule_of(namespace["update"])(global_clipnorm=1e6)
        optimizer.build(params)
        for _ in range(2):
            optimizer.apply([np.full(40, 2, f32)])
        np.testing.assert_array_equal(params[0], -5)


def test_a_long_rule_is_compiled():
    def long(p, g, /):
        for _ in range(1500):
            g = g * 1.001
        return p - g

    params = [np.ones(3)]
    rule_of(long)().apply([np.full(3, 0.1)], params)
    np.testing.assert_allclose(params[0], 1 - 0.1 * 1.001**1500, rtol=1e-12)
