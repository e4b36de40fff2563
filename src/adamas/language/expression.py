"""A rule, run once on symbols: what it computes, as a graph that any compiler can read.

An update rule is plain NumPy arithmetic on one weight. Called with `Expression` objects in
place of numbers it leaves behind the graph of what it did: NumPy hands ``np.sqrt(x)`` and its
kin to `Expression.__array_ufunc__`, so neither the rule nor any helper that it calls needs to be
rewritten, parsed or even have its source at hand. Each compiler then writes the graph in its own
language; everything that the result depends on is in the graph, so a hash of the generated text
is a safe name for compiled code.

Every tensor is seen as a stack of matrices, [batch, rows, columns]; a vector is one row. A value
has an extent, the set of what it varies over:

======== ================================ ===================================================
extent   varies over                      computed
======== ================================ ===================================================
STEP     nothing: constants, scalars      once per step, on the host, in float64
TENSOR   tensors: sums, clip factors      once per tensor, on the host, in float64
ROW      tensors, batch, rows             once per row, on the host, in float64
COLUMN   tensors, batch, columns          once per column, on the host, in float64
ARRAY    everything                       for each weight
======== ================================ ===================================================

MATRICES is that of slots of a declared shape, which functions of whole tensors alone take and give.

An operation varies over all that its arguments vary over. So ``(1 - beta_2) * g`` costs one
multiplication per weight, and 1 - beta_2 is exact to double precision even where the weight is
narrower. Reductions such as ``np.sum`` and ``np.max`` over axes take them away: they are what
makes a step need more than one pass over memory (`adamas.lowering`).
"""

from collections.abc import Callable, Container, Iterable, Iterator
from functools import reduce
from operator import or_
from typing import Any

import numpy as np

from ..errors import RuleError
from .noise import IDENTITY, LAWS, PIECES
from .operations import ALIASES, COMBINED, OPERATIONS
from .reductions import REDUCING, REDUCTIONS

STEP, TENSOR = 0, 1
AXES = (2, 4, 8)
"""The bit in an extent of each axis: batch, rows, columns."""
BATCH = TENSOR | AXES[0]
ROW, COLUMN = BATCH | AXES[1], BATCH | AXES[2]
ARRAY = ROW | COLUMN
MATRICES = 16

SIZES = ("batch", "rows", "columns")
"""Leaves that hold the length of each axis of a tensor; rules may ask for them, too."""

KNOWN = (*SIZES, "spacing")
"""Leaves that are known of each tensor; ``spacing`` is that of its dtype's numbers next to 1."""


SCRATCHES = ("whole", *(f"whole{place}" for place in range(1, 8)))
"""What arrays are called between walks and functions of whole tensors."""


class Trace:
    """The graph of one run: equal operations on equal arguments are one node."""

    def __init__(self) -> None:
        self._nodes: dict[tuple, Expression] = {}

    def leaf(self, name: str, extent: int) -> "Expression":
        """The value that is called `name` where it is computed, such as ``"g"``."""
        return self._node("leaf", (name,), extent, truth=False)

    def constant(self, value: Any) -> "Expression":
        """A number, or a truth value, that the rule itself contains."""
        truth = isinstance(value, bool | np.bool_)
        number = bool(value) if truth else float(value)
        return self._node("constant", (number,), STEP, truth)

    def apply(self, operation: str, *arguments: Any) -> "Expression":
        """The node of `operation` on expressions and numbers."""
        nodes = tuple(map(self.number, arguments))
        if operation == "power" and nodes[1].operation == "constant":
            known = self._known_power(nodes[0], nodes[1].arguments[0])
            if known is not None:
                return known
        truth = OPERATIONS[operation].truth
        if operation == "where":
            truth = nodes[1].truth and nodes[2].truth
        return self._node(operation, nodes, joined(node.extent for node in nodes), truth)

    def reduce(self, name: str, value: Any, axes: tuple[int, ...]) -> "Expression":
        """The reduction of `value` over axes of [batch, rows, columns]; they keep the length 1.

        As in NumPy, a value that does not vary over an axis has the length 1 there already.
        """
        node = self.number(value)
        node = self.apply("where", node, 1.0, 0.0) if node.truth else node
        reduced = _varying(node, axes)
        if not reduced:
            return node
        extent = node.extent & ~sum(AXES[axis] for axis in reduced)
        if extent & AXES[1] and extent & AXES[2]:
            raise RuleError(
                f"A rule cannot take the {name} over the matrices of a stack alone (axis 0 of "
                "[batch, rows, columns]). Take it over (0, 1), (0, 2), or all axes."
            )
        return self._node(name, (node, reduced), extent, truth=False)

    def sum(self, value: Any, axes: tuple[int, ...]) -> "Expression":
        """The sum over axes."""
        return self.reduce("sum", value, axes)

    def drawn(self, name: str, law: str, seed: Any, t: "Expression") -> Any:
        """Random numbers called `name`, one for each weight (`adamas.language.noise`)."""
        kinds, function = LAWS[law]
        parts = (self.lift(seed), t)
        keys = [self._node("key", (*parts, name, n), STEP, truth=False) for n in range(PIECES)]
        keys += [self.leaf(half, TENSOR) for half in IDENTITY]
        return function(*(self._node("drawn", (*keys, kind), ARRAY, truth=False) for kind in kinds))

    def bitwise(self, name: str, *arguments: Any) -> "Expression":
        """An operation on the bits of each weight's numbers (`adamas.language.bits`)."""
        return self._node(name, tuple(map(self.number, arguments)), ARRAY, truth=False)

    def mean(self, value: Any, axes: tuple[int, ...]) -> "Expression":
        """The sum over axes, divided by their lengths."""
        total = self.sum(value, axes)
        for axis in _varying(self.lift(value), axes):
            total = self.apply("divide", total, self.leaf(SIZES[axis], TENSOR))
        return total

    def whole(
        self, function: Callable[..., Any], arrays: tuple, numbers: tuple, gives: tuple[int, ...]
    ) -> "tuple[Expression, ...]":
        """What `function` of whole tensors gives (`adamas.whole_tensor`).

        Args:
            arrays: what it takes first: values for each weight, and matrices of a declared shape.
            numbers: what it takes then: scalars of the step.
            gives: for each of its results, which of `arrays` is of the same shape.
        """
        given = tuple(map(self.lift, arrays))
        scalars = tuple(map(self.number, numbers))
        node = self._node("whole", (*given, *scalars, function), given[gives[0]].extent, False)
        if len(gives) == 1:
            return (node,)
        return tuple(
            self._node("part", (node, place), given[at].extent, False)
            for place, at in enumerate(gives)
        )

    def _known_power(self, base: "Expression", exponent: float) -> "Expression | None":
        # As NumPy: these are exact, and a general power costs fifty times as much.
        match exponent:
            case 1.0:
                return base
            case 2.0:
                return self.apply("multiply", base, base)
            case 0.5:
                return self.apply("sqrt", base)
            case -1.0:
                return self.apply("divide", 1.0, base)
        return None

    def number(self, value: Any) -> "Expression":
        """`value` as a node that can be computed with."""
        node = self.lift(value)
        if node.extent == MATRICES:
            raise RuleError(
                "A rule computes one weight, and a slot of a declared shape has none for it. "
                f"Give {_called(node)} to a function of whole tensors (adamas.whole_tensor)."
            )
        return node

    def lift(self, value: Any) -> "Expression":
        """`value` as a node of this graph; an error for what is not a number."""
        if isinstance(value, Expression):
            if value.trace is not self:
                raise RuleError("A rule may not keep values from one run for another.")
            return value
        if isinstance(value, int | float | np.number | np.bool_) or (
            isinstance(value, np.ndarray) and value.ndim == 0
        ):
            return self.constant(value[()] if isinstance(value, np.ndarray) else value)
        raise RuleError(
            "A rule computes with the weight, its slots, its hyperparameters and plain numbers. "
            f"Got: {type(value).__name__}."
        )

    def _node(self, operation: str, arguments: tuple, extent: int, truth: bool) -> "Expression":
        key = (operation, truth, *(a if isinstance(a, str) else _identity(a) for a in arguments))
        if key not in self._nodes:
            self._nodes[key] = Expression(self, operation, arguments, extent, truth)
        return self._nodes[key]


def joined(extents: Iterable[int]) -> int:
    """What varies over all that these extents do."""
    extent = reduce(or_, extents, STEP)
    # What varies over rows and columns is computed for each weight, also if all matrices of a
    # stack have the same.
    return ARRAY if extent & AXES[1] and extent & AXES[2] else extent


def _varying(node: "Expression", axes: tuple[int, ...]) -> tuple[int, ...]:
    """Those of `axes` over which `node` varies, in order."""
    return tuple(axis for axis in sorted(set(axes)) if node.extent & AXES[axis])


def _called(node: "Expression") -> str:
    """What a message calls a value."""
    return repr(node.arguments[0]) if node.operation == "leaf" else "it"


def _identity(argument: Any) -> Any:
    # repr keeps 0.0 and -0.0 apart; nodes are unique within a trace.
    return id(argument) if isinstance(argument, Expression) else repr(argument)


class Expression:
    """One value in the graph of a rule; it stands for the weight, a slot, or a result."""

    __slots__ = ("arguments", "extent", "operation", "trace", "truth")
    __hash__ = object.__hash__

    def __init__(
        self, trace: Trace, operation: str, arguments: tuple, extent: int, truth: bool
    ) -> None:
        self.trace = trace
        self.operation = operation
        self.arguments = arguments
        self.extent = extent
        self.truth = truth

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        """NumPy's door: what ``np.sqrt(expression)`` and ``1.0 - expression`` become."""
        if method != "__call__" or options:
            raise RuleError(
                f"A rule calls np.{ufunc.__name__} on one weight, with no options. "
                f"Got: method {method!r}, options {sorted(options)}."
            )
        return self._numpy(ufunc.__name__, inputs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """NumPy's door for functions that are not ufuncs: ``np.where``, ``np.sum``."""
        reduces = REDUCING.get(function.__name__)
        if reduces and kwargs.keys() <= {"axis", "keepdims"}:
            return self._reduce(reduces, *args, **kwargs)
        if kwargs:
            options = "axis and keepdims only" if reduces else "no options"
            raise RuleError(
                f"np.{function.__name__} takes {options} in a rule. Got: {', '.join(kwargs)}."
            )
        return self._numpy(function.__name__, args)

    def _numpy(self, name: str, inputs: tuple) -> "Expression":
        trace = self.trace
        name = ALIASES.get(name, name)
        if name in OPERATIONS and OPERATIONS[name].arity == len(inputs):
            return trace.apply(name, *inputs)
        arity, combined = COMBINED.get(name, (0, None))
        if combined is not None and arity == len(inputs):
            return trace.lift(combined(trace.apply, *inputs))
        raise RuleError(
            f"A rule cannot use np.{name} with {len(inputs)} argument(s). "
            f"It can use: {', '.join((*OPERATIONS, *COMBINED, *REDUCTIONS))}, mean."
        )

    def _reduce(
        self, name: str, value: "Expression", axis: Any = None, keepdims: bool = False
    ) -> "Expression":
        axes = (0, 1, 2) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        if axis is not None and not keepdims:
            raise RuleError(
                f"np.{name} along an axis needs keepdims=True in a rule, so that its result fits "
                "the weights it came from."
            )
        if not all(isinstance(a, int) and -3 <= a < 3 for a in axes):
            raise RuleError(
                "A rule sees each tensor as [batch, rows, columns]: axis must be among 0, 1, 2 "
                f"or -3, -2, -1. Got: {axis!r}."
            )
        reduced = tuple(a % 3 for a in axes)
        if name == "mean":
            return self.trace.mean(value, reduced)
        return self.trace.reduce(name, value, reduced)

    def __bool__(self) -> bool:
        raise RuleError(
            "A rule cannot branch on data (if, and, or, not, max, min, a chained comparison): it "
            "runs once for all weights. Use np.where(condition, a, b), np.maximum, np.minimum, "
            "or & | ~ between conditions."
        )

    def _no_number(self) -> Any:
        raise RuleError(
            "A rule cannot turn its values into Python numbers (float(), int(), math.*): they are "
            "not known when it is compiled. Use the functions of NumPy."
        )

    __float__ = __int__ = __index__ = __complex__ = _no_number

    def __iter__(self) -> Iterator[Any]:
        raise RuleError("A rule computes one weight, which has no elements to loop over or unpack.")

    def __getitem__(self, index: Any) -> Any:
        raise RuleError("A rule computes one weight, which has no elements to index.")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise RuleError(
            f"A weight in a rule has no attribute {name!r}: use functions such as np.sqrt(x)."
        )

    def __repr__(self) -> str:
        inner = ", ".join(map(repr, self.arguments))
        return f"{self.operation}({inner})"


def _binary(name: str, reflected: bool = False) -> Callable[[Expression, Any], Expression]:
    def method(self: Expression, other: Any) -> Expression:
        return self.trace.apply(name, *((other, self) if reflected else (self, other)))

    return method


def _unary(name: str) -> Callable[[Expression], Expression]:
    return lambda self: self.trace.apply(name, self)


for _row in OPERATIONS.values():
    if _row.method and _row.arity == 1:
        setattr(Expression, f"__{_row.method}__", _unary(_row.name))
    elif _row.method:
        setattr(Expression, f"__{_row.method}__", _binary(_row.name))
        if not _row.compares:  # Python turns comparisons round itself
            setattr(Expression, f"__r{_row.method}__", _binary(_row.name, reflected=True))
setattr(Expression, "__pos__", lambda self: self)  # noqa: B010


def in_order(outputs: list[Expression], known: Container[Expression] = ()) -> list[Expression]:
    """Every node that `outputs` need, once, arguments before what uses them.

    Nodes that are `known` are left out, with all that only they need.
    """
    order: dict[Expression, None] = {}
    # A stack: a rule may be longer than Python's recursion is deep.
    waiting = [output for output in outputs[::-1] if output not in known]
    while waiting:
        node = waiting[-1]
        missing = [
            a
            for a in node.arguments
            if isinstance(a, Expression) and a not in order and a not in known
        ]
        if missing:
            waiting += missing[::-1]
        else:
            order[waiting.pop()] = None
    return list(order)
