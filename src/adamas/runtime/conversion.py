"""A state that is stored otherwise from now on: in another precision, its weights in another way.

What then follows is what follows from the same state loaded by an optimizer that stores so. Weights
are exactly what they were, but for what the new way cannot hold.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..description import Description
from ..dtypes import numpy_dtype, wide
from ..errors import ConfigurationError
from ..masters import Master
from .assignment import Assignment
from .kept import KEPT
from .names import slot_name
from .recoding import as_stored

if TYPE_CHECKING:
    from ..checkpoint import HasForm

STORAGE = tuple(name for name, field in Description.fields.items() if field.converts)
"""The arguments that say how a state is stored."""


def ruling(whole: Description) -> list[Description]:
    """The optimizers inside one, or itself, that have rules and so slots."""
    return [one for one in whole.everyone() if not any(one.inner())]


def storage_of(members: Sequence[Description], **asked: Any) -> list[dict[str, Any]]:
    """What each of some optimizers becomes by new arguments, as it keeps them.

    A dict among `states` names slots of any of several: each takes those that it has.

    Raises `ConfigurationError` for what one of them cannot have.
    """
    given = {name: value for name, value in asked.items() if value is not KEPT}
    found = []
    for member in members:
        own = dict(given)
        if len(members) > 1 and isinstance(own.get("states"), Mapping):
            known = member.slot_names()
            own["states"] = {n: v for n, v in own["states"].items() if n in known}
        checked = member.replace(**own)
        found.append({name: checked.argument(name) for name in given})
    _refuse_unknown(members, given.get("states"))
    return found


def _refuse_unknown(members: Sequence[Description], states: Any) -> None:
    """`ConfigurationError` for a slot that none of several optimizers has."""
    slots = dict.fromkeys(name for member in members for name in member.slot_names())
    for name in states if isinstance(states, Mapping) else ():
        if name not in slots:
            raise ConfigurationError(
                f"states must name slots of one of the optimizers: {', '.join(slots)}. "
                f"Got: {name!r}."
            )


def storing(whole: Description, **asked: Any) -> Any:
    """A copy of an optimizer that stores its state otherwise, as do all optimizers inside it."""
    values, copy = storage_of(ruling(whole), **asked), whole.replace()
    for one, own in zip(ruling(copy), values, strict=True):
        one.assume(**own)
    return copy


def stored_anew(
    found: Mapping[str, Any],
    params: Mapping[str, Any],
    forms: Mapping[str, "HasForm"],
    ways: Mapping[str, tuple[Master, Master]],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A state as it is stored from now on, and the parameters that are stored in another way.

    Args:
        found: the state, by portable names.
        params: the parameters by name.
        forms: what is remembered from now on, by portable names.
        ways: where the weight of each parameter was exact, and where it is from now on.
    """
    made, moved = dict(found), {}
    for name, (before, after) in ways.items():
        if before is after:
            continue
        p = params[name]
        kept = {slot: made.pop(slot_name(slot, name)) for slot in before.slots}
        parts = after.split(before.weight({**kept, "p": p}))
        moved[name] = parts["p"].astype(p.dtype)
        for slot, dtype in after.slots.items():
            own = numpy_dtype(dtype or wide(p.dtype.name))
            made[slot_name(slot, name)] = parts[slot].astype(own)
    made, _ = as_stored(forms, made)
    return made, moved


def ways_between(before: Assignment, after: Assignment) -> dict[str, tuple[Master, Master]]:
    """Where the weight of each parameter is exact by two assignments; of none that is frozen."""
    return {
        name: (before.plan(index).master, after.plan(index).master)
        for index, name in enumerate(before.names)
        if before.plan_of[index] is not None
    }
