"""What `scipy.optimize.minimize` minimizes: values and gradients, counted, and the box of x."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.optimize import Bounds
from scipy.optimize._numdiff import approx_derivative
from scipy.optimize._optimize import MemoizeJac

from ...errors import ArrayError, ConfigurationError, shown

DIFFERENCES = ("2-point", "3-point", "cs")


class Objective:
    """A function and its gradient, as `minimize` hands them over.

    Args:
        fun, jac, args: as `minimize` gives them to a method: ``jac=True`` comes as a
            `MemoizeJac`; no gradient and the names of finite differences come as None.
        method, step: which finite differences there are in place of a gradient, and their
            relative step.
        box: where x may be, for finite differences.
    """

    def __init__(
        self,
        fun: Callable[..., Any],
        jac: Callable[..., Any] | None,
        args: tuple,
        *,
        method: str,
        step: Any,
        box: "Box | None",
    ) -> None:
        if method not in DIFFERENCES:
            raise ConfigurationError(
                f"finite_diff must be one of {', '.join(map(repr, DIFFERENCES))}. Got: {method!r}."
            )
        self.values = self.gradients = 0
        self._args = args
        self._fun = fun
        self._method, self._step = method, step
        self._free = box.free if box is not None else ...
        self._limits = box.limits if box is not None else (-np.inf, np.inf)
        if jac is None:
            self._both = self._by_differences
        elif isinstance(fun, MemoizeJac) and getattr(jac, "__self__", None) is fun:
            self._fun = fun.fun  # gives both at once: nothing needs to be remembered
            self._both = self._together
        else:
            self._jac = jac
            self._both = self._one_by_one

    def at(self, x: np.ndarray, gradient: np.ndarray) -> float:
        """The value at `x`; its gradient is written to `gradient`, an array of the same form."""
        value, found = self._both(x)
        found = _gradient(found)
        if found.shape != gradient.shape and (found.size, found.ndim) != (gradient.size, 0):
            raise ArrayError(
                f"The gradient must have the shape of x, {gradient.shape}. Got: {found.shape}."
            )
        gradient[...] = found
        return value

    def _together(self, x: np.ndarray) -> tuple[float, Any]:
        self.values += 1
        self.gradients += 1
        value, gradient = _pair(self._fun(x.copy(), *self._args), x)
        return _number(value, x), gradient

    def _one_by_one(self, x: np.ndarray) -> tuple[float, Any]:
        self.gradients += 1
        value = _number(self._value(x.copy()), x)
        return value, self._jac(x.copy(), *self._args)

    def _value(self, x: np.ndarray) -> Any:
        self.values += 1
        return self._fun(x, *self._args)

    def _by_differences(self, x: np.ndarray) -> tuple[float, Any]:
        """Finite differences over the variables that the box does not fix, within the box."""
        self.gradients += 1
        value = _number(self._value(x.copy()), x)
        gradient = np.zeros_like(x)
        free = self._free
        if not np.isfinite(value) or x[free].size == 0:
            return value, gradient

        def restricted(some: np.ndarray) -> Any:
            whole = x.astype(some.dtype)
            whole[free] = some
            return self._value(whole)

        gradient[free] = approx_derivative(
            restricted,
            x[free],
            method=self._method,
            rel_step=self._step,
            f0=value,
            bounds=self._limits,
        )
        return value, gradient


def _pair(found: Any, x: np.ndarray) -> tuple[Any, Any]:
    """The value and the gradient that a function gives with ``jac=True``."""
    try:
        if _is_vector(found) and np.shape(found) == x.shape and x.size != 1:
            raise ValueError("a gradient of two elements is no pair")
        value, gradient = found
    except (TypeError, ValueError):
        raise ArrayError(
            "With jac=True the function must return a pair (value, gradient). Got: "
            f"{_said(found, x)}. To give them apart: fun gives the value, jac the gradient."
        ) from None
    return value, gradient


def _gradient(found: Any) -> np.ndarray:
    """A gradient as an array."""
    try:
        return np.asarray(found)
    except ValueError:
        raise ArrayError(
            f"jac must give the gradient alone. Got: {_said(found)}. A function that gives "
            "(value, gradient) is fun itself, with jac=True."
        ) from None


def _number(value: Any, x: np.ndarray) -> float:
    """`value` as a float, from anything that holds one number."""
    if isinstance(value, float):  # NumPy's float64 is one
        return float(value)
    try:
        return float(np.asarray(value).item())
    except (TypeError, ValueError):
        way = " For a function that gives (value, gradient) say jac=True."
        raise ArrayError(
            f"The objective must return one number. Got: {_said(value, x)}."
            f"{way if isinstance(value, tuple | list) else ''}"
        ) from None


def _said(found: Any, x: np.ndarray | None = None) -> str:
    """What a function gave, in a message."""
    if _is_vector(found):
        like = ", that of a gradient" if x is not None and np.shape(found) == x.shape else ""
        return f"an array of shape {np.shape(found)}{like}"
    return f"{shown(found)} ({type(found).__name__})"


def _is_vector(found: Any) -> bool:
    return bool(getattr(found, "shape", ()))


class Box:
    """The points between `lower` and `upper`, arrays like x."""

    def __init__(self, lower: np.ndarray, upper: np.ndarray) -> None:
        self.lower, self.upper = lower, upper
        self.free = lower < upper
        """Which variables are not fixed by equal bounds."""
        self._move = np.empty_like(lower)
        self._far = 0  # the variable that a step moved farthest when it was last looked at
        self._sides = list(zip(lower.tolist(), upper.tolist(), strict=True))
        self._doubles = lower.dtype == np.float64

    @property
    def limits(self) -> tuple[np.ndarray, np.ndarray]:
        """The bounds of the variables that are free."""
        return self.lower[self.free], self.upper[self.free]

    def project(self, x: np.ndarray) -> None:
        """Put `x` to the nearest point of the box."""
        np.maximum(x, self.lower, out=x)  # half the time of x.clip for few variables
        np.minimum(x, self.upper, out=x)

    def moves(self, x: np.ndarray, gradient: np.ndarray, limit: float) -> bool:
        """Whether a step against the gradient surely moves x by more than `limit` in the box.

        A look at one variable, the one that moved farthest before: the same arithmetic as `move`
        where Python's numbers have it.
        """
        if not self._doubles or not self._sides:
            return False
        here = x.item(self._far)
        there = here - gradient.item(self._far)
        lower, upper = self._sides[self._far]
        return abs(here - min(max(there, lower), upper)) > limit

    def move(self, x: np.ndarray, gradient: np.ndarray) -> np.ndarray:
        """What of a step against the gradient stays in the box: 0 at a minimum."""
        move = self._move
        np.subtract(x, gradient, out=move)
        self.project(move)
        np.subtract(x, move, out=move)
        if move.size:
            self._far = int(np.abs(move).argmax())
        return move


def read_box(bounds: Bounds | Sequence[Any] | None, x: np.ndarray) -> Box | None:
    """The box of `bounds`, SciPy's `Bounds` or pairs (low, high) with None for no bound."""
    if bounds is None:
        return None
    if isinstance(bounds, Bounds):
        low, high = bounds.lb, bounds.ub
    else:
        pairs = [tuple(pair) for pair in bounds]
        if len(pairs) != x.size or any(len(pair) != 2 for pair in pairs):
            raise ConfigurationError(
                f"bounds must have one pair (low, high) for each of the {x.size} variables. "
                f"Got: {bounds!r}."
            )
        low = [-np.inf if pair[0] is None else pair[0] for pair in pairs]
        high = [np.inf if pair[1] is None else pair[1] for pair in pairs]
    try:
        lower = np.broadcast_to(np.asarray(low, np.float64), x.shape)
        upper = np.broadcast_to(np.asarray(high, np.float64), x.shape)
    except ValueError:
        raise ConfigurationError(
            f"bounds must have the shape of x, {x.shape}. Got: {bounds!r}."
        ) from None
    if not (lower <= upper).all():
        raise ConfigurationError(
            f"Each lower bound must be at most its upper bound. Got: {bounds!r}."
        )
    return Box(_inward(lower, x.dtype, np.inf), _inward(upper, x.dtype, -np.inf))


def _inward(bound: np.ndarray, dtype: np.dtype, way: float) -> np.ndarray:
    """`bound` in the dtype of x, rounded to the side of `way`."""
    rounded = bound.astype(dtype)
    outside = rounded < bound if way > 0 else rounded > bound
    return np.where(outside, np.nextafter(rounded, dtype.type(way)), rounded)
