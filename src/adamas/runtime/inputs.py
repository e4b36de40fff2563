"""What a call is given beside gradients, by name: what optimizers ask for, and nothing else."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..description.inputs import LOSS
from ..errors import ArgumentError, shown
from ..fields import is_real, known
from ..registry import nearest
from .assignment import Assignment

NOTHING: Mapping[str, Any] = {}


def numbers_given(
    assignment: Assignment,
    given: Mapping[str, Any],
    read: Callable[[str, Any], Any],
    way_out: str = "",
) -> dict[str, Any]:
    """Those numbers that are asked for, in the order of the members.

    Raises `ArgumentError` for a number that is missing, and for a name that nobody asks for; only
    a loss may be given to everyone.

    Args:
        assignment: it has the members.
        given: by name.
        read: makes a number of what has a name.
        way_out: more words on how a call is given something.
    """
    asked = dict.fromkeys(n for member in assignment.members for n in member.input_numbers())
    known_names = {n for one in assignment.whole.everyone() for n in one.asked_inputs()}
    refuse_unasked(given, known_names)
    for name in asked:
        if given.get(name) is None:
            raise missing(assignment, name, way_out)
    return {name: read(name, given[name]) for name in asked}


def missing(assignment: Assignment, name: str, way_out: str = "") -> ArgumentError:
    """The error for what must be given in each call, and is not there."""
    return ArgumentError(
        f"{_who(assignment, name)} must be given {name} in each call. Got: none. "
        f"Give {name}=…{way_out}"
    )


def refuse_without(assignment: Assignment, way_out: str = "") -> None:
    """`ArgumentError` if a member must be given arrays in each call."""
    for member in assignment.members:
        if member.update_without is None:
            for name in member.input_arrays():
                raise missing(assignment, name, way_out)


def refuse_some(
    assignment: Assignment,
    given: Mapping[str, Sequence[Any]],
    active: Iterable[int],
    names: Sequence[str],
) -> None:
    """`ArgumentError` if a call is given some of the arrays that it is asked for, and not all.

    Args:
        assignment: it has the members.
        given: by name, in the order of the parameters; none if the call is given none.
        active: the parameters that take part.
        names: of the parameters.
    """
    for name in dict.fromkeys(n for one in assignment.members for n in one.input_arrays()):
        if given and name not in given:
            raise missing(assignment, name)
        for index in active if given else ():
            if name in assignment.plan(index).rule.given and given[name][index] is None:
                raise ArgumentError(
                    f"{name} of {names[index]!r} must be there, as its gradient is. Got: None."
                )


def refuse_unasked(given: Iterable[str], asked: Iterable[str]) -> None:
    """`ArgumentError` for a name that nobody asks for, if it is not that of the loss."""
    asked = tuple(asked)
    for name in given:
        if name not in asked and name != LOSS:
            raise ArgumentError(
                "Beside gradients a call can be given what its optimizer asks for, and the loss. "
                f"Got: {name!r}.{nearest(name, dict.fromkeys((*asked, LOSS)))}"
            )


def number_of(name: str, value: Any) -> float:
    """A number that is given as a float; of a tensor on another device it waits for that."""
    if not is_real(value):
        raise not_a_number(name, value)
    number = known(value)
    if number is None:
        raise not_a_number(name, value)
    return number


def not_a_number(name: str, value: Any) -> ArgumentError:
    """The error for what is no number."""
    return ArgumentError(
        f"{name} must be a number, or a 0-d array or tensor. "
        f"Got: {shown(value)} ({type(value).__name__})."
    )


def _who(assignment: Assignment, name: str) -> str:
    return next(type(one).__name__ for one in assignment.members if name in one.asked_inputs())
