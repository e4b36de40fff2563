"""optax's manners: a gradient transformation around a step, and states taken over from optax's."""

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp  # pyright: ignore[reportMissingImports]
import numpy as np

from ..errors import ArgumentError, CheckpointError, ConfigurationError, MissingDependencyError
from ..optimizer import Optimizer
from .jax import Functional
from .jax_numbers import Numbers
from .jax_parameters import Parameters
from .jax_programs import Programs
from .jax_state import State, with_counters

SLOTS: Mapping[str, Mapping[str, str]] = {
    "Adam": {"m": "mu", "v": "nu", "v_hat": "nu_max"},
    "Adamax": {"m": "mu", "u": "nu"},
    "Nadam": {"m": "mu", "v": "nu"},
    "Adadelta": {"v": "e_g", "s": "e_x"},
    "Adagrad": {"a": "sum_of_squares"},
    "RMSprop": {"v": "nu", "m": "mu", "b": "trace"},
    "SGD": {"b": "trace"},
    "Lion": {"m": "mu"},
    "Lamb": {"m": "mu", "v": "nu"},
    "Adafactor": {"v": "v", "r": "v_row", "c": "v_col"},
    "MatrixOptimizer": {"m": "mu", "v": "nu"},
}
"""What optax calls the slots of an optimizer, or of one that is derived from it."""


def transformation(optimizer: Optimizer, *, slot_dtype: Any = None) -> Any:
    """An `optax.GradientTransformationExtraArgs` with the steps of `functional`.

    ``update(grads, state, params)`` gives what `optax.apply_updates` adds to the parameters, in
    their dtype, and the next state. The parameters must be given. Other arguments of ``update`` are
    accepted and have no effect.

    Args:
        optimizer, slot_dtype: as for `functional`.

    Raises:
        MissingDependencyError: optax is not installed.
        UnsupportedError: an argument has no meaning in a compiled step.
    """
    optax = _optax()
    step = Functional(optimizer, slot_dtype=slot_dtype)

    def update(updates: Any, state: State, params: Any = None, **others: Any) -> Any:
        if params is None:
            raise ArgumentError(
                "An optimizer needs the parameters. Got: None. Use update(grads, state, params)."
            )
        return step.advance(updates, state, params, {}, by_moves=True)

    return optax.GradientTransformationExtraArgs(step.init, update)


def from_optax(
    optimizer: Optimizer | Functional,
    state: Any,
    params: Any,
    *,
    names: Mapping[str, str] | None = None,
    count: int | None = None,
) -> State:
    """The state with which `optimizer` goes on where an optimizer of optax stopped.

    Args:
        optimizer: it has ``convention="optax"``, so that its numbers are optax's.
        state: optax's state, alone or inside that of a chain or of masks.
        params: the parameters that it belongs to.
        names: what optax calls each slot, for optimizers that optax does not have.
        count: updates made so far, where the state does not say.

    Averages of weights, accumulators and loss scales begin anew. Numbers that are handed on between
    updates are computed from the first one on, with the hyperparameters as they are now.

    Raises:
        ConfigurationError: another convention, or an optimizer that optax does not have.
        CheckpointError: the state does not hold what the optimizer needs.
    """
    optax = _optax()
    step = optimizer if isinstance(optimizer, Functional) else Functional(optimizer)
    if step.optimizer.convention != "optax":
        raise ConfigurationError(
            "To go on with optax's numbers the optimizer must have convention='optax'. "
            f"Got: {step.optimizer.convention!r}."
        )
    called = _names(step.optimizer) if names is None else names
    parameters, fresh = Parameters(params), step.init(params)
    slots = dict(fresh.slots)
    for slot in slots.keys() & called.keys():
        found = optax.tree_utils.tree_get_all_with_path(state, called[slot])
        trees = [parameters.same(tree, "The state") for _, tree in found]
        expected = parameters.same(fresh.slots[slot], "Slots")
        slots[slot] = parameters.unflatten(
            [
                _matching(slot, name, array, [tree[index] for tree in trees])
                for index, (name, array) in enumerate(zip(parameters.names, expected, strict=True))
            ]
        )
    updates = _count(optax, state, count)
    remembered = _remembered(step.optimizer, step.programs(parameters), updates)
    return with_counters(
        fresh._replace(slots=slots, remembered={**fresh.remembered, **remembered}),
        {"updates": updates, "calls": updates, "pending": 0, "skipped": 0},
    )


def _names(optimizer: Optimizer) -> Mapping[str, str]:
    for cls in type(optimizer).__mro__:
        if cls.__name__ in SLOTS and cls.__module__.startswith("adamas."):
            return SLOTS[cls.__name__]
    raise ConfigurationError(
        f"optax has no {type(optimizer).__name__}, as far as is known here. Say what it calls each "
        "slot: names={'m': 'mu'}."
    )


def _matching(slot: str, name: str, expected: Any, candidates: list[Any]) -> Any:
    """The one array of the form that a slot of a parameter needs; masks have none."""
    if expected is None:
        return None
    fitting = [one for one in candidates if getattr(one, "shape", None) == expected.shape]
    if len(fitting) != 1:
        raise CheckpointError(
            f"The state of optax must hold one array of shape {expected.shape} for slot {slot!r} "
            f"of {name!r}. Got: {len(fitting)}."
        )
    return jnp.asarray(fitting[0], expected.dtype)


def _count(optax: Any, state: Any, given: int | None) -> int:
    if given is not None:
        return given
    found = {int(count) for _, count in optax.tree_utils.tree_get_all_with_path(state, "count")}
    if len(found) != 1:
        raise CheckpointError(
            "The state of optax must say how many updates were made. "
            f"Got: {sorted(found) or 'nothing'}. Give count=…"
        )
    return found.pop()


def _remembered(optimizer: Optimizer, programs: Programs, updates: int) -> dict[str, Any]:
    """The numbers that are handed on, as they are after so many updates."""
    values = dict(programs.remembered)
    numbers = Numbers(optimizer, jnp.zeros((), jnp.int32), optimizer._extras)
    members = [numbers.of(member) for member in programs.division.members]
    for place in range(len(members)):
        index = programs.division.member_of.index(place)
        plan = programs.division.plan(index)
        if not plan.remembered:
            continue
        for t in range(1, updates + 1):
            symbols = programs.symbols(index, members, float(t), values)
            following = plan.scalars({name: np.float64(value) for name, value in symbols.items()})
            values |= {programs.saved_name(place, n): float(following[n]) for n in plan.remembered}
    return {name: jnp.asarray(value, jnp.result_type(float)) for name, value in values.items()}


def _optax() -> Any:
    try:
        import optax  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise MissingDependencyError(
            "This needs optax. Install it: pip install 'adamas[jax]'. Without it, "
            "adamas.jax.functional(optimizer) has the same steps."
        ) from error
    return optax
