"""Steps as pure functions of JAX arrays: arguments, clocks, transformations, dtypes, refusals."""

import re
from typing import Any

import numpy as np
import pytest

import adamas
from adamas import (
    SGD,
    Adam,
    AdamW,
    Lamb,
    LossScaleOptimizer,
    MultiOptimizer,
    Muon,
    Nadam,
    ScheduleFreeAdamW,
    errors,
    hyperparameter,
    schedules,
)

jax = pytest.importorskip("jax")
jnp = jax.numpy


import adamas.jax  # noqa: E402
from adamas.composite import Wrapper  # noqa: E402
from cases import Upwards  # noqa: E402
from jax_cases import (  # noqa: E402
    CLOSE,
    FAST,
    check_against_numpy,
    check_close,
    gradients,
    train_jax,
    train_numpy,
    tree,
)
from jax_optimizers import ARGUMENTS, multi  # noqa: E402

# -- arguments -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ARGUMENTS)
def test_each_argument_means_what_it_means_for_numpy(name):
    check_against_numpy(ARGUMENTS[name](), ARGUMENTS[name]())


WITHOUT = {
    "clipnorm": lambda: Adam(0.05, epsilon=0.1),
    "overwriting": ARGUMENTS["average"],
    "accumulation": ARGUMENTS["clipvalue"],
    "schedule": lambda: Adam(0.05),
    "decay": lambda: AdamW(0.05, weight_decay=0.3),
    "several optimizers": lambda: multi(use_ema=True),
}


@pytest.mark.parametrize("name", WITHOUT)
def test_an_argument_without_effect_would_be_noticed(name):
    with pytest.raises(AssertionError):
        check_against_numpy(WITHOUT[name](), ARGUMENTS[name]())


@pytest.mark.parametrize("nonfinite", ["skip", "skip_gradients"])
@pytest.mark.parametrize("steps", [None, 2])
@pytest.mark.parametrize("clip", [None, 1.0])
def test_calls_that_are_not_finite_leave_every_bit(nonfinite, steps, clip):
    def make():
        return Nadam(
            0.05, nonfinite=nonfinite, gradient_accumulation_steps=steps, global_clipnorm=clip
        )

    params = tree()
    good = [gradients(params, seed) for seed in range(1, 7)]
    bad = {**good[0], "kernel": np.full((3, 4), np.inf, np.float32)}
    optimizer = make()
    expected = train_numpy(optimizer, params, [good[0], bad, *good[1:]])
    assert optimizer.skipped == 1
    values, state = train_jax(make(), params, [good[0], bad, *good[1:]])
    check_close(values, expected, CLOSE["float32"])
    assert (int(state.skipped), int(state.count)) == (1, optimizer.iterations)

    before, one = train_jax(make(), params, good[:1])
    after, two = train_jax(make(), before, [bad], state=one)
    check_same(after, before)
    same: Any = {"skipped_count": 0, "gradient_norm": 0}
    check_same(two._replace(**same), one._replace(**same))


def test_an_overflow_of_what_would_be_stored_is_skipped():
    huge = [{"w": np.full(3, 1e30, np.float32)}]
    params = {"w": np.ones(3, np.float32)}
    values, state = train_jax(Adam(nonfinite="skip"), params, huge)
    assert int(state.skipped) == 1
    check_same(values, params)
    _, state = train_jax(Adam(), params, huge)
    assert np.isinf(state.slots["v"]["w"]).all()


def test_a_dynamic_loss_scale_falls_and_grows():
    def make():
        return LossScaleOptimizer(SGD(0.5), initial_scale=4.0, dynamic_growth_steps=2)

    params = {"w": np.ones(3, np.float32)}
    good, bad = {"w": np.ones(3, np.float32)}, {"w": np.full(3, np.nan, np.float32)}
    grads = [good, bad, good, good, good, bad, bad]
    theirs = make()
    expected = train_numpy(theirs, params, grads)
    values, state = train_jax(make(), params, grads)
    check_same(values, expected)
    assert float(state.remembered["dynamic_scale"]) == theirs.dynamic_scale == 1.0
    step = adamas.jax.functional(make())
    assert float(step.scale_loss(jnp.float32(3), state)) == 3.0
    assert step.scale_loss(5.0, step.init(values)) == 20.0


def test_the_norm_of_all_gradients_comes_with_a_clip():
    params = tree()
    grads = gradients(params, 1)
    _, state = train_jax(Adam(global_clipnorm=0.5), params, [grads])
    norm = np.sqrt(sum(np.sum(np.square(g, dtype=np.float64)) for g in grads.values()))
    np.testing.assert_allclose(state.gradient_norm, norm, rtol=1e-6)


def check_same(left: Any, right: Any) -> None:
    """Equal in every bit."""
    for one, other in zip(jax.tree.leaves(left), jax.tree.leaves(right), strict=True):
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))
        assert np.asarray(one).dtype == np.asarray(other).dtype


# -- averages ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        lambda: Adam(0.05, use_ema=True, ema_momentum=0.5),
        lambda: ScheduleFreeAdamW(0.05),
        lambda: MultiOptimizer({"bias": SGD(0.1), "": ScheduleFreeAdamW(0.05)}),
    ],
)
def test_averages_are_those_of_numpy(make):
    params = tree()
    grads = [gradients(params, seed) for seed in range(1, 5)]
    theirs = make()
    trained = train_numpy(theirs, params, grads)
    theirs.finalize_variable_values(trained)
    values, state = train_jax(make(), params, grads)
    averages = adamas.jax.functional(make()).averages(state, values)
    check_close(averages, trained, CLOSE["float32"])
    assert any((averages[name] != values[name]).any() for name in params)


# -- one trace -----------------------------------------------------------------------------------


def test_steps_schedules_and_changed_numbers_need_one_trace():
    optimizer = AdamW(
        schedules.CosineDecay(0.1, 100), global_clipnorm=1.0, gradient_accumulation_steps=3
    )
    step = adamas.jax.functional(optimizer)
    traces = []

    @jax.jit
    def train(values, state, grads, rate, decay):
        traces.append(1)
        return step.apply(grads, state, values, learning_rate=rate, weight_decay=decay)

    values = jax.tree.map(jnp.asarray, tree())
    state = step.init(values)
    for call in range(7):
        grads = jax.tree.map(jnp.asarray, gradients(values, call))
        values, state = train(values, state, grads, 0.1 / (call + 1), 0.01 * call)
    assert len(traces) == 1
    assert int(state.count) == 2


def test_numbers_given_to_a_call_are_those_that_count():
    params = tree()
    rates, grads = [0.1, 0.02, 0.05], [gradients(params, seed) for seed in (1, 2, 3)]
    theirs = Adam(lambda: rates[theirs.calls])
    expected = train_numpy(theirs, params, grads)
    step = adamas.jax.functional(Adam(7.0))
    values, state = jax.tree.map(jnp.asarray, params), step.init(params)
    for rate, gradient in zip(rates, grads, strict=True):
        values, state = jax.jit(step.apply)(gradient, state, values, learning_rate=rate)
    check_close(values, expected, CLOSE["float32"])


def test_a_number_given_to_a_call_reaches_all_optimizers_inside():
    params = tree()
    grads = gradients(params, 1)
    step = adamas.jax.functional(multi())
    values, _ = step.apply(grads, step.init(params), params, learning_rate=0.0, weight_decay=0.0)
    check_same(values, params)


def test_numbers_may_be_traced_where_the_optimizer_is_constructed():
    params = tree()
    grads = [gradients(params, 1)]

    @jax.jit
    def train(rate, momentum):
        optimizer = SGD(rate, momentum=momentum)
        assert "learning_rate=JitTracer" in repr(optimizer)
        step = adamas.jax.functional(optimizer)
        return step.apply(grads[0], step.init(params), params)[0]

    check_close(train(0.1, 0.9), train_jax(SGD(0.1, momentum=0.9), params, grads)[0], 1e-7)


def test_callables_are_called_when_a_step_is_traced():
    rate = [0.5]
    step = adamas.jax.functional(SGD(lambda: rate[0]))
    apply = jax.jit(step.apply)
    params = {"w": jnp.ones(2)}
    state = step.init(params)
    for _ in range(2):
        params, state = apply({"w": jnp.ones(2)}, state, params)
        rate[0] = 0.25
    np.testing.assert_array_equal(params["w"], 0.0)


def test_the_optimizer_is_copied():
    optimizer = SGD(0.5)
    step = adamas.jax.functional(optimizer)
    optimizer.learning_rate = 0.25
    params, _ = step.apply([jnp.ones(2)], step.init([jnp.ones(2)]), [jnp.ones(2)])
    np.testing.assert_array_equal(params[0], 0.5)


# -- transformations of JAX ----------------------------------------------------------------------


def loss(params: Any, data: Any) -> Any:
    """Something with a gradient."""
    return sum(jnp.sum((p - data) ** 2) for p in jax.tree.leaves(params))


def test_a_scan_gives_the_bits_of_a_loop():
    step = adamas.jax.functional(ARGUMENTS["everything"]())
    params = jax.tree.map(jnp.asarray, tree())

    def train(carried, data):
        values, state = carried
        return step.apply(jax.grad(loss)(values, data), state, values), None

    data = jnp.arange(6.0) / 6
    scanned, _ = jax.jit(
        lambda: jax.lax.scan(train, (params, step.init(params)), data), compiler_options=FAST
    )()
    looped, one_step = (params, step.init(params)), jax.jit(train, compiler_options=FAST)
    for one in data:
        looped, _ = one_step(looped, one)
    # Counters to the bit; weights within an ulp, as XLA may fuse across what a loop separates.
    check_close(scanned, looped, 2.0**-23)
    assert int(scanned[1].count) == 3


@pytest.mark.parametrize("name", ["everything", "several optimizers", "dynamic loss scale"])
def test_an_ensemble_is_each_of_its_members(name):
    step = adamas.jax.functional(ARGUMENTS[name]())
    members = [jax.tree.map(jnp.asarray, tree(seed)) for seed in range(3)]
    stacked = jax.tree.map(lambda *arrays: jnp.stack(arrays), *members)
    data = jnp.arange(3.0)

    def train(values, data):
        carried = values, step.init(values)
        carried, _ = jax.lax.scan(
            lambda c, _: (step.apply(jax.grad(loss)(c[0], data), c[1], c[0]), None),
            carried,
            length=3,
        )
        return carried[0]

    together = jax.jit(jax.vmap(train), compiler_options=FAST)(stacked, data)
    by_itself = jax.jit(train, compiler_options=FAST)
    for place, member in enumerate(members):
        alone = by_itself(member, data[place])
        check_close(jax.tree.map(lambda a, at=place: a[at], together), alone, CLOSE["float32"])


def test_a_member_of_an_ensemble_passes_over_its_own_calls_only():
    step = adamas.jax.functional(Adam(0.1, nonfinite="skip"))
    params = [jnp.ones((2, 3))]
    state = jax.vmap(step.init)(params)
    grads = [jnp.ones((2, 3)).at[1, 2].set(jnp.inf)]
    values, state = jax.jit(jax.vmap(step.apply))(grads, state, params)
    assert (values[0][0] < 1).all()
    np.testing.assert_array_equal(values[0][1], 1.0)
    np.testing.assert_array_equal(state.skipped, [0, 1])
    np.testing.assert_array_equal(state.count, [1, 0])


@pytest.mark.parametrize("nonfinite", ["propagate", "skip", "skip_gradients"])
def test_a_step_can_be_differentiated(nonfinite):
    step = adamas.jax.functional(
        Adam(0.1, epsilon=0.1, global_clipnorm=1.0, weight_decay=0.1, nonfinite=nonfinite)
    )

    def after(rate, start):
        values, state = {"w": start}, step.init({"w": start})
        for _ in range(3):
            grads = jax.grad(loss)(values, 0.3)
            values, state = step.apply(grads, state, values, learning_rate=rate)
        return loss(values, 0.3)

    with jax.enable_x64(True):
        start, h = jnp.array([1.0, -2.0]), 1e-6
        slope = jax.jit(jax.grad(after))(0.1, start)
        by_hand = (after(0.1 + h, start) - after(0.1 - h, start)) / (2 * h)
    # The difference's own error is h² times a third derivative, and rounding over h: 1e-10.
    np.testing.assert_allclose(slope, by_hand, rtol=1e-8)


def test_donated_memory_is_used_again():
    step = adamas.jax.functional(AdamW(0.1, use_ema=True))
    params = {"w": jnp.ones((64, 64))}
    state = step.init(params)
    apply = jax.jit(lambda p, s, g: step.apply(g, s, p), donate_argnums=(0, 1))
    compiled = apply.lower(params, state, params).compile()
    memory = compiled.memory_analysis()
    # All but what varies with the number of the update is written where it was read.
    assert memory.alias_size_in_bytes == 4 * 64 * 64 * 4 + 4
    apply(params, state, {"w": jnp.ones((64, 64))})
    assert params["w"].is_deleted()


def test_the_compiled_step_is_given_memory_in_the_order_of_its_results():
    step = adamas.jax.functional(Adam(0.1))
    params = tree()
    grads = [jax.tree.map(jnp.asarray, gradients(params, seed)) for seed in range(1, 4)]
    expected, _ = train_jax(Adam(0.1), params, grads)
    values = jax.tree.map(jnp.array, params)
    state = step.init(values)
    ours = step._compiled.lower(values, state, grads[0], {})
    crossed = jax.jit(step.apply, donate_argnums=(1, 2)).lower(grads[0], state, values)
    copies = re.compile(r"f32\[\d\S* copy\(")
    assert not copies.search(ours.compile().as_text())
    assert copies.search(crossed.compile().as_text())  # what this is there to notice
    for gradient in grads:
        values, state = step.compiled(gradient, state, values, learning_rate=0.1)
    check_close(values, expected, CLOSE["float32"])


def test_parameters_are_stored_as_the_plan_computes_them():
    # p + (new − p) would lose the last bits of a small new value.
    step = adamas.jax.functional(SGD(1.0))
    params = {"w": jnp.float32([1.0])}
    tiny = np.float32(1.2345678e-6)
    values, _ = step.apply({"w": 1 - jnp.array([tiny])}, step.init(params), params)
    assert values["w"][0] == np.float32(1) - (np.float32(1) - tiny)


# -- numbers -------------------------------------------------------------------------------------


def test_float32_is_enough_for_one_minus_a_power():
    params = {"w": np.ones(3, np.float32)}
    grads = [{"w": np.full(3, 0.1, np.float32)}] * 3
    values, _ = train_jax(Adam(0.1, beta_1=0.9999, beta_2=0.999999, epsilon=0), params, grads)
    # A steady gradient moves weights by the rate, whatever the betas are.
    np.testing.assert_allclose(values["w"], 0.7, rtol=1e-6)
    naive = np.float32(1) - np.float32(0.999999) ** np.float32(1)
    assert abs(naive / 1e-6 - 1) > 1e-2  # what would have come without care


@pytest.mark.parametrize(
    ("base", "exponent"), [(0.999, 3.0), (0.0, 2.0), (1.0, 5.0), (-0.5, 3.0), (2.0, 3.0)]
)
def test_one_minus_a_power_holds_for_every_base(base, exponent):
    from adamas.compilers.functions import call
    from adamas.compilers.xla import JAX

    def function(b, e):
        return 1 - b**e

    expected = 1 - base**exponent
    for leaves in ((base, exponent), (base, jnp.float32(exponent)), (jnp.float32(base), exponent)):
        value = call(JAX, lambda *, b, e: function(b, e), {}, dict(zip("be", leaves, strict=True)))
        np.testing.assert_allclose(value, expected, rtol=3e-5 if base == 0.999 else 1e-6)


def test_what_is_known_is_computed_in_double_precision():
    params = {"w": np.ones(3, np.float32)}
    step = adamas.jax.functional(Adam())
    text = str(jax.make_jaxpr(step.apply)(params, step.init(params), params))
    assert "0.0010000000474974513" in text  # 1 − 0.999 as a float32, not 1 − float32(0.999)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
@pytest.mark.parametrize("make", [lambda: Adam(0.05), lambda: Lamb(0.05), lambda: Muon(0.05)])
def test_narrow_parameters_train_as_for_numpy(dtype, make):
    params = tree(dtype=jnp.dtype(dtype))
    grads = [gradients(params, seed) for seed in range(1, 5)]
    expected = train_numpy(make(), params, grads)
    values, state = train_jax(make(), params, grads)
    # The same numbers, rounded once: to a neighbour where they differ in float32.
    check_close(values, expected, float(jnp.finfo(dtype).eps))
    assert {array.dtype for array in jax.tree.leaves(values)} == {jnp.dtype(dtype)}
    assert {array.dtype for array in jax.tree.leaves(state.slots)} == {jnp.dtype("float32")}


def test_small_steps_of_bfloat16_do_not_stall_second_moments():
    params = {"w": jnp.ones(4, jnp.bfloat16)}
    grads = [{"w": np.full(4, 0.5, jnp.bfloat16)}] * 50
    _, state = train_jax(Adam(1e-3), params, grads)
    np.testing.assert_allclose(state.slots["v"]["w"], 0.25 * (1 - 0.999**50), rtol=1e-5)


def test_float64_is_respected_where_jax_has_it():
    with jax.enable_x64(True):
        params = {"a": np.ones(3), "b": np.ones(3, np.float32)}
        values, state = train_jax(Adam(0.1), params, [params])
        assert (values["a"].dtype, values["b"].dtype) == (jnp.float64, jnp.float32)
        slots = state.slots["m"]
        assert (slots["a"].dtype, slots["b"].dtype) == (jnp.float64, jnp.float32)


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
def test_rules_may_ask_for_the_spacing_of_a_dtype(dtype):
    with jax.enable_x64(dtype == "float64"):
        one = jnp.ones(3, dtype)
        values, _ = train_jax(Upwards(), {"w": one}, [{"w": one}])
        assert (values["w"] == jnp.nextafter(one, 2 * one)).all()


def test_slots_have_another_dtype_if_asked():
    params = {"w": np.ones(3, np.float32)}
    _, state = train_jax(Adam(0.1), params, [params] * 2, slot_dtype=jnp.bfloat16)
    assert {array.dtype for array in jax.tree.leaves(state.slots)} == {jnp.dtype("bfloat16")}


def test_counters_do_not_overflow():
    step = adamas.jax.functional(Adam(0.1))
    params = [jnp.ones(2)]
    state = step.init(params)._replace(count=jnp.int32(2**31 - 1))
    values, state = step.apply(params, state, params)
    assert int(state.count) == 2**31 - 1
    # m = 0.1 and √v = √0.001, and nothing is left to correct: an update -2³¹ would give infinity.
    np.testing.assert_allclose(values[0], 1 - 0.1 * 0.1 / np.sqrt(0.001), rtol=1e-5)


def test_a_number_made_smaller_on_the_way_still_means_the_mean():
    params = [np.ones(2, np.float32)]
    grads = [np.full(2, g, np.float32) for g in (1.0, 2.0, 6.0)]
    step = adamas.jax.functional(SGD(1.0, gradient_accumulation_steps=5))
    state, values = step.init(params), params
    for gradient in grads:
        values, state = step.apply([gradient], state, values, gradient_accumulation_steps=5)
    values, state = step.apply([grads[0] * 0 + 3], state, values, gradient_accumulation_steps=2)
    np.testing.assert_array_equal(values[0], 1 - 3.0)
    assert (int(state.count), int(state.pending), int(state.calls)) == (1, 0, 4)


# -- trees ---------------------------------------------------------------------------------------


def test_names_are_those_of_numpy():
    names = []

    def every(name, shape):
        names.append(name)
        return True

    params = {"layer": {"bias": np.ones(2), "kernel": np.ones((2, 2))}, "out": [np.ones(1)]}
    adamas.jax.functional(MultiOptimizer([(every, SGD())])).init(params)
    assert list(dict.fromkeys(names)) == ["layer/bias", "layer/kernel", "out/0"]


def test_a_gradient_that_is_none_updates_nothing():
    params, step = tree(), adamas.jax.functional(Adam(0.1))
    grads = {**gradients(params, 1), "kernel": None}
    with pytest.warns(UserWarning, match="No gradient for 'kernel'"):
        values, state = step.apply(grads, step.init(params), params)
    np.testing.assert_array_equal(values["kernel"], params["kernel"])
    assert (state.slots["m"]["kernel"] == 0).all()
    assert (values["bias"] != params["bias"]).all()


def test_numbers_of_python_may_be_parameters():
    step = adamas.jax.functional(SGD(0.5))
    params, _ = step.apply({"a": 1, "b": 2.0}, step.init({"a": 1, "b": 0.5}), {"a": 1, "b": 0.5})
    assert (float(params["a"]), float(params["b"])) == (0.5, -0.5)


def test_empty_arrays_are_no_trouble():
    params = {"none": np.zeros((0, 3), np.float32), "some": np.ones(2, np.float32)}
    values, state = train_jax(Adam(0.1, global_clipnorm=1.0, nonfinite="skip"), params, [params])
    assert values["none"].shape == (0, 3)
    assert int(state.skipped) == 0


# -- doors that a user's own classes have, too ---------------------------------------------------


class Counting(Wrapper, abstract=True):
    """A user's own wrapper: it counts calls that were not skipped, and starts again at a limit."""

    limit: float = hyperparameter(default=3.0)

    def first_numbers(self) -> dict[str, float]:
        return {"seen": 0.0}

    @staticmethod
    def following(skipped, seen, limit):
        counted = np.where(skipped, seen, seen + 1)
        return {"seen": np.where(counted >= limit, 0, counted)}


@pytest.mark.parametrize(("calls", "seen"), [(2, 2.0), (4, 1.0)])
def test_a_users_own_wrapper_keeps_numbers_in_both(calls, seen):
    params = tree()
    theirs = Counting(SGD(0.1, nonfinite="skip"))
    train_numpy(theirs, params, [gradients(params, 1)] * calls)
    _, state = train_jax(
        Counting(SGD(0.1, nonfinite="skip")), params, [gradients(params, 1)] * calls
    )
    assert float(theirs.session.remembered["seen"]) == float(state.remembered["seen"]) == seen


def test_an_array_of_jax_may_be_a_number_of_any_optimizer():
    optimizer = Adam(jnp.float32(0.5))
    assert optimizer.learning_rate == 0.5
    assert optimizer.get_config()["learning_rate"] == 0.5
    params = [np.ones(2, np.float32)]
    optimizer.apply([np.ones(2, np.float32)], params)
    np.testing.assert_allclose(params[0], 0.5, rtol=1e-5)  # epsilon is 3e-6 of √v
    with pytest.raises(errors.ConfigurationError, match="beta_1 must be less than 1"):
        Adam(beta_1=jnp.float32(1.5))


# -- refusals ------------------------------------------------------------------------------------

W = {"w": jnp.ones((2, 3))}


def applied(optimizer: Any, grads: Any = W, params: Any = W, **numbers: Any) -> Any:
    step = adamas.jax.functional(optimizer)
    return step.apply(grads, step.init(params), params, **numbers)


def excluded_by_array() -> Any:
    optimizer = AdamW()
    optimizer.exclude_from_weight_decay([W["w"]])
    return optimizer


def branching(step):
    return 0.1 if step < 3 else 0.01


REFUSED = {
    "an optimizer that is none": (lambda: applied("adam"), errors.ArgumentError, "an optimizer"),
    "raising": (lambda: applied(Adam(nonfinite="raise")), errors.UnsupportedError, "cannot raise"),
    "arrays that do not decay": (
        lambda: applied(excluded_by_array()),
        errors.UnsupportedError,
        "var_names",
    ),
    "integers": (
        lambda: applied(Adam(), params={"w": jnp.arange(3)}),
        errors.ArrayTypeError,
        r"Parameter 'w' must be of dtype .* Got: int32",
    ),
    "complex numbers": (
        lambda: applied(Adam(), params={"w": jnp.ones(3, complex)}),
        errors.ArrayTypeError,
        "must be real.*imaginary",
    ),
    "what is no array": (
        lambda: applied(Adam(), params={"w": "text"}),
        errors.ArrayTypeError,
        "Split the tree",
    ),
    "another structure": (
        lambda: applied(Adam(), {"v": W["w"]}),
        errors.StructureError,
        "Gradients must have the structure",
    ),
    "another shape": (
        lambda: applied(Adam(), {"w": jnp.ones(3)}),
        errors.ArrayError,
        r"'w' must have the parameter's shape \(2, 3\). Got: \(3,\)",
    ),
    "no gradient at all": (lambda: applied(Adam(), {"w": None}), errors.ArrayError, "At least one"),
    "all frozen": (
        lambda: applied(MultiOptimizer({"": None, "x": Adam()})),
        errors.StructureError,
        "frozen",
    ),
    "an unknown number": (
        lambda: applied(Adam(), learning_rat=1.0),
        errors.ArgumentError,
        "Did you mean 'learning_rate'",
    ),
    "a number that is off": (
        lambda: applied(Adam(), weight_decay=0.1),
        errors.ConfigurationError,
        "weight_decay is off",
    ),
    "a number out of range": (
        lambda: applied(Adam(), beta_1=1.0),
        errors.ConfigurationError,
        "beta_1 must be less than 1",
    ),
    "several numbers": (
        lambda: applied(Adam(), learning_rate=jnp.ones(2)),
        errors.ArgumentError,
        "0-d array",
    ),
    "a schedule that branches": (
        lambda: jax.jit(lambda p: applied(Adam(branching), p, p))(W),
        errors.ConfigurationError,
        "np.where",
    ),
    "averages that are not there": (
        lambda: adamas.jax.functional(Adam()).averages(None, W),
        errors.StateError,
        "use_ema=True",
    ),
    "the step in place": (
        lambda: Adam().apply(W, W),
        errors.UnsupportedError,
        "adamas.jax.functional(optimizer)",
    ),
    "a traced count": (
        lambda: jax.jit(lambda n: applied(Muon(), ns_steps=n))(3),
        errors.UnsupportedError,
        "static_args",
    ),
    "a traced number for NumPy": (
        lambda: jax.jit(lambda rate: Adam(rate).apply([np.ones(2)], [np.ones(2)]))(0.1),
        errors.ConfigurationError,
        "which is traced",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_is_refused_with_the_way_out(name):
    call, kind, words = REFUSED[name]
    with pytest.raises(kind) as caught:
        call()
    assert re.search(words, str(caught.value)) or words in str(caught.value)
