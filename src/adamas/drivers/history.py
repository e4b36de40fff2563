"""The last steps, and the changes of the gradient along them: what L-BFGS knows of the curvature.

A history that goes on is another one, and the former stays as it was: a call that is given up goes
back to it. In Python both share the vectors of their pairs; for JAX, where the form of what is
traced is fixed, they stand in arrays of h copies.
"""

from typing import Any, NamedTuple, Self

import numpy as np

from .branches import repeat
from .vector import Vector, dot, is_of_jax


class Pair(NamedTuple):
    """A step s, the change of the gradient y along it, and 1 / s·y."""

    step: Vector
    change: Vector
    inverse: Any


class Pairs(NamedTuple):
    """Pairs of numbers that are known.

    Attributes:
        kept: all, the newest first.
    """

    kept: tuple[Pair, ...]

    @property
    def number(self) -> int:
        """How many there are."""
        return len(self.kept)

    def pair(self, i: int) -> Pair:
        """A pair by its age, from 0.

        Args:
            i: its age.
        """
        return self.kept[i]

    def with_pair(self, pair: Pair, size: int) -> Self:
        """Those with one more, without the oldest if there are too many.

        Args:
            pair: the newest.
            size: how many there may be.
        """
        return self._replace(kept=(pair, *self.kept)[:size])


class Ring(NamedTuple):
    """Pairs that may be traced.

    Attributes:
        steps, changes, inverses: those of all pairs, in turn.
        noted: how many there were.
    """

    steps: Vector
    changes: Vector
    inverses: Any
    noted: Any

    @property
    def number(self) -> Any:
        """How many there are."""
        size = len(self.inverses)
        return self.noted - (self.noted - size) * (self.noted > size)

    def pair(self, i: Any) -> Pair:
        """A pair by its age, from 0.

        Args:
            i: its age.
        """
        place = (self.noted - 1 - i) % len(self.inverses)
        steps, changes = (one.map(lambda a: a[place]) for one in (self.steps, self.changes))
        return Pair(steps, changes, self.inverses[place])

    def with_pair(self, pair: Pair, size: int) -> Self:
        """Those with one more, in the place of the oldest.

        Args:
            pair: the newest.
            size: how many there may be, which is fixed.
        """
        place = self.noted % len(self.inverses)

        def put(all_of: Vector, one: Vector) -> Vector:
            both = zip(all_of.leaves, one.leaves, strict=True)
            return Vector([rows.at[place].set(row) for rows, row in both])

        return self._replace(
            steps=put(self.steps, pair.step),
            changes=put(self.changes, pair.change),
            inverses=self.inverses.at[place].set(pair.inverse.astype(self.inverses.dtype)),
            noted=self.noted + 1,
        )


def no_pairs(size: int, zeros: Vector) -> Pairs | Ring:
    """A history without pairs.

    Args:
        size: how many there can be.
        zeros: zeros like the weights.
    """
    if not any(map(is_of_jax, zeros.leaves)):
        return Pairs(())
    rows = zeros.map(lambda leaf: leaf[None].repeat(size, 0))
    inverses = dot(zeros, zeros)[None].repeat(size, 0)
    return Ring(rows, rows, inverses, 0)


def turned(history: Pairs | Ring, gradient: Vector, scale: Any) -> Vector:
    """The gradient times what is known of the inverse of the curvature: the two loops.

    Args:
        history: the pairs.
        gradient: at the newest point.
        scale: what the curvature is taken for where no pair tells.
    """
    count = history.number

    def back(i: Any, known: tuple[Vector, Any]) -> tuple[Vector, Any]:
        q, shares = known
        step, change, inverse = history.pair(i)
        share = inverse * dot(step, q)
        return q - change * share, _put(shares, i, share)

    def forth(i: Any, known: tuple[Vector, Any]) -> tuple[Vector, Any]:
        r, shares = known
        step, change, inverse = history.pair(count - 1 - i)
        return r + step * (shares[count - 1 - i] - inverse * dot(change, r)), shares

    shares = np.zeros(count) if isinstance(history, Pairs) else history.inverses
    q, shares = repeat(count, back, (gradient, shares))
    return repeat(count, forth, (q * scale, shares))[0]


def _put(numbers: Any, i: Any, number: Any) -> Any:
    if is_of_jax(numbers):
        return numbers.at[i].set(number.astype(numbers.dtype))
    numbers[i] = number
    return numbers
