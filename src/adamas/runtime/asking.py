"""Functions of a class that are called with what their signatures ask for, by name."""

from collections.abc import Callable, Mapping
from typing import Any

Values = Mapping[str, Any]
Evaluate = Callable[[Callable[..., Any], Values, Values], Any]
"""Calls a function with arrays by position, then with numbers by name: on values or on symbols."""


def plainly(function: Callable[..., Any], arrays: Values, numbers: Values) -> Any:
    """The function's own result, for arrays that NumPy's functions take."""
    return function(*arrays.values(), **numbers)
