"""Derivatives of a step: finite wherever the step is, and those of differences elsewhere."""

from typing import Any

import numpy as np
import pytest

from adamas import Adam, Ftrl, LossScaleOptimizer, MultiOptimizer, Muon, RMSprop
from family import CROSSED, formulas_of, kind_of

jax = pytest.importorskip("jax")
jnp = jax.numpy

import adamas.jax  # noqa: E402
from adamas.language.operations import OPERATIONS  # noqa: E402
from jax_cases import FAST  # noqa: E402

SHAPES = {"kernel": (2, 3), "bias": (2,)}
Tree = dict[str, Any]


def filled(value: Any) -> Tree:
    """Parameters or gradients that are one value, or that of each place."""
    makes = value if callable(value) else lambda shape: np.full(shape, value)
    return {name: jnp.asarray(makes(shape), float) for name, shape in SHAPES.items()}


def from_zero(shape: tuple[int, ...]) -> np.ndarray:
    """0, 1, 2, …: one that is 0 among others."""
    return np.arange(np.prod(shape, dtype=int)).reshape(shape)


VALUES = {"zeros": 0.0, "ones": 1.0, "some zeros": from_zero, "tiny": 1e-20}


def ones_like(tree: Any) -> Any:
    return jax.tree.map(jnp.ones_like, tree)


class Derivatives:
    """Calls with their derivatives, forward and reverse, by all that a call starts from."""

    def __init__(self, optimizer: Any) -> None:
        step = adamas.jax.functional(optimizer)
        self.init = step.init

        def every(given: Any, direction: Any, state: Any) -> Any:
            def call(params: Tree, grads: Tree, slots: Any, rate: Any) -> Any:
                own = state._replace(slots=slots)
                after, own = step.apply(grads, own, params, learning_rate=rate)
                return (after, own.slots), own

            made, along, state = jax.linearize(call, *given, has_aux=True)
            back = jax.linear_transpose(along, *given)
            return made, along(*direction), back(ones_like(made)), state

        self._every = jax.jit(every, compiler_options=FAST)

    def __call__(self, params: Tree, grads: Tree, state: Any, direction: Any = None) -> Any:
        """What a call makes, its change along a direction, what 1 goes back to, the next state."""
        given = (params, grads, state.slots, jnp.asarray(0.1))
        return self._every(given, ones_like(given) if direction is None else direction, state)


def all_finite(tree: Any) -> bool:
    return all(bool(jnp.isfinite(leaf).all()) for leaf in jax.tree.leaves(tree))


def check_finite(optimizer: Any) -> None:
    """All derivatives of a first and a later call, from weights and gradients that are 0 or not."""
    derivatives = Derivatives(optimizer)
    for at, weights in VALUES.items():
        for of, slope in VALUES.items():
            params, grads = filled(weights), filled(slope)
            state = derivatives.init(params)
            for number, gradient in enumerate((grads, filled(0.0), grads)):
                (params, _), change, back, state = derivatives(params, gradient, state)
                assert all_finite(params)
                assert all_finite((change, back)), f"{at}, gradient {of}, call {number}"


PAIRS = [(name, convention) for name in CROSSED for convention in formulas_of(name)]


@pytest.mark.parametrize(("name", "convention"), PAIRS)
def test_derivatives_are_finite_where_the_step_is(name, convention):
    check_finite(kind_of(name)(learning_rate=0.1, convention=convention))


STAGES: dict[str, dict[str, Any]] = {
    "decay": {"weight_decay": 0.1},
    "clipnorm": {"clipnorm": 1.0},
    "global_clipnorm": {"global_clipnorm": 1.0},
    "clipvalue": {"clipvalue": 0.5},
    "adaptive_clip": {"adaptive_clip": 0.1},
    "centralized": {"centralize_gradients": True},
    "cautious": {"cautious": True},
    "overwritten": {"use_ema": True, "ema_overwrite_frequency": 2},
    "accumulated": {"gradient_accumulation_steps": 2},
    "skipping": {"nonfinite": "skip"},
    "skipping gradients": {"nonfinite": "skip_gradients", "clipnorm": 1.0},
}
ALL = {
    **{name: value for stage in STAGES.values() for name, value in stage.items()},
    "clip_order": "clipvalue, adaptive_clip, clipnorm, global_clipnorm",
    "nonfinite": "skip",
}


@pytest.mark.parametrize("stage", STAGES)
def test_derivatives_of_every_stage_are_finite(stage):
    check_finite(kind_of("Lamb")(learning_rate=0.1, **STAGES[stage]))


VARIANTS = {
    "all stages": lambda: Muon(0.1, **ALL),
    "amsgrad": lambda: Adam(0.1, amsgrad=True, convention="optax"),
    "a power": lambda: Ftrl(learning_rate_power=-0.7, initial_accumulator_value=0.0, beta=1.0),
    "centered": lambda: RMSprop(centered=True, momentum=0.9, convention="torch"),
    "a scaled loss": lambda: LossScaleOptimizer(Adam(0.1)),
    "several": lambda: MultiOptimizer({"kernel": Muon(), "": Adam()}, global_clipnorm=1.0),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_derivatives_of_variants_are_finite(name):
    check_finite(VARIANTS[name]())


@pytest.mark.parametrize("nonfinite", ["skip", "skip_gradients"])
def test_a_skipped_call_has_the_derivatives_of_no_call(nonfinite):
    optimizer = kind_of("Adam")(learning_rate=0.1, clipnorm=1.0, nonfinite=nonfinite)
    derivatives = Derivatives(optimizer)
    params, grads = filled(1.0), filled(1.0)
    grads["kernel"] = grads["kernel"].at[0, 0].set(jnp.nan)
    state = derivatives.init(params)
    state = state._replace(slots=ones_like(state.slots))
    _, (change, _), (by_params, by_grads, by_slots, _), after = derivatives(params, grads, state)
    assert int(after.skipped) == 1
    assert all((leaf == 1).all() for leaf in jax.tree.leaves((change, by_params, by_slots)))
    assert not by_grads["bias"].any()


def scattered(chance: Any, like: Any, signs: Any = (-1.0, 1.0)) -> Any:
    """Numbers between 1/2 and 1 in the form of a tree."""

    def one(leaf: Any) -> Any:
        shape = np.shape(leaf)
        return jnp.asarray(chance.choice(signs, shape) * chance.uniform(0.5, 1, shape))

    return jax.tree.map(one, like)


def inner(one: Any, other: Any) -> Any:
    """The product of two trees as vectors."""
    return sum(jnp.sum(a * b) for a, b in zip(*map(jax.tree.leaves, (one, other)), strict=True))


CLIPS = {"global_clipnorm": 0.5, "adaptive_clip": 0.3}
CLIPPED = {**CLIPS, "clip_order": ", ".join(CLIPS), "weight_decay": 0.1}
OWN = {"Adafactor": {"clip_threshold": 0.5}}  # at 1 its first step is where the maximum bends
# What an update leaves is where the next one has no derivative: Rprop remembers 0 for a gradient
# that turned, where a sign jumps; of SM3 the greatest of a matrix is that of its row and its
# column, and the least of the three bends.
BENT = ("Rprop", "SM3")


@pytest.mark.parametrize("name", CROSSED)
def test_derivatives_are_those_of_differences(name):
    chance, small = np.random.default_rng(1), 1e-6
    with jax.enable_x64(True):
        derivatives = Derivatives(kind_of(name)(learning_rate=0.1, **CLIPPED, **OWN.get(name, {})))
        params, grads = (scattered(chance, filled(1.0)) for _ in range(2))
        state = derivatives.init(params)
        # Far from 0, where roots are too much bent for differences.
        state = state._replace(slots=scattered(chance, state.slots, (1.0,)))
        for _ in range(2):
            given = (params, grads, state.slots)
            along = scattered(chance, given)
            direction = (*along, jnp.zeros(()))
            ((params, _), change, back, after) = derivatives(*given[:2], state, direction)
            ends = []
            for sign in (small, -small):
                at = jax.tree.map(lambda x, d, sign=sign: x + sign * d, given, along)
                ends.append(derivatives(*at[:2], state._replace(slots=at[2]), direction)[0])
            differences = jax.tree.map(lambda high, low: (high - low) / (2 * small), *ends)
            for one, other in zip(*map(jax.tree.leaves, (change, differences)), strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-8)
            reverse = inner(back[:3], along)
            np.testing.assert_allclose(reverse, inner(change, ones_like(change)), rtol=1e-9)
            bent = {"slots": scattered(chance, after.slots, (1.0,))} if name in BENT else {}
            state = after._replace(**bent)


def test_every_operation_that_is_sharp_has_slopes():
    from adamas.compilers.slopes import FUNCTIONS

    assert FUNCTIONS.keys() == {name for name, row in OPERATIONS.items() if row.sharp}


def test_the_check_notices_an_infinite_slope(monkeypatch):
    from adamas.compilers import slopes

    monkeypatch.setitem(slopes.FUNCTIONS, "sqrt", jnp.sqrt)
    with pytest.raises(AssertionError, match="gradient zeros"):
        check_finite(kind_of("Adam")(learning_rate=0.1))
