"""What a parameter is evaluated with: the average of the step, or that of its own rule."""

from collections.abc import Callable
from typing import Any

from .asking import Evaluate, Values, plainly
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
    evaluation = assignment.member(index).evaluation()
    if evaluation is None:
        return None
    arrays = {"p": parameter, **{name: slot(name) for name in evaluation.slots}}
    known = numbers() if evaluation.numbers else {}
    wanted = {own: known[other] for own, other in evaluation.numbers.items()}
    return evaluate(evaluation.function, arrays, wanted)
