"""The state of a driver in one sealed file: its vectors under ``field/parameter``."""

from os import PathLike
from typing import Any

import numpy as np

from .. import checkpoint
from ..errors import CheckpointError
from .content import content_of, state_from
from .layout import Layout
from .vector import Vector

Path = str | PathLike[str]


def save(driver: Any, state: Any, layout: Layout, path: Path) -> None:
    """Write a state and the arguments of its driver."""
    arrays: dict[str, np.ndarray] = {}
    for name, value in content_of(state):
        if isinstance(value, Vector):
            for own, part in zip(layout.names, layout.parts(value), strict=True):
                arrays[f"{name}/{own}"] = np.asarray(part)
        else:
            arrays[name] = np.asarray(value)
    said = {"class_name": type(driver).__name__, "config": driver.get_config()}
    checkpoint.write(path, arrays, said)


def load(driver: Any, layout: Layout, path: Path) -> Any:
    """The state in a file, for these parameters.

    Raises `CheckpointError` if it is of another driver, or of other parameters.
    """
    saved = checkpoint.read(path)
    name, came = type(driver).__name__, saved.metadata.get("class_name")
    if came != name:
        raise CheckpointError(f"{path} must hold the state of {name}. Got: {came!r}.")
    kept = Arrays(saved.tensors, layout, str(path))
    state = state_from(kept, driver.begin(layout.read()))
    kept.refuse_more()
    return state


class Arrays:
    """The arrays of a file.

    Args:
        arrays: by name.
        layout: of the parameters.
        path: of the file, for messages.
    """

    def __init__(self, arrays: dict[str, np.ndarray], layout: Layout, path: str) -> None:
        self._left, self._layout, self._path = dict(arrays), layout, path

    def vector(self, name: str) -> Vector:
        """The parts of a vector, in a row."""
        forms = zip(self._layout.names, self._layout.shapes, strict=True)
        return self._layout.of_arrays([self._taken(f"{name}/{own}", form) for own, form in forms])

    def number(self, name: str) -> Any:
        """A number."""
        return self._taken(name, ())[()]

    def has(self, beginning: str) -> bool:
        """Whether a name begins so."""
        return any(name.startswith(beginning) for name in self._left)

    def refuse_more(self) -> None:
        """`CheckpointError` if anything is left that was not asked for."""
        if self._left:
            raise CheckpointError(
                f"{self._path} must be of the parameters {', '.join(self._layout.names)}. "
                f"Got: {next(iter(self._left))!r} as well."
            )

    def _taken(self, name: str, shape: tuple[int, ...]) -> np.ndarray:
        array = self._left.pop(name, None)
        if array is None or array.shape != shape:
            came = "nothing" if array is None else f"shape {array.shape}"
            raise CheckpointError(f"{self._path} must have {name!r} of shape {shape}. Got: {came}.")
        return array
