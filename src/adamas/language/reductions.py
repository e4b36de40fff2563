"""What a rule may make of all values along some axes: one row for each reduction.

A row is all that compilers know of a reduction: where it starts, and which operation joins two
partial results. So a walk may go over its weights in any chunks, threads and processes. Sums are
taken in double precision, and in a fixed order; what a maximum or a minimum gives is one of its
values whatever the order, and NaN if there is one, as in NumPy.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

_NO_SIGN = 0.0
"""Added to what is one of several: zeros of both signs are equal, and would come by their order."""


@dataclass(frozen=True)
class Reduction:
    """One reduction.

    Attributes:
        name: what NumPy calls it.
        start: what it gives of no values at all, as 0 is the sum of none.
        joins: the operation (`adamas.language.operations`) that joins two partial results.
        aliases: other names of NumPy's.
    """

    name: str
    start: float
    joins: str
    aliases: tuple[str, ...] = ()

    @property
    def adds(self) -> bool:
        """Whether it is the sum, of which squares are taken in double precision, too."""
        return self.joins == "add"

    def along(self, values: np.ndarray, axis: Any = None, keepdims: bool = False) -> Any:
        """NumPy's, which is the definition, also of no values."""
        if self.adds:
            return np.sum(values, axis=axis, keepdims=keepdims)
        join = getattr(np, self.joins)
        with np.errstate(invalid="ignore"):
            found = join.reduce(values, axis=axis, keepdims=keepdims, initial=self.start)
        return found + _NO_SIGN

    def grouped(self, places: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
        """One result for each of `count` places, float64, in the order of the values."""
        if self.adds:
            return np.bincount(places, values, minlength=count)
        found = np.full(count, self.start)
        with np.errstate(invalid="ignore"):
            getattr(np, self.joins).at(found, places, values)
        return found + _NO_SIGN


REDUCTIONS: Mapping[str, Reduction] = {
    row.name: row
    for row in (
        Reduction("sum", 0.0, "add"),
        Reduction("max", -np.inf, "maximum", ("amax",)),
        Reduction("min", np.inf, "minimum", ("amin",)),
    )
}
"""Every reduction by NumPy's name."""

REDUCING: Mapping[str, str] = {
    **{name: row.name for row in REDUCTIONS.values() for name in (row.name, *row.aliases)},
    "mean": "mean",
}
"""Functions of NumPy that reduce, and what each is here; a mean is a sum, divided."""
