"""What PyTorch and optax do alike in all of their optimizers, and what they call it."""

from collections.abc import Mapping
from typing import Any

from ..description import words
from ..description.words import Names
from ..optimizer import REQUIRED, Convention
from .elsewhere import OPTAX

TORCH_MOMENTS = {"m": "exp_avg", "v": "exp_avg_sq"}
TORCH_AMSGRAD = {**TORCH_MOMENTS, "v_hat": "max_exp_avg_sq"}
OPTAX_MOMENTS = {"m": "mu", "v": "nu"}
OPTAX_AMSGRAD = {**OPTAX_MOMENTS, "v_hat": "nu_max"}

KERAS_MOMENTS = {"m": "momentum", "v": "velocity"}


def keras(*variables: Mapping[str, str], **data: Any) -> Convention:
    """Keras's convention: groups of slots and what it calls them, and data for `prepare`."""
    return Convention(data=data, variables=variables)


def torch(
    arguments: str,
    slots: Mapping[str, str],
    defaults: Mapping[str, Any],
    data: Mapping[str, Any] | None = None,
    *,
    decay: str = "coupled",
    called: Names | None = None,
    **others: Any,
) -> Convention:
    """PyTorch's convention: ``weight_decay`` is 0 by default and, as a rule, L2 regularization.

    Args:
        arguments: their names, in the order of its signature.
        slots, defaults, data, decay: as in `Convention`.
        called: what those arguments are here that mean something else in this optimizer.
        others: the other fields of `Convention`.
    """
    names = _named(arguments, {**words.TORCH, **(called or {})})
    every = {"weight_decay": 0.0, **defaults}
    return Convention(every, data or {}, decay, arguments=names, slots=slots, **others)


def optax(
    arguments: str,
    slots: Mapping[str, str],
    defaults: Mapping[str, Any],
    data: Mapping[str, Any] | None = None,
    *,
    decay: str = "decoupled",
    called: Names | None = None,
    **others: Any,
) -> Convention:
    """optax's convention: there is no default for the learning rate. Arguments as in `torch`."""
    names = _named(f"learning_rate {arguments}", {**words.OPTAX, **(called or {})})
    every = {"learning_rate": REQUIRED, **defaults}
    values = {"eps_root": {0.0: None}} if names.get("eps_root") == "epsilon_root" else {}
    others = {"values": values, "elsewhere": OPTAX, **others}
    return Convention(every, data or {}, decay, arguments=names, slots=slots, **others)


def _named(arguments: str, known: Names) -> Names:
    return {name: known.get(name, name) for name in arguments.split()}
