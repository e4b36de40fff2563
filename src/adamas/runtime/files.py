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
from .moved import UNKNOWN, Number, Numbers, settled, tell
from .numbers import HasNumbers, OfDescription, Values, from_json, to_json

Path = str | PathLike[str]

Saved = checkpoint.Checkpoint
"""Arrays by their portable names, and what is said beside them."""


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


def save(
    description: Description, session: HasState, path: Path, numbers: HasNumbers | None = None
) -> None:
    """Write a state, with the description of its optimizer, whose numbers `numbers` may have."""
    tensors, counters = session.export()
    numbers = numbers or OfDescription(description)
    checkpoint.write(path, tensors, said_beside(description, counters, numbers.numbers()))


def said_beside(
    description: Description, counters: Mapping[str, int], numbers: Numbers
) -> dict[str, Any]:
    """What a file says beside the arrays of a state."""
    return {
        "class_name": type(description).__name__,
        "config": description.get_config(strict=False),
        "numbers": to_json(numbers),
        "counters": dict(counters),
    }


def load(
    description: Description,
    session: HasState,
    path: Path,
    numbers: HasNumbers | None = None,
    *,
    hyperparameters: bool | None = False,
    strict: bool = True,
    mapped: bool = False,
) -> Loaded:
    """Take over the state in a file; an error changes nothing.

    Args:
        description: the optimizer, whose numbers `numbers` may have.
        session: where the state goes.
        path: the file.
        numbers: where numbers go that were moved.
        hyperparameters: whether all go there; None where nobody can ask for it.
        strict: whether the file must be of the same parameters.
        mapped: whether the file may be larger than memory.
    """
    options: Any = {"hyperparameters": hyperparameters, "strict": strict}
    return take(
        description, session, checkpoint.read(path, mapped=mapped), str(path), numbers, **options
    )


def take(
    description: Description,
    session: HasState,
    saved: Saved,
    source: str,
    numbers: HasNumbers | None = None,
    *,
    hyperparameters: bool | None = False,
    strict: bool = True,
) -> Loaded:
    """As `load`, of a state that was read from `source`."""
    refuse_other_class(description, saved.metadata, source)
    own = numbers or OfDescription(description)
    there, here = own.fitted(_numbers(saved.metadata, source)), own.numbers()
    if hyperparameters:
        there = _all(description, saved.metadata, there, here, source)
    values = settled(_that_can_be(there, here), here)
    own.check(values, source)
    counted = counters(description, values, saved.metadata, source)
    loaded = session.restore(saved.tensors, counted, f"The state in {source}", strict=strict)
    own.put(values)
    way = "construct the optimizer with them"
    known = [(key, there[key], value) for key, value in values.items() if key in there]
    tell(known, way if hyperparameters is None else "load(path, hyperparameters=True)")
    return loaded


def refuse_other_class(description: Description, saved: Mapping[str, Any], source: str) -> None:
    """`CheckpointError` for a file that is not of such an optimizer."""
    name = type(description).__name__
    if saved.get("class_name") != name:
        raise CheckpointError(
            f"{source} must hold the state of {name}. Got: {saved.get('class_name')!r}. "
            "Construct the optimizer it was saved from: adamas.deserialize(metadata)."
        )


def counters(
    description: Description, values: Values, saved: Mapping[str, Any], source: str
) -> dict[str, int]:
    """The counters in a file, for an optimizer that will have these numbers."""
    name = "gradient_accumulation_steps"
    steps = steps_of(values.get(name, description.argument(name)))
    return checked_counters(saved.get("counters"), source, steps=steps)


def _numbers(saved: Mapping[str, Any], source: str) -> dict[str, Number]:
    """The numbers of a file; of one that does not say what was moved, none was."""
    if "numbers" in saved:
        return from_json(saved["numbers"], source)
    config = saved.get("config")
    plain = {
        name: value
        for name, value in (config.items() if isinstance(config, Mapping) else ())
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool))
    }
    return {name: Number(value, value) for name, value in plain.items()}


def _that_can_be(there: Numbers, here: Numbers) -> dict[str, Number]:
    """Those that are on or off as they are here, which decides the memory of a step."""
    return {
        key: number
        for key, number in there.items()
        if key in here and (number.now is None) == (here[key].now is None)
    }


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


def _all(
    description: Description, saved: Mapping[str, Any], there: Numbers, here: Numbers, source: str
) -> dict[str, Number]:
    """The numbers of a file, as those that are to be taken over, all of them."""
    if any(description.inner()):
        raise ConfigurationError(
            "hyperparameters=True takes over the numbers of one optimizer. Got: "
            f"{type(description).__name__}, which has others inside. Construct it from the saved "
            "configuration instead, and load the state alone."
        )
    if not isinstance(saved.get("config"), Mapping):
        raise CheckpointError(f"{source} must hold a configuration. Got: {saved.get('config')!r}.")
    for key, number in here.items():
        value = there[key].now if key in there else saved["config"].get(key)
        if (value is None) != (number.now is None):
            raise CheckpointError(
                f"{source} was saved with {key}={value!r}, which decides the memory of a step. "
                f"This optimizer has {number.now!r}. Construct it with the same arguments."
            )
    return {key: Number(number.now, UNKNOWN) for key, number in there.items()}
