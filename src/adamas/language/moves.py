"""How far a rule moves a weight, as it stands in the graph: before it is added and rounded."""

from typing import Any

from .expression import Expression


def moved_by(old: Any, new: Any) -> Any:
    """What was added to `old` to give `new`.

    Of a graph it is what was added there: moves that are small beside the weights lose nothing.
    """
    found = _added(old, new) if isinstance(new, Expression) else None
    return new - old if found is None else found


def _added(old: Any, new: Expression) -> Any:
    """The move, if `new` is a sum or a difference that `old` is the beginning of, else None."""
    if new.operation not in ("add", "subtract"):
        return None
    one, other = new.arguments
    adds = new.operation == "add"
    if one is old:
        return other if adds else -other
    if other is old:
        return one if adds else None
    before = _added(old, one)
    if before is not None:
        return before + other if adds else before - other
    before = _added(old, other) if adds else None
    return None if before is None else one + before
