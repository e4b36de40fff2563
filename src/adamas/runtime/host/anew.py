"""What becomes of the tensors of a session whose state is stored otherwise from now on."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ...plan import Plan
from ..assignment import Assignment
from ..conversion import stored_anew
from ..slots import slot_dtype
from .holding import Holding

Plans = tuple[Plan, Plan]
"""As a parameter was stored, and as it is from now on."""


class Anew(NamedTuple):
    """What becomes of a parameter.

    Attributes:
        gone: its slots that are no more, or are other tensors.
        made: the tensors of those that are new, or are others.
        parameter: its new values, or None if it stays as it is.
    """

    gone: Sequence[str]
    made: Mapping[str, Any]
    parameter: Any


def anew(holding: Holding, after: Assignment) -> dict[int, Anew]:
    """What becomes of those parameters, by their places, that other plans store otherwise."""
    found: dict[int, Anew] = {}
    before = holding.assignment
    for index, parameter in enumerate(holding.params):
        if before.plan_of[index] is None or not holding.has_state(index):
            continue
        plans = before.plan(index), after.plan(index)
        known, later = (_stored(plan, holding.dtype_name(parameter)) for plan in plans)
        if known != later or plans[0].master is not plans[1].master:
            gone = [slot for slot in known if later.get(slot) != known[slot]]
            new = [slot for slot in later if known.get(slot) != later[slot]]
            found[index] = Anew(gone, *_made(holding, index, parameter, plans, new))
    return found


def _stored(plan: Plan, dtype: str) -> dict[str, str]:
    """The dtypes in which the slots of a parameter of this dtype are stored."""
    return {slot: slot_dtype(plan, slot, dtype) for slot in plan.slots}


def _made(
    holding: Holding, index: int, parameter: Any, plans: Plans, new: Sequence[str]
) -> tuple[dict[str, Any], Any]:
    """The tensors of new slots, and what becomes of their parameter."""
    made = {slot: holding.new_slot(index, slot, plans[1]) for slot in new}
    tensors = {slot: holding.slot(index, slot) for slot in plans[0].slots}
    found, forms = (
        {_name(slot): holding.read(tensor) for slot, tensor in own.items() if tensor is not None}
        for own in (tensors, made)
    )
    ways = {"": (plans[0].master, plans[1].master)}
    values, moved = stored_anew(found, {"": holding.read(parameter)}, forms, ways)
    made = {slot: tensor for slot, tensor in made.items() if _name(slot) in values}
    for slot, tensor in made.items():
        holding.write(tensor, values[_name(slot)])
    return made, moved.get("")


def _name(slot: str) -> str:
    """The portable name of a slot of the parameter that all this is about."""
    return f"{slot}/"
