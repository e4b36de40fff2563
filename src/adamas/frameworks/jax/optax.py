"""optax's manners: a gradient transformation around a step, and states taken over from optax's."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import jax.numpy as jnp  # pyright: ignore[reportMissingImports]
import numpy as np

from ...compilers.in_blocks import encoded
from ...compilers.xla import JAX
from ...description import Description
from ...description.inputs import LOSS
from ...errors import CheckpointError, ConfigurationError, MissingDependencyError
from ...optimizer import Optimizer
from ...refusals import REMAINDER_IN_OPTAX
from ...runtime.clock import as_count, checked_count
from ...runtime.scalars import first_remembered, symbols
from ...runtime.slots import in_codes
from .numbers import Numbers
from .parameters import Parameters
from .programs import Programs
from .state import LARGEST, State, with_counters
from .steps import Functional

VALUE = "value"
"""What optax calls the loss among the arguments of an update."""


def transformation(
    optimizer: Optimizer, *, slot_dtype: Any = None, weight_decay_mask: Any = None
) -> Any:
    """An `optax.GradientTransformationExtraArgs` with the steps of `functional`.

    ``update(grads, state, params)`` gives what `optax.apply_updates` adds to the parameters, in
    their dtype, and the next state. Where neither that nor the state depends on the parameters,
    they need not be given. What the optimizer asks for beside gradients is given by name, the loss
    also as ``value=``, as optax calls it; other arguments of ``update`` are accepted and have no
    effect.

    Args:
        optimizer, slot_dtype, weight_decay_mask: as for `functional`.

    Raises:
        MissingDependencyError: optax is not installed.
        UnsupportedError: an argument has no meaning in a compiled step.
    """
    optax = _optax()
    step = Functional(optimizer, slot_dtype=slot_dtype, weight_decay_mask=weight_decay_mask)
    if any(one.master == "remainder" for one in step.optimizer.everyone()):
        raise REMAINDER_IN_OPTAX.error("'remainder'")
    asked = {name for one in step.optimizer.everyone() for name in one.asked_inputs()}

    def update(updates: Any, state: State, params: Any = None, **others: Any) -> Any:
        others = {LOSS: others.get(VALUE), **others}
        given = {name: others[name] for name in asked if others.get(name) is not None}
        return step.advance(updates, state, params, given, by_moves=True)

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
        optimizer: it has ``convention="optax"``, so that its numbers are optax's; of several
            optimizers, each has, and is found in the state of `optax.multi_transform`.
        state: optax's state, alone or inside that of a chain or of masks.
        params: the parameters that it belongs to.
        names: what optax calls each slot, where the class's `Convention` does not say it.
        count: updates made so far, where the state does not say.

    Averages of weights, accumulators and loss scales begin anew. Numbers that are handed on between
    updates are computed from the first one on, with the hyperparameters as they are now.

    Raises:
        ConfigurationError: another convention, or a slot whose name there is not known.
        CheckpointError: the state does not hold what the optimizer needs.
    """
    optax = _optax()
    step = optimizer if isinstance(optimizer, Functional) else Functional(optimizer)
    parameters = Parameters(params)
    programs = step.programs(parameters)
    for member in programs.assignment.members:
        _check_convention(member)
    fresh = step.init(params)
    own = programs.of_state(fresh.slots)
    slots = {name: parameters.same(tree, "Slots") for name, tree in own.items()}
    trees: dict[str, list[list[Any]]] = {}
    for index, name in enumerate(parameters.names):
        if programs.assignment.plan_of[index] is None:
            continue
        called, plan = _called(programs, index, names), programs.assignment.plan(index)
        values: dict[str, Any] = {}
        for slot, theirs in called.items():
            if theirs not in trees:
                found = optax.tree_utils.tree_get_all_with_path(state, theirs)
                trees[theirs] = [parameters.same(tree, "The state") for _, tree in found]
            arrays = [tree[index] for tree in trees[theirs]]
            values[slot] = _matching(slot, name, slots[slot][index], arrays)
        shape = parameters.shapes[index]
        for slot, value in in_codes(plan, values, shape, partial(encoded, JAX)).items():
            slots[slot][index] = jnp.asarray(value, slots[slot][index].dtype)
    updates = _count(optax, state, count)
    remembered = _remembered(step.optimizer, programs, updates)
    return with_counters(
        fresh._replace(
            slots=programs.in_state({n: parameters.unflatten(own) for n, own in slots.items()}),
            remembered={**fresh.remembered, **remembered},
        ),
        {"updates": updates, "calls": updates, "pending": 0, "skipped": 0},
        "The state of optax",
    )


def _check_convention(member: Description) -> None:
    if member.convention != "optax":
        raise ConfigurationError(
            "To go on with optax's numbers the optimizer must have convention='optax'. "
            f"Got: {member.convention!r} for {type(member).__name__}."
        )


def _called(programs: Programs, index: int, names: Mapping[str, str] | None) -> Mapping[str, str]:
    """What optax calls each slot of a parameter's rule."""
    member = programs.assignment.member(index)
    known = member.find_convention().slots if names is None else names
    called = {}
    for slot in programs.assignment.plan(index).rule.slots:
        if slot not in known:
            raise ConfigurationError(
                f"What optax calls slot {slot!r} of {type(member).__name__} must be known. "
                f"Got: {dict(known)!r}. Say it for each slot: names={{'m': 'mu'}}, or in the "
                "Convention of the class."
            )
        called[slot] = known[slot]
    return called


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
    return fitting[0]


def _count(optax: Any, state: Any, given: int | None) -> int:
    if given is not None:
        return _checked_count(given)
    named = optax.tree_utils.tree_get_all_with_path(state, "count")
    found = {_checked_count(count) for _, count in named}
    if len(found) != 1:
        raise CheckpointError(
            "The state of optax must say how many updates were made. "
            f"Got: {sorted(found) or 'nothing'}. Give count=…"
        )
    return found.pop()


def _checked_count(count: Any) -> int:
    return checked_count(as_count(count), "updates", "The state of optax", LARGEST)


def _remembered(optimizer: Optimizer, programs: Programs, updates: int) -> dict[str, Any]:
    """The numbers that are handed on, as they are after so many updates."""
    assignment = programs.assignment
    numbers = Numbers(optimizer, jnp.zeros((), jnp.int32), optimizer.first_numbers())
    values = first_remembered(assignment)
    for place, plan in assignment.plans_of_members() if values else ():
        own = numbers.of(assignment.members[place])
        for t in range(1, updates + 1):
            before = {name: values[place, name] for name in plan.remembered}
            row = symbols(plan, float(t), own, True, before.__getitem__)
            following = plan.scalars({name: np.float64(value) for name, value in row.items()})
            values |= {(place, name): float(following[name]) for name in plan.remembered}
    kind = jnp.result_type(float)
    return {name: jnp.asarray(v, kind) for name, v in programs.saved(values).items()}


def _optax() -> Any:
    try:
        import optax  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise MissingDependencyError(
            "This needs optax. Install it: pip install 'adamas[jax]'. Without it, "
            "adamas.jax.functional(optimizer) has the same steps."
        ) from error
    return optax
