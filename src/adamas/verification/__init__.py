"""Is an optimizer right? A user's class run through what the built-in ones are tested for."""

from .check import Check, Outcome
from .checks import CHECKS
from .examination import verify

__all__ = ["CHECKS", "Check", "Outcome", "verify"]
