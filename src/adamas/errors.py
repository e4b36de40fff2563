"""The errors that adamas raises, and the warnings that it gives, on purpose.

Every one is an `AdamasError` and also the built-in kind that a caller would expect, so both
``except adamas.errors.AdamasError`` and ``except ValueError`` work. A message states the law,
what came, and the way out; it is raised before anything is modified.
"""

import sys
import warnings
from types import FrameType
from typing import Any

BETWEEN = frozenset(
    ("adamas", "contextlib", "flax", "functools", "jax", "keras", "numpy", "optax", "scipy")
    + ("tensorflow", "torch")
)
"""Packages through which a call of a user's comes here: a warning is about none of their lines."""


class AdamasError(Exception):
    """Base of every error that adamas raises on purpose."""


class ConfigurationError(AdamasError, ValueError):
    """A hyperparameter, schedule or configuration has a value that is not allowed."""


class ArgumentError(AdamasError, TypeError):
    """An argument is unknown, missing, or of the wrong kind."""


class RuleError(AdamasError, TypeError):
    """A rule or a schedule is not written as it must be; the message shows the line."""


class ArrayError(AdamasError, ValueError):
    """A parameter or gradient cannot be used: its shape, memory, order or values."""


class ArrayTypeError(AdamasError, TypeError):
    """A parameter or gradient cannot be used: its type or dtype."""


class StructureError(AdamasError, ValueError):
    """Gradients, parameters or names do not match the structure that was built."""


class StateError(AdamasError, RuntimeError):
    """A call came at a time when it has no meaning, such as a step before `build`."""


class NonFiniteError(AdamasError, FloatingPointError):
    """A step would have stored NaN or infinity, and the optimizer was told to raise."""


class CheckpointError(AdamasError, ValueError):
    """A checkpoint is damaged, or does not belong to what it is loaded into."""


class MissingDependencyError(AdamasError, ImportError):
    """An optional package is needed; the message gives the command that installs it."""


class UnsupportedError(AdamasError, NotImplementedError):
    """A compiler or framework refuses this combination; the support table lists it."""


LONGEST = 400
"""How many letters of a value a message has."""


def shown(value: Any) -> str:
    """A value in a message, also one that is long, or cannot say what it is."""
    try:
        text = repr(value)
    except Exception:  # one that holds itself, a number of thousands of digits, or a broken repr
        return f"a {type(value).__name__}"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn of what the user's own line asks for, however many calls lie between."""
    warnings.warn(message, category, stacklevel=_calls_since_the_users_own())


def _calls_since_the_users_own() -> int:
    """The `stacklevel`, seen from who calls this, of the innermost line that is in no package."""
    level = 1
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _root(frame) in BETWEEN:
        level, frame = level + 1, frame.f_back
    return level


def _root(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__")).partition(".")[0]
