"""Keras 3: every optimizer as a Keras optimizer, on every backend."""

from .frameworks.keras import KerasOptimizer, wrap

__all__ = ["KerasOptimizer", "wrap"]
