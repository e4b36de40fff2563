"""What a parameter is evaluated with: the average of the step, or that of its own rule."""

from collections.abc import Callable
from typing import Any

from .asking import Evaluate, Values, asked, chosen, plainly
from .assignment import Assignment


def average(
    assignment: Assignment,
    index: int,
    parameter: Any,
    slot: Callable[[str], Any],
    numbers: Callable[[], Values],
    evaluate: Evaluate = plainly,
) -> Any:
    """What a parameter is evaluated with; None if that is itself.

    Args:
        assignment, index: whose rule it has.
        parameter: its value, in the precision of the arithmetic.
        slot: gives its slots by name.
        numbers: gives the member's numbers of the next call.
        evaluate: calls the class's function.
    """
    if assignment.plan_of[index] is None:
        return None
    if assignment.whole.use_ema:
        return slot("ema")
    function = assignment.member(index).average
    if function is None:
        return None
    wanted = asked(function)
    first, *slots = wanted.arrays
    arrays = {first: parameter, **{name: slot(name) for name in slots}}
    known = chosen(numbers(), wanted.numbers) if wanted.numbers else {}
    return evaluate(function, arrays, known)
