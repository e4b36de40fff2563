"""A pass as jax.numpy computes it, tensor by tensor, for XLA to fuse.

The stages and the rule run once on symbols; the graph that they leave behind is evaluated with
``jax.numpy`` in NumPy's place. What is known when a step is traced, such as 1 - beta_2, is computed
on the host in double precision. What depends on traced values, such as the number of the update, is
computed in float32 (float64 where JAX has it), written so that float32 is enough: see `scalars`.

A tensor keeps its own axes, since to merge the leading ones would undo how it is sharded: batch
stands for all but the last two.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax  # pyright: ignore[reportMissingImports]
import jax.numpy as jnp  # pyright: ignore[reportMissingImports]
import numpy as np

from ..errors import UnsupportedError
from ..expression import ARRAY, AXES, STEP, TENSOR, Expression, Trace, evaluate, in_order
from ..lowering import traced
from ..plan import Pass, Plan
from ..rule import explained
from ..shapes import small_shape
from .tensors import known_of

REFUSES: dict[str, str] = {
    "nonfinite='raise'": (
        "A compiled step cannot raise. Use nonfinite='skip' and look at state.skipped."
    ),
    "traced counts": (
        "How often a function of whole tensors repeats something, such as Muon's ns_steps, "
        "must be a plain number."
    ),
}

Arrays = Mapping[str, Any]


def wide(dtype: Any) -> Any:
    """The dtype of the arithmetic for arrays of `dtype`: float64, or float32 for all others."""
    return jnp.float64 if dtype == jnp.float64 else jnp.float32


def scalar_dtype() -> Any:
    """The dtype of numbers that are traced: float64 where JAX has it."""
    return jnp.result_type(float)


class Graph:
    """A pass, run once on symbols."""

    def __init__(self, plan: Plan, work: Pass) -> None:
        self._plan = plan
        _, self._results = traced(plan, work)
        nodes = in_order(list(self._results.values()))
        inner = [(a, n) for n in nodes for a in n.arguments if isinstance(a, Expression)]
        outputs = [(node, None) for node in self._results.values()]
        self._uniform = list(
            dict.fromkeys(
                node
                for node, user in [*inner, *outputs]
                if node.extent == STEP and (user is None or user.extent != STEP)
            )
        )
        self._leaves = {
            n.arguments[0] for n in nodes if n.operation == "leaf" and n.extent > TENSOR
        }
        self._flat = all(node.extent in (STEP, TENSOR, ARRAY) for node in nodes) and not any(
            node.operation in ("sum", "whole") for node in nodes
        )

    def uniform(self, numbers: Arrays) -> dict[Expression, Any]:
        """What is the same for all weights of all tensors, from `Plan.symbols` by name."""
        return dict(zip(self._uniform, scalars(self._uniform, numbers), strict=True))

    def __call__(
        self,
        arrays: Arrays,
        uniform: Mapping[Expression, Any],
        factors: Arrays,
        by_moves: bool = False,
    ) -> dict[str, Any]:
        """The results for one tensor, in the precision of the arithmetic.

        Args:
            arrays: p, g and slots by name; p and g have the tensor's shape.
            uniform: what `uniform` gave.
            factors: the tensor's clip factors by name.
            by_moves: whether the caller stores p + (new - p) for the new p. What depends on the new
                p is then computed from just that, so that XLA finds it once and keeps no old p.
        """
        p = arrays["p"]
        kind, shape = wide(p.dtype), p.shape
        form = shape if self._flat or len(shape) > 1 else (1, 1, *shape)[-2:]
        leaves = {
            name: jnp.reshape(array.astype(kind), _stretched(form, self._extent(name)))
            for name, array in arrays.items()
            if name in self._leaves
        }
        leaves |= {name: jnp.asarray(factor, kind) for name, factor in factors.items()}
        leaves |= known_of(shape, p.dtype.name)
        known = {node: _narrowed(value, kind) for node, value in uniform.items()}
        names, numpy = list(self._results), _Numpy(len(form))
        results = {}
        if by_moves and "p" in names and p.dtype == kind:
            names.remove("p")
            results["p"] = new = self._evaluate(["p"], leaves, numpy, known)[0]
            known[self._results["p"]] = leaves["p"] + (new - leaves["p"])
        results |= zip(names, self._evaluate(names, leaves, numpy, known), strict=True)
        return {name: self._placed(name, value, p, form) for name, value in results.items()}

    def _evaluate(
        self, names: Sequence[str], leaves: Arrays, numpy: Any, known: dict[Expression, Any]
    ) -> list[Any]:
        nodes = [self._results[name] for name in names]
        try:
            with np.errstate(all="ignore"):
                return evaluate(nodes, leaves, numpy, known)
        except jax.errors.ConcretizationTypeError as error:
            raise UnsupportedError(
                f"{self._plan.rule.name} has a function of whole tensors that needs a number whose "
                "value is known, such as how often to repeat. Got: a traced one. Give a plain "
                "number; under optax.inject_hyperparams, name it in static_args."
            ) from error

    def _extent(self, name: str) -> int:
        return self._plan.slots.get(name, ARRAY)

    def _placed(self, name: str, value: Any, p: Any, form: tuple[int, ...]) -> Any:
        """A result in the shape in which it is stored."""
        kind, extent = wide(p.dtype), self._extent(name)
        if extent == ARRAY and jnp.ndim(value) == 0:
            return jnp.full_like(p, value, kind)  # sharded as p is
        full = jnp.broadcast_to(jnp.asarray(value, kind), _stretched(form, extent))
        return full.reshape(p.shape if extent == ARRAY else small_shape(p.shape, extent))


def _stretched(form: tuple[int, ...], extent: int) -> tuple[int, ...]:
    """`form` with 1 for each axis over which a value does not vary."""
    if extent == ARRAY:
        return form
    rows, columns = (
        size if extent & axis else 1 for size, axis in zip(form[-2:], AXES[1:], strict=True)
    )
    return (*(size if extent & AXES[0] else 1 for size in form[:-2]), rows, columns)


def _narrowed(value: Any, kind: Any) -> Any:
    """A number for arrays of this dtype: Python's own take on any, traced ones are cast."""
    return value.astype(kind) if hasattr(value, "astype") and value.dtype != jnp.bool_ else value


class _Numpy:
    """jax.numpy for graphs: numbers that are known stay Python's, and axes are a tensor's own."""

    def __init__(self, axes: int = 2) -> None:
        self._axes = axes

    def __getattr__(self, name: str) -> Callable[..., Any]:
        known, own = getattr(np, name), getattr(jnp, name)

        def call(*arguments: Any) -> Any:
            if all(isinstance(argument, float | bool) for argument in arguments):
                return known(*arguments).item()
            return own(*arguments)

        return call

    def where(self, condition: Any, chosen: Any, otherwise: Any) -> Any:
        """Without a choice where the condition is known."""
        if isinstance(condition, bool):
            return chosen if condition else otherwise
        return jnp.where(condition, chosen, otherwise)

    def sum(self, value: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
        """The sum over axes of [batch, rows, columns]."""
        leading = range(self._axes - 2)
        own = {0: leading, 1: (self._axes - 2,), 2: (self._axes - 1,)}
        return jnp.sum(value, axis=tuple(a for one in axis for a in own[one]), keepdims=keepdims)


def scalars(outputs: Sequence[Expression], leaves: Arrays) -> list[Any]:
    """The values of numbers: floats of Python where all is known, else 0-d arrays.

    float32 would lose what is left of 1 - beta**t for beta near 1: four digits at t = 1. As
    -expm1(t log beta) it keeps them all. 1 - (1 - x) is x.
    """
    known: dict[Expression, Any] = {}
    namespace = _Numpy()
    with np.errstate(all="ignore"):
        for node in in_order(list(outputs)):
            match _complement(node):
                case Expression(operation="subtract", arguments=(_, x)):
                    known[node] = known[x]
                case Expression(operation="power", arguments=(base, exponent)):
                    known[node] = _one_minus_power(known[base], known[exponent])
                case _:
                    evaluate([node], leaves, namespace, known, [node])
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


def _one_minus_power(base: Any, exponent: Any) -> Any:
    plain = _Numpy()
    power = plain.power(base, exponent)
    if isinstance(power, float):
        return 1 - power
    if isinstance(base, float):
        return -jnp.expm1(exponent * np.log(base).item()) if base > 0 else 1 - power
    positive = base > 0
    logarithm = jnp.log(jnp.where(positive, base, 1.0))
    return jnp.where(positive, -jnp.expm1(exponent * logarithm), 1 - power)


def call(function: Callable[..., Any], arrays: Arrays, numbers: Arrays) -> Any:
    """What a plain function of arrays, then numbers by name, gives; a mapping or one value.

    It is written with NumPy, as rules are, and runs on symbols like them.
    """
    trace = Trace()
    symbols = [trace.leaf(name, ARRAY) for name in arrays]
    named = {name: trace.leaf(name, STEP) for name in numbers}
    made = explained(function, *symbols, **named)
    results = dict(made) if isinstance(made, Mapping) else {"": made}
    nodes = [trace.lift(value) for value in results.values()]
    if not arrays:
        values = scalars(nodes, numbers)
    else:
        with np.errstate(all="ignore"):
            values = evaluate(nodes, {**arrays, **numbers}, _Numpy())
    return dict(zip(results, values, strict=True)) if isinstance(made, Mapping) else values[0]


def remembered(plan: Plan, numbers: Arrays) -> dict[str, Any]:
    """The next values of the numbers that `prepare` hands on."""
    trace = Trace()
    symbols = plan.scalars({name: trace.leaf(name, STEP) for name in plan.symbols})
    nodes = [trace.lift(symbols[name]) for name in plan.remembered]
    return dict(zip(plan.remembered, scalars(nodes, numbers), strict=True))
