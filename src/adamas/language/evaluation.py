"""The values of a graph, computed node by node with NumPy or any library like it."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .bits import BITWISE, ON_BITS
from .expression import Expression, in_order
from .noise import key_piece
from .operations import OPERATIONS
from .reductions import REDUCTIONS


def _apply(function: Callable[..., Any], *arguments: Any) -> Any:
    return function(*arguments)


def evaluate(
    outputs: list[Expression],
    leaves: Mapping[str, Any],
    numpy: Any = np,
    known: dict[Expression, Any] | None = None,
    order: list[Expression] | None = None,
) -> list[Any]:
    """The values of `outputs` for `leaves` by name, computed with any NumPy-like module.

    Nodes whose values are `known` are taken as they are, and those of others are added to it.
    `order` is that of `in_order`, for those who have it already.
    """
    values: dict[Expression, Any] = {} if known is None else known
    for node in in_order(outputs, values) if order is None else order:
        match node.operation:
            case "leaf":
                values[node] = leaves[node.arguments[0]]
            case "constant":
                values[node] = node.arguments[0]
            case "key" | "drawn" as name:
                given = [values[a] if isinstance(a, Expression) else a for a in node.arguments]
                own = key_piece if numpy is np else getattr(numpy, name)
                values[node] = own(*given)
            case name if name in ON_BITS:
                own = BITWISE[name] if numpy is np else getattr(numpy, name)
                values[node] = own(*(values[argument] for argument in node.arguments))
            case name if name in REDUCTIONS:
                value, axes = node.arguments
                own = REDUCTIONS[name].along if numpy is np else getattr(numpy, name)
                values[node] = own(values[value], axis=axes, keepdims=True)
            case "whole":
                *inner, function = node.arguments
                apply = getattr(numpy, "whole", _apply)
                values[node] = apply(function, *(values[argument] for argument in inner))
            case "part":
                whole, place = node.arguments
                values[node] = values[whole][place]
            case name:
                arguments = [values[argument] for argument in node.arguments]
                if not OPERATIONS[name].logical:
                    # A condition counts as 1 or 0; NumPy would add two as "or".
                    arguments = [
                        numpy.multiply(1.0, value) if argument.truth else value
                        for argument, value in zip(node.arguments, arguments, strict=True)
                    ]
                values[node] = getattr(numpy, name)(*arguments)
    return [values[output] for output in outputs]
