"""A pass as any library of tensors computes it, tensor by tensor, for that library to fuse.

The stages and the rule run once on symbols; the graph that they leave behind is evaluated with the
library's functions in NumPy's place. What is known when a step is traced, such as 1 - beta_2, is
computed on the host in double precision. What depends on tensors, such as the number of the update,
is computed in the library's precision of numbers, written so that float32 is enough: `scalars`.

A tensor keeps its own axes, since to merge the leading ones would undo how it is sharded: batch
stands for all but the last two.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

import numpy as np

from ..dtypes import FLOATS, wide
from ..language.bits import (
    ON_BLOCKS,
    QUIET,
    UPPER,
    joined_bits,
    lower_bits,
    rounded_bits,
    upper_bits,
)
from ..language.blocks import Blocks
from ..language.evaluation import evaluate
from ..language.expression import (
    ARRAY,
    AXES,
    KNOWN,
    STEP,
    TENSOR,
    Expression,
    Trace,
    in_order,
)
from ..language.first_values import Diagonal, Initial, refuse_diagonal
from ..language.matrices import Whole
from ..language.noise import (
    IDENTITY,
    MADE,
    PIECES,
    WORD,
    bits,
    index_words,
    joined,
    key_of_tensor,
    key_piece,
    piece,
    signed,
)
from ..language.reductions import REDUCTIONS
from ..language.rule import explained
from ..language.shapes import Extent, Shape, matrix_shape, small_shape
from ..lowering import following, traced
from ..passes import Pass
from ..plan import Plan
from .in_blocks import Coding, of_blocks, spread

Values = Mapping[str, Any]
Arrays = dict[str, Any]


class Library(Protocol):
    """What is asked of a library of tensors."""

    @property
    def scalar(self) -> str:
        """The dtype of numbers that are tensors: float64, or float32 where there is no other."""
        ...

    @property
    def word(self) -> str:
        """The dtype of whole numbers of 32 bits without a sign, or of more if there is none."""
        ...

    def along(self, shape: tuple[int, ...], axis: int, dtype: str) -> Any:
        """The place along an axis of each element of a shape."""
        ...

    def bits(self, value: Any) -> Any:
        """The bits of each float32, as whole numbers of the dtype `word`."""
        ...

    def from_bits(self, bits: Any) -> Any:
        """The float32 of which these are the bits."""
        ...

    def function(self, name: str) -> Callable[..., Any]:
        """The function that NumPy calls `name`; also ``expm1``."""
        ...

    def reduce(self, name: str, value: Any, axes: tuple[int, ...]) -> Any:
        """The reduction that NumPy calls `name` over `axes`, which keep the length 1."""
        ...

    def cast(self, value: Any, dtype: str) -> Any:
        """A tensor of this dtype, from a tensor or a number."""
        ...

    def dtype(self, value: Any) -> str:
        """The name of a tensor's dtype."""
        ...

    def reshape(self, value: Any, shape: tuple[int, ...]) -> Any:
        """The same elements in another shape."""
        ...

    def broadcast(self, value: Any, shape: tuple[int, ...]) -> Any:
        """`value` repeated to `shape`."""
        ...

    def full(self, like: Any, value: Any, dtype: str) -> Any:
        """A tensor of the shape of `like`, and placed as it is, with `value` everywhere."""
        ...

    def whole(
        self, function: Whole, arrays: Sequence[Any], numbers: Sequence[Any]
    ) -> tuple[Any, ...]:
        """The results of a function of whole tensors (`adamas.whole_tensor`) that is called."""
        ...

    def apart(self, arrays: Arrays) -> Arrays:
        """The same tensors; what is computed from them is not shared with what others need."""
        ...

    def chosen(self, value: Any, condition: Any) -> Any:
        """The same value, which is used where the condition, bool [], holds; derivatives ask."""
        ...

    def all_finite(self, values: Sequence[Any]) -> Any:
        """Whether all elements of tensors of one shape are finite, bool []."""
        ...

    def choose(
        self, condition: Any, one: Callable[[], list[Any]], other: Callable[[], list[Any]]
    ) -> list[Any]:
        """What `one` computes where the condition, bool [], holds, else what `other` does."""
        ...


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
        form = (1, 1, *shape)[-2:] if self._matrices and len(shape) < 2 else shape
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

    def _settled(
        self,
        leaves: Values,
        numpy: "Arithmetic",
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

    def _stretched(self, form: tuple[int, ...], name: str) -> tuple[int, ...]:
        return _stretched(form, self._extent(name))

    def _leaf(self, value: Any, name: str, shape: tuple[int, ...], form: tuple[int, ...]) -> Any:
        """An array as the arithmetic takes it."""
        if isinstance(self._extent(name), Blocks):
            return self._library.reshape(spread(self._library, value, shape), form)
        return self._library.reshape(value, self._stretched(form, name))

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
        full = library.broadcast(library.cast(value, kind), self._stretched(form, name))
        return library.reshape(full, shape if extent == ARRAY else small_shape(shape, extent))


def _stretched(form: tuple[int, ...], extent: Extent) -> tuple[int, ...]:
    """`form` with 1 for each axis over which a value of this extent does not vary."""
    if isinstance(extent, Shape | Blocks):
        return small_shape(form, extent)
    if extent == ARRAY:
        return form
    inner = zip(form[-2:][::-1], AXES[:0:-1], strict=False)
    leading = (size if extent & AXES[0] else 1 for size in form[:-2])
    return (*leading, *[size if extent & axis else 1 for size, axis in inner][::-1])


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
    node: Expression, new: Any, before: Any, numpy: "Arithmetic", known: Mapping[Expression, Any]
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


def is_known(value: Any) -> bool:
    """Whether `value` is a number of Python, not a tensor."""
    return isinstance(value, float | int)


class Arithmetic:
    """NumPy as `evaluate` asks for it: numbers that are known stay Python's."""

    def __init__(
        self, library: Library, axes: int = 2, form: tuple[int, ...] = (), kind: str = "float32"
    ) -> None:
        """`form` and `kind` are the shape and the dtype of what it computes for each weight."""
        self._library = library
        self._axes = axes
        self._form, self._kind = form, kind

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name in REDUCTIONS:
            return partial(self._reduced, name)
        if name in ON_BLOCKS:
            return Coding(self._library, self._form, self._word, self._kind).operation(name)
        known, own = getattr(np, name), self._library.function(name)

        def call(*arguments: Any) -> Any:
            if all(map(is_known, arguments)):
                return known(*arguments).item()
            return own(*arguments)

        return call

    def where(self, condition: Any, chosen: Any, otherwise: Any) -> Any:
        """Without a choice where the condition is known; the result varies over what both do."""
        if is_known(condition):
            value, other = (chosen, otherwise) if condition else (otherwise, chosen)
            return self._spread(value, other)
        return self._library.function("where")(condition, chosen, otherwise)

    def _spread(self, value: Any, other: Any) -> Any:
        """`value` along the axes of `other`, over which it may be summed."""
        own, others = (tuple(getattr(one, "shape", ())) for one in (value, other))
        form = np.broadcast_shapes(own, others)
        if form == own:
            return value
        if is_known(value):
            value = self._library.cast(value, wide(self._library.dtype(other)))
        return self._library.broadcast(value, form)

    def _reduced(self, name: str, value: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
        """A reduction over axes of [batch, rows, columns]."""
        rows, columns = self._axes - 2, self._axes - 1
        own = {0: range(rows), 1: (rows,), 2: (columns,)}
        axes = tuple(a for one in axis for a in own[one] if a >= 0)
        return self._library.reduce(name, value, axes)

    def key(self, *given: Any) -> Any:
        """A piece of a key of random numbers."""
        *parts, name, place = given
        if all(map(is_known, parts)):
            seed, t = parts
            return key_piece(seed, t, name, place)
        word = self._word
        words = [word(int(p) & WORD) if is_known(p) else self._words(p) for p in parts]
        return self._library.cast(piece(place, name, words, word), self._kind)

    def drawn(self, *given: Any) -> Any:
        """Random numbers for each weight."""
        *parts, kind = given
        library, word = self._library, self._word
        halves = [word(int(p)) if is_known(p) else self._words(p) for p in parts]
        step, tensor = (joined(halves[at : at + PIECES], word) for at in (0, PIECES))
        axes = range(len(self._form))
        along = [library.along(self._form, axis, library.word) for axis in axes]
        key = key_of_tensor(step, tensor, word)
        found = bits(key, *index_words(along, self._form, word), word)
        if kind == "signed":
            return signed(found, word, self._number, library.function("where"))
        return MADE[kind](found, word, self._number)

    def rounded(self, value: Any, coin: Any) -> Any:
        """A value as a bfloat16 above or below it, by a coin."""
        single, bits = self._bits(value)
        return self._unless_nan(single, rounded_bits(bits, self._words(coin), self._word), single)

    def upper(self, value: Any) -> Any:
        """The nearest bfloat16."""
        single, bits = self._bits(value)
        quiet = self._library.from_bits((bits | self._word(QUIET)) & self._word(UPPER))
        return self._unless_nan(single, upper_bits(bits, self._word), quiet)

    def lower(self, value: Any) -> Any:
        """What `upper` has lost."""
        single, bits = self._bits(value)
        found = self._number(lower_bits(bits, self._word)) - 0x8000
        return self._library.function("where")(self._isnan(single), 0.0, found)

    def joined(self, value: Any, remainder: Any) -> Any:
        """The number that both were made of."""
        single, bits = self._bits(value)
        lower = self._words(self._library.cast(remainder, "float32") + 0x8000)
        return self._unless_nan(single, joined_bits(bits, lower, self._word), single)

    def _bits(self, value: Any) -> tuple[Any, Any]:
        """A value as float32 for each weight, and its bits."""
        library = self._library
        single = library.broadcast(library.cast(value, "float32"), self._form)
        return single, library.bits(single)

    def _unless_nan(self, single: Any, bits: Any, otherwise: Any) -> Any:
        chosen = self._library.from_bits(bits)
        chosen = self._library.function("where")(self._isnan(single), otherwise, chosen)
        return self._library.cast(chosen, self._kind)

    def _isnan(self, value: Any) -> Any:
        return self._library.function("isnan")(value)

    def _word(self, number: int) -> Any:
        return self._library.cast(number, self._library.word)

    def _words(self, value: Any) -> Any:
        return self._library.cast(value, self._library.word)

    def _number(self, whole: Any) -> Any:
        return self._library.cast(whole, self._kind)

    def whole(self, function: Whole, *given: Any) -> Any:
        """A function of whole tensors: an array, or several in a tuple."""
        arrays, numbers = given[: function.takes], given[function.takes :]
        made = self._made(function, arrays, numbers)
        return made[0] if len(made) == 1 else made

    def _made(self, function: Whole, arrays: Sequence[Any], numbers: Sequence[Any]) -> Any:
        """The results, where it depends on a condition those of one of two ways."""
        library = self._library
        if not function.conditional:
            return library.whole(function, arrays, numbers)
        *numbers, when = numbers
        kept = [arrays[place] for place in function.gives]
        called = replace(function, conditional=False)
        if is_known(when):
            return library.whole(called, arrays, numbers) if when else kept
        condition = library.function("not_equal")(when, 0)
        return library.choose(
            condition, lambda: list(library.whole(called, arrays, numbers)), lambda: kept
        )


def scalars(library: Library, outputs: Sequence[Expression], leaves: Values) -> list[Any]:
    """The values of numbers: Python's where all is known, else tensors without axes.

    float32 would lose what is left of 1 - beta**t for beta near 1: four digits at t = 1. As
    -expm1(t log beta) it keeps them all. 1 - (1 - x) is x.
    """
    known: dict[Expression, Any] = {}
    arithmetic = Arithmetic(library)
    with np.errstate(all="ignore"):
        for node in in_order(list(outputs)):
            match _complement(node):
                case Expression(operation="subtract", arguments=(_, x)):
                    known[node] = known[x]
                case Expression(operation="power", arguments=(base, exponent)):
                    known[node] = _one_minus_power(arithmetic, known[base], known[exponent])
                case _:
                    evaluate([node], leaves, arithmetic, known, [node])
    return [known[output] for output in outputs]


def _complement(node: Expression) -> Expression | None:
    """x, if `node` is 1 - x and x itself is a power or some 1 - y."""
    match node:
        case Expression(operation="subtract", arguments=(one, x)) if _is_one(one):
            if x.operation == "power" or (x.operation == "subtract" and _is_one(x.arguments[0])):
                return x
    return None


def _is_one(node: Expression) -> bool:
    return node.operation == "constant" and node.arguments[0] == 1


def _one_minus_power(numpy: Arithmetic, base: Any, exponent: Any) -> Any:
    """1 - base ** exponent without a loss of digits where the power is near 1."""
    plain = numpy.subtract(1.0, numpy.power(base, exponent))
    positive = numpy.greater(base, 0.0)
    if is_known(plain) or positive is False:
        return plain
    logarithm = numpy.log(numpy.where(positive, base, 1.0))
    exact = numpy.negative(numpy.expm1(numpy.multiply(exponent, logarithm)))
    return numpy.where(positive, exact, plain)


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
    form = (1, 1, *shape)[-2:] if reduces and len(shape) < 2 else shape
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
            spread = library.broadcast(value, _stretched(form, slots[slot]))
            value = library.reshape(spread, kept)
        found[slot] = value
    return found


def remembered(library: Library, plan: Plan, numbers: Values) -> dict[str, Any]:
    """The next values of the numbers that are handed on."""
    return dict(zip(plan.remembered, scalars(library, following(plan), numbers), strict=True))
