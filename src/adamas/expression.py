"""A rule, run once on symbols: what it computes, as a graph that any compiler can read.

An update rule is plain NumPy arithmetic on one weight. Called with `Expression` objects in
place of numbers it leaves behind the graph of what it did: NumPy hands ``np.sqrt(x)`` and its
kin to `Expression.__array_ufunc__`, so neither the rule nor any helper that it calls needs to be
rewritten, parsed or even have its source at hand. Each compiler then writes the graph in its own
language; everything that the result depends on is in the graph, so a hash of the generated text
is a safe name for compiled code.

Leaves have a rank, the place where their value is known:

====== ===================================== ==========================================
rank   leaf                                  computed
====== ===================================== ==========================================
0      constants, scalars of the step        once per step, on the host, in float64
1      scalars of a tensor (a clip factor)   once per tensor, in the kernel
2      arrays                                for each weight
====== ===================================== ==========================================

An operation has the highest rank of its arguments. So ``(1 - beta_2) * g`` costs one
multiplication per weight, and 1 - beta_2 is exact to double precision even where the weight is
narrower.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from .errors import RuleError

STEP, TENSOR, ARRAY = range(3)


class Operation(NamedTuple):
    """A function of one weight: its NumPy meaning, and whether it gives or takes conditions."""

    numpy: Callable[..., Any]
    arity: int
    truth: bool = False
    logical: bool = False


OPERATIONS: Mapping[str, Operation] = {
    "add": Operation(np.add, 2),
    "subtract": Operation(np.subtract, 2),
    "multiply": Operation(np.multiply, 2),
    "divide": Operation(np.divide, 2),
    "remainder": Operation(np.remainder, 2),
    "power": Operation(np.power, 2),
    "maximum": Operation(np.maximum, 2),
    "minimum": Operation(np.minimum, 2),
    "negative": Operation(np.negative, 1),
    "absolute": Operation(np.absolute, 1),
    "sign": Operation(np.sign, 1),
    "sqrt": Operation(np.sqrt, 1),
    "exp": Operation(np.exp, 1),
    "log": Operation(np.log, 1),
    "tanh": Operation(np.tanh, 1),
    "floor": Operation(np.floor, 1),
    "less": Operation(np.less, 2, truth=True),
    "less_equal": Operation(np.less_equal, 2, truth=True),
    "greater": Operation(np.greater, 2, truth=True),
    "greater_equal": Operation(np.greater_equal, 2, truth=True),
    "equal": Operation(np.equal, 2, truth=True),
    "not_equal": Operation(np.not_equal, 2, truth=True),
    "logical_and": Operation(np.logical_and, 2, truth=True, logical=True),
    "logical_or": Operation(np.logical_or, 2, truth=True, logical=True),
    "logical_not": Operation(np.logical_not, 1, truth=True, logical=True),
    "isfinite": Operation(np.isfinite, 1, truth=True),
    "isnan": Operation(np.isnan, 1, truth=True),
    "where": Operation(np.where, 3, logical=True),
}
"""Every operation a rule may use; a compiler that lacks one says so in its ``REFUSES``."""

_ALIASES = {
    "true_divide": "divide",
    "fabs": "absolute",
    "float_power": "power",
    "mod": "remainder",
    "bitwise_and": "logical_and",
    "bitwise_or": "logical_or",
    "invert": "logical_not",
}


class Trace:
    """The graph of one run: equal operations on equal arguments are one node."""

    def __init__(self) -> None:
        self._nodes: dict[tuple, Expression] = {}

    def leaf(self, name: str, rank: int) -> "Expression":
        """The value that is called `name` where it is computed, such as ``"g"``."""
        return self._node("leaf", (name,), rank, truth=False)

    def constant(self, value: Any) -> "Expression":
        """A number, or a truth value, that the rule itself contains."""
        truth = isinstance(value, bool | np.bool_)
        number = bool(value) if truth else float(value)
        return self._node("constant", (number,), STEP, truth)

    def apply(self, operation: str, *arguments: Any) -> "Expression":
        """The node of `operation` on expressions and numbers."""
        nodes = tuple(self.lift(argument) for argument in arguments)
        if operation == "power" and nodes[1].operation == "constant":
            known = self._known_power(nodes[0], nodes[1].arguments[0])
            if known is not None:
                return known
        truth = OPERATIONS[operation].truth
        if operation == "where":
            truth = nodes[1].truth and nodes[2].truth
        return self._node(operation, nodes, max(node.rank for node in nodes), truth)

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

    def _node(self, operation: str, arguments: tuple, rank: int, truth: bool) -> "Expression":
        key = (operation, truth, *(a if isinstance(a, str) else _identity(a) for a in arguments))
        if key not in self._nodes:
            self._nodes[key] = Expression(self, operation, arguments, rank, truth)
        return self._nodes[key]


def _identity(argument: Any) -> Any:
    # repr keeps 0.0 and -0.0 apart; nodes are unique within a trace.
    return id(argument) if isinstance(argument, Expression) else repr(argument)


class Expression:
    """One value in the graph of a rule; it stands for the weight, a slot, or a result."""

    __slots__ = ("arguments", "operation", "rank", "trace", "truth")
    __hash__ = object.__hash__

    def __init__(
        self, trace: Trace, operation: str, arguments: tuple, rank: int, truth: bool
    ) -> None:
        self.trace = trace
        self.operation = operation
        self.arguments = arguments
        self.rank = rank
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
        """NumPy's door for functions that are not ufuncs: ``np.where``, ``np.clip``."""
        if kwargs:
            raise RuleError(f"np.{function.__name__} takes no options in a rule. Got: {kwargs}.")
        return self._numpy(function.__name__, args)

    def _numpy(self, name: str, inputs: tuple) -> "Expression":
        trace = self.trace
        name = _ALIASES.get(name, name)
        if name in OPERATIONS and OPERATIONS[name].arity == len(inputs):
            return trace.apply(name, *inputs)
        match name, inputs:
            case "square", (x,):
                return trace.apply("multiply", x, x)
            case "reciprocal", (x,):
                return trace.apply("divide", 1.0, x)
            case "positive", (x,):
                return trace.lift(x)
            case "clip", (x, low, high):
                return trace.apply("minimum", trace.apply("maximum", x, low), high)
        raise RuleError(
            f"A rule cannot use np.{name} with {len(inputs)} argument(s). "
            f"It can use: {', '.join(OPERATIONS)}, square, reciprocal, clip."
        )

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


for _method, _operation in {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "divide",
    "mod": "remainder",
    "pow": "power",
    "and": "logical_and",
    "or": "logical_or",
}.items():
    setattr(Expression, f"__{_method}__", _binary(_operation))
    setattr(Expression, f"__r{_method}__", _binary(_operation, reflected=True))

for _method, _operation in {
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
    "eq": "equal",
    "ne": "not_equal",
}.items():
    setattr(Expression, f"__{_method}__", _binary(_operation))

for _method, _operation in {"neg": "negative", "abs": "absolute", "invert": "logical_not"}.items():
    setattr(
        Expression,
        f"__{_method}__",
        lambda self, operation=_operation: self.trace.apply(operation, self),
    )
setattr(Expression, "__pos__", lambda self: self)  # noqa: B010


def in_order(outputs: list[Expression]) -> list[Expression]:
    """Every node that `outputs` need, once, arguments before what uses them."""
    order: dict[Expression, None] = {}
    waiting = outputs[::-1]  # a stack: a rule may be longer than Python's recursion is deep
    while waiting:
        node = waiting[-1]
        missing = [a for a in node.arguments if isinstance(a, Expression) and a not in order]
        if missing:
            waiting += missing[::-1]
        else:
            order[waiting.pop()] = None
    return list(order)


def evaluate(outputs: list[Expression], leaves: Mapping[str, Any], numpy: Any = np) -> list[Any]:
    """The values of `outputs` for `leaves` by name, computed with any NumPy-like module."""
    values: dict[Expression, Any] = {}
    for node in in_order(outputs):
        match node.operation:
            case "leaf":
                values[node] = leaves[node.arguments[0]]
            case "constant":
                values[node] = node.arguments[0]
            case name:
                arguments = [values[argument] for argument in node.arguments]
                if not OPERATIONS[name].logical:
                    # A condition counts as 1 or 0; NumPy would add two as "or".
                    arguments = [
                        1.0 * value if argument.truth else value
                        for argument, value in zip(node.arguments, arguments, strict=True)
                    ]
                values[node] = getattr(numpy, name)(*arguments)
    return [values[output] for output in outputs]
