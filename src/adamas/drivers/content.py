"""The state of a driver as named vectors and numbers, and back from wherever these are kept."""

from collections.abc import Iterator
from typing import Any, Protocol, get_args, get_type_hints

import numpy as np

from .vector import Vector

OF_THE_CALLER = ("x", "point")
"""Fields that are the weights, which the caller keeps."""


class Kept(Protocol):
    """Where vectors and numbers are kept by name; each may be taken once."""

    def vector(self, name: str) -> Vector:
        """A vector; `CheckpointError` if there is none that fits."""
        ...

    def number(self, name: str) -> Any:
        """A number of NumPy; `CheckpointError` if there is none."""
        ...

    def has(self, beginning: str) -> bool:
        """Whether a name begins so."""
        ...


def content_of(state: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """The vectors and numbers of a state, but for the weights, with the names of their fields.

    Args:
        state: a named tuple of vectors, numbers, named tuples, and tuples of named tuples.
        name: what it is called itself.
    """
    if not isinstance(state, tuple):
        yield name, state
        return
    for key, one in zip(getattr(state, "_fields", range(len(state))), state, strict=True):
        if key not in OF_THE_CALLER:
            yield from content_of(one, f"{name}/{key}" if name else str(key))


def state_from(kept: Kept, like: Any, name: str = "") -> Any:
    """The state that `content_of` was given.

    Args:
        kept: what has its content.
        like: a state of the same driver that has just begun.
        name: as there.
    """
    if isinstance(like, Vector):
        return kept.vector(name)
    if not isinstance(like, tuple):
        number = kept.number(name)
        return int(number) if isinstance(like, int) else number
    hints = get_type_hints(type(like))
    found = {}
    for key, one in zip(like._fields, like, strict=True):  # type: ignore[attr-defined]
        whole = f"{name}/{key}" if name else key
        if key in OF_THE_CALLER:
            found[key] = one
        elif type(one) is tuple:
            found[key] = _several(kept, get_args(hints[key])[0], whole)
        else:
            found[key] = state_from(kept, one, whole)
    return type(like)(**found)


def _several(kept: Kept, kind: Any, name: str) -> tuple[Any, ...]:
    """As many of a kind as there are."""
    hints = get_type_hints(kind)
    like = kind(**{key: Vector(()) if hint is Vector else np.nan for key, hint in hints.items()})
    found: list[Any] = []
    while kept.has(f"{name}/{len(found)}/"):
        found.append(state_from(kept, like, f"{name}/{len(found)}"))
    return tuple(found)
