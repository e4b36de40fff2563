"""What is remembered of each parameter: in which shape and precision, and with which first values.

Which slots there are, and what each varies over, is the plan's (`Plan.slots`).
"""

from collections.abc import Callable
from typing import Any

from ..dtypes import wide
from ..language.expression import ARRAY
from ..language.shapes import small_shape
from .asking import Evaluate, Values, asked, chosen, plainly
from .assignment import Assignment


def slot_shape(shape: tuple[int, ...], extent: int) -> tuple[int, ...]:
    """The shape of a slot of this extent: its parameter's, or without some of its axes."""
    return shape if extent == ARRAY else small_shape(shape, extent)


def slot_dtype(dtype: str) -> str:
    """The dtype of a parameter's slots: never narrower than float32."""
    return wide(dtype)


def first_values(
    assignment: Assignment,
    index: int,
    parameter: Any,
    numbers: Callable[[], Values],
    evaluate: Evaluate = plainly,
) -> dict[str, Any]:
    """The first values of those slots of a parameter that do not begin as 0, by slot.

    Args:
        assignment, index: whose rule it has.
        parameter: its value.
        numbers: gives the member's numbers, if they are asked for.
        evaluate: calls the class's function.
    """
    initial = assignment.member(index).initial
    wanted = asked(initial).numbers
    known = chosen(numbers(), wanted) if wanted else {}
    found = {"ema": parameter, **evaluate(initial, {"p": parameter}, known)}
    return {slot: found[slot] for slot in assignment.plan(index).slots if slot in found}
