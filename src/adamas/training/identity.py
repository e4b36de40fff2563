"""What makes two runs the same run: settings that may not differ between it and its checkpoint."""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import CheckpointError
from ..optimizer import Optimizer
from .batches import Source
from .stopping import EarlyStopping


def identity(
    optimizer: Optimizer, source: Source, early: EarlyStopping | None, carries: bool = False
) -> dict[str, Any]:
    """The settings of a run, as JSON; `carries` is whether groups go on in the next epoch."""
    settings: dict[str, Any] = {
        **source.description(),
        "optimizer": {"class": type(optimizer).__name__, **_configuration(optimizer)},
        "early_stopping": early
        and {"monitor": early.monitor, "mode": early.mode, "restore_best": early.restore_best},
        **({"accumulate_across_epochs": True} if carries else {}),
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
