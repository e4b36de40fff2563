"""Is an optimizer right? A user's class run through what the built-in ones are tested for."""

from .checks import CHECKS, Check, Outcome, verify

__all__ = ["CHECKS", "Check", "Outcome", "verify"]
