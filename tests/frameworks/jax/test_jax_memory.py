"""What a compiled step moves through memory, which says more than a clock on a shared machine."""

from functools import partial
from typing import Any

import numpy as np
import pytest

import adamas
from adamas import SGD, Adam, AdamW, Lamb, Lion, Nadam, RMSprop, schedules

jax = pytest.importorskip("jax")
optax = pytest.importorskip("optax")
jnp = jax.numpy

import adamas.jax  # noqa: E402

SIZE = 2**16
PARAMS = [jnp.zeros(SIZE)]


def compiled(tx: Any, momentum: float | None = None) -> Any:
    """A step of a transformation, given the memory of parameters, state and average."""

    @partial(jax.jit, donate_argnums=(0, 1, 2))
    def step(params, state, average, grads):
        moves, state = tx.update(grads, state, params)
        params = optax.apply_updates(params, moves)
        if momentum is not None:
            average = optax.incremental_update(params, average, 1 - momentum)
        return params, state, average

    average = None if momentum is None else PARAMS
    return step.lower(PARAMS, tx.init(PARAMS), average, PARAMS).compile()


def floats(step: Any) -> float:
    """Floats that a compiled step reads and writes for each weight; loops count by themselves."""
    return step.cost_analysis()["bytes accessed"] / 4 / SIZE


def temporary(step: Any) -> float:
    """Floats of temporary arrays for each weight."""
    return step.memory_analysis().temp_size_in_bytes / 4 / SIZE


def clipped(tx: Any) -> Any:
    return optax.chain(optax.clip_by_global_norm(1.0), tx)


ADAM = partial(optax.adam, 0.1)
SAME = {
    "Adam": (lambda: Adam(0.1), ADAM, {}),
    "AdamW": (lambda: AdamW(0.1), lambda: optax.adamw(0.1), {}),
    "AMSGrad": (lambda: Adam(0.1, amsgrad=True), lambda: optax.amsgrad(0.1), {}),
    "Nadam": (lambda: Nadam(0.1), lambda: optax.nadam(0.1), {}),
    "SGD": (lambda: SGD(0.1, momentum=0.9), lambda: optax.sgd(0.1, 0.9), {}),
    "RMSprop": (lambda: RMSprop(0.1), lambda: optax.rmsprop(0.1), {}),
    "Lion": (lambda: Lion(0.1), lambda: optax.lion(0.1), {}),
    "Lamb": (lambda: Lamb(0.1), lambda: optax.lamb(0.1), {}),
    "a schedule": (
        lambda: Adam(schedules.CosineDecay(0.1, 9)),
        lambda: optax.adam(optax.cosine_decay_schedule(0.1, 9)),
        {},
    ),
    "clip": (lambda: Adam(0.1, global_clipnorm=1.0), lambda: clipped(ADAM()), {}),
    "clip and average": (
        lambda: Adam(0.1, global_clipnorm=1.0, use_ema=True, ema_momentum=0.9),
        lambda: clipped(ADAM()),
        {"momentum": 0.9},
    ),
    "skipping": (
        lambda: Adam(0.1, nonfinite="skip_gradients"),
        lambda: optax.apply_if_finite(ADAM(), 5),
        {},
    ),
    "accumulation": (
        lambda: Adam(0.1, gradient_accumulation_steps=2),
        lambda: optax.MultiSteps(ADAM(), 2),
        {},
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_a_step_moves_no_more_memory_than_that_of_optax(name):
    ours, theirs, average = SAME[name]
    functional = adamas.jax.functional(ours())
    function = functional._compiled.lower(PARAMS, functional.init(PARAMS), PARAMS, {}).compile()
    transformed = compiled(adamas.jax.transformation(ours()))
    reference = compiled(theirs(), **average)
    for step in (function, transformed):
        # Counters and other numbers are next to nothing here.
        assert floats(step) <= floats(reference) + 0.01
        assert temporary(step) <= temporary(reference) + 0.01


def test_the_look_at_memory_would_notice_another_pass():
    once, twice = compiled(ADAM()), compiled(optax.chain(ADAM(), optax.trace(0.9)))
    assert floats(twice) > floats(once) + 1


@pytest.mark.parametrize(
    ("optimizer", "expected"),
    [
        # Adam: m and v each read itself and g; p reads itself, m and v; all three are written.
        (lambda: Adam(0.1), 10),
        # The gradient once more.
        (lambda: Adam(0.1, nonfinite="skip_gradients"), 11),
        # p, g, m and v once more; and whether each weight is finite is a byte, written and read.
        (lambda: Adam(0.1, nonfinite="skip"), 14.6),
    ],
)
def test_each_loop_reads_and_writes_only_what_it_must(optimizer, expected):
    step = adamas.jax.functional(optimizer())
    function = step._compiled.lower(PARAMS, step.init(PARAMS), PARAMS, {}).compile()
    for one in (function, compiled(adamas.jax.transformation(optimizer()))):
        assert floats(one) <= expected + 0.01
        assert temporary(one) < 0.3


ENDS_WITH_A_TERM = {
    "Adam": lambda **also: Adam(0.1, **also),
    "SGD": lambda **also: SGD(0.1, momentum=0.9, **also),
    "RMSprop": lambda **also: RMSprop(0.1, **also),
    "Lion": lambda **also: Lion(0.1, **also),
    "an average": lambda **also: Adam(0.1, use_ema=True, **also),
}


@pytest.mark.parametrize("nonfinite", ["propagate", "skip"])
@pytest.mark.parametrize("name", ENDS_WITH_A_TERM)
def test_a_transformation_gives_the_bits_of_the_function(name, nonfinite):
    """For rules that end with p - x, of which it gives -x."""
    chance = np.random.default_rng(0)
    start = [jnp.asarray(chance.normal(0, 0.1, 1000), jnp.float32)]
    step = adamas.jax.functional(ENDS_WITH_A_TERM[name](nonfinite=nonfinite))
    tx = adamas.jax.transformation(step.optimizer)
    one = other = (start, step.init(start))
    apply = jax.jit(step.apply)

    @jax.jit  # together, as XLA makes one operation of a product and a sum
    def update(grads, state, values):
        moves, state = tx.update(grads, state, values)
        return optax.apply_updates(values, moves), state

    for _ in range(5):
        grads = [jnp.asarray(chance.normal(size=1000), jnp.float32)]
        one = apply(grads, one[1], one[0])
        other = update(grads, other[1], other[0])
    for left, right in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        np.testing.assert_array_equal(left, right)
    almost, _ = step.apply(grads, one[1], one[0], learning_rate=0.1 * (1 + 1e-6))
    exactly, _ = step.apply(grads, one[1], one[0])
    assert (almost[0] != exactly[0]).any()  # what this is there to notice
