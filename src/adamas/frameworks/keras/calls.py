"""One call over variables of Keras: which of them move, what is made of them, where it goes."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ...compilers.keras import keras
from ...compilers.library import Arrays
from ...errors import ArrayError
from ...runtime.traced.call import Made
from .backends import is_compiled, value_of
from .state import State
from .step import Now, calls_per_update

ops = keras.ops


class Target(NamedTuple):
    """Where calls are stored.

    Attributes:
        optimizer: assigns variables.
        counted: the variable in which Keras counts calls; under accumulation, its `iterations` are
            another number.
        state: of all variables.
    """

    optimizer: Any
    counted: Any
    state: State


class Moving(NamedTuple):
    """The variables that a call moves: their places in the state, gradients, and they."""

    indices: list[int]
    gradients: list[Any]
    variables: list[Any]


def moving_of(
    state: State, places: Sequence[int], gradients: Sequence[Any], variables: Sequence[Any]
) -> Moving:
    """Those of the variables at these places that are not frozen; they must fit their gradients."""
    found = Moving([], [], [])
    for index, gradient, variable in zip(places, gradients, variables, strict=True):
        if state.assignment.plan_of[index] is None:
            continue
        if tuple(gradient.shape) != state.shapes[index]:
            raise ArrayError(
                f"The gradient of {state.names[index]!r} must have the variable's shape "
                f"{state.shapes[index]}. Got: {tuple(gradient.shape)}."
            )
        found.indices.append(index)
        found.gradients.append(gradient)
        found.variables.append(variable)
    return found


def make(target: Target, now: Now, moving: Moving, beside: Sequence[Arrays]) -> None:
    """A call, in place if all lies in host memory.

    Args:
        target: where it is stored.
        now: what the call starts from.
        moving: what takes part.
        beside: the arrays that the call is given for each of these, by name.
    """
    state = target.state
    if keras.backend.backend() == "torch":
        from .torch import call_in_place

        counted = call_in_place(state, now, moving.indices, moving.gradients, beside)
        if counted is not None:
            if not counted:
                _pass_over(target, 1)
            return
    state.compiled = state.compiled or is_compiled(now.calls)
    state.begin_late(now.calls)
    arrays = [
        {"p": value_of(variable), "g": gradient, **own, **state.values(index)}
        for index, gradient, variable, own in zip(*moving, beside, strict=True)
    ]
    made = state.step(now, moving.indices, arrays)
    _store(target, moving.indices, moving.variables, made)


def flush(target: Target, now: Callable[[], Now], pending: int, beside: Sequence[Arrays]) -> bool:
    """Let the last call be one that updates; whether it did.

    Args:
        target: where it is stored.
        now: gives what a call starts from.
        pending: how many calls there are.
        beside: the arrays that the update is given for each variable, by name.
    """
    _, counted, state = target
    calls = int(ops.convert_to_numpy(counted))
    # The rate of the last call, which becomes one that updates.
    counted.assign(calls - 1)
    try:
        indices, made = state.flush(now(), pending, beside)
    finally:
        counted.assign(calls)
    finite = made.finite is None or bool(ops.convert_to_numpy(made.finite))
    variables = [state.variables[index] for index in indices]
    _store(target, indices, variables, made._replace(finite=None))
    if finite:
        counted.assign(calls - pending + calls_per_update(state.assignment.whole))
    elif state.skipped is not None:
        state.skipped.assign(state.skipped.value + 1)
    return finite


def _store(target: Target, indices: Sequence[int], variables: Sequence[Any], made: Made) -> None:
    assign, state = target.optimizer.assign, target.state
    for index, variable, arrays in zip(indices, variables, made.arrays, strict=True):
        assign(variable, arrays["p"])
        for name, slot in state.slots[index].items():
            assign(slot, arrays[name])
    for key, value in made.remembered.items():
        assign(state.remembered[key], value)
    for name, value in made.own.items():
        assign(state.own[name], value)
    if state.norm is not None:
        assign(state.norm, made.norm)
    if made.finite is not None:
        _pass_over(target, ops.where(made.finite, 0, 1))


def _pass_over(target: Target, calls: Any) -> None:
    """Keras counts every call; one that is skipped does not count."""
    optimizer, counted, state = target
    assert state.skipped is not None, "it is there where somebody asks"
    optimizer.assign_sub(counted, ops.cast(calls, counted.dtype))
    optimizer.assign_add(state.skipped, ops.cast(calls, state.skipped.dtype))
