"""Classes of Keras optimizers, one for each declared class."""

import inspect
from typing import Any, cast

from ...compilers.keras import keras
from ...composite import Composite
from ...errors import ArgumentError
from ...fields import Documented
from ...optimizer import Optimizer
from ...optimizers import MultiOptimizer
from ...refusals import COMPOSITE_IN_KERAS
from .configuration import argument
from .optimizer import KerasOptimizer

KERAS_OWN = ("learning_rate", "name")
"""Arguments that Keras keeps itself."""

_made: dict[type[Optimizer], type[KerasOptimizer]] = {}


def wrap(optimizer: "type[Optimizer] | Optimizer") -> Any:
    """A Keras optimizer class for a declared class, or a Keras optimizer for a declared one.

    The class takes the arguments of the declared one and is registered as ``adamas>Name``: a
    process that loads a model saved with it must have called `wrap` for it first. Keras also finds
    it by a string: ``model.compile("adamas_adam")``.

    Args:
        optimizer: a subclass of `adamas.Optimizer`, or one that is made, whose arguments are taken.

    Raises:
        UnsupportedError: it scales the loss: Keras's own LossScaleOptimizer takes these.
    """
    if isinstance(optimizer, Optimizer):
        made = wrap(type(optimizer))(**optimizer.copied_arguments())
        made.declared.exclude(optimizer.exclusions)
        return made
    if not (isinstance(optimizer, type) and issubclass(optimizer, Optimizer)):
        raise ArgumentError(
            f"An optimizer of adamas is needed. Got: {optimizer!r} ({type(optimizer).__name__})."
        )
    if issubclass(optimizer, Composite) and optimizer is not MultiOptimizer:
        raise COMPOSITE_IN_KERAS.error(optimizer.__name__)
    if optimizer not in _made:
        _made[optimizer] = _make_class(optimizer)
    return _made[optimizer]


def _make_class(declaration: type[Optimizer]) -> type[KerasOptimizer]:
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        KerasOptimizer.__init__(self, *args, **kwargs)

    init.__signature__ = inspect.signature(declaration.__init__)  # type: ignore[attr-defined]
    names = [name for name in declaration.own_arguments() if name not in KERAS_OWN]
    body = {
        "__init__": init,
        "__doc__": Documented(lambda: cast("str", declaration.__doc__)),
        "__module__": "adamas.keras",
        "declaration": declaration,
        **{name: argument(name) for name in names},
    }
    made = type(declaration.__name__, (KerasOptimizer,), body)
    # By this name for model.compile("adamas_adam"), as Keras's own by "adam".
    keras.saving.get_custom_objects()[f"adamas_{declaration.__name__.lower()}"] = made
    return keras.saving.register_keras_serializable("adamas", declaration.__name__)(made)
