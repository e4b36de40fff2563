"""SciPy's manners: an optimizer as the method of `scipy.optimize.minimize`."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from ...description.words import meaning
from ...drivers import Driver
from ...dtypes import FLOATS
from ...errors import ArrayError, ArrayTypeError, MissingDependencyError, shown, warn
from ...optimizer import Optimizer
from ...refusals import ARRAYS_IN_SEARCH, EXCLUSION_BY_ARRAY
from ...registry import nearest
from ...serialization import get

try:
    import scipy.optimize  # noqa: F401
except ImportError as error:
    raise MissingDependencyError(
        "adamas.scipy needs SciPy. Install it: pip install 'adamas[scipy]'"
    ) from error

from scipy.optimize import OptimizeResult, OptimizeWarning

from .driving import Driving
from .objective import Objective, read_box
from .search import Options, show
from .stepping import Stepping

NAMES = tuple(field.name for field in fields(Options))


@dataclass(frozen=True)
class Minimizer:
    """What `minimizer` returns; `scipy.optimize.minimize` calls it.

    Each call works with a new optimizer with the same arguments, so one minimizer may be used
    again, and by several threads at once.

    Attributes:
        optimizer: whose arguments they have.
    """

    optimizer: Optimizer | Driver

    def __call__(
        self,
        fun: Callable[..., Any],
        x0: Any,
        args: tuple = (),
        jac: Callable[..., Any] | None = None,
        hess: Any = None,
        hessp: Any = None,
        bounds: Any = None,
        constraints: Any = (),
        callback: Callable[..., Any] | None = None,
        **options: Any,
    ) -> OptimizeResult:
        """Minimize `fun` from `x0`; the arguments are those that `minimize` hands over."""
        for message, kind in (
            *_unused(type(self.optimizer).__name__, hess, hessp, constraints),
            *_unknown(self.optimizer, options),
        ):
            warn(message, kind)
        chosen = _read_options(options)
        x = _first_point(x0)
        box = read_box(bounds, x)
        objective = Objective(
            fun, jac, args, method=chosen.finite_diff, step=chosen.finite_diff_rel_step, box=box
        )
        known = (objective, x, box, chosen)
        if isinstance(self.optimizer, Driver):
            result = Driving(self.optimizer, *known).run(callback)
        else:
            result = Stepping(self.optimizer, *known).run(callback)
        if chosen.disp:
            show(result)
        return result


def minimizer(optimizer: Optimizer | Driver | str) -> Minimizer:
    """`optimizer` as a method: ``minimize(fun, x0, jac=True, method=minimizer(Adam(0.01)))``.

    Options are those of `Options`. Bounds are kept by projection after each step. Constraints and
    second derivatives are not used, and a warning says so. Without a gradient, finite differences
    are taken.

    The result has x (float64, or the floating dtype of x0), fun, jac, nit, nfev, njev, status,
    success and message:

    ====== ======= ================================================== ==========================
    status success                                                    x
    ====== ======= ================================================== ==========================
    0      True    gtol, ftol or xtol is met                          with gtol the last point,
                                                                      else the lowest
    1      False   maxiter iterations were made                       the lowest point
    2      False   a driver finds no lower point                      the lowest point
    3      False   the objective, its gradient, a step is not finite  the lowest point
    99     False   the callback raised StopIteration                  the last point
    ====== ======= ================================================== ==========================

    An optimizer that averages (``use_ema``, `ScheduleFreeAdamW`) gives the average in place of
    these, but with status 3; gtol must hold there as well.

    Args:
        optimizer: any optimizer or driver, such as `adamas.LBFGS`, one's own as well, or the name
            of an optimizer. It stays as it is: each call of `minimize` takes
            ``optimizer.replace()``. Schedules count iterations from 0; the parameter is called
            ``x``.

    Raises:
        ArgumentError: it is no optimizer.
        UnsupportedError: parameters are excluded from weight decay by array, or the optimizer must
            be given more arrays than gradients.
        ConfigurationError: by `minimize`, for bounds and options that are not allowed.
        ArrayError, ArrayTypeError: by `minimize`, for an x0 that is no vector of real numbers, or
            for values or gradients of another form.
    """
    if isinstance(optimizer, Driver):
        return Minimizer(optimizer)
    made = get(optimizer)
    if any(one.exclusions.arrays for one in made.everyone()):
        raise EXCLUSION_BY_ARRAY.error("arrays")
    for one in made.everyone():
        if one.input_arrays() and one.update_without is None:
            raise ARRAYS_IN_SEARCH.error(f"{type(one).__name__}, which asks for one")
    return Minimizer(made)


def _unused(name: str, hess: Any, hessp: Any, constraints: Any) -> list[tuple[str, type[Warning]]]:
    """Warnings for what `minimize` was given and this method cannot use, as SciPy has them."""
    texts = []
    if hess is not None:
        texts.append(f"Method {name} does not use Hessian information (hess).")
    if hessp is not None:
        texts.append(f"Method {name} does not use Hessian-vector product information (hessp).")
    if np.any(constraints):
        texts.append(
            f"Method {name} cannot handle constraints: they are ignored. "
            "Use bounds, or a penalty in the objective."
        )
    return [(text, RuntimeWarning) for text in texts]


def _unknown(
    optimizer: Optimizer | Driver, options: dict[str, Any]
) -> list[tuple[str, type[Warning]]]:
    """A warning for options that nobody reads, as SciPy has it."""
    unknown = [name for name in options if name not in NAMES]
    if not unknown:
        return []
    kind, first = type(optimizer), unknown[0]
    meant = [name for name in (first, *meaning(kind, first)) if name in kind.fields]
    way = f" It is the optimizer's: minimizer({kind.__name__}({meant[0]}=…))." if meant else ""
    names = ", ".join(unknown)
    return [(f"Unknown solver options: {names}.{way or nearest(first, NAMES)}", OptimizeWarning)]


def _read_options(options: dict[str, Any]) -> Options:
    known = {name: value for name, value in options.items() if name in NAMES}
    if known.get("maxiter", 0) is None:
        del known["maxiter"]  # SciPy's way to ask for the default
    if known.get("tol") is not None:
        known = {"gtol": known["tol"], "ftol": known["tol"], **known}
    return Options(**known)


def _first_point(x0: Any) -> np.ndarray:
    """A copy of `x0` as a vector of floating numbers."""
    x = np.atleast_1d(np.array(x0))
    if x.ndim != 1:
        raise ArrayError(f"x0 must have one dimension only. Got: shape {x.shape}.")
    if x.dtype.kind in "fc" or x.dtype.name in FLOATS:
        return x
    try:
        if x.dtype.kind not in "biuO" or any(one is None for one in x):
            raise TypeError(f"{x.dtype}")
        return x.astype(np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise ArrayTypeError(
            f"x0 must be a vector of real numbers. Got: {shown(x0)} ({error})."
        ) from None
