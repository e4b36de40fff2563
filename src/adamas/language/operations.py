"""What a rule may do to a weight: one row for each operation, with its form in every language.

A row is all that compilers know of an operation, so a further one is a further row. What needs a
small program of its own in some language is named in the row, and lives in that compiler.
"""

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np


class Program(NamedTuple):
    """A small program that the compiler itself has under this name."""

    name: str


class Operator(NamedTuple):
    """An operator of Python, before its argument or between two, and how tightly it binds."""

    symbol: str
    binding: int


class Instruction(NamedTuple):
    """An instruction of LLVM, with its condition if it compares."""

    name: str


class Intrinsic(NamedTuple):
    """A function that LLVM has of every type, or finds in the mathematical library of C."""

    name: str


class CFunction(NamedTuple):
    """A function of the mathematical library of C that LLVM has no vectors of."""

    name: str


class ByPrecision(NamedTuple):
    """Texts of Triton for float64, and for float32, where what operators make is approximate."""

    float64: str
    float32: str


@dataclass(frozen=True)
class Operation:
    """One operation, and how each language says it.

    Attributes:
        name: what NumPy calls it, and Python's functions in texts to read.
        arity: how many arguments it takes.
        llvm: its form in LLVM, on values of the loop's type; conditions are of i1.
        triton: its text in Triton, with {0}, {1}, … for its arguments, and {dtype}.
        python: the function of Python's floats; None where its operator is that.
        operator: how Python writes it, if by an operator.
        method: the method of Python that leads to it, without the underscores around it.
        aliases: other functions of NumPy that mean the same.
        truth: whether it gives a condition.
        logical: whether it takes conditions.
        sharp: whether its slope can be infinite where its value is not, or is cut off by a choice,
            which the chain rule of whoever differentiates must know.
        names: what array libraries call it that do not have NumPy's name, by library.
    """

    name: str
    arity: int
    llvm: Instruction | Intrinsic | CFunction | Program
    triton: str | ByPrecision | Program
    python: Callable[..., Any] | Program | None = None
    operator: Operator | None = None
    method: str = ""
    aliases: tuple[str, ...] = ()
    truth: bool = False
    logical: bool = False
    sharp: bool = False
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def numpy(self) -> Callable[..., Any]:
        """NumPy's function, which is the definition."""
        return getattr(np, self.name)

    @property
    def compares(self) -> bool:
        """Whether it makes a condition of two numbers."""
        return self.truth and not self.logical and self.arity == 2


def _in_double(function: str) -> str:
    """A function of Triton in double precision: what hardware has for float32 is approximate."""
    return f"{function}({{0}}.to(tl.float64)).to(tl.{{dtype}})"


def _between(
    name: str,
    symbol: str,
    binding: int,
    method: str,
    llvm: Instruction | Intrinsic | CFunction | Program,
    **others: Any,
) -> Operation:
    """An operation that Python, and Triton unless it is said, write between its arguments."""
    triton = others.pop("triton", f"{{0}} {symbol} {{1}}")
    return Operation(
        name, 2, llvm, triton, operator=Operator(symbol, binding), method=method, **others
    )


_CONDITION: Any = {"truth": True}
_LOGIC: Any = {"truth": True, "logical": True}

_ROWS = (
    _between("add", "+", 3, "add", Instruction("fadd")),
    _between("subtract", "-", 3, "sub", Instruction("fsub")),
    _between("multiply", "*", 4, "mul", Instruction("fmul")),
    _between(
        "divide",
        "/",
        4,
        "truediv",
        Instruction("fdiv"),
        triton=ByPrecision("{0} / {1}", "tl.div_rn({0}, {1})"),
        aliases=("true_divide",),
        sharp=True,
    ),
    _between(
        "remainder",
        "%",
        4,
        "mod",
        Program("remainder"),
        triton="remainder({0}, {1})",
        aliases=("mod",),
        names={"keras": "mod"},
    ),
    Operation(
        "maximum",
        2,
        Program("maximum"),
        "tl.where(({0} >= {1}) | ({0} != {0}), {0}, {1})",  # a NaN on either side stays
        Program("maximum"),
        sharp=True,
    ),
    Operation(
        "minimum",
        2,
        Program("minimum"),
        "tl.where(({0} <= {1}) | ({0} != {0}), {0}, {1})",
        Program("minimum"),
        sharp=True,
    ),
    Operation(
        "negative",
        1,
        Instruction("fneg"),
        "{0} * -1.0",  # Triton's -x is 0 - x, which loses the sign of 0
        operator.neg,
        Operator("-", 5),
        "neg",
    ),
    Operation("sign", 1, Program("sign"), "sign({0})", Program("sign")),
    Operation(
        "sqrt",
        1,
        Intrinsic("sqrt"),
        ByPrecision("tl.sqrt({0})", "tl.sqrt_rn({0})"),
        math.sqrt,
        sharp=True,
    ),
    Operation(
        "absolute", 1, Intrinsic("fabs"), "tl.abs({0})", abs, method="abs", aliases=("fabs",)
    ),
    Operation("exp", 1, Intrinsic("exp"), _in_double("tl.exp"), math.exp),
    Operation("log", 1, Intrinsic("log"), _in_double("tl.log"), math.log, sharp=True),
    Operation("cos", 1, Intrinsic("cos"), _in_double("tl.cos"), math.cos),
    Operation("sin", 1, Intrinsic("sin"), _in_double("tl.sin"), math.sin),
    Operation(
        "arctan2",
        2,
        CFunction("atan2"),
        "arctan2({0}, {1})",
        math.atan2,
        aliases=("atan2",),
        sharp=True,
    ),
    Operation("tanh", 1, Intrinsic("tanh"), "tanh({0})", math.tanh),
    Operation("cbrt", 1, CFunction("cbrt"), "cbrt({0})", math.cbrt, sharp=True),
    Operation("log1p", 1, CFunction("log1p"), "log1p({0})", math.log1p, sharp=True),
    Operation("expm1", 1, CFunction("expm1"), "expm1({0})", math.expm1),
    Operation("round", 1, Intrinsic("rint"), "to_even({0})", Program("round"), aliases=("rint",)),
    Operation("floor", 1, Intrinsic("floor"), "tl.floor({0})", Program("floor")),
    _between(
        "power",
        "**",
        6,
        "pow",
        Intrinsic("pow"),
        triton="power({0}, {1})",
        python=math.pow,
        aliases=("float_power",),
        sharp=True,
        names={"torch": "pow"},
    ),
    _between("less", "<", 0, "lt", Instruction("fcmp olt"), **_CONDITION),
    _between("less_equal", "<=", 0, "le", Instruction("fcmp ole"), **_CONDITION),
    _between("greater", ">", 0, "gt", Instruction("fcmp ogt"), **_CONDITION),
    _between("greater_equal", ">=", 0, "ge", Instruction("fcmp oge"), **_CONDITION),
    _between("equal", "==", 0, "eq", Instruction("fcmp oeq"), names={"torch": "eq"}, **_CONDITION),
    _between("not_equal", "!=", 0, "ne", Instruction("fcmp une"), **_CONDITION),
    _between(
        "logical_and",
        "&",
        2,
        "and",
        Instruction("and"),
        python=Program("logical_and"),
        aliases=("bitwise_and",),
        **_LOGIC,
    ),
    _between(
        "logical_or",
        "|",
        1,
        "or",
        Instruction("or"),
        python=Program("logical_or"),
        aliases=("bitwise_or",),
        **_LOGIC,
    ),
    Operation(
        "logical_not",
        1,
        Program("logical_not"),
        "{0} == 0",
        operator.not_,
        method="invert",
        aliases=("invert",),
        **_LOGIC,
    ),
    Operation(
        "isfinite",
        1,
        Program("isfinite"),
        'tl.abs({0}) < float("inf")',
        math.isfinite,
        **_CONDITION,
    ),
    Operation("isnan", 1, Program("isnan"), "{0} != {0}", math.isnan, **_CONDITION),
    Operation("where", 3, Program("where"), Program("where"), Program("where"), logical=True),
)

OPERATIONS: Mapping[str, Operation] = {row.name: row for row in _ROWS}
"""Every operation by NumPy's name."""

ALIASES: Mapping[str, str] = {alias: row.name for row in _ROWS for alias in row.aliases}
"""Other functions of NumPy, and the operation that each is."""

COMBINED: Mapping[str, tuple[int, Callable[..., Any]]] = {
    "square": (1, lambda apply, x: apply("multiply", x, x)),
    "reciprocal": (1, lambda apply, x: apply("divide", 1.0, x)),
    "positive": (1, lambda apply, x: x),
    "copy": (1, lambda apply, x: x),
    "clip": (3, lambda apply, x, low, high: apply("minimum", apply("maximum", x, low), high)),
    # They vary over all that x does, which says how large they are.
    "zeros_like": (1, lambda apply, x: apply("where", True, 0.0, x)),
    "ones_like": (1, lambda apply, x: apply("where", True, 1.0, x)),
    "full_like": (2, lambda apply, x, value: apply("where", True, value, x)),
}
"""Functions of NumPy that operations are enough for: how many arguments, and what they are."""


def name_in(library: str, name: str) -> str:
    """What an array library calls NumPy's function `name`, of this table or not."""
    row = OPERATIONS.get(name)
    return name if row is None else row.names.get(library, name)


def is_sharp(name: str) -> bool:
    """Whether NumPy's function `name`, of this table or not, is sharp."""
    return name in OPERATIONS and OPERATIONS[name].sharp
