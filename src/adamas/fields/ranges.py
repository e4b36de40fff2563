"""What numbers a field may be."""

import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass

LARGEST = 2**31 - 1
"""The largest whole number: on some front ends calls are counted in 32 bits."""

FINITE = sys.float_info.max

AT_LEAST, ABOVE, AT_MOST, BELOW = "at least {}", "greater than {}", "at most {}", "less than {}"


@dataclass(frozen=True)
class Range:
    """What a number may be; infinite only if it is `endless`, as a limit that limits nothing."""

    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None
    whole: bool = False
    endless: bool = False

    def laws(self) -> tuple[str, ...]:
        """Its bounds, in words."""
        bounds = (AT_LEAST, self.at_least), (ABOVE, self.above), (AT_MOST, self.at_most)
        known = (*bounds, (BELOW, self.below))
        return tuple(words.format(limit) for words, limit in known if limit is not None)

    def ends(self) -> tuple[float, float] | None:
        """The least and the largest float that it allows; None if not all between are allowed."""
        if self.whole:
            return None
        end = math.inf if self.endless else FINITE
        least, most = [-end], [end]
        least += [] if self.at_least is None else [self.at_least]
        least += [] if self.above is None else [math.nextafter(self.above, math.inf)]
        most += [] if self.at_most is None else [self.at_most]
        most += [] if self.below is None else [math.nextafter(self.below, -math.inf)]
        return max(least), min(most)

    def broken(self, value: float) -> Iterator[str]:
        """The laws, in words, that `value` does not keep."""
        if self.at_least is not None and not value >= self.at_least:
            yield AT_LEAST.format(self.at_least)
        if self.above is not None and not value > self.above:
            yield ABOVE.format(self.above)
        if self.whole and not float(value).is_integer():
            yield "a whole number"
        if self.whole and value > LARGEST:
            yield f"at most {LARGEST}, as far as calls are counted everywhere"
        if math.isinf(value) and not self.endless:
            yield "finite"
        if self.at_most is not None and not value <= self.at_most:
            yield AT_MOST.format(self.at_most)
        if self.below is not None and not value < self.below:
            yield BELOW.format(self.below)
