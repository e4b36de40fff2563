"""One run of an optimizer over one vector: iterate until something says stop."""

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import get_blas_funcs
from scipy.optimize import OptimizeResult, OptimizeWarning

from ...errors import ConfigurationError, NonFiniteError, warn
from .objective import Box, Objective

CONVERGED, EXHAUSTED, RESTS, NOT_FINITE, STOPPED = 0, 1, 2, 3, 99
"""The status of a result; the numbers are those of SciPy's BFGS."""


@dataclass(frozen=True)
class Options:
    """The options of the method.

    Attributes:
        maxiter: iterations at most.
        gtol: the search has converged when no element of the gradient is larger; with bounds,
            of what a step of length 1 against the gradient can move x.
        ftol: it has converged as well when the value has not fallen by more than
            ftol · max(1, abs(value)) in `patience` iterations in a row; None for never.
        xtol: and when an update moves no variable by more; None for never.
        patience: see `ftol`. First-order methods overshoot: one iteration without progress says
            nothing.
        tol: `gtol` and `ftol`, where these are not given.
        disp: print how the search ended.
        finite_diff: how a gradient is taken if there is none: ``"2-point"``, ``"3-point"`` or
            ``"cs"``, the complex step.
        finite_diff_rel_step: their relative step; None for one that suits the precision.
    """

    maxiter: int = 10_000
    gtol: float = 1e-5
    ftol: float | None = None
    xtol: float | None = None
    patience: int = 100
    tol: float | None = None
    disp: bool = False
    finite_diff: str = "2-point"
    finite_diff_rel_step: Any = None

    def __post_init__(self) -> None:
        for name in ("maxiter", "gtol", "ftol", "xtol", "patience", "tol"):
            value = getattr(self, name)
            if value is not None and not value >= 0:
                raise ConfigurationError(f"{name} must be at least 0. Got: {value!r}.")


class Point(NamedTuple):
    """Where the objective was looked at."""

    x: np.ndarray
    value: float
    gradient: np.ndarray


class Lowest:
    """The lowest point so far, in memory of its own: copies cost a small search much."""

    def __init__(self, x: np.ndarray) -> None:
        self.value = math.inf
        self._x, self._gradient = x.copy(), np.full_like(x, math.nan)

    def take(self, x: np.ndarray, value: float, gradient: np.ndarray) -> None:
        """Here is a point that is lower."""
        self.value = value
        self._x[...] = x
        self._gradient[...] = gradient

    @property
    def point(self) -> Point:
        """Where it is."""
        return Point(self._x, self.value, self._gradient)


class Search:
    """A search from `x`, which is moved in place within `box`; those who move it extend this."""

    def __init__(
        self, objective: Objective, x: np.ndarray, box: Box | None, options: Options
    ) -> None:
        self._objective = objective
        self._options = options
        self._box = box
        # BLAS takes no vectors without elements.
        self._norm = get_blas_funcs(["nrm2"], (x,))[0] if x.size else np.linalg.norm
        # A vector that is longer has an element above gtol, whatever the rounding: a cheap test.
        self._certain = 1.01 * math.sqrt(x.size) * options.gtol
        if box is not None:
            box.project(x)
        self._x = x
        self._gradient = np.empty_like(x)
        self._lowest = Lowest(x)
        self._value = math.nan
        self._nit = 0
        self._mark, self._progress = math.inf, 0
        self._before, self._updates = x.copy(), 0

    # -- what those say who move x

    def _move(self) -> None:
        """Move x, and note the value and the gradient there; `NonFiniteError` where it cannot."""
        raise NotImplementedError

    def _moves(self) -> int:
        """How often x was moved."""
        return self._nit

    def _is_at_rest(self) -> bool:
        """Whether x will not be moved any more."""
        return False

    def _average(self) -> Point | None:
        """The average of the points so far and what is there, if there is one."""
        return None

    # -- the search

    def run(self, callback: Callable[..., Any] | None) -> OptimizeResult:
        """Iterate; `callback` is called after each iteration, in one of SciPy's two ways."""
        halts = None if callback is None else _listener(callback)
        self._value = self._objective.at(self._x, self._gradient)
        self._take()
        while self._is_finite():
            if self._value < self._lowest.value:
                self._take()
            if halts is not None and self._nit and halts(self._here(), self._nit):
                return self._end(STOPPED, "`callback` raised `StopIteration`.", self._here())
            flat = self._flat_point()
            if flat is not None:
                return self._result(CONVERGED, _converged("the gradient", "gtol"), flat)
            if self._stagnates():
                return self._end(CONVERGED, _converged("the progress", "ftol"))
            if self._rests():
                return self._end(CONVERGED, _converged("the last move", "xtol"))
            if self._is_at_rest():
                return self._end(RESTS, "No lower point was found: precision may be lost.")
            if self._nit >= self._options.maxiter:
                return self._end(EXHAUSTED, "Maximum number of iterations has been exceeded.")
            try:
                self._move()
                self._nit += 1
            except NonFiniteError:
                return self._not_finite("a step would not be")
        return self._not_finite("the objective or its gradient is not")

    def _here(self) -> Point:
        return Point(self._x, self._value, self._gradient)

    def _take(self) -> None:
        self._lowest.take(self._x, self._value, self._gradient)

    def _is_finite(self) -> bool:
        if not math.isfinite(self._value):
            return False
        self._length = self._norm(self._gradient)
        return math.isfinite(self._length) or bool(np.isfinite(self._gradient).all())

    # -- criteria

    def _flat_point(self) -> Point | None:
        """The point at which `gtol` is met, if it is: this one, or the average that goes with it.

        An average must meet it as well.
        """
        if self._box is None:
            steep = self._length > self._certain
        else:
            steep = self._box.moves(self._x, self._gradient, self._options.gtol)
        if steep or not self._is_flat(self._here()):
            return None
        average = self._average()
        if average is None:
            return self._here()
        return average if self._is_flat(average) else None

    def _is_flat(self, point: Point) -> bool:
        x, _, gradient = point
        move = gradient if self._box is None else self._box.move(x, gradient)
        if self._norm(move) > self._certain:
            return False
        return bool(np.abs(move).max(initial=0) <= self._options.gtol)

    def _stagnates(self) -> bool:
        ftol = self._options.ftol
        if ftol is None:
            return False
        if self._nit == 0 or self._value < self._mark - ftol * max(1.0, abs(self._mark)):
            self._mark, self._progress = self._value, self._nit
            return False
        return self._nit - self._progress >= self._options.patience

    def _rests(self) -> bool:
        xtol = self._options.xtol
        if xtol is None:
            return False
        updates = self._moves()
        if updates == self._updates:  # a call may only accumulate
            return False
        self._updates = updates
        moved = np.abs(self._x - self._before).max(initial=0)
        self._before[...] = self._x
        return bool(moved <= xtol)

    # -- the end

    def _end(self, status: int, message: str, point: Point | None = None) -> OptimizeResult:
        """The result at the average; without one at `point`, or else at the lowest."""
        average = self._average()
        if average is None:
            return self._result(status, message, point or self._lowest.point)
        if math.isfinite(average.value) and np.isfinite(average.gradient).all():
            return self._result(status, message, average)
        return self._not_finite("the objective at the average is not")

    def _not_finite(self, what: str) -> OptimizeResult:
        message = f"The values are not finite: {what}. This is the lowest point before."
        return self._result(NOT_FINITE, message, self._lowest.point)

    def _result(self, status: int, message: str, point: Point) -> OptimizeResult:
        return OptimizeResult(
            x=point.x,
            fun=point.value,
            jac=point.gradient,
            nit=self._nit,
            nfev=self._objective.values,
            njev=self._objective.gradients,
            status=status,
            success=status == CONVERGED,
            message=message,
        )


def show(result: OptimizeResult) -> None:
    """Print how a search ended, as SciPy's own methods do; no success is a warning as well."""
    if result.success:
        print(result.message)
    else:
        warn(result.message, OptimizeWarning)
    print(f"         Current function value: {result.fun:f}")
    print(f"         Iterations: {result.nit:d}")
    print(f"         Function evaluations: {result.nfev:d}")
    print(f"         Gradient evaluations: {result.njev:d}")


def _converged(what: str, option: str) -> str:
    return f"Optimization terminated successfully: {what} is within {option}."


def _listener(callback: Callable[..., Any]) -> Callable[[Point, int], bool]:
    """`callback` in whichever of SciPy's two forms; called with copies, it says whether to stop."""
    whole = set(inspect.signature(callback).parameters) == {"intermediate_result"}

    def halts(point: Point, nit: int) -> bool:
        x, value, gradient = point.x.copy(), point.value, point.gradient.copy()
        try:
            if whole:
                callback(intermediate_result=OptimizeResult(x=x, fun=value, jac=gradient, nit=nit))
            else:
                callback(x)
        except StopIteration:
            return True
        return False

    return halts
