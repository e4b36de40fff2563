"""An optimizer's state in one file: slots under ``slot/parameter``, counters, configuration."""

from collections.abc import Iterable, Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any

from .. import checkpoint
from ..errors import CheckpointError, ConfigurationError, StateError
from ..registry import nearest
from ..runtime.clock import COUNTERS

if TYPE_CHECKING:
    from ..optimizer import Optimizer
    from .numpy import Session


def save(optimizer: "Optimizer", path: str | PathLike[str]) -> None:
    """Write the state of a built optimizer."""
    tensors, description = describe(optimizer)
    checkpoint.write(path, tensors, description)


def load(
    optimizer: "Optimizer", path: str | PathLike[str], *, hyperparameters: bool = False
) -> None:
    """Take over the state in a file; an error changes nothing."""
    saved = checkpoint.read(path)
    take(optimizer, saved.tensors, saved.metadata, str(path), hyperparameters=hyperparameters)


def describe(optimizer: "Optimizer") -> tuple[dict[str, Any], dict[str, Any]]:
    """The state's arrays by name, and its counters and configuration as JSON-safe values."""
    tensors, counters = _session(optimizer).export()
    return tensors, description(optimizer, counters)


def description(optimizer: "Optimizer", counters: Mapping[str, int]) -> dict[str, Any]:
    """What a file says beside the arrays of a state."""
    return {
        "class_name": type(optimizer).__name__,
        "config": optimizer.get_config(strict=False),
        "counters": dict(counters),
    }


def take(
    optimizer: "Optimizer",
    tensors: Mapping[str, Any],
    saved: Mapping[str, Any],
    source: str,
    *,
    hyperparameters: bool = False,
) -> None:
    """Take over what `describe` gave; `CheckpointError` names `source` if it does not fit."""
    session = _session(optimizer)
    counted = counters(optimizer, saved, source)
    numbers = _numbers(optimizer, saved, source) if hyperparameters else {}
    session.restore(tensors, counted, f"The state in {source}")
    for number, value in numbers.items():
        setattr(optimizer, number, value)


def convert(
    source: str | PathLike[str],
    target: str | PathLike[str],
    names: Mapping[str, str],
    *,
    transposed: Iterable[str] = (),
) -> None:
    """Write a state again under the names, and in the layout, of another framework.

    A layer that is called ``0.weight`` in PyTorch and holds [out, in] may be ``hidden/kernel`` and
    [in, out] elsewhere: ``names={"0.weight": "hidden/kernel"}, transposed=["0.weight"]``.

    Args:
        source: a file that any optimizer's ``save`` wrote.
        target: the file to write.
        names: name of a parameter in `source` → its name in `target`; others stay as they are.
        transposed: names in `source` of parameters whose two last axes change places.

    Raises:
        CheckpointError: a file that is damaged, a name that it does not have, two parameters that
            would have one name, or a slot with values for rows or columns only of a parameter that
            is transposed. Nothing is written then.
    """
    saved, turned = checkpoint.read(source), set(transposed)
    known = {name.partition("/")[2] for name in saved.tensors if "/" in name}
    for name in (*names, *turned):
        if name not in known:
            raise CheckpointError(
                f"{source} must have every parameter that is named. Got: {name!r}."
                f"{nearest(name, known)}"
            )
    found: dict[str, Any] = {}
    for full, tensor in saved.tensors.items():
        slot, slash, name = full.partition("/")
        if name in turned:
            if tensor.ndim < 2:
                raise CheckpointError(
                    f"A slot of a parameter that is transposed must have a value for each weight. "
                    f"Got: {full!r} of shape {tensor.shape}."
                )
            tensor = tensor.swapaxes(-1, -2).copy()
        new = f"{slot}{slash}{names.get(name, name)}"
        if new in found:
            raise CheckpointError(f"Each parameter needs a name of its own. Got twice: {new!r}.")
        found[new] = tensor
    checkpoint.write(target, found, saved.metadata)


def _session(optimizer: "Optimizer") -> "Session":
    if not optimizer.built:
        raise StateError(
            "State is saved and loaded after build(). Call build(params) first, so that names "
            "and shapes can be checked."
        )
    return optimizer.session


def counters(optimizer: "Optimizer", saved: Mapping[str, Any], source: str) -> dict[str, int]:
    """The counters in a description; `CheckpointError` if it is not of such an optimizer."""
    found = saved.get("counters")
    if not isinstance(found, Mapping) or any(
        not isinstance(found.get(name), int) or found[name] < 0 for name in COUNTERS
    ):
        raise CheckpointError(
            f"{source} must hold the counters {', '.join(COUNTERS)}. Got: {found!r}. "
            "Was it written by Optimizer.save?"
        )
    name = type(optimizer).__name__
    if saved.get("class_name") != name:
        raise CheckpointError(
            f"{source} must hold the state of {name}. Got: {saved.get('class_name')!r}. "
            "Construct the optimizer it was saved from: adamas.deserialize(metadata)."
        )
    return {name: found[name] for name in COUNTERS}


def _numbers(
    optimizer: "Optimizer", description: Mapping[str, Any], source: str
) -> dict[str, float]:
    """The numbers of the saved configuration that replace the optimizer's own."""
    if any(optimizer.inner()):
        raise ConfigurationError(
            "hyperparameters=True takes over the numbers of one optimizer. Got: "
            f"{type(optimizer).__name__}, which has others inside. Construct it from the saved "
            "configuration instead, and load the state alone."
        )
    config = description.get("config")
    if not isinstance(config, Mapping):
        raise CheckpointError(f"{source} must hold a configuration. Got: {config!r}.")
    numbers = {}
    for name in optimizer.numbers():
        value, own = config.get(name), optimizer.argument(name)
        if (value is None) != (own is None):
            raise CheckpointError(
                f"{source} was saved with {name}={value!r}, which decides the memory of a step. "
                f"This optimizer has {own!r}. Construct it with the same arguments."
            )
        if isinstance(value, int | float) and isinstance(own, int | float):
            numbers[name] = value
    try:
        optimizer.replace(**numbers)
    except ConfigurationError as error:
        raise CheckpointError(f"{source} holds a hyperparameter out of range. {error}") from None
    return numbers
