"""What of a state is taken over, by name: all of it, or what fits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..checkpoint import HasForm, match_names
from ..errors import CheckpointError, warn
from ..language.rule import STEPS_SLOTS
from ..masters import MASTERS
from .names import named_slots, slot_name, split_own
from .recoding import Rounded, as_stored

Shape = tuple[int, ...]
Shapes = Mapping[str, Mapping[str, Shape]]
"""Parameter → slot → shape."""

LATER = (*STEPS_SLOTS, *(slot for one in MASTERS.values() for slot in one.slots))
"""Slots of the step, which may begin at any time."""


@dataclass(frozen=True)
class Loaded:
    """What became of a state that was loaded.

    Attributes:
        taken: the parameters whose state was taken over.
        new: the parameters, and single slots and numbers, that begin afresh.
        left: those in the state that have no place here.
        different: parameters that have another shape here, so that they are both new and left →
            the shapes of their slots here and in the state.
    """

    taken: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    different: Mapping[str, tuple[Shape, Shape]] = field(default_factory=dict)

    def __str__(self) -> str:
        lines = [
            f"  {what} ({len(names)}): {', '.join(names) or 'none'}"
            for what, names in (("taken", self.taken), ("new", self.new), ("left", self.left))
        ]
        lines += [
            f"  {name} is {here} here and {there} in the state"
            for name, (here, there) in self.different.items()
        ]
        return "\n".join(["Loaded", *lines])

    __repr__ = __str__


def taken_over(
    slots: Sequence[tuple[str, str, HasForm]],
    numbers: Mapping[str, HasForm],
    found: Mapping[str, Any],
    source: str,
    *,
    strict: bool,
    pending: int = 0,
) -> tuple[Loaded, dict[str, Any]]:
    """What is taken over of arrays by their portable names, and these arrays.

    Args:
        slots: (slot, name of the parameter, what it is) of all here.
        numbers: those that are handed on here.
        found: the state.
        source: begins messages: where it comes from.
        strict: whether all must be there, and nothing else.
        pending: the calls whose gradients are summed up in it.

    Raises `CheckpointError` if it does not fit, or if nothing of it does.
    """
    own = {**named_slots(slots), **numbers}
    found, _ = split_own(found)  # those are not of all states, and in none by need
    found, rounded = as_stored(own, found)
    _tell(rounded, source)
    if strict:
        match_names(own, found, source)
        return Loaded(taken=tuple(dict.fromkeys(name for _, name, _ in slots))), dict(found)
    known = {slot for slot, _, _ in slots}
    there: dict[str, dict[str, Shape]] = {}
    others = [name for name in found if name not in numbers]
    for full in list(others):
        slot, _, name = full.partition("/")
        if name and slot in known:
            there.setdefault(name, {})[slot] = tuple(found[full].shape)
            others.remove(full)
    here: dict[str, dict[str, Shape]] = {}
    for slot, name, form in slots:
        here.setdefault(name, {})[slot] = tuple(form.shape)
    loaded = matched(here, there, source, [n for n in numbers if n not in found], others)
    taken = set(loaded.taken)
    wanted = [slot_name(slot, name) for slot, name, _ in slots if name in taken]
    wanted = [name for name in (*wanted, *numbers) if name in found]
    match_names({n: own[n] for n in wanted}, {n: found[n] for n in wanted}, source)
    lacking = [n for n in loaded.new if n.startswith("accumulator/") and n in own]
    if pending and lacking:
        raise CheckpointError(
            f"{source} must have the sums of the {pending} calls that are pending. "
            f"Got: no {lacking[0]!r}. Save it after an update."
        )
    return loaded, {name: found[name] for name in wanted}


def _tell(changed: Rounded, source: str) -> None:
    """Warn of slots that are stored in another precision."""
    for (there, here), slots in changed.items():
        warn(
            f"{source} has slots as {there} that are stored as {here} here: "
            f"{', '.join(sorted({*slots}))}. Each value is taken over, rounded once to nearest."
        )


def matched(
    here: Shapes,
    there: Shapes,
    source: str,
    new: Iterable[str] = (),
    left: Iterable[str] = (),
) -> Loaded:
    """Which parameters have the same name and the same shapes on both sides.

    Args:
        here, there: the slots of parameters.
        source: begins messages.
        new, left: what else begins afresh, and is left.

    Raises `CheckpointError` if none has, so that a load would be none.
    """
    taken: list[str] = []
    begin, stay, different = list(new), list(left), {}
    for name, slots in here.items():
        theirs = there.get(name, {})
        shared = [slot for slot in slots if slot in theirs]
        others = [(slots[s], theirs[s]) for s in shared if slots[s] != theirs[s]]
        lacking = [slot for slot in slots if slot not in theirs]
        if others or not shared or any(slot not in LATER for slot in lacking):
            begin.append(name)
            stay += [name] if theirs else []
            different |= {name: others[0]} if others else {}
            continue
        taken.append(name)
        begin += [slot_name(slot, name) for slot in lacking]
        stay += [slot_name(slot, name) for slot in theirs if slot not in slots]
    stay += [name for name in there if name not in here]
    loaded = Loaded(tuple(taken), tuple(begin), tuple(stay), different)
    if here and not taken:
        raise CheckpointError(
            f"{source} must have a parameter of the same name and shapes as one here. Got none, so "
            f"nothing was loaded. {loaded}"
        )
    return loaded
