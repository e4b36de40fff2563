"""One formula, every kind of step: a Python number, a NumPy array, a traced array.

A schedule's formula is written once, over the module name ``np``. Here the function is rebuilt
with another module in that name's place: a short one for Python numbers, where NumPy spends a
microsecond on choosing the smaller of two floats, or the array's own (`jax.numpy` for a tracer).
NumPy itself stays the definition: whatever the short module cannot do is asked of NumPy again.
"""

import builtins
import functools
import types
from typing import Any

import numpy as np

from ..errors import ArgumentError

_NUMBERS = frozenset({bool, int, float, np.bool_, np.float64})


def _where(condition, chosen, otherwise):
    if type(condition) in _NUMBERS and type(chosen) in _NUMBERS and type(otherwise) in _NUMBERS:
        return chosen if condition else otherwise
    return np.where(condition, chosen, otherwise)


def _minimum(x, y):
    if type(x) in _NUMBERS and type(y) in _NUMBERS:
        return x if x < y or x != x else y  # x != x: NaN passes through, as in NumPy
    return np.minimum(x, y)


def _maximum(x, y):
    if type(x) in _NUMBERS and type(y) in _NUMBERS:
        return x if x > y or x != x else y
    return np.maximum(x, y)


def _piecewise(x, conditions, functions):
    if type(x) not in _NUMBERS:
        return np.piecewise(x, conditions, functions)
    chosen = functions[-1] if len(functions) > len(conditions) else 0.0
    for holds, function in zip(conditions, functions, strict=False):
        if holds:  # the last condition that holds counts
            chosen = function
    return chosen(x) if callable(chosen) else chosen


# NumPy with the functions replaced that cost it a microsecond and more on a single number.
SHORT_NUMPY = types.SimpleNamespace(
    **{
        **vars(np),
        "where": _where,
        "minimum": _minimum,
        "maximum": _maximum,
        "piecewise": _piecewise,
    }
)


class _Globals(dict):
    """A function's globals, looked up anew each time, with NumPy replaced.

    A copy would be simpler and wrong: a constant or helper that is changed later, as in the next
    notebook cell, must be seen here too.
    """

    def __init__(self, original: dict[str, Any], namespace: Any):
        super().__init__()
        self.original = original
        self.namespace = namespace
        self.twins: dict[types.FunctionType, types.FunctionType] = {}
        if original.get("np") is np:
            self["np"] = namespace  # the usual name is found without the detour below

    def __missing__(self, name: str) -> Any:
        if name not in self.original:
            return vars(builtins)[name]  # KeyError, a NameError to the caller, if not there either
        value = self.original[name]
        if value is np:
            return self.namespace
        if isinstance(value, types.FunctionType) and value.__globals__ is self.original:
            twin = self.twins.get(value)
            if twin is None:
                twin = self.twins[value] = _rebuilt(value, self)
            return twin
        return value


def _rebuilt(function: types.FunctionType, names: _Globals) -> types.FunctionType:
    twin = types.FunctionType(
        function.__code__, names, function.__name__, function.__defaults__, function.__closure__
    )
    twin.__kwdefaults__ = function.__kwdefaults__
    return twin


def translated(function: types.FunctionType, namespace: Any) -> types.FunctionType:
    """The same function with ``namespace`` where its globals, and its helpers', say NumPy."""
    return _rebuilt(function, _Globals(function.__globals__, namespace))


def foreign_namespace(step: Any) -> Any:
    """The module of functions for an array that is not NumPy's, such as a JAX tracer, or None."""
    if isinstance(step, np.ndarray | np.generic) or not hasattr(step, "__array_namespace__"):
        return None
    return step.__array_namespace__()


def numpy_steps(step: Any) -> np.ndarray:
    """Steps as a float64 array; raises ArgumentError for what is not numbers."""
    try:
        steps = np.asarray(step)
    except Exception as error:  # ragged lists, tensors of a device, each with its own error
        raise ArgumentError(_NOT_A_STEP.format(step)) from error
    if steps.dtype.kind not in "biuf":
        raise ArgumentError(_NOT_A_STEP.format(step))
    return steps.astype(np.float64)


_NOT_A_STEP = (
    "A step must be a number or an array of numbers. Got: {!r}. "
    "Give the count of calls of apply so far: 0, 1, 2, …"
)


def in_shape(rate: Any, steps: Any, namespace: Any) -> Any:
    """The rate as an array of the steps' shape, also where the formula ignores the step."""
    if getattr(rate, "shape", None) == steps.shape:
        return rate
    return namespace.broadcast_to(namespace.asarray(rate), steps.shape)


def for_every_step(formula: types.FunctionType):
    """Make a schedule's ``__call__(self, step)``, written over ``np``, take every kind of step.

    Python and NumPy numbers give a Python float, NumPy arrays (and lists) a float64 array of their
    shape, arrays with a namespace of their own an array of that kind, traced if they are.
    """
    short = translated(formula, SHORT_NUMPY)

    @functools.wraps(formula)
    def evaluate(self, step):
        if isinstance(step, (int, float)):  # int | float takes twice as long
            try:
                return float(short(self, np.float64(step)))
            except Exception:  # the definition decides, and raises what is to be raised
                pass
            return float(formula(self, np.float64(step)))
        namespace = foreign_namespace(step)
        if namespace is not None:
            if not namespace.issubdtype(step.dtype, namespace.floating):
                step = step.astype(float)
            return in_shape(translated(formula, namespace)(self, step), step, namespace)
        steps = numpy_steps(step)
        rates = np.array(in_shape(formula(self, steps), steps, np), dtype=np.float64)
        return float(rates) if isinstance(step, np.generic) else rates

    return evaluate
