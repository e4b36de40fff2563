"""Numbers that differ from run to run, which a rule on symbols would keep for ever.

A rule is run once, and what it draws, counts or reads from a clock meanwhile is a constant of all
steps. So it is run twice, and both graphs must be one.
"""

import sys
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any

from ..errors import RuleError
from .expression import Expression, Trace, in_order
from .places import MACHINERY, described_line, place_of

Run = Callable[[Trace], Iterable[Expression]]
"""Runs something on symbols of a graph, and gives its results."""


class Watched(Trace):
    """A graph that knows where each number has come into it."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers: list[tuple[str, str]] = []

    def constant(self, value: Any) -> Expression:
        """A number, and the line of a user's that computes with it."""
        self.numbers.append((repr(value), _line()))
        return super().constant(value)


def refuse_draws(name: str, run: Run, *functions: Callable[..., Any]) -> None:
    """`RuleError` if `run` does not give the same graph twice; `functions` are what it runs.

    Those of this package are looked at by its tests: importing it does not wait for that.
    """
    if all(str(getattr(one, "__module__", "")).startswith("adamas.") for one in functions):
        return
    first, second = Watched(), Watched()
    if _form(run(first)) == _form(run(second)):
        return
    pairs = zip(first.numbers, second.numbers, strict=False)
    changed = next(((one, two) for one, two in pairs if one != two), None)
    got, line = "another graph each time", place_of(functions[0])
    if changed is not None:
        (one, line), (two, _) = changed
        got = f"{one}, then {two}"
    raise RuleError(
        f"{name} must be the same arithmetic whenever it is run: what is drawn, counted or read "
        f"from a clock in it, or in prepare, would be a constant of all steps. Got: {got}. "
        'Random numbers for each weight: seed: int = 0 and drawn = {"z": "normal"} in the class, '
        "and z as a keyword of the rule. One number for all: a hyperparameter that is a callable, "
        f"which is read at each step (noise: Hyperparameter, then noise=lambda: …).{line}"
    )


def _form(results: Iterable[Expression]) -> list[tuple[Any, ...]]:
    """A graph as a list, equal for equal graphs."""
    order = in_order(list(results))
    places = {node: place for place, node in enumerate(order)}
    return [(node.operation, *(_said(a, places) for a in node.arguments)) for node in order]


def _said(argument: Any, places: dict[Expression, int]) -> Any:
    if isinstance(argument, Expression):
        return places[argument]
    return getattr(argument, "__qualname__", None) or repr(argument)


def _line() -> str:
    """The innermost line outside of this package's own machinery."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__") in MACHINERY:
        frame = frame.f_back
    return "" if frame is None else described_line(frame, frame.f_lineno)
