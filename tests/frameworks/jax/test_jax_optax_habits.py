"""What users of optax do with a transformation and its state besides training."""

import re
from typing import Any

import numpy as np
import pytest

import adamas
from adamas import SGD, Adam, AdamW, Lion, LossScaleOptimizer, MultiOptimizer, Muon, Nadam, errors
from adamas.checkpoint import read
from family import CROSSED, FAMILY, conventions_of, kind_of

jax = pytest.importorskip("jax")
optax = pytest.importorskip("optax")
jnp = jax.numpy

import adamas.jax  # noqa: E402
from jax_cases import check_close, gradients, tree  # noqa: E402

PARAMS = jax.tree.map(jnp.asarray, tree(shapes={"bias": (3,), "kernel": (3, 4)}))
GRADS = jax.tree.map(jnp.asarray, gradients(PARAMS, 1))
ABSTRACT = jax.eval_shape(lambda: PARAMS)


def several() -> Any:
    """Members that hand numbers on, one of which has no parameters."""
    return MultiOptimizer({"nowhere": Nadam(0.1), "kernel": Nadam(0.2), "": SGD(0.1)})


KINDS = {
    **{name: lambda name=name: kind_of(name)(learning_rate=0.1) for name in CROSSED},
    "several": several,
    "clocks of parameters": lambda: Nadam(0.1, convention="torch"),
    "a scaled loss": lambda: LossScaleOptimizer(Adam(0.1)),
    "all": lambda: Adam(0.1, global_clipnorm=1.0, gradient_accumulation_steps=2, nonfinite="skip"),
}

# -- update without parameters --------------------------------------------------------------------


def of_optax(kind: Any, **arguments: Any) -> Any:
    return kind(0.1, convention="optax", **arguments)


NO_NEED = {
    "Adam": lambda: of_optax(Adam),
    "AMSGrad": lambda: of_optax(Adam, amsgrad=True),
    "SGD": lambda: of_optax(SGD),
    "Nesterov": lambda: of_optax(SGD, momentum=0.9, nesterov=True),
    "Lion": lambda: of_optax(Lion, weight_decay=None),
    "RMSprop": lambda: of_optax(adamas.RMSprop, centered=True, momentum=0.9),
    "Muon": lambda: of_optax(Muon),
    "clipped, accumulated": lambda: Nadam(0.1, clipnorm=0.1, gradient_accumulation_steps=1),
    "skipping": lambda: Adam(0.1, nonfinite="skip_gradients"),
}


@pytest.mark.parametrize("name", NO_NEED)
def test_a_move_without_the_parameters_is_that_with_them(name):
    tx = adamas.jax.transformation(NO_NEED[name]())
    states = tx.init(PARAMS), tx.init(PARAMS)
    for grads in (GRADS, jax.tree.map(jnp.square, GRADS)):
        given, without = tx.update(grads, states[0], PARAMS), tx.update(grads, states[1])
        check_close(without, given, 0)
        states = given[1], without[1]
    assert all(bool(leaf.any()) for leaf in jax.tree.leaves(without[0]))


NEED = {
    "decay": (lambda: of_optax(AdamW), "for the move of Adam.update, by weight_decay"),
    "norms": (lambda: adamas.Lamb(0.1), "for the move of Lamb.update."),
    "the new weight alone": (lambda: adamas.Ftrl(0.1), "for the move, z of Ftrl.update."),
    "an average": (lambda: Adam(0.1, use_ema=True), "for ema of"),
    "cautious": (lambda: Adam(0.1, cautious=True), "for the move of"),
    "a check": (lambda: Adam(0.1, nonfinite="skip"), "for the check of what is stored of"),
    "a clip": (lambda: Adam(0.1, adaptive_clip=0.1), "for the move, m, v of"),
}


@pytest.mark.parametrize("name", NEED)
def test_where_it_depends_on_the_parameters_they_must_be_given(name):
    make, words = NEED[name]
    tx = adamas.jax.transformation(make())
    with pytest.raises(errors.ArgumentError, match=re.escape(words)) as caught:
        tx.update(GRADS, tx.init(PARAMS))
    assert "Use update(grads, state, params)." in str(caught.value)


# -- parameters without values --------------------------------------------------------------------


# They remember where the weights began, or go on from there.
FROM_VALUES = ("DoG", "DoWG", "MADGRAD", "Prodigy", "ScheduleFreeAdamW")


@pytest.mark.parametrize("name", [name for name in KINDS if name not in FROM_VALUES])
def test_parameters_without_values_have_the_same_state(name):
    tx = adamas.jax.transformation(KINDS[name]())
    check_close(tx.init(ABSTRACT), tx.init(PARAMS), 0)


AVERAGED = {"an average": lambda: Adam(0.1, use_ema=True)}
BEGINNING = {**{name: KINDS[name] for name in FROM_VALUES}, **AVERAGED}


@pytest.mark.parametrize("name", BEGINNING)
def test_values_that_a_state_begins_with_must_be_given(name):
    tx = adamas.jax.transformation(BEGINNING[name]())
    with pytest.raises(errors.ArrayTypeError, match="jax.eval_shape"):
        tx.init(ABSTRACT)
    shapes = jax.eval_shape(tx.init, ABSTRACT)
    assert jax.tree.structure(shapes) == jax.tree.structure(tx.init(PARAMS))


def test_parameters_without_values_keep_their_sharding():
    mesh = jax.make_mesh((1,), ("data",))
    spread = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("data"))
    params = {"w": jax.ShapeDtypeStruct((4, 2), jnp.float32, sharding=spread)}
    assert adamas.jax.transformation(Adam()).init(params).slots["m"]["w"].sharding == spread


def test_a_step_needs_values():
    step = adamas.jax.functional(Adam())
    with pytest.raises(errors.ArrayTypeError, match="Only init takes parameters without"):
        step.apply(GRADS, step.init(PARAMS), ABSTRACT)


# -- the state as a tree --------------------------------------------------------------------------


@pytest.mark.parametrize("name", KINDS)
def test_the_keys_of_a_state_do_not_depend_on_the_parameters(name):
    tx = adamas.jax.transformation(KINDS[name]())
    keys = [
        (state.slots.keys(), state.remembered.keys())
        for state in (
            tx.init({"kernel": PARAMS["kernel"]}),
            tx.init({"bias": PARAMS["bias"]}),
            tx.init(PARAMS),
            tx.init({}),
        )
    ]
    assert keys.count(keys[0]) == len(keys)


@pytest.mark.parametrize("name", KINDS)
def test_every_state_can_be_mapped_over(name):
    tx = adamas.jax.transformation(KINDS[name]())
    state = tx.init(PARAMS)
    specs = {name: f"spec of {name}" for name in PARAMS}
    mapped = optax.tree_utils.tree_map_params(
        tx,
        lambda leaf, spec: None if leaf is None else spec,
        state,
        specs,
        transform_non_params=lambda _: "other",
        is_leaf=lambda leaf: leaf is None,
    )
    for slot, own in state.slots.items():
        assert mapped.slots[slot] == {n: own[n] if own[n] is None else specs[n] for n in own}
    assert mapped.count == "other"


# optax has them as one list for each parameter, with an array for each of its axes.
UNNAMED = {"SM3": {"v", "s", "r", "c"}}


@pytest.mark.parametrize("name", [name for name in FAMILY if "optax" in conventions_of(name)])
def test_slots_are_found_under_the_names_of_optax(name):
    optimizer = kind_of(name)(learning_rate=0.1, convention="optax")
    tx = optax.chain(optax.identity(), adamas.jax.transformation(optimizer))
    state = tx.init(PARAMS)
    slots = adamas.jax.functional(optimizer).init(PARAMS).slots
    for slot in slots.keys() - UNNAMED.get(name, set()):
        assert slot in optimizer.find_convention().slots.values()
        found = optax.tree_utils.tree_get(state, slot)
        changed = optax.tree_utils.tree_set(state, **{slot: found})
        assert jax.tree.structure(changed) == jax.tree.structure(state)


def test_what_is_set_in_a_state_counts():
    tx = adamas.jax.transformation(of_optax(Adam))
    state = optax.tree_utils.tree_set(tx.init(PARAMS), mu=GRADS, count=jnp.asarray(5))
    _, after = tx.update(GRADS, state)
    check_close(optax.tree_utils.tree_get(after, "mu"), GRADS, 1e-7)
    assert int(optax.tree_utils.tree_get(after, "count")) == 6


def test_where_two_slots_would_have_one_name_all_keep_theirs():
    both = MultiOptimizer({"bias": of_optax(Adam), "": of_optax(adamas.Adamax)})
    assert adamas.jax.functional(both).init(PARAMS).slots.keys() == {"m", "v", "u"}
    mixed = MultiOptimizer({"bias": of_optax(Adam), "": Adam(0.1)})
    assert adamas.jax.functional(mixed).init(PARAMS).slots.keys() == {"m", "v"}


def test_the_state_of_another_optimizer_is_refused():
    tx = adamas.jax.transformation(Adam(0.1))
    state = adamas.jax.transformation(of_optax(Adam)).init(PARAMS)
    with pytest.raises(errors.StateError, match="slots m, v. Got: mu, nu"):
        tx.update(GRADS, state, PARAMS)


@pytest.mark.parametrize("make", [lambda: of_optax(Adam), several])
def test_files_have_the_names_of_every_framework(make, tmp_path):
    step, path = adamas.jax.functional(make()), tmp_path / "state.safetensors"
    _, state = step.apply(GRADS, step.init(PARAMS), PARAMS)
    adamas.jax.save(path, step, state)
    check_close(adamas.jax.load(path, step, PARAMS), state, 0)
    weights = {name: np.array(array) for name, array in PARAMS.items()}
    theirs = make()
    theirs.build(weights)
    theirs.load(path)
    assert theirs.iterations == 1
    assert "m/kernel" in read(path).tensors
    theirs.save(path)
    check_close(adamas.jax.load(path, step, PARAMS), state, 0)


# -- around it, as around optax's own -------------------------------------------------------------

EVEN = {"bias": False, "kernel": True}

AROUND = {
    "chain": lambda tx: optax.chain(optax.clip(0.5), tx, optax.scale(0.5)),
    "named_chain": lambda tx: optax.named_chain(("clip", optax.clip(0.5)), ("ours", tx)),
    "masked": lambda tx: optax.masked(tx, EVEN),
    "freeze": lambda tx: optax.transforms.selective_transform(tx, freeze_mask=EVEN),
    "partition": lambda tx: optax.partition(
        {True: tx, False: optax.set_to_zero()}, {n: n == "bias" for n in PARAMS}
    ),
    "apply_if_finite": lambda tx: optax.apply_if_finite(tx, 3),
    "MultiSteps": lambda tx: optax.MultiSteps(tx, 2).gradient_transformation(),
    "flatten": optax.flatten,
    "with_extra_args_support": optax.with_extra_args_support,
    "conditionally_mask": lambda tx: optax.conditionally_mask(tx, lambda step: step < 2),
}


@pytest.mark.parametrize("name", AROUND)
def test_wrappers_around_it_do_what_they_do_around_that_of_optax(name):
    ours, theirs = (
        AROUND[name](tx) for tx in (adamas.jax.transformation(of_optax(Adam)), optax.adam(0.1))
    )
    here, there = ours.init(PARAMS), theirs.init(PARAMS)
    for seed in range(4):
        grads = jax.tree.map(jnp.asarray, gradients(PARAMS, seed))
        moves, here = ours.update(grads, here)
        expected, there = theirs.update(grads, there)
        # In float32 optax has 1 − β₂ to 1e-5 only.
        check_close(moves, expected, 5e-5)
