"""The names under which a state travels: every framework finds there what it needs."""

from collections.abc import Iterable, Mapping
from typing import Any

from .assignment import Assignment


def slot_name(slot: str, parameter: str) -> str:
    """What the slot of a parameter is called."""
    return f"{slot}/{parameter}"


def number_name(assignment: Assignment, place: int, name: str) -> str:
    """What a number is called that one member hands on: by its place, if there are several.

    Members that are groups of one optimizer have one such number, as it has.
    """
    several = len(assignment.members) > 1 and not assignment.whole.is_of_groups
    return f"{name}/{place}" if several else name


def own_name(number: str, parameter: str) -> str:
    """What a number is called that is a parameter's own, where it is not that of all."""
    return f"{number}{OWN}/{parameter}"


OWN = "_of"
"""Ends what a number of a single parameter is called."""


def split_own(found: Mapping[str, Any]) -> tuple[dict[str, Any], dict[tuple[str, str], Any]]:
    """What all parameters have in common, and numbers of single ones by (number, parameter)."""
    own: dict[tuple[str, str], Any] = {}
    for full, value in found.items():
        number, _, parameter = full.partition("/")
        if parameter and number.endswith(OWN) and tuple(value.shape) == ():
            own[number.removesuffix(OWN), parameter] = value
    return {n: v for n, v in found.items() if n not in {own_name(*key) for key in own}}, own


def named_slots(slots: Iterable[tuple[str, str, Any]]) -> dict[str, Any]:
    """Arrays by their names, from (slot, name of the parameter, array)."""
    return {slot_name(slot, name): array for slot, name, array in slots}


def named_numbers(
    assignment: Assignment, numbers: Mapping[tuple[int, str], Any], kept: Mapping[str, Any]
) -> dict[str, Any]:
    """The numbers that are handed on by their names, members' and a wrapper's."""
    own = {number_name(assignment, *key): value for key, value in numbers.items()}
    return {**own, **kept}
