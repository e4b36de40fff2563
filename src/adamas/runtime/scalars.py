"""One call's numbers: whose each parameter has, as the values of its plan's symbols.

They may be floats, or tensors without axes where a step is traced.
"""

import inspect
from collections.abc import Callable, Container, Mapping
from types import MappingProxyType
from typing import Any

from ..description import Description
from ..plan import Plan
from .assignment import Assignment

Values = Mapping[str, Any]
Read = Callable[[Description, Container[str]], dict[str, Any]]
"""Reads the numbers of a description; those that are known need not be read."""


def numbers_of_members(assignment: Assignment, common: Values, read: Read) -> list[Values]:
    """The numbers of each member."""
    return [numbers_of(member, assignment.whole, common, read) for member in assignment.members]


def numbers_of(member: Description, whole: Description, common: Values, read: Read) -> Values:
    """The numbers of a member; those that the whole step has are the same for all."""
    return common if member is whole else {**read(member, common), **common}


def symbols(
    plan: Plan,
    t: Any,
    numbers: Values,
    decays: bool,
    remembered: Callable[[str], Any],
    totals: Values = MappingProxyType({}),
) -> dict[str, Any]:
    """The values of a plan's symbols, in their order.

    Args:
        plan: of the parameter.
        t: the number of the update, from 1.
        numbers: of its member; what a member does not have is 0.
        decays: whether the parameter is subject to weight decay.
        remembered: gives what was handed on to its member.
        totals: the sums over all tensors that are known.
    """
    values = {"t": t, **{name: numbers.get(name, 0.0) for name in plan.numbers}}
    if not decays and plan.decays:
        values[plan.decay_number] = 0.0
    for name in plan.remembered:
        values[name] = remembered(name)
    for name in plan.totals:
        values[name] = totals.get(name, 0.0)
    return values


def first_remembered(assignment: Assignment) -> dict[tuple[int, str], float]:
    """The first values of the numbers that are handed on, by the place of the member and name."""
    return {
        (place, name): float(value)
        for place, member in enumerate(assignment.members)
        for name, value in member.handed_on().items()
    }


def given_by_wrapper(whole: Description, kept: Values) -> dict[str, Any]:
    """The numbers of the step that are those which a wrapper keeps, such as its loss scale."""
    return {name: kept[own] for name, own in whole.given.items()}


def wrapper_goes_on(
    whole: Description,
    kept: Values,
    skipped: Any,
    read: Callable[[str], Any],
    evaluate: Callable[[Callable[..., Any], Values], Values],
) -> Values:
    """The next values of the numbers that a wrapper keeps, after a call.

    Args:
        whole: the wrapper.
        kept: its numbers before.
        skipped: whether the call was passed over.
        read: gives another number of the wrapper's.
        evaluate: calls its function with what that asks for.
    """
    function = whole.following
    if function is None:
        return kept
    known = {**kept, "skipped": skipped}
    wanted = inspect.signature(function).parameters
    return evaluate(function, {n: known[n] if n in known else read(n) for n in wanted})
