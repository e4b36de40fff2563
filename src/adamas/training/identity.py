"""What makes two runs the same run: settings that may not differ between it and its checkpoint."""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ..description import Description
from ..errors import AdamasError, CheckpointError
from ..optimizer import Optimizer
from ..runtime.clock import steps_of
from .batches import Source
from .stopping import EarlyStopping


def identity(optimizer: Optimizer, source: Source, early: EarlyStopping | None) -> dict[str, Any]:
    """The settings of a run, as JSON."""
    settings: dict[str, Any] = {
        **source.description(),
        "optimizer": {"class": type(optimizer).__name__, **_configuration(optimizer)},
        "early_stopping": early
        and {"monitor": early.monitor, "mode": early.mode, "restore_best": early.restore_best},
    }
    return json.loads(json.dumps(finite(settings)))


def _configuration(optimizer: Optimizer) -> dict[str, Any]:
    """The arguments that change numbers."""
    config, fields = optimizer.get_config(strict=False), optimizer.fields
    free = {name for name, field in fields.items() if field.owner == "each" or field.replans}
    return {name: value for name, value in config.items() if name not in free}


def finite(value: Any) -> Any:
    """JSON content with infinities and NaN as text, which a checkpoint can hold."""
    if isinstance(value, Mapping):
        return {str(key): finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [finite(inner) for inner in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def refuse_other(saved: Mapping[str, Any], here: Mapping[str, Any]) -> None:
    """`CheckpointError` if two runs are not the same, with what differs."""
    then, now = dict(_flat(saved)), dict(_flat(here))
    names = [name for name in {**then, **now} if then.get(name) != now.get(name)]
    if not names:
        return
    lines = [f"  {name}: {then.get(name)!s:.200}; now {now.get(name)!s:.200}" for name in names]
    raise CheckpointError(
        "Only the run that was interrupted can be resumed. The checkpoint is of another one:\n"
        + "\n".join(lines)
        + "\nUse its settings, or start anew with another checkpoint folder "
        "(adamas.training.load_parameters starts from its parameters)."
    )


def _flat(content: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(content, Mapping):
        for key, value in content.items():
            yield from _flat(value, f"{path} {key}".strip())
    else:
        yield path, content


# Numbers that may change during a run -----------------------------------------------------------


def export_numbers(optimizer: Optimizer) -> dict[str, Any]:
    """The hyperparameters that are plain numbers, as they are now, of all optimizers inside too."""
    owners = _owners(optimizer)
    values = {key: owner.argument(name) for key, (owner, name) in owners.items()}
    return {
        key: finite(owners[key][0].fields[owners[key][1]].to_json(value))
        for key, value in values.items()
        if isinstance(value, int | float | np.ndarray)
    }


def _owners(optimizer: Description) -> dict[str, tuple[Description, str]]:
    """Whose each number is, by a name that tells the optimizers inside apart."""
    owners = {name: (optimizer, name) for name in optimizer.numbers()}
    for place, member in enumerate(optimizer.inner()):
        owners |= {f"{place}/{name}": owner for name, owner in _owners(member).items()}
    return owners


def check_numbers(optimizer: Optimizer, numbers: Mapping[str, Any], source: str) -> int | None:
    """`CheckpointError`, which names `source`, for numbers that the optimizer cannot have.

    Gives how many calls make an update by them, if that is known.
    """
    owners = _owners(optimizer)
    given: dict[int, tuple[Description, dict[str, Any]]] = {}
    for key, value in numbers.items():
        try:
            owner, name = owners[key]
            number = float(value) if isinstance(value, str) else value
            if not isinstance(number, int | float) or isinstance(number, bool):
                raise ValueError("it is no number")
        except (KeyError, ValueError) as error:
            raise CheckpointError(
                f"{source} must hold numbers of the optimizer. Got: {key}={value!r:.200}, {error}."
            ) from None
        given.setdefault(id(owner), (owner, {}))[1][name] = number
    for owner, changes in given.values():
        plain = {n: v for n, v in changes.items() if not callable(owner.argument(n))}
        try:
            owner.replace(**plain)
        except AdamasError as error:
            raise CheckpointError(f"{source} holds a number that cannot be. {error}") from None
    steps = "gradient_accumulation_steps"
    return steps_of(numbers.get(steps, optimizer.argument(steps)))


def restore_numbers(optimizer: Optimizer, numbers: Mapping[str, Any]) -> None:
    """Set them again; a callback may have changed them since the start."""
    owners = _owners(optimizer)
    for key, value in numbers.items():
        owner, name = owners[key]
        number = float(value) if isinstance(value, str) else value
        present = owner.argument(name)
        if isinstance(present, np.ndarray):
            present[...] = number
        elif isinstance(present, int | float) and present != number:
            setattr(owner, name, number)
