"""Keras 3: every optimizer as a Keras optimizer, on JAX, PyTorch and TensorFlow.

``model.compile(optimizer=adamas.keras.Adam(0.001))`` and so on for each built-in optimizer;
``adamas.keras.wrap(MyOptimizer)`` is the class for one's own. A process that loads a saved model
must have imported this module, and have wrapped one's own classes, before.
"""

from typing import Any

from . import optimizers
from .composite import Composite
from .frameworks.keras import KerasOptimizer, KerasSchedule, from_keras, to_keras, wrap
from .optimizer import OPTIMIZERS

_KINDS = [getattr(optimizers, name) for name in optimizers.__all__ if name in OPTIMIZERS]
_CLASSES = {kind.__name__: wrap(kind) for kind in _KINDS if not issubclass(kind, Composite)}
globals().update(_CLASSES)

__all__ = [  # noqa: PLE0604
    "KerasOptimizer",
    "KerasSchedule",
    "from_keras",
    "to_keras",
    "wrap",
    *_CLASSES,  # pyright: ignore[reportUnsupportedDunderAll]
]


def __getattr__(name: str) -> Any:
    """For type checkers, which do not see the classes that are made."""
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
