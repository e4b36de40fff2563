"""Does a checkpoint hold what is expected? All differences, in one message."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any, Protocol

from ..errors import CheckpointError

_SHOWN = 10  # names listed per kind of mismatch


class HasForm(Protocol):
    """Anything with a shape and a dtype, such as an array or `jax.ShapeDtypeStruct`."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths along each axis."""
        ...

    @property
    def dtype(self) -> Any:
        """Type of the elements."""
        ...


def match_names(
    expected: Mapping[str, HasForm], found: Mapping[str, HasForm], what: str = "The checkpoint"
) -> None:
    """Demand the same names, each with the same shape and dtype.

    Args:
        expected: what is needed, by name.
        found: what there is, by name.
        what: begins the message: where `found` comes from.

    Raises:
        CheckpointError: they differ. The one message lists missing, unexpected (both with the
            nearest names of the other side) and different tensors, at most ten of each.
    """
    needed, there = _forms(expected), _forms(found)
    missing = [name for name in needed if name not in there]
    unexpected = [name for name in there if name not in needed]
    different = {
        name: f"{there[name]}, expected {form}"
        for name, form in needed.items()
        if there.get(name, form) != form
    }
    if missing or unexpected or different:
        raise CheckpointError(
            f"{what} does not hold what is expected, so nothing was loaded.\n"
            + _listed("Missing", missing, lambda name: _with_nearest(name, unexpected))
            + _listed("Unexpected", unexpected, lambda name: _with_nearest(name, missing))
            + _listed("Different", list(different), lambda name: f"{name!r} is {different[name]}")
            + "Build with the same parameters and options as when it was saved, "
            "or load another one."
        )


def _forms(arrays: Mapping[str, HasForm]) -> dict[str, str]:
    return {name: f"{array.dtype} {tuple(array.shape)}" for name, array in arrays.items()}


def _with_nearest(name: str, others: list[str]) -> str:
    near = get_close_matches(name, others[:1000], n=1)  # each comparison costs about 10 µs
    return f"{name!r} (near: {near[0]!r})" if near else repr(name)


def _listed(title: str, names: list[str], describe: Callable[[str], str]) -> str:
    if not names:
        return ""
    shown = "; ".join(map(describe, names[:_SHOWN]))
    more = f"; and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{title} ({len(names)}): {shown}{more}\n"
