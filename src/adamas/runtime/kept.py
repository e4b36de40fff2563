"""What stands in place of an argument that stays as it is, where others are changed."""

from collections.abc import Mapping
from enum import Enum


class Kept(Enum):
    """In place of an argument that stays as it is."""

    KEPT = "as it is"

    def __repr__(self) -> str:
        return "KEPT"


KEPT = Kept.KEPT

States = str | Mapping[str, str] | Kept
"""What ``states`` becomes, for all slots or by their names."""
