"""Graphs of expressions as Python: statements to read, and fast functions for single numbers."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .bits import ON_BITS
from .evaluation import evaluate
from .expression import Expression, in_order
from .noise import key_piece
from .operations import OPERATIONS, Operation, Program
from .reductions import REDUCTIONS

_OWN = "_of_"
"""Stands before functions, as a hyperparameter may be called ``power``."""

DEEPEST = 12
"""Operations in one line; a longer expression is given a name on the way."""


def render(node: Expression, names: Mapping[Expression, str] | None = None) -> str:
    """`node` as Python source; nodes in `names` appear under their name."""
    return _render(node, names or {}, 0, top=True)


def _render(
    node: Expression, names: Mapping[Expression, str], binding: int, top: bool = False
) -> str:
    if node in names and not top:
        return names[node]
    if node.operation == "leaf":
        return node.arguments[0]
    if node.operation == "constant":
        text = _number(node.arguments[0])
        return f"({text})" if text.startswith("-") and binding > 5 else text
    if node.operation == "key":
        *_, name, place = node.arguments
        return f"key({name!r}, {place})"
    if node.operation == "drawn":
        return (
            f"{node.arguments[-1]}({', '.join(_render(a, names, 0) for a in node.arguments[:-1])})"
        )
    if node.operation in ON_BITS:
        return f"{node.operation}({', '.join(_render(a, names, 0) for a in node.arguments)})"
    if node.operation in REDUCTIONS:
        value, axes = node.arguments
        return f"{node.operation}({_render(value, names, 0)}, axis={axes})"
    operator = OPERATIONS[node.operation].operator
    if operator is None:
        return f"{node.operation}({', '.join(_render(a, names, 0) for a in node.arguments)})"
    symbol, strength = operator
    if len(node.arguments) == 1:
        text = f"{symbol}{_render(node.arguments[0], names, strength)}"
    else:
        left, right = node.arguments
        # Python's operators lean left, except the power; comparisons would chain.
        lean = (1, 0) if symbol == "**" else (0, 1) if strength else (1, 1)
        text = (
            f"{_render(left, names, strength + lean[0])} {symbol} "
            f"{_render(right, names, strength + lean[1])}"
        )
    return f"({text})" if strength < binding else text


def _number(value: float | bool) -> str:
    text = repr(value)
    return text[:-2] if text.endswith(".0") and text != "-0.0" else text


def assignments(
    outputs: Mapping[str, Expression], known: Mapping[Expression, str] | None = None
) -> list[str]:
    """Python statements that compute `outputs`, with a name for each value used twice."""
    names = dict(known or {})
    uses: dict[Expression, int] = {}
    order = in_order(list(outputs.values()), names)
    for node in order:
        for argument in node.arguments:
            if isinstance(argument, Expression):
                uses[argument] = uses.get(argument, 0) + 1
    wanted = {node: name for name, node in outputs.items()}
    lines: list[str] = []
    depth: dict[Expression, int] = {}
    shared = 0
    for node in order:
        leaf = node.operation in ("leaf", "constant")
        inner = [depth.get(a, 0) for a in node.arguments if isinstance(a, Expression)]
        depth[node] = 0 if node in names else 1 + max(inner, default=0)
        if node in names or (leaf and node not in wanted):
            continue
        if node in wanted or uses.get(node, 0) > 1 or depth[node] > DEEPEST:
            depth[node] = 0
            shared += node not in wanted
            name = wanted.get(node) or f"_{shared}"
            if leaf and render(node) == name:
                continue
            lines.append(f"{name} = {render(node, names)}")
            if not leaf:
                names[node] = name
    # One value may be stored under two names, or have one already.
    lines += [
        f"{name} = {names.get(node) or render(node)}"
        for name, node in outputs.items()
        if wanted[node] != name or node in (known or {})
    ]
    return lines


def host_function(
    outputs: list[Expression], arguments: tuple[str, ...]
) -> Callable[..., tuple[float, ...]]:
    """A Python function of `arguments` that gives `outputs` as floats, in double precision.

    Plain Python arithmetic takes a tenth of the time of NumPy's on single numbers. Where Python
    raises and IEEE arithmetic goes on (1/0, √-1, overflow), NumPy computes it instead.
    """
    names = {
        node: node.arguments[0] if node.operation == "leaf" else f"_{index}"
        for index, node in enumerate(in_order(outputs))
    }
    lines = [
        f"def scalars({', '.join(arguments)}):",
        "    try:",
        *(
            f"        {name} = {_flat(node, names)}"
            for node, name in names.items()
            if node.operation != "leaf"
        ),
        f"        return ({''.join(f'{names[output]}, ' for output in outputs)})",
        "    except _raised:",
        f"        return _numpy({', '.join(arguments)})",
    ]

    def in_numpy(*values: float) -> tuple[float, ...]:
        doubles = [np.float64(value) for value in values]
        with np.errstate(all="ignore"):
            return tuple(evaluate(outputs, dict(zip(arguments, doubles, strict=True))))

    namespace = {**_PYTHON, "_raised": (ArithmeticError, ValueError), "_numpy": in_numpy}
    exec("\n".join(lines), namespace)  # text rendered from the graph above, nothing else
    return namespace["scalars"]


def _flat(node: Expression, names: Mapping[Expression, str]) -> str:
    """One operation on names: nothing binds tighter than anything else."""
    if node.operation == "constant":
        return repr(node.arguments[0])
    if node.operation == "key":
        *known, name, place = node.arguments
        return f"{_OWN}key({', '.join(names[one] for one in known)}, {name!r}, {place})"
    arguments = [names[argument] for argument in node.arguments]
    row = OPERATIONS[node.operation]
    if row.python is None and row.operator is not None:
        return f" {row.operator.symbol} ".join(arguments)
    return f"{_OWN}{node.operation}({', '.join(arguments)})"


def _maximum(a: float, b: float) -> float:
    return a if a >= b or a != a else b


def _minimum(a: float, b: float) -> float:
    return a if a <= b or a != a else b


_PROGRAMS: Mapping[str, Callable[..., Any]] = {
    "maximum": _maximum,
    "minimum": _minimum,
    "sign": lambda x: float(np.sign(x)),
    "floor": lambda x: float(math.floor(x)),
    "round": lambda x: float(np.rint(x)),
    "logical_and": lambda a, b: bool(a) and bool(b),
    "logical_or": lambda a, b: bool(a) or bool(b),
    "where": lambda condition, a, b: a if condition else b,
}


def _function(row: Operation) -> Callable[..., Any] | None:
    return _PROGRAMS[row.python.name] if isinstance(row.python, Program) else row.python


_PYTHON: Mapping[str, Any] = {
    "__builtins__": {},
    "inf": math.inf,
    "nan": math.nan,
    f"{_OWN}key": key_piece,
    **{f"{_OWN}{name}": _function(row) for name, row in OPERATIONS.items()},
}
