"""Optimizers by name and by description, as Keras has it: `serialize`, `deserialize`, `get`."""

from collections.abc import Mapping
from typing import Any

from .errors import ArgumentError, ConfigurationError, shown
from .optimizer import OPTIMIZERS, Optimizer


def serialize(optimizer: Optimizer, strict: bool = True) -> dict[str, Any]:
    """``{"class_name": …, "config": …}``, which `deserialize` and `get` read back.

    Args:
        optimizer: any optimizer, one's own too.
        strict: whether a callable, which JSON cannot hold, is an error; with False it is noted by
            name (`Optimizer.get_config`).
    """
    config = optimizer.get_config(strict=strict)
    return {"class_name": type(optimizer).__name__, "config": config}


def deserialize(description: Mapping[str, Any]) -> Optimizer:
    """The optimizer that `serialize` described.

    Args:
        description: ``{"class_name": …, "config": …}``. Names are looked up; no code runs.

    Raises:
        ConfigurationError: an unknown class, or another form.
        ArgumentError: an unknown argument.
    """
    try:
        return _described(description)
    except RecursionError:
        raise ConfigurationError(
            "A description must be nested a few levels deep. Got: one without an end."
        ) from None


def _described(description: Mapping[str, Any]) -> Optimizer:
    keys = set(description) if isinstance(description, Mapping) else set()
    if not {"class_name", "config"} <= keys or not isinstance(description["class_name"], str):
        raise ConfigurationError(
            'A description must be {"class_name": "…", "config": {…}}. '
            f"Got: {shown(description)}."
        )
    return OPTIMIZERS[description["class_name"]].from_config(description["config"])


def get(identifier: "str | Mapping[str, Any] | Optimizer") -> Optimizer:
    """An optimizer from its name (``"adam"``), its description, or itself.

    Args:
        identifier: a name in any case, with or without underscores; what `serialize` gave; or an
            optimizer.

    Raises:
        ConfigurationError: an unknown name.
        ArgumentError: something else.
    """
    if isinstance(identifier, Optimizer):
        return identifier
    if isinstance(identifier, str):
        return OPTIMIZERS.find(identifier)()
    if isinstance(identifier, Mapping):
        return deserialize(identifier)
    raise ArgumentError(
        "An optimizer is given by its name, its description or itself. "
        f"Got: {what_came(identifier)}"
    )


def what_came(value: Any) -> str:
    """What came in place of an optimizer, and the way out."""
    if isinstance(value, type) and issubclass(value, Optimizer):
        return f"the class {value.__name__}. Make one of it: {value.__name__}()."
    return f"{shown(value)} ({type(value).__name__}). Give one such as adamas.Adam(0.001)."
