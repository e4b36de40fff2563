"""Shared by the tests of JAX: the same calls for NumPy arrays and for JAX arrays, side by side."""

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import adamas.jax
from cases import parameters

SHAPES = {"bias": (7,), "kernel": (3, 4), "scale": (), "stack": (2, 3, 5)}
Tree = dict[str, Any]

# Compiled without trying hard: faster to test, and the same arithmetic.
FAST = {"xla_backend_optimization_level": "0"}

# Numbers of the step differ by some roundings, as JAX has the number of the update in the same
# precision as the weights; XLA may also fuse a product and a sum. The most that was seen in 6 calls
# of any optimizer is 4 half ulps.
CLOSE = {"float32": 16 * 2.0**-24, "float64": 16 * 2.0**-53}


def tree(seed: int = 0, dtype: Any = np.float32, shapes: Mapping[str, tuple] = SHAPES) -> Tree:
    """Parameters of NumPy by name, between 1/2 and 2 in magnitude."""
    arrays = parameters(seed, [np.dtype(dtype)], list(shapes.values()))
    return dict(zip(shapes, arrays, strict=True))


def gradients(params: Tree, seed: int) -> Tree:
    """Gradients of NumPy, normally distributed."""
    chance = np.random.default_rng(seed)
    return {n: np.array(chance.standard_normal(p.shape)).astype(p.dtype) for n, p in params.items()}


def train_numpy(optimizer: Any, params: Tree, grads: Sequence[Tree]) -> Tree:
    """Parameters after a call for each of `grads`, by NumPy's side of the library."""
    params = {name: array.copy() for name, array in params.items()}
    optimizer.build(params)
    for gradient in grads:
        optimizer.apply(gradient)
    return params


def train_jax(
    optimizer: Any, params: Tree, grads: Sequence[Tree], state: Any = None, **options: Any
) -> tuple[Tree, Any]:
    """Parameters and state after a call for each of `grads`, by compiled steps."""
    step = adamas.jax.functional(optimizer, **options)
    values = jax.tree.map(jnp.asarray, params)
    state = step.init(values) if state is None else state
    apply = jax.jit(step.apply, compiler_options=FAST)
    for gradient in grads:
        values, state = apply(jax.tree.map(jnp.asarray, gradient), state, values)
    return values, state


def check_close(ours: Any, theirs: Any, relative: float) -> None:
    """Trees equal within `relative` of the magnitudes in each array."""
    assert jax.tree.structure(ours) == jax.tree.structure(theirs)
    for one, other in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
        one, other = np.asarray(one, np.float64), np.asarray(other, np.float64)
        scale = np.abs(other).max(initial=0)
        np.testing.assert_allclose(one, other, rtol=relative, atol=relative * scale)


def named(state: Any) -> dict[str, dict[str, Any]]:
    """Slots of a state without the places of parameters that have none, and slots of nobody."""
    slots = {
        slot: {name: array for name, array in arrays.items() if array is not None}
        for slot, arrays in state.slots.items()
    }
    return {slot: arrays for slot, arrays in slots.items() if arrays}


def check_against_numpy(ours: Any, theirs: Any, calls: int = 6, dtype: Any = np.float32) -> None:
    """The steps of the first optimizer for JAX are those of the second for NumPy.

    Parameters, slots, remembered numbers and counters.
    """
    params = tree(dtype=dtype)
    grads = [gradients(params, seed) for seed in range(1, calls + 1)]
    expected = train_numpy(theirs, params, grads)
    values, state = train_jax(ours, params, grads)
    tolerance = CLOSE[np.dtype(dtype).name]
    check_close(values, expected, tolerance)
    words = theirs.find_convention().slots if theirs.convention == "optax" else {}
    slots = {words.get(s, s): dict(a) for s, a in theirs.state.items()}
    check_close(named(state), slots, tolerance)
    session = theirs.session
    numbers = dict(state.remembered)
    clocks = {name: numbers.pop(name) for name in state.remembered.keys() - session.remembered}
    check_close(numbers, session.remembered, tolerance)
    assert all(clock.shape == (len(params),) for clock in clocks.values())
    assert not np.any(clocks.get("updates_missed", 0))
    assert int(state.count) == session.updates
    assert (int(state.calls), int(state.pending)) == (session.calls, session.pending)
    assert int(state.skipped) == session.skipped
    if state.gradient_norm is not None:
        check_close(state.gradient_norm, np.float64(session.gradient_norm), tolerance)
