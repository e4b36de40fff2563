"""What does an iteration of `scipy.optimize.minimize` cost beyond the objective?

    python benchmarks/minimize.py
    python benchmarks/minimize.py --variables 10 1000 --json

Every method minimizes the same sum of squares, 10 variables by default, for the same number of
iterations. A round has a run of each and as many calls of the objective alone, in an order drawn
anew; overhead is the time of a run, less the objective's, by the iterations. SciPy's own BFGS and
L-BFGS-B stand beside: they solve a sum of squares in a few iterations, so they get Rosenbrock's
function, less its own time.
"""

import random
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
from scipy.optimize import minimize, rosen, rosen_der

import adamas
from adamas.measure import machine, program, report
from adamas.measure.timing import spread
from adamas.scipy import minimizer


def squares(x: np.ndarray) -> tuple[Any, np.ndarray]:
    """Half the square of the distance to 0, 1, 2, …, and its gradient."""
    d = x - np.arange(x.size)
    return 0.5 * d.dot(d), d


def valley(x: np.ndarray) -> tuple[Any, np.ndarray]:
    """Rosenbrock's function and its gradient."""
    return rosen(x), rosen_der(x)


ADAM = minimizer(adamas.Adam(1e-4))
METHODS: dict[str, tuple[Any, Callable[..., Any], dict[str, Any]]] = {
    "Adam": (ADAM, squares, {}),
    "Adam, fun and jac apart": (ADAM, squares, {"apart": True}),
    "Adam, with bounds": (ADAM, squares, {"bounds": (-100, 100)}),
    "Adam, with a callback": (ADAM, squares, {"callback": lambda intermediate_result: None}),
    "ScheduleFreeAdamW": (minimizer(adamas.ScheduleFreeAdamW(1e-4)), squares, {}),
    "SciPy's BFGS": ("BFGS", valley, {}),
    "SciPy's L-BFGS-B": ("L-BFGS-B", valley, {}),
}


def seconds(name: str, variables: int, iterations: int) -> float:
    """One run: seconds per iteration beyond the objective."""
    method, fun, more = METHODS[name]
    arguments: dict[str, Any] = {"jac": True, **more}
    calls: Callable[[np.ndarray], Any] = fun
    if arguments.pop("apart", False):
        value, slope = (lambda x: fun(x)[0]), (lambda x: fun(x)[1])
        arguments["jac"] = slope
        calls = lambda x: (value(x), slope(x))  # noqa: E731
        objective: Callable[..., Any] = value
    else:
        objective = fun
    if "bounds" in arguments:
        arguments["bounds"] = [arguments["bounds"]] * variables
    options = {"maxiter": iterations, "gtol": 0.0}
    if name == "SciPy's L-BFGS-B":
        options |= {"ftol": 0.0, "maxfun": 10**9}
    x0 = np.full(variables, 1.3)
    start = time.perf_counter()
    result = minimize(objective, x0, method=method, options=options, **arguments)
    middle = time.perf_counter()
    for _ in range(result.nfev):
        calls(x0)
    end = time.perf_counter()
    return ((middle - start) - (end - middle)) / max(result.nit, 1)


def main() -> int:
    parser = program.new_parser(__doc__, rounds=15)
    parser.add_argument("--variables", type=int, nargs="+", default=[10])
    parser.add_argument("--iterations", type=int, default=3000)
    args = parser.parse_args()
    about = machine.describe(machine.cores())
    draw = random.Random(0)
    found: dict[int, dict[str, list[float]]] = {}
    for variables in args.variables:
        times = found[variables] = {name: [] for name in METHODS}
        for turn in range(args.rounds + 1):
            for name in draw.sample(list(METHODS), len(METHODS)):
                spent = seconds(name, variables, args.iterations)
                if turn:  # the first round compiles and warms up
                    times[name].append(spent)
    spreads = {
        variables: {name: asdict(spread(spent)) for name, spent in times.items()}
        for variables, times in found.items()
    }
    return program.answer(args, about, {"overhead": spreads}, lambda: show(spreads))


def show(spreads: dict[int, dict[str, dict[str, float]]]) -> None:
    for variables, each in spreads.items():
        rows = []
        for name, own in each.items():
            low, median, high = (report.duration(own[key]) for key in ("low", "median", "high"))
            rows.append((name, median, f"{low} – {high}"))
        report.show_table(
            f"an iteration with {variables} variables, beyond the objective",
            ("", "median", "middle half"),
            rows,
        )
        print()


if __name__ == "__main__":
    sys.exit(main())
