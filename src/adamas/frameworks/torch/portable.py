"""Optimizers of `adamas.torch` in the files that all frameworks share."""

from os import PathLike
from typing import TYPE_CHECKING

from ...runtime import files

if TYPE_CHECKING:
    from .optimizer import TorchOptimizer


def save(optimizer: "TorchOptimizer", path: str | PathLike[str]) -> None:
    """Write the state, as `Optimizer.save` does."""
    session = optimizer.ready()
    files.save(optimizer.described(), session, path)


def load(optimizer: "TorchOptimizer", path: str | PathLike[str]) -> None:
    """Take over the state in a file that any framework's optimizer saved."""
    session = optimizer.ready()
    files.load(optimizer.described(), session, path)
