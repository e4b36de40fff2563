"""The errors that adamas raises on purpose.

Every one is an `AdamasError` and also the built-in kind that a caller would expect, so both
``except adamas.errors.AdamasError`` and ``except ValueError`` work. A message states the law,
what came, and the way out; it is raised before anything is modified.
"""


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
