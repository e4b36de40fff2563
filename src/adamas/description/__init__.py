"""What an optimizer is: declared fields and what a subclass says; no framework, no session."""

from .arguments import GIVEN
from .declaring import find_convention
from .description import Description
from .elsewhere import point, present
from .habits import HABITS
from .rates import Hyperparameter, Rate
from .words import refuse_words, unknown

__all__ = [
    "GIVEN",
    "HABITS",
    "Description",
    "Hyperparameter",
    "Rate",
    "find_convention",
    "point",
    "present",
    "refuse_words",
    "unknown",
]
