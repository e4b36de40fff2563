"""Keras 3: every optimizer as a Keras optimizer, on JAX, PyTorch and TensorFlow.

``model.compile(optimizer=adamas.keras.Adam(0.001))`` and so on for each built-in optimizer;
``adamas.keras.wrap(MyOptimizer)`` is the class for one's own. A process that loads a saved model
must have imported this module, and have wrapped one's own classes, before.
"""

from . import optimizers
from .frameworks.keras import KerasOptimizer, KerasSchedule, from_keras, to_keras, wrap
from .registry import no_attribute

_DECLARED = (*optimizers.WITH_RULES, optimizers.MultiOptimizer)
_CLASSES = {declared.__name__: wrap(declared) for declared in _DECLARED}
globals().update(_CLASSES)

__all__ = ["KerasOptimizer", "KerasSchedule", "from_keras", "to_keras", "wrap"]
__all__ += list(_CLASSES)  # pyright: ignore[reportUnsupportedDunderAll]

_WAYS = {
    "LBFGS": "Keras's fit computes one gradient for each batch, and L-BFGS looks several times, at "
    "the loss of all data. Train the model's variables by a driver of its backend: "
    "adamas.torch.LBFGS([v.value for v in model.trainable_variables]).step(closure), or "
    "adamas.jax.functional(adamas.LBFGS()) with model.stateless_call.",
    "schedules": "They are adamas.schedules, and Keras's own.",
}


def __getattr__(name: str) -> object:
    """The error says what there is instead."""
    raise no_attribute(__name__, name, __all__, _WAYS)
