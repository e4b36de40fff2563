"""What a front end is to a check: a few methods with NumPy arrays in and out."""

import copy
import tempfile
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from ... import checkpoint
from ...optimizer import Optimizer

Arrays = Mapping[str, np.ndarray]
Given = Mapping[str, Any]
"""What a call is given beside gradients: numbers, and arrays by the names of the parameters."""


def converted(given: Given, array: Callable[[np.ndarray], Any]) -> dict[str, Any]:
    """What a call is given, with its arrays as those of a front end."""
    return {
        name: {n: array(one) for n, one in value.items()} if isinstance(value, dict) else value
        for name, value in given.items()
    }


class Front:
    """An optimizer with its parameters in one front end.

    Attributes:
        name: what refusals and the support table call it.
        dtypes: those of parameters that it has.
    """

    name: ClassVar[str]
    dtypes: ClassVar[tuple[str, ...]] = ("float32", "float64")

    def __init__(self, declared: Optimizer, params: Arrays) -> None:
        self.declared = declared
        self.start(params)

    def again(self, params: Arrays) -> Self:
        """The same optimizer with a new state on other parameters."""
        other = copy.copy(self)
        other.start(params)
        return other

    def saved(self) -> Arrays:
        """The state as a file of this front end has it."""
        with tempfile.TemporaryDirectory() as folder:
            self.save(Path(folder) / "state")
            return checkpoint.read(Path(folder) / "state").tensors

    @staticmethod
    def place() -> AbstractContextManager[Any]:
        """Where its arrays are on the CPU, as those of NumPy are."""
        return nullcontext()

    def start(self, params: Arrays) -> None:
        """Begin with these parameters and a new state."""
        raise NotImplementedError

    def step(self, grads: Arrays, given: Given) -> None:
        """One call, and what it is given beside gradients."""
        raise NotImplementedError

    def params(self) -> dict[str, np.ndarray]:
        """Copies of the parameters."""
        raise NotImplementedError

    def averages(self) -> dict[str, np.ndarray]:
        """What there is to evaluate with; the parameters stay."""
        raise NotImplementedError

    def save(self, path: Path) -> None:
        """Write a file."""
        raise NotImplementedError

    def load(self, path: Path) -> None:
        """Take over a file."""
        raise NotImplementedError


class Stateful(Front):
    """One whose optimizer has the state."""

    optimizer: Any

    def averages(self) -> dict[str, np.ndarray]:
        """What there is to evaluate with; the parameters stay."""
        with self.optimizer.averaged():
            return self.params()

    def save(self, path: Path) -> None:
        """Write a file."""
        self.optimizer.save(path)

    def load(self, path: Path) -> None:
        """Take over a file."""
        self.optimizer.load(path)
