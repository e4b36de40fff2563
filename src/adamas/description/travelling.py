"""Numbers that only travel: set anew at every step, as schedulers do, they need a look at a range.

All else that must be asked of a new value is decided once, such as whether it chooses another rule.
"""

from collections.abc import Collection
from typing import Any, NamedTuple

from ..fields import Field


class Free(NamedTuple):
    """Which floats a number may be set to that need not be asked anything else.

    Attributes:
        low, high: they and what is between them.
        apart: but for these, of which a rule asks whether the number is one.
    """

    low: float
    high: float
    apart: Collection[Any] = ()

    def has(self, value: Any) -> bool:
        """Whether `value` is one of them."""
        return type(value) is float and self.low <= value <= self.high and value not in self.apart


Readings = tuple[dict[str, float], dict[str, Any], dict[str, Free]]
"""The numbers of a description, as a step reads them: those that are known, with 0 in the place of
the others; those others, which are asked at every step; of the known ones, those that only travel.

A plain tuple, since small steps would feel what anything else takes.
"""


def free_of(field: Field, apart: Collection[Any] | None) -> Free | None:
    """What a number may be set to, with the values that its rule compares it with; or None.

    Args:
        field: the number's.
        apart: None where the rule depends on the number in another way.
    """
    ends = field.range.ends()
    if ends is None or apart is None or field.structure or field.replans:
        return None
    return Free(*ends, apart)
