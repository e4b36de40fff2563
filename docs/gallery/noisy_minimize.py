"""A minimum under noise, with SciPy's minimize

Every gradient here is wrong by chance, as if each were taken from a few of many data. BFGS searches
along lines by values and slopes that do not fit each other, and gives up. Adam goes by means of
the gradients, and comes down the valley.

Needs: adamas[scipy,plot]
"""

import numpy as np
from scipy.optimize import minimize, rosen, rosen_der

import adamas
from adamas.pictures import INK, colour, legend, new_figure, plain_axes
from adamas.scipy import minimizer

START = np.array([-1.2, 1.0])
METHODS = {"Adam": minimizer(adamas.Adam(0.05)), "BFGS": "BFGS"}


def descent(method):
    """The points that a method comes through, the last one its result."""
    rng, points = np.random.default_rng(0), [START]
    found = minimize(
        rosen,
        START,
        jac=lambda x: rosen_der(x) + 10 * rng.standard_normal(2),
        method=method,
        callback=lambda x: points.append(x.copy()),
        options={"maxiter": 1000, "gtol": 0},
    )
    return [*points, found.x]


x, y = np.meshgrid(np.linspace(-1.5, 1.6, 80), np.linspace(-0.6, 2.3, 60))
figure = new_figure(5.2, 3.0)
axes = plain_axes(figure.add_subplot(), "Down a bent valley, with noisy gradients", ("x₁", "x₂"))
axes.contour(x, y, rosen([x, y]), [2, 50], colors=INK, linewidths=0.6, alpha=0.6)
for number, (name, method) in enumerate(METHODS.items()):
    points = descent(method)
    print(f"{name} ends at {points[-1].round(2)}, {rosen(points[-1]):.4f} above the minimum")
    some = np.transpose(points[:: 1 + len(points) // 100])
    axes.plot(*some, color=colour(number), linewidth=1.1, label=name)
    axes.plot(*points[-1], "o", color=colour(number))
axes.plot(1, 1, "*", color=colour(3), markersize=13, label="the minimum")
legend(axes, ncols=3, loc="upper center")
figure.savefig("noisy_minimize.png")
