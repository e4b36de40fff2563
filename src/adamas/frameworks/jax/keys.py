"""What a state calls its parts: pure functions of the optimizer, not of its parameters."""

from collections.abc import Sequence

from ...description import Description
from ...language.blocks import SCALES
from ...language.rule import read_rule
from ...runtime.own_clocks import MISSED


def slot_keys(members: Sequence[Description]) -> dict[str, str]:
    """Slot → what it is called in a state: as in optax, under its convention.

    All keep their names where two would have one, or one would have two.
    """
    called: dict[str, str] = {}
    for member in members:
        optax = member.convention == "optax"
        words = member.find_convention().slots if optax else {}
        for slot in (
            slot for rule in member.rules() for slot in read_rule(rule, member.input_arrays()).slots
        ):
            if called.setdefault(slot, words.get(slot, slot)) != words.get(slot, slot):
                return {}
    if len(set(called.values())) < len(called):
        return {}
    return called | {slot + SCALES: key + SCALES for slot, key in called.items()}


def number_key(members: Sequence[Description], owner: Description, name: str) -> str:
    """What a number is called in a state that one of these members hands on."""
    place = next(place for place, member in enumerate(members) if member is owner)
    return f"{name}/{place}" if len(members) > 1 else name


def own_key(name: str) -> str:
    """What the array of a number is called of which each parameter has its own."""
    return name if name == MISSED else f"{name}_of_each"
