"""Arrays that calls are given beside gradients, one for each variable."""

from collections.abc import Hashable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from ...errors import ArrayError, StructureError, shown
from ...optimizer import Optimizer
from ...runtime.inputs import refuse_some
from .state import State


def arrays_asked(declared: Optimizer) -> set[str]:
    """The names of the arrays that calls are given."""
    return {name for one in declared.everyone() for name in one.input_arrays()}


def by_key(
    given: Mapping[str, Any], asked: AbstractSet[str], keys: Sequence[Hashable]
) -> dict[str, Any]:
    """What a call is given, with arrays by the keys of their variables, in whose order they are."""
    found = {name: value for name, value in given.items() if value is not None}
    for name in asked & found.keys():
        listed = isinstance(found[name], list | tuple)
        if not listed or len(found[name]) != len(keys):
            came = len(found[name]) if listed else shown(found[name])
            raise StructureError(
                f"{name} must have a tensor for each of {len(keys)} variables, in their order. "
                f"Got: {came}."
            )
        found[name] = dict(zip(keys, found[name], strict=True))
    return found


def arrays_of(
    state: State,
    given: Mapping[str, Any],
    asked: AbstractSet[str],
    keys: Sequence[Hashable],
    indices: Sequence[int],
) -> list[dict[str, Any]]:
    """The arrays of each variable that takes part, by name.

    Args:
        state: of all variables.
        given: by name; arrays by the keys of variables.
        asked: the names of arrays.
        keys, indices: of the variables that take part.
    """
    found: list[dict[str, Any]] = [{} for _ in keys]
    arrays = {}
    for name in asked & given.keys():
        arrays[name] = [None] * len(state.shapes)
        for own, key, index in zip(found, keys, indices, strict=True):
            value = given[name].get(key)
            if value is not None and tuple(value.shape) != state.shapes[index]:
                raise ArrayError(
                    f"{name} of {state.names[index]!r} must have the variable's shape "
                    f"{state.shapes[index]}. Got: {tuple(value.shape)}."
                )
            own[name] = arrays[name][index] = value
    refuse_some(state.assignment, arrays, indices, state.names)
    return found
