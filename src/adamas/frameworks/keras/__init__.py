"""Keras's manners: `keras.optimizers.Optimizer` classes, state in variables, on every backend."""

from .classes import wrap
from .exchange import from_keras, to_keras
from .optimizer import KerasOptimizer
from .schedules import KerasSchedule

__all__ = ["KerasOptimizer", "KerasSchedule", "from_keras", "to_keras", "wrap"]
