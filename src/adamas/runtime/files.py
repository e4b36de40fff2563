"""An optimizer's state in one file: slots under ``slot/parameter``, counters, configuration."""

from collections.abc import Iterable, Mapping
from os import PathLike
from typing import Any, Protocol

import numpy as np

from .. import checkpoint
from ..description import Description
from ..errors import CheckpointError, ConfigurationError
from ..registry import nearest
from .clock import checked_counters, steps_of
from .loaded import Loaded

Path = str | PathLike[str]


class HasState(Protocol):
    """What a state comes from and goes to: a session, or what stands for one."""

    def export(self) -> tuple[dict[str, np.ndarray], dict[str, int]]:
        """The state under portable names, and the counters."""
        ...

    def restore(
        self,
        tensors: Mapping[str, np.ndarray],
        counters: Mapping[str, int],
        source: str,
        *,
        strict: bool = True,
    ) -> Loaded:
        """Take over a state, or raise `CheckpointError`, which names `source`."""
        ...


def save(description: Description, session: HasState, path: Path) -> None:
    """Write a state, with the description of its optimizer."""
    tensors, counters = session.export()
    checkpoint.write(path, tensors, said_beside(description, counters))


def said_beside(description: Description, counters: Mapping[str, int]) -> dict[str, Any]:
    """What a file says beside the arrays of a state."""
    return {
        "class_name": type(description).__name__,
        "config": description.get_config(strict=False),
        "counters": dict(counters),
    }


def load(
    description: Description,
    session: HasState,
    path: Path,
    *,
    hyperparameters: bool = False,
    strict: bool = True,
) -> tuple[Loaded, dict[str, float]]:
    """Take over the state in a file; an error changes nothing.

    With `hyperparameters` the second are the numbers that the optimizer is to have from now on.
    """
    saved, source = checkpoint.read(path), str(path)
    counted = counters(description, saved.metadata, source)
    numbers = _numbers(description, saved.metadata, source) if hyperparameters else {}
    loaded = session.restore(saved.tensors, counted, f"The state in {source}", strict=strict)
    return loaded, numbers


def counters(description: Description, saved: Mapping[str, Any], source: str) -> dict[str, int]:
    """The counters in a file; `CheckpointError` if it is not of such an optimizer."""
    steps = steps_of(description.argument("gradient_accumulation_steps"))
    found = checked_counters(saved.get("counters"), source, steps=steps)
    name = type(description).__name__
    if saved.get("class_name") != name:
        raise CheckpointError(
            f"{source} must hold the state of {name}. Got: {saved.get('class_name')!r}. "
            "Construct the optimizer it was saved from: adamas.deserialize(metadata)."
        )
    return found


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


def _numbers(description: Description, saved: Mapping[str, Any], source: str) -> dict[str, float]:
    """The numbers of the saved configuration that replace the optimizer's own."""
    if any(description.inner()):
        raise ConfigurationError(
            "hyperparameters=True takes over the numbers of one optimizer. Got: "
            f"{type(description).__name__}, which has others inside. Construct it from the saved "
            "configuration instead, and load the state alone."
        )
    config = saved.get("config")
    if not isinstance(config, Mapping):
        raise CheckpointError(f"{source} must hold a configuration. Got: {config!r}.")
    numbers = {}
    for name in description.numbers():
        value, own = config.get(name), description.argument(name)
        if (value is None) != (own is None):
            raise CheckpointError(
                f"{source} was saved with {name}={value!r}, which decides the memory of a step. "
                f"This optimizer has {own!r}. Construct it with the same arguments."
            )
        if isinstance(value, int | float) and isinstance(own, int | float):
            numbers[name] = value
    try:
        description.replace(**numbers)
    except ConfigurationError as error:
        raise CheckpointError(f"{source} holds a hyperparameter out of range. {error}") from None
    return numbers
