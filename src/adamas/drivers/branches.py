"""Choices and loops that Python makes where values are known, and JAX where they are traced."""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from .vector import Vector, is_of_jax

YES, NO = np.True_, np.False_
"""Truths on which ``~``, ``&`` and ``|`` act as on those that are traced."""


def where(condition: Any, yes: Any, no: Any) -> Any:
    """One of two values of one form, such as numbers, vectors or tuples of them.

    Args:
        condition: true or false.
        yes, no: both are computed before.
    """
    jax = _jax_of(condition)
    if jax is None:
        return yes if condition else no
    return jax.tree.map(lambda a, b: jax.numpy.where(condition, a, b), yes, no)


def when(condition: Any, yes: Callable[[], Any], no: Callable[[], Any]) -> Any:
    """What one of two functions gives, of which only that one is called.

    Args:
        condition: true or false.
        yes, no: functions without arguments, whose results have one form.
    """
    jax = _jax_of(condition)
    if jax is None:
        return yes() if condition else no()
    return jax.lax.cond(condition, lambda: settled(yes()), lambda: settled(no()))


def repeat(times: Any, body: Callable[[Any, Any], Any], begin: Any) -> Any:
    """What `body(i, value)` makes of `begin`, for i from 0 in turn.

    Args:
        times: how often.
        body: gives the next value, of the same form.
        begin: the first value.
    """
    jax = _jax_of(times)
    if jax is not None:
        return jax.lax.fori_loop(0, times, lambda i, value: settled(body(i, value)), settled(begin))
    for i in range(times):
        begin = body(i, begin)
    return begin


def settled(tree: Any) -> Any:
    """A state for JAX: its numbers as arrays of JAX's usual dtypes; vectors stay as they are."""
    jax = sys.modules["jax"]

    def usual(leaf: Any) -> Any:
        if isinstance(leaf, Vector):
            return leaf
        array = jax.numpy.asarray(leaf)
        kind = bool if array.dtype == bool else int if array.dtype.kind in "iu" else float
        return array.astype(jax.numpy.result_type(kind)) if array.ndim == 0 else array

    return jax.tree.map(usual, tree, is_leaf=lambda node: isinstance(node, Vector))


def _jax_of(value: Any) -> Any:
    """JAX, if a value is its array."""
    return sys.modules["jax"] if is_of_jax(value) else None
