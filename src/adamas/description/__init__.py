"""What an optimizer is: declared fields and what a subclass says; no framework, no session."""

from .arguments import GIVEN
from .declaring import find_convention
from .description import Description
from .rates import Hyperparameter, Rate

__all__ = ["GIVEN", "Description", "Hyperparameter", "Rate", "find_convention"]
