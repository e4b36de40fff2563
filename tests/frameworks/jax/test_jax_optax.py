"""adamas as a gradient transformation of optax: its contract, its wrappers, its numbers."""

import pickle
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adamas
from adamas import SGD, Adam, AdamW, MultiOptimizer, Nadam, errors
from family import CROSSED, FAMILY, conventions_of, kind_of, make_wrong
from optax_peer import PEERS, function_of
from peers import convention_of, translated

jax = pytest.importorskip("jax")
optax = pytest.importorskip("optax")
jnp = jax.numpy

import adamas.jax  # noqa: E402
from jax_cases import CLOSE, FAST, check_close, gradients, train_jax, tree  # noqa: E402


def train(tx: Any, params: Any, grads: Any, state: Any = None) -> tuple[Any, Any]:
    """Parameters and state after an update for each of `grads`."""
    values = jax.tree.map(jnp.asarray, params)
    state = tx.init(values) if state is None else state

    @lambda function: jax.jit(function, compiler_options=FAST)
    def update(grads, state, values):
        moves, state = tx.update(grads, state, values)
        return optax.apply_updates(values, moves), state

    for gradient in grads:
        values, state = update(jax.tree.map(jnp.asarray, gradient), state, values)
    return values, state


PARAMS = tree()
GRADS = [gradients(PARAMS, seed) for seed in range(1, 7)]


# -- the contract, for every optimizer ------------------------------------------------------------


def every(name: str, **arguments: Any) -> Any:
    """One of the family."""
    return kind_of(name)(learning_rate=0.05, **arguments)


@pytest.mark.parametrize("name", CROSSED)
def test_updates_give_the_parameters_of_the_plan(name):
    values, state = train(adamas.jax.transformation(every(name)), PARAMS, GRADS[:3])
    expected, other = train_jax(every(name), PARAMS, GRADS[:3])
    # p + (new − p) is new to half an ulp of the larger.
    check_close(values, expected, 2.0**-22)
    check_close(state.slots, other.slots, 2.0**-20)


@pytest.mark.parametrize("name", CROSSED)
def test_dtypes_and_structure_stay_and_other_arguments_do_not_matter(name):
    tx = adamas.jax.transformation(every(name))
    for dtype in (jnp.float32, jnp.bfloat16):
        params = jax.tree.map(lambda p, dtype=dtype: jnp.asarray(p, dtype), PARAMS)
        state = jax.eval_shape(tx.init, params)
        moves, after = jax.eval_shape(
            lambda s, p: tx.update(p, s, p, value=1.0, anything="else"), state, params
        )
        assert jax.tree.map(lambda a: (a.shape, a.dtype), moves) == jax.tree.map(
            lambda a: (a.shape, a.dtype), params
        )
        assert jax.tree.structure(after) == jax.tree.structure(state)
        assert [(a.shape, a.dtype, a.weak_type) for a in jax.tree.leaves(after)] == [
            (a.shape, a.dtype, a.weak_type) for a in jax.tree.leaves(state)
        ]


@pytest.mark.parametrize("name", CROSSED)
def test_any_number_of_steps_needs_one_trace(name):
    tx, traces = adamas.jax.transformation(every(name)), []

    @lambda function: jax.jit(function, compiler_options=FAST)
    def update(grads, state, values):
        traces.append(1)
        moves, state = tx.update(grads, state, values)
        return optax.apply_updates(values, moves), state

    values = jax.tree.map(jnp.asarray, PARAMS)
    state = tx.init(values)
    for gradient in GRADS[:3]:
        values, state = update(jax.tree.map(jnp.asarray, gradient), state, values)
    assert len(traces) == 1


@pytest.mark.parametrize("name", CROSSED)
def test_every_optimizer_works_under_multi_steps(name):
    tx = optax.MultiSteps(adamas.jax.transformation(every(name)), every_k_schedule=2)
    values, state = train(tx, PARAMS, [GRADS[0], GRADS[0], GRADS[1], GRADS[1]])
    expected, _ = train_jax(every(name), PARAMS, GRADS[:2])
    check_close(values, expected, 2.0**-20)
    assert int(state.inner_opt_state.count) == 2


# -- inside and around others ---------------------------------------------------------------------


def adam(**arguments: Any) -> Any:
    """A transformation whose steps depend on the size of gradients."""
    return adamas.jax.transformation(Adam(0.05, epsilon=0.1, **arguments))


def injected(make: Callable[..., Any], **numbers: Any) -> Any:
    """With numbers that are part of optax's state."""
    return optax.inject_hyperparams(make)(**numbers)


MASK = {name: name != "bias" for name in PARAMS}
LABELS = {name: "ours" if keep else "theirs" for name, keep in MASK.items()}

AROUND = {
    "chain": (
        lambda: optax.chain(optax.clip_by_global_norm(0.5), adam()),
        lambda: Adam(0.05, epsilon=0.1, global_clipnorm=0.5),
    ),
    "a chain afterwards": (
        lambda: optax.chain(adam(), optax.scale(0.5)),
        lambda: Adam(0.025, epsilon=0.1),
    ),
    "multi_transform": (
        lambda: optax.multi_transform({"ours": adam(), "theirs": optax.sgd(0.1)}, LABELS),
        lambda: MultiOptimizer({"bias": SGD(0.1), "": Adam(0.05, epsilon=0.1)}),
    ),
    "masked": (
        lambda: optax.chain(
            optax.masked(adam(), MASK),
            optax.masked(optax.set_to_zero(), {name: not keep for name, keep in MASK.items()}),
        ),
        lambda: MultiOptimizer({"bias": None, "": Adam(0.05, epsilon=0.1)}),
    ),
    "partition without parameters": (
        lambda: optax.partition({"ours": adam(), "nobody": adam()}, dict.fromkeys(PARAMS, "ours")),
        lambda: Adam(0.05, epsilon=0.1),
    ),
    "inject_hyperparams": (
        lambda: injected(
            lambda learning_rate, weight_decay, momentum: adamas.jax.transformation(
                SGD(learning_rate, weight_decay=weight_decay, momentum=momentum)
            ),
            learning_rate=optax.linear_schedule(0.1, 0.0, 12),
            weight_decay=0.01,
            momentum=0.9,
        ),
        lambda: SGD(
            adamas.schedules.PolynomialDecay(0.1, 12, 0.0), momentum=0.9, weight_decay=0.01
        ),
    ),
    "apply_if_finite": (
        lambda: optax.apply_if_finite(adam(), 5),
        lambda: Adam(0.05, epsilon=0.1, nonfinite="skip_gradients"),
    ),
    "flatten": (lambda: optax.flatten(adam()), lambda: Adam(0.05, epsilon=0.1)),
    "conditionally_transform": (
        lambda: optax.conditionally_transform(adam(), lambda step: step >= 0),
        lambda: Adam(0.05, epsilon=0.1),
    ),
}


@pytest.mark.parametrize("name", AROUND)
def test_it_works_inside_the_wrappers_of_optax(name):
    tx, ours = AROUND[name]
    grads = list(GRADS)
    if name == "apply_if_finite":
        grads.insert(2, {**GRADS[0], "bias": np.full(7, np.nan, np.float32)})
    values, _ = train(tx(), PARAMS, grads)
    expected, _ = train_jax(ours(), PARAMS, grads)
    check_close(values, expected, 2 * CLOSE["float32"])


def test_injected_numbers_do_not_choose_the_step():
    # A momentum of 0 that is traced may be another one in the next call.
    make = lambda momentum: adamas.jax.transformation(SGD(0.1, momentum=momentum))  # noqa: E731
    tx = injected(make, momentum=0.0)
    state = tx.init(PARAMS)
    assert set(state.inner_state.slots) == {"b"}
    values, state = train(tx, PARAMS, GRADS[:1], state)
    state.hyperparams["momentum"] = jnp.float32(0.9)
    values, _ = train(tx, values, GRADS[1:2], state)
    moved = {
        n: p - 0.1 * GRADS[0][n] - 0.1 * (GRADS[1][n] + 0.9 * GRADS[0][n])
        for n, p in PARAMS.items()
    }
    check_close(values, moved, 1e-6)


def test_a_state_can_be_mapped_over_like_parameters():
    tx = adamas.jax.transformation(AdamW(use_ema=True, global_clipnorm=1.0))
    specs = {name: f"spec of {name}" for name in PARAMS}
    mapped = optax.tree_utils.tree_map_params(
        tx, lambda _, spec: spec, tx.init(PARAMS), specs, transform_non_params=lambda _: "other"
    )
    assert mapped.slots == {"m": specs, "v": specs, "ema": specs}
    assert mapped.count == "other"
    assert optax.tree_utils.tree_get(tx.init(PARAMS), "count") == 0


def test_a_state_survives_pickling_and_the_transformation_is_one_of_optax():
    tx = adamas.jax.transformation(Nadam())
    assert isinstance(tx, optax.GradientTransformationExtraArgs)
    _, state = train(tx, PARAMS, GRADS[:1])
    copy = pickle.loads(pickle.dumps(state))
    check_close(copy, state, 0)
    assert type(copy) is adamas.jax.State


# -- the numbers of optax -------------------------------------------------------------------------

SIZES = {"bias": (7,), "kernel": (3, 4), "scale": (), "stack": (5, 6)}


def sizes(name: str) -> dict[str, tuple[int, ...]]:
    """The parameters that the library's own takes: its SM3 takes no number."""
    return {n: shape for n, shape in SIZES.items() if shape or name != "SM3"}


def theirs(name: str, arguments: dict[str, Any]) -> Any:
    """optax's own optimizer with these arguments of ours."""
    function = function_of(name)
    given = translated("optax", name, PEERS[name], arguments, leave=("learning_rate",))
    if not given.get("momentum"):
        given.pop("momentum", None)
    return function(arguments["learning_rate"], **given)


OWN = {
    "Adagrad": {"initial_accumulator_value": 0.1, "epsilon": 1e-7},
    "Adadelta": {"learning_rate": 1.0, "rho": 0.9, "epsilon": 1e-3},
    "RMSprop": {"momentum": 0.9, "epsilon": 1e-3, "rho": 0.9},
    "SGD": {"momentum": 0.9, "nesterov": True},
    "AdamW": {"weight_decay": 0.1, "epsilon": 1e-3},
}


def pair(name: str, kind: Any = None, **arguments: Any) -> tuple[Any, Any]:
    """Ours under optax's convention, and optax's."""
    own = {"learning_rate": 0.01, "epsilon": 1e-3, **(arguments or OWN.get(name, {}))}
    own |= PEERS[name].given
    if "epsilon" not in convention_of("optax", name).fields():
        own.pop("epsilon", None)
    return (kind or kind_of(name))(convention="optax", **own), theirs(name, own)


NAMES = [name for name in CROSSED if "optax" in conventions_of(name)]


def check_trajectory(name: str, dtype: str, kind: Any = None, **arguments: Any) -> None:
    """Ours and optax's stay together for 12 steps, in float32 to 1e-6, in float64 to 1e-10.

    In float32 both round to 6e-8 of the largest weight in each step; and optax has 1 − β₂ from β₂
    in float32, which is off by 1e-5 of itself and of a step, here 0.01. For float64 the table of
    peers says where optax computes in float32 all the same.
    """
    ours, own = pair(name, kind, **arguments)
    params = tree(dtype=dtype, shapes=sizes(name))
    grads = [gradients(params, seed) for seed in range(12)]
    values, _ = train(adamas.jax.transformation(ours), params, grads)
    expected, _ = train(own, params, grads)
    check_close(values, expected, {"float32": 1e-6, "float64": PEERS[name].tolerance}[dtype])


@pytest.mark.parametrize("name", NAMES)
def test_trajectories_are_those_of_optax_in_float32(name):
    check_trajectory(name, "float32")


@pytest.mark.parametrize("name", NAMES)
def test_trajectories_are_those_of_optax_in_float64(name):
    with jax.enable_x64(True):
        check_trajectory(name, "float64")


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_rule_leaves_the_trajectory(name):
    wrong = next(w for w in FAMILY[name].wrong if "optax" in w.seen)
    arguments = {"learning_rate": 0.01, **wrong.arguments}
    with pytest.raises(AssertionError):
        check_trajectory(name, "float32", make_wrong(name, wrong), **arguments)


def test_in_float32_we_are_nearer_to_the_truth_than_optax():
    ours, own = pair("Adam", learning_rate=0.05, epsilon=0.0)
    params = tree(dtype="float64", shapes=SIZES)
    grads = [gradients(params, seed) for seed in range(12)]
    with jax.enable_x64(True):
        truth, _ = train(own, params, grads)
    narrow = jax.tree.map(np.float32, (params, grads))
    errors_of = []
    for tx in (adamas.jax.transformation(ours), own):
        values, _ = train(tx, *narrow)
        pairs = zip(jax.tree.leaves(values), jax.tree.leaves(truth), strict=True)
        errors_of.append(max(np.abs(np.float64(a) - np.float64(b)).max() for a, b in pairs))
    assert errors_of[0] < 0.5 * errors_of[1]


# -- states of optax ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in NAMES if name != "SM3"])
def test_a_run_of_optax_goes_on_here(name):
    ours, own = pair(name)
    params = tree(shapes=SIZES)
    grads = [gradients(params, seed) for seed in range(12)]
    uninterrupted, _ = train(own, params, grads)
    values, state = train(own, params, grads[:6])
    count = None if optax.tree_utils.tree_get_all_with_path(state, "count") else 6
    ours_now = adamas.jax.from_optax(ours, state, values, count=count)
    assert int(ours_now.count) == 6
    values, _ = train(adamas.jax.transformation(ours), values, grads[6:], ours_now)
    check_close(values, uninterrupted, 1e-6)


def test_a_state_with_lists_in_the_place_of_slots_is_refused():
    # SM3 of optax has an array for each axis, in one list for each parameter.
    ours, own = pair("SM3")
    params = tree(shapes=sizes("SM3"))
    with pytest.raises(errors.ConfigurationError, match="What optax calls slot 'v' of SM3"):
        adamas.jax.from_optax(ours, own.init(params), params, count=0)


def test_factored_states_are_taken_over():
    params = {"w": np.ones((130, 140), np.float32), "b": np.ones(3, np.float32)}
    grads = [gradients(params, seed) for seed in range(4)]
    own = optax.adafactor(0.05)
    uninterrupted, _ = train(own, params, grads)
    values, state = train(own, params, grads[:2])
    ours = adamas.Adafactor(0.05, convention="optax")
    state = adamas.jax.from_optax(ours, state, values)
    values, _ = train_jax(ours, values, grads[2:], state)
    check_close(values, uninterrupted, 1e-6)


def test_amsgrad_and_a_chain_are_taken_over():
    own = optax.chain(optax.clip(1.0), optax.amsgrad(0.05), optax.identity())
    uninterrupted, _ = train(own, PARAMS, GRADS)
    values, state = train(own, PARAMS, GRADS[:3])
    ours = Adam(0.05, amsgrad=True, clipvalue=1.0, use_ema=True, convention="optax")
    state = adamas.jax.from_optax(ours, state, values)
    check_close(state.slots["ema"], values, 0)
    values, _ = train_jax(ours, values, GRADS[3:], state)
    check_close(values, uninterrupted, 1e-6)


def ours(kind: Any = Adam, rate: Any = 0.05, **arguments: Any) -> Any:
    """An optimizer with the numbers of optax."""
    return kind(rate, convention="optax", **arguments)


THEIRS = {"bias": "sgd", "kernel": "adam", "scale": "frozen", "stack": "slow"}

TAKEN = {
    "a schedule": (
        lambda: optax.adam(optax.cosine_decay_schedule(0.05, 20)),
        lambda: ours(rate=adamas.schedules.CosineDecay(0.05, 20)),
    ),
    "adamaxw": (
        lambda: optax.adamaxw(0.05, weight_decay=0.01),
        lambda: ours(adamas.Adamax, weight_decay=0.01),
    ),
    "nadamw": (
        lambda: optax.nadamw(0.05, weight_decay=0.01),
        lambda: ours(Nadam, weight_decay=0.01),
    ),
    "centered rmsprop": (
        lambda: optax.rmsprop(0.05, centered=True, momentum=0.9),
        lambda: ours(adamas.RMSprop, centered=True, momentum=0.9),
    ),
    "inject_hyperparams": (
        lambda: optax.inject_hyperparams(optax.adam)(learning_rate=0.05),
        lambda: ours(),
    ),
    "apply_if_finite": (
        lambda: optax.apply_if_finite(optax.adam(0.05), 5),
        lambda: ours(nonfinite="skip"),
    ),
    "MultiSteps": (
        lambda: optax.MultiSteps(optax.adam(0.05), 1).gradient_transformation(),
        lambda: ours(),
    ),
    "masked decay": (
        lambda: optax.adamw(0.05, weight_decay=0.1, mask=MASK),
        lambda: without_bias(ours(AdamW, weight_decay=0.1)),
    ),
    "multi_transform": (
        lambda: optax.multi_transform(
            {
                "sgd": optax.sgd(0.1, 0.9),
                "adam": optax.adam(0.05),
                "slow": optax.adam(0.01),
                "frozen": optax.set_to_zero(),
            },
            THEIRS,
        ),
        lambda: MultiOptimizer(
            {
                "bias": ours(SGD, 0.1, momentum=0.9),
                "scale": None,
                "stack": ours(rate=0.01),
                "": ours(),
            }
        ),
    ),
}


def without_bias(optimizer: Any) -> Any:
    """With a bias that does not decay."""
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    return optimizer


@pytest.mark.parametrize("name", TAKEN)
def test_states_inside_others_are_taken_over(name):
    theirs, here = TAKEN[name]
    own = theirs()
    uninterrupted, _ = train(own, PARAMS, GRADS)
    values, state = train(own, PARAMS, GRADS[:3])
    count = 3 if name == "centered rmsprop" else None
    state = adamas.jax.from_optax(here(), state, values, count=count)
    onwards, _ = train_jax(here(), values, GRADS[3:], state)
    check_close(onwards, uninterrupted, 2e-6)
    afresh, _ = train_jax(here(), values, GRADS[3:])
    with pytest.raises(AssertionError):
        check_close(afresh, uninterrupted, 2e-6)


def test_without_its_state_a_run_does_not_go_on():
    ours, own = pair("Adam")
    uninterrupted, _ = train(own, PARAMS, GRADS)
    values, _ = train(own, PARAMS, GRADS[:3])
    values, _ = train(adamas.jax.transformation(ours), values, GRADS[3:])
    with pytest.raises(AssertionError):
        check_close(values, uninterrupted, 1e-6)


class Heavy(adamas.Optimizer):
    """A user's own, which does not say what optax calls its slot."""

    learning_rate: adamas.Rate = 0.1

    conventions = {"optax": adamas.Convention()}

    @staticmethod
    def update(p, g, velocity, /, *, learning_rate):
        velocity = 0.9 * velocity + g
        return p - learning_rate * velocity, velocity


class Named(Heavy):
    """One that does."""

    conventions = {"optax": adamas.Convention(slots={"velocity": "trace"})}


@pytest.mark.parametrize(("kind", "names"), [(Heavy, {"velocity": "trace"}), (Named, None)])
def test_a_users_own_optimizer_says_what_optax_calls_its_slots(kind, names):
    own = optax.sgd(0.1, 0.9)
    uninterrupted, _ = train(own, PARAMS, GRADS)
    values, state = train(own, PARAMS, GRADS[:3])
    ours = kind(convention="optax")
    state = adamas.jax.from_optax(ours, state, values, names=names, count=3)
    values, _ = train_jax(ours, values, GRADS[3:], state)
    check_close(values, uninterrupted, 1e-6)


ADAM_STATE = optax.adam(0.1).init(PARAMS)
REFUSED = {
    "another convention": (
        lambda: adamas.jax.from_optax(Adam(0.1), ADAM_STATE, PARAMS),
        errors.ConfigurationError,
        "convention='optax'",
    ),
    "another optimizer's state": (
        lambda: adamas.jax.from_optax(
            SGD(0.1, momentum=0.9, convention="optax"), ADAM_STATE, PARAMS
        ),
        errors.CheckpointError,
        "one array of shape",
    ),
    "an optimizer that optax does not have": (
        lambda: adamas.jax.from_optax(Heavy(convention="optax"), ADAM_STATE, PARAMS),
        errors.ConfigurationError,
        "names=",
    ),
    "no count": (
        lambda: adamas.jax.from_optax(
            SGD(0.1, momentum=0.9, convention="optax"), optax.sgd(0.1, 0.9).init(PARAMS), PARAMS
        ),
        errors.CheckpointError,
        "Give count=",
    ),
    "another structure": (
        lambda: adamas.jax.from_optax(
            Adam(0.1, convention="optax"), optax.adam(0.1).init([np.ones(2)]), PARAMS
        ),
        errors.StructureError,
        "The state",
    ),
    "raising": (
        lambda: adamas.jax.transformation(Adam(nonfinite="raise")),
        errors.UnsupportedError,
        "cannot raise",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_is_refused_with_the_way_out(name):
    call, kind, words = REFUSED[name]
    with pytest.raises(kind) as caught:
        call()
    assert re.search(re.escape(words), str(caught.value))
