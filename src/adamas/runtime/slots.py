"""What is remembered of each parameter: in which shape and precision, and with which first values.

Which slots there are, and what each varies over, is the plan's (`Plan.slots`).
"""

from collections.abc import Callable, Mapping
from typing import Any

from ..dtypes import wide
from ..language.codes import BlockCode
from ..language.expression import ARRAY
from ..language.first_values import Initial, wanted_numbers
from ..language.first_values import first_values as of_an_array
from ..language.scales import encoded
from ..language.shapes import Extent, small_shape
from ..plan import Plan
from .asking import Values
from .assignment import Assignment

Encode = Callable[[str, Any, tuple[int, ...]], tuple[Any, Any]]
"""The codes of values, and the scales of their blocks, of a kind and a shape."""

Make = Callable[[Initial, Any, Values, Mapping[str, Extent]], dict[str, Any]]
"""What ``initial`` says for a parameter, with the numbers it asks for and the slots' extents."""


def slot_shape(shape: tuple[int, ...], extent: Extent) -> tuple[int, ...]:
    """The shape of a slot of this extent: its parameter's, without some of its axes, or its own."""
    return shape if extent == ARRAY else small_shape(shape, extent)


def slot_dtype(plan: Plan, slot: str, dtype: str) -> str:
    """The dtype of a slot of a parameter of this dtype: float32 or wider, or what is planned."""
    return plan.dtypes.get(slot) or wide(dtype)


def first_values(
    assignment: Assignment,
    index: int,
    parameter: Any,
    numbers: Callable[[], Values],
    make: Make = of_an_array,
    encode: Encode = encoded,
) -> dict[str, Any]:
    """The first values of those slots of a parameter that do not begin as 0, by slot.

    Args:
        assignment, index: whose rule it has.
        parameter: its value.
        numbers: gives the member's numbers, if they are asked for.
        make: calls the class's ``initial``, and gives values that are as large as their slots.
        encode: gives the codes of values, and the scales of their blocks.
    """
    initial, plan = assignment.member(index).initial, assignment.plan(index)
    slots = plan.slots
    wanted = wanted_numbers(initial)
    known = numbers() if wanted else {}
    asked_for = {name: known.get(name, 0.0) for name in wanted}  # 0 for None, as in rules
    found = assignment.member(index).begin(parameter, make(initial, parameter, asked_for, slots))
    found = {slot: found[slot] for slot in slots if slot in found}
    return in_codes(plan, found, tuple(parameter.shape), encode)


def in_codes(
    plan: Plan, values: Mapping[str, Any], shape: tuple[int, ...], encode: Encode = encoded
) -> dict[str, Any]:
    """The values of slots as they are stored: of those that are coded in blocks codes and scales.

    Args:
        plan: it says which are.
        values: by slot; those of codes are as they are for each weight, or one number.
        shape: of the tensor.
        encode: gives codes and scales.
    """
    made = dict(values)
    for slot, code in plan.codes.items():
        if isinstance(code, BlockCode) and slot in values:
            made |= zip(code.slots(slot), encode(code.kind, values[slot], shape), strict=True)
    return made
