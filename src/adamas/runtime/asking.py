"""Functions of a class that are called with what their signatures ask for, by name."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

Values = Mapping[str, Any]
Evaluate = Callable[[Callable[..., Any], Values, Values], Any]
"""Calls a function with arrays by position, then with numbers by name: on values or on symbols."""


class Asked(NamedTuple):
    """The names of a function's arrays, which stand first, and of its numbers by keyword."""

    arrays: tuple[str, ...]
    numbers: tuple[str, ...]


def asked(function: Callable[..., Any]) -> Asked:
    """What a static method such as ``initial`` or ``average`` asks for."""
    parameters = inspect.signature(function).parameters.values()
    numbers = tuple(p.name for p in parameters if p.kind is p.KEYWORD_ONLY)
    return Asked(tuple(p.name for p in parameters if p.kind is not p.KEYWORD_ONLY), numbers)


def plainly(function: Callable[..., Any], arrays: Values, numbers: Values) -> Any:
    """The function's own result, for arrays that NumPy's functions take."""
    return function(*arrays.values(), **numbers)


def chosen(values: Values, names: tuple[str, ...]) -> dict[str, Any]:
    """Those of some values that have these names."""
    return {name: values[name] for name in names}
