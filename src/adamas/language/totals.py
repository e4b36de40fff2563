"""Sums over all weights of all tensors of a step, which a rule takes by `adamas.total`.

Each call of it in a rule is one total, known by its place among them. While a rule runs, what is
called is told where it is: on symbols it gives a leaf that varies over nothing, and notes what is
to be summed; where numbers are computed it gives the sum, which a pass before has found.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from ..errors import RuleError
from .expression import ARRAY, MATRICES, STEP, Expression, Trace, in_order
from .places import line_of

_NAME = re.compile(r"total_\d+")


class OutsideError(RuleError):
    """A sum over all tensors where there is no step."""


class Totals:
    """The totals of one run of a rule.

    Args:
        p: the parameter that the rule is given: a symbol, or an array.
        known: the sums by name, where numbers are computed.
        begun: how many were taken before.

    Attributes:
        summed: what each is the sum of, by name, in the order of the calls.
    """

    def __init__(self, p: Any, known: Mapping[str, Any], begun: int = 0) -> None:
        self._trace = p.trace if isinstance(p, Expression) else None
        self._known = known
        self._begun = begun
        self.summed: dict[str, Any] = {}

    def take(self, x: Any) -> Any:
        """The sum, and a note of what it is of."""
        name = f"total_{self._begun + len(self.summed)}"
        if self._trace is None:
            self.summed[name] = x
            return self._known[name]
        node = self._trace.lift(x)
        if node.extent in (STEP, MATRICES):
            varies = (
                "is the same for all weights" if node.extent == STEP else "has a shape declared"
            )
            raise RuleError(
                "adamas.total sums what varies over weights, such as g * g, over all tensors. "
                f"Got: a value that {varies}."
            )
        self.summed[name] = self._trace.apply("where", node, 1.0, 0.0) if node.truth else node
        return self._trace.leaf(name, STEP)


_RUNNING: ContextVar[Totals | None] = ContextVar("running", default=None)


def total(x: Any) -> Any:
    """The sum of `x` over all weights of all tensors of the step, in a rule.

    It is one number, the same for all weights: each costs no more than that `x` is computed once
    before, for totals that do not need each other in one pass over memory. In a `MultiOptimizer` it
    is over the tensors of one member. Called on an array outside of a step it is that array's sum,
    so that rules can be tried by hand.

    Args:
        x: computed from the weight, its gradient, its slots and numbers.

    Raises:
        RuleError: `x` does not vary over weights, or it is called where there is no step, as in
            `prepare`, `initial` and `average`.
    """
    running = _RUNNING.get()
    if running is not None:
        return running.take(x)
    if isinstance(x, Expression):
        raise OutsideError(
            "adamas.total sums over all tensors of a step: only update can use it. "
            "In initial and average there is one tensor; in prepare there is none."
        )
    return np.sum(x)


@contextmanager
def taking(totals: Totals) -> Iterator[None]:
    """A rule runs inside, whose totals these are."""
    before = _RUNNING.set(totals)
    try:
        yield
    finally:
        _RUNNING.reset(before)


def refuse_totals(function: Callable[..., Any]) -> None:
    """`RuleError` if a function of arrays, then numbers by name, takes sums over all tensors."""
    trace = Trace()
    given = inspect.signature(function).parameters.values()
    numbers = {
        one.name: trace.leaf(one.name, STEP) for one in given if one.kind is one.KEYWORD_ONLY
    }
    arrays = [trace.leaf(one.name, ARRAY) for one in given if one.name not in numbers]
    try:
        function(*arrays, **numbers)
    except OutsideError as error:
        raise RuleError(f"{error}{line_of(error)}") from error
    except Exception:
        return  # whatever else is wrong shows where it is called with arrays


def names_of(names: Iterable[str]) -> tuple[str, ...]:
    """The names of totals among others."""
    return tuple(filter(_NAME.fullmatch, names))


def levels_of(results: Mapping[str, Expression]) -> tuple[tuple[str, ...], ...]:
    """The totals of a rule: those of each level can be known once all before are."""
    level: dict[str, int] = {}
    for name in names_of(results):
        leaves = [n.arguments[0] for n in in_order([results[name]]) if n.operation == "leaf"]
        level[name] = 1 + max((level[leaf] for leaf in leaves if leaf in level), default=-1)
    count = 1 + max(level.values(), default=-1)
    return tuple(tuple(n for n, own in level.items() if own == place) for place in range(count))
