"""What each parameter of a session is evaluated with."""

from typing import Any

import numpy as np

from ...errors import ArrayError
from ..averages import average
from .holding import Holding
from .manners import Leaves


def averages_of(holding: Holding, tensors: Leaves) -> list[Any]:
    """What each parameter is evaluated with; None if that is itself.

    Args:
        holding: the session, with its state.
        tensors: the parameters, or others of their form.
    """
    found = [_average(holding, index, tensor) for index, tensor in enumerate(tensors)]
    for name, tensor, value in zip(holding.names, tensors, found, strict=True):
        shape, own = np.shape(value), tuple(tensor.shape)
        if value is not None and not holding.in_parts and shape not in ((), own):
            raise ArrayError(
                f"The averages of {name!r} must have its shape {own}. Got: {tuple(shape)}."
            )
    return found


def _average(holding: Holding, index: int, tensor: Any) -> Any:
    assignment = holding.assignment
    if assignment.whole.use_ema:  # a tensor as it is: nothing is computed
        return None if assignment.plan_of[index] is None else holding.slot(index, "ema")
    if any(holding.slot(index, name) is None for name in holding.slots_of(index)):
        return None  # it had no gradient yet, and so no slots
    return average(
        assignment,
        index,
        holding.read(tensor),
        lambda name: holding.read(holding.slot(index, name)),
        lambda: assignment.member(index).read_numbers(holding.calls),
    )
