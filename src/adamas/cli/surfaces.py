"""Known surfaces over the plane, to watch optimizers descend: values, gradients, minima."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Point = tuple[float, float]


@dataclass(frozen=True)
class Surface:
    """A function of (x, y) with what is known of it.

    Attributes:
        value, gradient: of x and y, numbers or arrays; the gradient is a pair.
        window: the part that a picture shows: left, right, bottom, top.
        start: where descents begin by default.
        minima: all global minima; the value there is 0.
        learning_rate, steps: with which Adam arrives.
    """

    title: str
    value: Callable[[Any, Any], Any]
    gradient: Callable[[Any, Any], tuple[Any, Any]]
    window: tuple[float, float, float, float]
    start: Point
    minima: tuple[Point, ...]
    learning_rate: float
    steps: int

    def distance(self, point: Any) -> float:
        """How far the nearest minimum is from `point`."""
        return float(np.linalg.norm(np.asarray(self.minima) - point, axis=1).min())


def _rosenbrock(x: Any, y: Any) -> Any:
    """Rosenbrock, The Computer Journal 3 (1960), with the customary factor 100."""
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def _rosenbrock_gradient(x: Any, y: Any) -> tuple[Any, Any]:
    return -2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)


def _beale(x: Any, y: Any) -> Any:
    """Beale, On an iterative method for finding a local minimum (1958)."""
    return sum((c - x * (1 - y**k)) ** 2 for k, c in enumerate((1.5, 2.25, 2.625), 1))


def _beale_gradient(x: Any, y: Any) -> tuple[Any, Any]:
    along_x, along_y = 0.0 * x, 0.0 * y
    for k, c in enumerate((1.5, 2.25, 2.625), 1):
        rest = c - x * (1 - y**k)
        along_x = along_x - 2 * rest * (1 - y**k)
        along_y = along_y + 2 * rest * x * k * y ** (k - 1)
    return along_x, along_y


def _himmelblau(x: Any, y: Any) -> Any:
    """Himmelblau, Applied Nonlinear Programming (1972): four minima of equal depth."""
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def _himmelblau_gradient(x: Any, y: Any) -> tuple[Any, Any]:
    first, second = x**2 + y - 11, x + y**2 - 7
    return 4 * x * first + 2 * second, 2 * first + 4 * y * second


def _quadratic(x: Any, y: Any) -> Any:
    """A valley along the first axis, 25 times as steep across as along."""
    return (x**2 + 25 * y**2) / 2


def _quadratic_gradient(x: Any, y: Any) -> tuple[Any, Any]:
    return x, 25 * y


SURFACES = {
    "rosenbrock": Surface(
        title="Rosenbrock's valley",
        value=_rosenbrock,
        gradient=_rosenbrock_gradient,
        window=(-2, 2, -1, 3),
        start=(-1.5, 2.0),
        minima=((1.0, 1.0),),
        learning_rate=0.1,
        steps=1200,
    ),
    "beale": Surface(
        title="Beale's function",
        value=_beale,
        gradient=_beale_gradient,
        window=(-1, 4.5, -2, 2),
        start=(1.0, 1.5),
        minima=((3.0, 0.5),),
        learning_rate=0.1,
        steps=400,
    ),
    "himmelblau": Surface(
        title="Himmelblau's function",
        value=_himmelblau,
        gradient=_himmelblau_gradient,
        window=(-5, 5, -5, 5),
        start=(-0.5, -1.0),
        minima=(
            (3.0, 2.0),
            (-2.805118086952745, 3.131312518250573),
            (-3.779310253377747, -3.283185991286170),
            (3.584428340330492, -1.848126526964404),
        ),
        learning_rate=0.2,
        steps=200,
    ),
    "quadratic": Surface(
        title="A narrow quadratic valley",
        value=_quadratic,
        gradient=_quadratic_gradient,
        window=(-4.5, 1.5, -1.5, 1.5),
        start=(-4.0, 1.0),
        minima=((0.0, 0.0),),
        learning_rate=0.1,
        steps=200,
    ),
}
"""The surfaces by the name that the command line has for them."""
