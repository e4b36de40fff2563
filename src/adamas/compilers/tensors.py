"""A pass as any library of tensors computes it, tensor by tensor, for that library to fuse.

The stages and the rule run once on symbols; the graph that they leave behind is evaluated with the
library's functions in NumPy's place. What is known when a step is traced, such as 1 - beta_2, is
computed on the host in double precision. What depends on tensors, such as the number of the update,
is computed in the library's precision of numbers, written so that float32 is enough: `scalars`.

A tensor keeps its own axes, since to merge the leading ones would undo how it is sharded: batch
stands for all but the last two.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..dtypes import FLOATS, wide
from ..language.blocks import Blocks
from ..language.evaluation import evaluate
from ..language.expression import ARRAY, KNOWN, STEP, TENSOR, Expression, in_order
from ..language.noise import IDENTITY
from ..language.shapes import Extent, matrix_axes, matrix_shape, own_axes_shape, small_shape
from ..lowering import traced
from ..passes import Pass
from ..plan import Plan
from .arithmetic import Arithmetic
from .in_blocks import of_blocks, spread
from .library import Arrays, Library, Values
from .scalars import scalars
from .words import is_known


def known_of(shape: tuple[int, ...], dtype: str) -> dict[str, float]:
    """What rules may ask about a tensor stored in this dtype, by name."""
    return dict(zip(KNOWN, (*map(float, matrix_shape(shape)), FLOATS[dtype].spacing), strict=True))


class Graph:
    """A pass, run once on symbols."""

    def __init__(self, library: Library, plan: Plan, work: Pass) -> None:
        self._library = library
        self._slots: dict[str, Extent] = {**plan.slots, **dict.fromkeys(work.totals, TENSOR)}
        _, self._results = traced(plan, work)
        outputs = list(self._results.values())
        nodes = in_order(outputs)
        users = [(a, n) for n in nodes for a in n.arguments if isinstance(a, Expression)]
        users += [(node, None) for node in outputs]
        self._uniform = list(
            dict.fromkeys(
                node
                for node, user in users
                if node.extent == STEP and (user is None or user.extent != STEP)
            )
        )
        self._order = in_order(outputs, set(self._uniform))
        places = {node: place for place, node in enumerate(nodes)}
        self._stores = sorted(self._results.items(), key=lambda item: places[item[1]])
        """Results by name; those that others need first."""
        self._inner = {
            node
            for node, times in Counter(outputs).items()
            if times == 1 and node.extent > TENSOR and node.operation != "leaf"
        }
        """Results that have one name, and no other meaning."""
        self._leaves = {n.arguments[0] for n in nodes if n.operation == "leaf"}
        self._matrices = any(node.operation == "whole" for node in nodes)
        """Whether a function of whole tensors takes part, for which a vector is one row."""
        needing = [n for n, node in self._results.items() if _is_of_p(node, moves=n == "p")]
        self.needing_p: tuple[str, ...] = tuple(needing)
        """Results that cannot be known without p, for p itself what is added to it."""

    def uniform(self, numbers: Values) -> dict[Expression, Any]:
        """What is the same for all weights of all tensors, from `Plan.symbols` by name."""
        values = scalars(self._library, self._uniform, numbers)
        return dict(zip(self._uniform, values, strict=True))

    def __call__(
        self,
        arrays: Values,
        shape: tuple[int, ...],
        uniform: Mapping[Expression, Any],
        factors: Values,
        by_moves: bool = False,
        condition: Any = None,
    ) -> Arrays:
        """The results for one tensor, in the precision of the arithmetic.

        Args:
            arrays: p, g and slots by name.
            shape: the shape of p and g.
            uniform: what `uniform` gave.
            factors: the tensor's clip factors by name, and what its random numbers go by.
            by_moves: whether the result for p is what the caller adds to p. What depends on the new
                p is then computed from just that sum, so that it is found once and no old p is
                kept.
            condition: bool []; where it does not hold, results are what there was before. What
                depends on a result is then computed from what was chosen, as above.
        """
        library, p = self._library, arrays["p"]
        dtype = library.dtype(p)
        kind = wide(dtype)
        form = matrix_axes(shape) if self._matrices else shape
        leaves = self._given(arrays, factors, shape, form, condition)
        leaves |= known_of(shape, dtype)
        known = {
            node: value if is_known(value) or node.truth else library.cast(value, kind)
            for node, value in uniform.items()
        }
        numpy = Arithmetic(library, len(form), form, kind)
        with np.errstate(all="ignore"):
            by_moves = by_moves and "p" in self._results
            moves = by_moves and dtype == kind and "p" in leaves
            if moves or condition is not None:
                results = self._settled(leaves, numpy, known, moves, condition)
            else:
                outputs = list(self._results.values())
                values = evaluate(outputs, leaves, numpy, known, self._order)
                results = dict(zip(self._results, values, strict=True))
        placed = {n: self._placed(n, results[n], p, shape, form) for n in self._results}
        if by_moves and not moves:
            placed["p"] = numpy.subtract(library.cast(placed["p"], dtype), p)
        return placed

    def _given(
        self,
        arrays: Values,
        factors: Values,
        shape: tuple[int, ...],
        form: tuple[int, ...],
        condition: Any,
    ) -> Arrays:
        """Arrays and factors as the arithmetic takes them, by name."""
        library, kind = self._library, wide(self._library.dtype(arrays["p"]))
        leaves = {
            name: self._leaf(library.cast(arrays[name], kind), name, shape, form)
            for name in arrays
            if name in self._leaves or (condition is not None and name in self._results)
        }
        leaves |= {
            name: factor if name in IDENTITY else library.cast(factor, kind)
            for name, factor in factors.items()
        }
        if condition is not None:
            given = leaves.keys() & {"g", *factors} - {*IDENTITY}
            leaves |= {name: library.chosen(leaves[name], condition) for name in sorted(given)}
        return leaves

    def _settled(
        self,
        leaves: Values,
        numpy: Arithmetic,
        known: dict[Expression, Any],
        moves: bool,
        condition: Any,
    ) -> Arrays:
        """The results, each chosen, and for p as its move, before others are computed from it."""
        results = {}
        for name, node in self._stores:
            [value] = evaluate([node], leaves, numpy, known)
            if moves and name == "p":
                move = _move(node, value, leaves["p"], numpy, known)
                results[name] = move if condition is None else numpy.where(condition, move, 0.0)
                value = numpy.add(leaves["p"], results[name])
            elif condition is not None:
                results[name] = value = numpy.where(condition, value, leaves[name])
            else:
                results[name] = value
            if node in self._inner:
                known[node] = value
        return results

    def _extent(self, name: str) -> Extent:
        return self._slots.get(name, ARRAY)

    def _leaf(self, value: Any, name: str, shape: tuple[int, ...], form: tuple[int, ...]) -> Any:
        """An array as the arithmetic takes it."""
        if isinstance(self._extent(name), Blocks):
            return self._library.reshape(spread(self._library, value, shape), form)
        return self._library.reshape(value, own_axes_shape(form, self._extent(name)))

    def _placed(
        self, name: str, value: Any, p: Any, shape: tuple[int, ...], form: tuple[int, ...]
    ) -> Any:
        """A result in the shape in which it is stored."""
        library, extent = self._library, self._extent(name)
        kind = wide(library.dtype(p))
        if isinstance(extent, Blocks):
            each = library.broadcast(library.cast(value, kind), form)
            return of_blocks(library, library.reshape(each, shape), shape)
        if extent == ARRAY and len(getattr(value, "shape", ())) == 0:
            return library.full(p, value, kind)
        full = library.broadcast(
            library.cast(value, kind), own_axes_shape(form, self._extent(name))
        )
        return library.reshape(full, shape if extent == ARRAY else small_shape(shape, extent))


def _is_of_p(node: Expression, *, moves: bool) -> bool:
    """Whether a value depends on p; of a new p, whether what is added to it does."""
    if moves:
        match node:
            case Expression(operation="subtract" | "add", arguments=(one, x)) if _is_p(one):
                node = x
            case _:
                return True
    return any(map(_is_p, in_order([node])))


def _is_p(node: Expression) -> bool:
    return node.operation == "leaf" and node.arguments[0] == "p"


def _move(
    node: Expression, new: Any, before: Any, numpy: Arithmetic, known: Mapping[Expression, Any]
) -> Any:
    """What is added to p.

    Where the rule itself ends with p - x, that is -x: it has the bits of the rule, and needs no p.
    Otherwise it is new - p.
    """
    match node:
        case Expression(operation="subtract", arguments=(one, x)) if known[one] is before:
            return numpy.negative(known[x])
        case Expression(operation="add", arguments=(one, x)) if known[one] is before:
            return known[x]
    return numpy.subtract(new, before)
