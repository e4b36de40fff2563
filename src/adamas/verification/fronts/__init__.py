"""Front ends that a check can drive, each imported when it is asked for."""

import importlib

from .front import Arrays, Front, Given

FRONTS = {
    "numpy": ("numpy", "NumPy"),
    "tensors": ("torch", "Tensors"),
    "torch": ("torch", "Torch"),
    "jax": ("jax", "Jax"),
    "optax": ("optax", "Optax"),
    "keras": ("keras", "Keras"),
}
"""The module and the class of each; those of Keras run on the backend that it is told to use."""

__all__ = ["FRONTS", "Arrays", "Front", "Given", "front"]


def front(name: str) -> type[Front]:
    """The front end called `name`; `ImportError` if it is not installed."""
    module, kind = FRONTS[name]
    return getattr(importlib.import_module(f".{module}", __name__), kind)
