"""Functions of JAX with derivatives that are finite where a step is; their values are unchanged.

A step takes roots and divides by norms that may be 0, and goes another way there. What it gives is
finite, but the chain rule would multiply an infinite slope by 0, which is NaN. So a slope that is
not finite counts as 0. For m / (√v + ε) that is exact: where v = 0 all of g and m was 0, and what
is left of the derivative is m's part. For ‖g‖ it is one of the subgradients at 0, the usual one.
And a slope of 0 leaves out whatever it is multiplied by, such as a branch that is not taken.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import jax  # pyright: ignore[reportMissingImports]
import jax.numpy as jnp  # pyright: ignore[reportMissingImports]

Function = Callable[..., Any]


def _sqrt(y: Any, x: Any) -> tuple[Any, ...]:
    return (divide(0.5, y),)


def _rsqrt(y: Any, x: Any) -> tuple[Any, ...]:
    return (divide(-0.5 * y, x),)


def _log(y: Any, x: Any) -> tuple[Any, ...]:
    return (divide(1.0, x),)


def _divide(z: Any, x: Any, y: Any) -> tuple[Any, ...]:
    return divide(1.0, y), divide(-z, y)


def _power(z: Any, x: Any, y: Any) -> tuple[Any, ...]:
    by_base = y * power(x, jnp.where(y == 0, 1.0, y - 1.0))
    by_exponent = z * log(jnp.where(x > 0, x, 1.0))
    return by_base, by_exponent


def _cbrt(y: Any, x: Any) -> tuple[Any, ...]:
    return (divide(1.0, 3.0 * y * y),)


def _log1p(y: Any, x: Any) -> tuple[Any, ...]:
    return (divide(1.0, 1.0 + x),)


def _arctan2(z: Any, y: Any, x: Any) -> tuple[Any, ...]:
    square = x * x + y * y
    return divide(x, square), divide(-y, square)


def _maximum(z: Any, x: Any, y: Any) -> tuple[Any, ...]:
    of_x = jnp.where(x == y, 0.5, jnp.where(x > y, 1.0, 0.0))
    return of_x, 1.0 - of_x


def _minimum(z: Any, x: Any, y: Any) -> tuple[Any, ...]:
    of_y, of_x = _maximum(z, x, y)
    return of_x, of_y


_SLOPES: Mapping[str, Callable[..., tuple[Any, ...]]] = {
    "sqrt": _sqrt,
    "log": _log,
    "divide": _divide,
    "power": _power,
    "cbrt": _cbrt,
    "log1p": _log1p,
    "arctan2": _arctan2,
    "maximum": _maximum,
    "minimum": _minimum,
}
"""The slopes by each argument, from the value and the arguments."""


def smoothed(function: Function, slopes: Callable[..., tuple[Any, ...]]) -> Function:
    """`function` with these slopes, and 0 where they are not finite."""
    call = jax.custom_jvp(function)

    @call.defjvp
    def rule(arguments: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
        value = call(*arguments)
        change: Any = 0.0
        for slope, tangent in zip(slopes(value, *arguments), tangents, strict=True):
            known = jnp.where(jnp.isfinite(slope), slope, 0.0)
            change = change + jnp.where(known == 0, 0.0, known * tangent)
        return value, jnp.asarray(change, value.dtype)

    # Traced once for each form of its arguments, as the functions of jax.numpy are.
    return jax.jit(call, inline=True)


@jax.custom_jvp
def _chosen(value: Any, condition: Any) -> Any:
    return value


@_chosen.defjvp
def _rule(arguments: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
    (value, condition), (tangent, _) = arguments, tangents
    return jnp.where(condition, value, 0.0), jnp.where(condition, tangent, 0.0)


chosen = jax.jit(_chosen, inline=True)
"""The value as it is, of which a derivative sees 0 where the condition does not hold.

What is computed from it is not taken there, but NaN times 0 is NaN in the chain rule.
"""

FUNCTIONS: Mapping[str, Function] = {
    name: smoothed(getattr(jnp, name), slopes) for name, slopes in _SLOPES.items()
}
"""Functions of `jax.numpy` by NumPy's name: those of operations that are sharp."""

log, divide, power = (FUNCTIONS[name] for name in ("log", "divide", "power"))


def _sum(value: Any, axes: tuple[int, ...]) -> Any:
    return jnp.sum(value, axis=axes, keepdims=True)


def _extreme(function: Function) -> Function:
    """The greatest or least value over axes; those that are equal to it share its slope."""

    @partial(jax.custom_jvp, nondiff_argnums=(1,))
    def call(value: Any, axes: tuple[int, ...]) -> Any:
        return function(value, axis=axes, keepdims=True)

    @call.defjvp
    def rule(axes: tuple[int, ...], arguments: Any, tangents: Any) -> tuple[Any, Any]:
        [value], [tangent] = arguments, tangents
        found = call(value, axes)
        chosen = value == found
        change = _sum(jnp.where(chosen, tangent, 0.0), axes)
        return found, change / jnp.maximum(_sum(chosen, axes), 1)

    return call


REDUCTIONS: Mapping[str, Function] = {
    "sum": _sum,
    "max": _extreme(jnp.max),
    "min": _extreme(jnp.min),
}
"""Reductions of `jax.numpy` over axes, which stay, by NumPy's name."""

_PRIMITIVES: Mapping[str, Function] = {
    "sqrt": FUNCTIONS["sqrt"],
    "rsqrt": smoothed(jax.lax.rsqrt, _rsqrt),
    "log": log,
    "div": divide,
    "pow": power,
    "cbrt": FUNCTIONS["cbrt"],
    "log1p": FUNCTIONS["log1p"],
    "atan2": FUNCTIONS["arctan2"],
    "max": FUNCTIONS["maximum"],
    "min": FUNCTIONS["minimum"],
}
"""What stands in a traced function for the primitives of JAX that are sharp."""


def differentiable(function: Function) -> Function:
    """`function` of arrays, whose own arithmetic is not ours, with finite slopes.

    It gives a tuple of arrays.
    """
    call = jax.custom_jvp(function)

    @call.defjvp
    def rule(arguments: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
        traced = jax.make_jaxpr(function)(*arguments)
        values, changes = jax.jvp(partial(_evaluated, traced), arguments, tangents)
        return tuple(values), tuple(changes)

    return call


def _evaluated(traced: Any, *arguments: Any) -> list[Any]:
    """What a traced function gives, with the primitives above in their places."""
    graph = traced.jaxpr
    known = dict(zip((*graph.constvars, *graph.invars), (*traced.consts, *arguments), strict=True))

    def read(one: Any) -> Any:
        return one.val if hasattr(one, "val") else known[one]

    for equation in graph.eqns:
        given, primitive = list(map(read, equation.invars)), equation.primitive
        if primitive.name in _PRIMITIVES:
            made = [_PRIMITIVES[primitive.name](*given)]
        elif primitive.name in ("jit", "pjit"):
            made = _evaluated(equation.params["jaxpr"], *given)
        elif primitive.name == "integer_pow" and equation.params["y"] < 0:
            made = [divide(1.0, jax.lax.integer_pow(given[0], -equation.params["y"]))]
        else:
            made = primitive.bind(*given, **equation.params)
            made = made if primitive.multiple_results else [made]
        known |= zip(equation.outvars, made, strict=True)
    return list(map(read, graph.outvars))
