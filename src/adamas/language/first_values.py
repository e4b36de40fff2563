"""The first values of slots: what `initial` says of them on symbols, and of a parameter.

`initial` is a function as rules are, ``initial(p, /, *, scale)``, that gives first values by slot::

    return {"start": p, "mask": np.ones_like(p), "a": scale}

It is run on symbols to find what its values vary over, so a slot that a rule only reads is as
large as what it begins with. One that cannot be, as it asks for p.shape or draws numbers, is called
with parameters only; then slots are as large as the rule makes them, and its values must fit.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import RuleError
from .expression import ARRAY, STEP, Expression, Trace, in_order
from .places import line_of, place_of
from .reductions import REDUCTIONS
from .shapes import Extent, Shape, matrix_shape, small_shape, stretched_shape
from .totals import OutsideError


@dataclass(frozen=True)
class Diagonal:
    """The first value of a slot of a declared shape: `scale` on the diagonal of each matrix."""

    scale: Any

    def matrix(self, shape: tuple[int, ...]) -> np.ndarray:
        """It as an array of this shape, with 1 for the scale."""
        rows, columns = shape[-2:]
        return np.broadcast_to(np.eye(rows, columns), shape)


def identity(scale: Any = 1.0) -> Diagonal:
    """The first value of a slot of a declared shape that begins as identity matrices.

    Args:
        scale: what stands on the diagonals, a number or hyperparameter: ``{"left": identity(eps)}``
            is ε times the identity.
    """
    return Diagonal(scale)


Initial = Callable[..., Mapping[str, Any]]


def wanted_numbers(initial: Initial) -> list[str]:
    """The hyperparameters that `initial` takes, by name."""
    parameters = inspect.signature(initial).parameters.values()
    return [parameter.name for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY]


def first_symbols(initial: Initial, numbers: Iterable[str]) -> dict[str, Expression]:
    """The first values that `initial` gives on symbols, by slot; none if it cannot be run on them.

    Raises `RuleError` for a number that the class does not have, and for what is no first value.
    """
    name, numbers = _name(initial), tuple(numbers)
    for wanted in wanted_numbers(initial):
        if wanted not in numbers:
            raise RuleError(
                f"{name} asks for {wanted!r}, which is no number of the class. "
                f"It can use: {', '.join(numbers) or 'none'}.{place_of(initial)}"
            )
    try:
        return on_symbols(initial, Trace())
    except Exception as error:  # it needs an array, and whatever else is wrong shows with one
        if isinstance(error, FirstValuesError):
            raise
        if isinstance(error, OutsideError):
            raise RuleError(f"{error}{line_of(error)}") from error
        return {}


class FirstValuesError(RuleError):
    """What `initial` gives are no first values."""


def on_symbols(initial: Initial, trace: Trace) -> dict[str, Expression]:
    """The first values that `initial` gives on symbols of a graph, by slot; but for arrays."""
    scalars = {wanted: trace.leaf(wanted, STEP) for wanted in wanted_numbers(initial)}
    made = initial(trace.leaf("p", ARRAY), **scalars)
    if not isinstance(made, Mapping):
        raise FirstValuesError(
            f"{_name(initial)} must return a dictionary of first values by slot. "
            f"Got: {type(made).__name__}.{place_of(initial)}"
        )
    lifted = {slot: _lifted(trace, initial, slot, value) for slot, value in made.items()}
    return {slot: node for slot, node in lifted.items() if node is not None}


def _lifted(trace: Trace, initial: Initial, slot: str, value: Any) -> Expression | None:
    """The value on symbols; None for an array, whose shape shows with a parameter."""
    if isinstance(value, np.ndarray) and value.ndim:
        return None
    try:
        return trace.lift(value.scale if isinstance(value, Diagonal) else value)
    except RuleError:
        raise FirstValuesError(
            f"{_name(initial)} must give a number or an array for {slot!r}. "
            f"Got: {type(value).__name__}.{place_of(initial)}"
        ) from None


def first_values(
    initial: Initial,
    p: np.ndarray,
    numbers: Mapping[str, float],
    slots: Mapping[str, Extent],
    whole: tuple[int, ...] | None = None,
) -> dict[str, Any]:
    """The first values for one parameter, by slot: each a number, or an array as large as the slot.

    Args:
        initial: it says them; sums in it are over axes of [batch, rows, columns], as in rules.
        p: the parameter.
        numbers: hyperparameters by name.
        slots: the extent of each slot, or its declared shape.
        whole: the shape of the parameter that p is a part of, which slots of a declared shape go
            by.

    Raises `RuleError` for a value of another shape than the slot's.
    """
    found = first_symbols(initial, numbers)
    reduces = any(node.operation in REDUCTIONS for node in in_order(list(found.values())))
    shape = tuple(p.shape)
    seen = p.reshape(matrix_shape(shape)) if reduces else p
    made = initial(seen, **{wanted: numbers[wanted] for wanted in wanted_numbers(initial)})
    owners = {s: whole or shape if isinstance(e, Shape) else shape for s, e in slots.items()}
    return {
        slot: _fitting(initial, slot, value, owners[slot], slots[slot])
        for slot, value in made.items()
        if slot in slots
    }


def _fitting(
    initial: Initial, slot: str, value: Any, shape: tuple[int, ...], extent: Extent
) -> Any:
    """`value` in the shape of its slot; a number stays one."""
    kept = shape if extent == ARRAY else small_shape(shape, extent)
    if isinstance(value, Diagonal):
        refuse_diagonal(initial, slot, extent)
        return value.scale * value.matrix(kept)
    got = np.shape(value)
    if got in ((), kept):
        return value
    for form in (kept, stretched_shape(shape, extent)):
        if _spreads(got, form):
            return np.broadcast_to(value, form).reshape(kept)
    raise RuleError(
        f"The first value of a slot must have the slot's shape, which follows from what update "
        f"and initial make of it on symbols. Got: {got} for {slot!r}, which is {kept} for a "
        f"parameter of shape {shape}. Write initial with operators and NumPy functions of p, "
        f'such as {{"{slot}": p}} or np.zeros_like(p), so that its shapes are known before '
        f"there is an array.{place_of(initial)}"
    )


def refuse_diagonal(initial: Initial, slot: str, extent: Extent) -> None:
    """`RuleError` for identity matrices in a slot that is no matrix of a declared shape."""
    if not isinstance(extent, Shape) or len(extent.sizes) < 2:
        raise RuleError(
            f"identity() is a first value of slots that are matrices of a declared shape. Got: "
            f"{slot!r}. Name its shape: shapes = {{{slot!r}: ('rows', 'rows')}}.{place_of(initial)}"
        )


def _spreads(got: tuple[int, ...], form: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(got, form) == form
    except ValueError:
        return False


def _name(initial: Initial) -> str:
    return getattr(initial, "__qualname__", repr(initial))
