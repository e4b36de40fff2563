"""A search along a line for the strong Wolfe conditions, one evaluation at a time.

Nocedal and Wright, Numerical Optimization, 2006, algorithms 3.5 and 3.6, with the safeguards of
minFunc and PyTorch. What is known stands in one value, and each evaluation makes the next of it:
so whoever evaluates may be a loop of Python, a closure of PyTorch or a program of JAX.
"""

import math
from typing import Any, NamedTuple

from .branches import NO, YES, when, where
from .vector import is_finite, least, most, root

DECREASE, CURVATURE = 1e-4, 0.9
"""c₁ and c₂: f must fall by c₁ of what the slope promises, and the slope to c₂ of what it was."""

MOST_TRIES = 25
NARROWEST = 1e-9
"""How far apart the ends of a bracket are at least, in the largest change of a weight."""


class End(NamedTuple):
    """A point on the line: how far it is, the value there, and the slope."""

    t: Any
    value: Any
    slope: Any


class Line(NamedTuple):
    """What is known of a line.

    Attributes:
        start: where it begins.
        first, second: the ends of the bracket; before there is one, the point before the last.
        first_is_low: which end is lower.
        t: where to look next.
        zooms: whether there is a bracket.
        near: whether the last point but one was close to an end.
        tries, most_tries: how many points were looked at that did not end the search, and how many
            there may be.
        done: whether the search is over, with the lower end as its result.
    """

    start: End
    first: End
    second: End
    first_is_low: Any
    t: Any
    zooms: Any
    near: Any
    tries: Any
    most_tries: Any
    done: Any

    @property
    def low(self) -> End:
        """The lower end."""
        return where(self.first_is_low, self.first, self.second)


def begun(t: Any, value: Any, slope: Any, most_tries: Any = MOST_TRIES) -> Line:
    """A search from a point with this value and this slope, which looks at `t` first.

    Args:
        t: the first step.
        value, slope: at 0; the slope is below 0.
        most_tries: how often it may look again.
    """
    start = End(0.0 * slope, value, slope)
    return Line(start, start, start, YES, t, NO, NO, 0, most_tries, NO)


def told(line: Line, value: Any, slope: Any, widest: Any) -> Line:
    """The search after it was told of the point at `line.t`.

    Args:
        line: the search before.
        value, slope: what there is. A value that is not finite is as one that is much too high.
        widest: the largest change of a weight in a step of 1.
    """
    known = is_finite(value) & is_finite(slope)
    new = End(line.t, where(known, value, math.inf), where(known, slope, 0.0))
    return when(
        line.zooms, lambda: _zoomed(line, new, widest), lambda: _bracketed(line, new, widest)
    )


def _is_too_high(line: Line, new: End) -> Any:
    return new.value > line.start.value + DECREASE * new.t * line.start.slope


def _is_flat(line: Line, new: End) -> Any:
    return abs(new.slope) <= -CURVATURE * line.start.slope


def _bracketed(line: Line, new: End, widest: Any) -> Line:
    """Before there is a bracket: is there one now, or must one go further?"""
    before = line.first
    exhausted = line.tries >= line.most_tries
    high = _is_too_high(line, new) | ((line.tries > 1) & (new.value >= before.value))
    flat = ~high & _is_flat(line, new)
    turns = high | (~flat & (new.slope >= 0))
    further = _interpolated(before, new, new.t + 0.01 * (new.t - before.t), new.t * 10)
    goes_on = line._replace(first=new, second=new, t=further, tries=line.tries + 1)
    found = line._replace(first=new, second=new, done=YES)
    bracket = line._replace(second=new, first_is_low=before.value <= new.value, zooms=YES)
    at_last = bracket._replace(
        first=line.start, first_is_low=line.start.value <= new.value, done=YES
    )
    near = where(turns, _narrowed(bracket, widest), where(flat, found, goes_on))
    return where(exhausted, at_last, near)


def _zoomed(line: Line, new: End, widest: Any) -> Line:
    """The bracket with the new point as one of its ends."""
    low, high = line.low, where(line.first_is_low, line.second, line.first)
    above = _is_too_high(line, new) | (new.value >= low.value)
    flat = ~above & _is_flat(line, new)
    passed = ~flat & (new.slope * (high.t - low.t) >= 0)
    low, high = where(above, (low, new), (new, where(passed, low, high)))
    first, second = where(line.first_is_low, (low, high), (high, low))
    first_is_low = where(above, first.value <= second.value, line.first_is_low)
    after = line._replace(first=first, second=second, first_is_low=first_is_low)
    return _narrowed(after._replace(tries=line.tries + 1, done=line.done | flat), widest)


def _narrowed(line: Line, widest: Any) -> Line:
    """Where to look next inside the bracket; or the end of the search."""
    left, right = least(line.first.t, line.second.t), most(line.first.t, line.second.t)
    t, margin = _interpolated(line.first, line.second, left, right), 0.1 * (right - left)
    close = least(right - t, t - left) < margin
    moved = close & (line.near | (t >= right) | (t <= left))
    inside = where(abs(t - right) < abs(t - left), right - margin, left + margin)
    narrow = (right - left) * widest < NARROWEST
    return line._replace(
        t=where(moved, inside, t),
        near=close & ~moved,
        done=line.done | narrow | (line.tries >= line.most_tries),
    )


def _interpolated(a: End, b: End, lowest: Any, highest: Any) -> Any:
    """The minimum of the cubic with both values and slopes, between two bounds; else their middle.

    Nocedal and Wright, equation 3.59.
    """
    a, b = where(a.t <= b.t, (a, b), (b, a))
    middle = a.slope + b.slope - 3 * (a.value - b.value) / (a.t - b.t)
    spread = root(middle**2 - a.slope * b.slope)
    part = (b.slope + spread - middle) / (b.slope - a.slope + 2 * spread)
    t = b.t - (b.t - a.t) * part
    known = is_finite(t)
    return where(known, least(most(t, lowest), highest), (lowest + highest) / 2)
