"""Plain functions beside rules, run on symbols and computed by any library of tensors."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..dtypes import wide
from ..language.evaluation import evaluate
from ..language.expression import ARRAY, STEP, Trace, in_order
from ..language.first_values import Diagonal, Initial, refuse_diagonal
from ..language.reductions import REDUCTIONS
from ..language.rule import explained
from ..language.shapes import Extent, matrix_axes, own_axes_shape, small_shape
from .arithmetic import Arithmetic
from .library import Arrays, Library, Values
from .scalars import scalars


def call(library: Library, function: Callable[..., Any], arrays: Values, numbers: Values) -> Any:
    """What a plain function of arrays, then numbers by name, gives; a mapping or one value.

    It is written with NumPy, as rules are, and runs on symbols like them.
    """
    trace = Trace()
    symbols = [trace.leaf(name, ARRAY) for name in arrays]
    made = explained(function, *symbols, **{name: trace.leaf(name, STEP) for name in numbers})
    results = dict(made) if isinstance(made, Mapping) else {"": made}
    nodes = [trace.lift(value) for value in results.values()]
    if arrays:
        with np.errstate(all="ignore"):
            values = evaluate(nodes, {**arrays, **numbers}, Arithmetic(library))
    else:
        values = scalars(library, nodes, numbers)
    return dict(zip(results, values, strict=True)) if isinstance(made, Mapping) else values[0]


def first_values(
    library: Library, initial: Initial, p: Any, numbers: Values, slots: Mapping[str, Extent]
) -> Arrays:
    """The first values for one parameter by slot: numbers, or tensors as large as their slots.

    `slots` has the extent of each, or its declared shape. Here `initial` runs on symbols only.
    """
    trace = Trace()
    symbols = {name: trace.leaf(name, STEP) for name in numbers}
    made = explained(initial, trace.leaf("p", ARRAY), **symbols)
    made = {slot: value for slot, value in made.items() if slot in slots}
    diagonals = {slot: value for slot, value in made.items() if isinstance(value, Diagonal)}
    scales = {slot: value.scale for slot, value in diagonals.items()}
    nodes = {slot: trace.lift(value) for slot, value in {**made, **scales}.items()}
    shape = tuple(p.shape)
    reduces = any(node.operation in REDUCTIONS for node in in_order(list(nodes.values())))
    form = matrix_axes(shape) if reduces else shape
    leaves = {"p": p if form == shape else library.reshape(p, form), **numbers}
    with np.errstate(all="ignore"):
        values = evaluate(list(nodes.values()), leaves, Arithmetic(library, len(form)))
    found = {}
    for slot, value in zip(nodes, values, strict=True):
        kept = shape if slots[slot] == ARRAY else small_shape(shape, slots[slot])
        if slot in diagonals:
            refuse_diagonal(initial, slot, slots[slot])
            ones = library.cast(diagonals[slot].matrix(kept), wide(library.dtype(p)))
            value = library.function("multiply")(ones, value)
        elif tuple(getattr(value, "shape", ())) not in ((), kept):
            spread = library.broadcast(value, own_axes_shape(form, slots[slot]))
            value = library.reshape(spread, kept)
        found[slot] = value
    return found
