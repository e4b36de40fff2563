"""The numbers of a step by any library of tensors, written so that float32 is enough for them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..language.evaluation import evaluate
from ..language.expression import Expression, in_order
from ..lowering import following
from ..plan import Plan
from .arithmetic import Arithmetic
from .library import Library, Values
from .words import is_known


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


def remembered(library: Library, plan: Plan, numbers: Values) -> dict[str, Any]:
    """The next values of the numbers that are handed on."""
    return dict(zip(plan.remembered, scalars(library, following(plan), numbers), strict=True))
