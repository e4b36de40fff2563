"""A search by a driver, which looks several times in each iteration."""

from typing import Any

import numpy as np

from ...drivers import Driver, Vector
from ...drivers.search import first_state
from ...refusals import BOUNDS_IN_DRIVER
from .objective import Box, Objective
from .search import Options, Search


class Driving(Search):
    """A driver at `x`; it knows no bounds."""

    def __init__(
        self,
        driver: Driver,
        objective: Objective,
        x: np.ndarray,
        box: Box | None,
        options: Options,
    ) -> None:
        if box is not None:
            raise BOUNDS_IN_DRIVER.error(f"bounds with {type(driver).__name__}")
        super().__init__(objective, x, box, options)
        self._driver = driver.endless()
        # A copy: x is moved in place.
        self._state: Any = first_state(self._driver, Vector([x.copy()]))
        self._found_nothing = False

    def _move(self) -> None:
        """Look until x is another one, or the driver has nothing to look for."""
        state = self._state
        if state.done or not self._nit:
            state = self._told(self._driver.resume(state, state.x), self._value, self._gradient)
        before = self._state.x
        while state.x is before and not state.done:
            [point] = state.point.leaves
            gradient = np.empty_like(point)
            state = self._told(state, self._objective.at(point, gradient), gradient)
        self._state, self._value = state, float(state.loss)
        self._found_nothing = np.array_equal(self._x, state.x.leaves[0])
        self._x[...], self._gradient[...] = state.x.leaves[0], state.gradient.leaves[0]

    def _told(self, state: Any, value: float, gradient: np.ndarray) -> Any:
        with np.errstate(all="ignore"):
            return self._driver.advance(state, np.float64(value), Vector([gradient.copy()]))

    def _is_at_rest(self) -> bool:
        return self._found_nothing
