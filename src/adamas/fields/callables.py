"""Callables that stand for numbers: of no arguments, or of the step."""

import inspect
from collections.abc import Callable
from typing import Any

from ..errors import ArgumentError, shown


def takes_step(function: Callable[..., Any]) -> bool:
    """Whether a callable needs the step: True for one required argument, False for none.

    Args:
        function: any callable. An argument with a default is not required, so
            ``def rate(scale=1.0)`` is called without.

    Raises ArgumentError for a class, for more required arguments than one, for required keywords,
    and for callables that do not tell, as some that are written in C.
    """
    if isinstance(function, type) or not callable(function):
        raise ArgumentError(
            f"A learning rate must be a number, a Schedule or a function. Got: {shown(function)}. "
            "A class must be called with its arguments first."
        )
    required = [
        parameter
        for parameter in _signature(function).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    if len(required) > 1 or any(one.kind is one.KEYWORD_ONLY for one in required):
        names = ", ".join(parameter.name for parameter in required)
        raise ArgumentError(
            "A learning rate's function must take the step alone, or nothing. "
            f"Got: {function!r}, which requires {names}. "
            "Bind the others: lambda step: function(step, …)."
        )
    return len(required) == 1


def _signature(function: Callable[..., Any]) -> inspect.Signature:
    try:
        return inspect.signature(function)
    except (TypeError, ValueError) as error:
        raise ArgumentError(
            "A learning rate's function must tell what arguments it takes. "
            f"Got: {function!r}, which does not. "
            "Write lambda step: function(step), or lambda: function()."
        ) from error
