"""The numbers of declared optimizers, as they are saved and loaded."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import numpy as np

from ..description import Description
from ..errors import AdamasError, CheckpointError
from . import moved
from .moved import UNKNOWN, Number, Numbers

Values = Mapping[str, Any]


class HasNumbers(Protocol):
    """Whose numbers are saved, and come back."""

    def numbers(self) -> Numbers:
        """They by their keys; without those that follow a schedule."""
        ...

    def fitted(self, saved: Numbers) -> Numbers:
        """Saved numbers by the keys that they have here."""
        ...

    def check(self, values: Values, source: str) -> None:
        """`CheckpointError`, which names `source`, if `put` would not take them."""
        ...

    def put(self, values: Values) -> None:
        """Have these from now on."""
        ...


class OfDescription:
    """The numbers of a declared optimizer and of those inside it, such as ``0/learning_rate``."""

    def __init__(self, description: Description) -> None:
        self._owners = dict(_owners(description))

    def numbers(self) -> Numbers:
        """They by their keys."""
        found = {}
        for key, (owner, name) in self._owners.items():
            known = owner.known_numbers()
            if name in known:
                found[key] = Number(known[name], owner.constructed.get(name, known[name]))
        return found

    def fitted(self, saved: Numbers) -> Numbers:
        """They by the same keys."""
        return saved

    def check(self, values: Values, source: str) -> None:
        """`CheckpointError` if one of them cannot be set."""
        for key, owner, name, value in self.changes(values):
            try:
                owner.checked(name, value)
            except AdamasError as error:
                raise CheckpointError(
                    f"{source} holds a hyperparameter out of range, {key}. {error}"
                ) from None

    def put(self, values: Values) -> None:
        """Set those that differ; arrays of floats keep being what is read, and are written."""
        for _, owner, name, value in self.changes(values):
            present = owner.argument(name)
            # One of whole numbers would keep a part of the value only.
            holds = isinstance(present, np.ndarray) and present.dtype.kind not in "iu"
            if holds and present.flags.writeable:
                present[...] = value
            else:
                setattr(owner, name, value)

    def changes(self, values: Values) -> Iterator[tuple[str, Description, str, Any]]:
        """Those that differ from what is there: key, whose, name and value."""
        for key, value in values.items():
            owner, name = self._owners[key]
            if not moved.is_given(value) and not moved.same(owner.known_numbers()[name], value):
                yield key, owner, name, value


def _owners(
    description: Description, start: str = "", member: bool = False
) -> Iterator[tuple[str, tuple[Description, str]]]:
    """Whose each number is, by a key that tells optimizers inside apart."""
    for name in description.numbers():
        of_the_whole = member and description.fields[name].owner == "step"
        if not of_the_whole and name not in description.given:
            yield f"{start}{name}", (description, name)
    for place, inner in enumerate(description.inner()):
        yield from _owners(inner, f"{start}{place}/", True)


def to_json(numbers: Numbers) -> dict[str, list[Any]]:
    """Numbers as a file holds them: now, and as constructed. What callables give is not held."""
    return {
        key: [_said(value) for value in number]
        for key, number in numbers.items()
        if not moved.is_given(number.now)
    }


def from_json(content: Any, source: str) -> dict[str, Number]:
    """What `to_json` wrote; `CheckpointError`, which names `source`, for anything else."""
    if isinstance(content, Mapping):
        pairs = {key: _pair(value) for key, value in content.items()}
        if all(pair is not None for pair in pairs.values()):
            return {key: Number(*pair) for key, pair in pairs.items() if pair}
    raise CheckpointError(
        f"{source} must hold numbers, each as it was and as constructed. Got: {content!r:.200}."
    )


def _pair(value: Any) -> tuple[Any, Any] | None:
    """A number and what it was constructed with, which older files do not say."""
    now, constructed = (
        value if isinstance(value, list | tuple) and len(value) == 2 else (value, UNKNOWN)
    )
    now, constructed = _read(now), _read(constructed)
    known = now is None or isinstance(now, int | float)
    return (now, constructed) if known and not isinstance(now, bool) else None


def _said(value: Any) -> Any:
    finite = not isinstance(value, float) or np.isfinite(value)
    return value if finite else str(value)


def _read(value: Any) -> Any:
    return float(value) if isinstance(value, str) and value in ("inf", "-inf", "nan") else value
