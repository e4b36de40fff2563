"""Optimizers of `adamas.torch` in the files that all frameworks share."""

from os import PathLike
from typing import TYPE_CHECKING

from ... import checkpoint
from ...optimizer import Optimizer
from .. import files

if TYPE_CHECKING:
    from .optimizer import TorchOptimizer


def save(optimizer: "TorchOptimizer", path: str | PathLike[str]) -> None:
    """Write the state, as `Optimizer.save` does."""
    tensors, counters = optimizer._ready().export()
    checkpoint.write(path, tensors, files.description(_declared(optimizer), counters))


def load(optimizer: "TorchOptimizer", path: str | PathLike[str]) -> None:
    """Take over the state in a file that any framework's optimizer saved."""
    saved = checkpoint.read(path)
    counters = files.counters(_declared(optimizer), saved.metadata, str(path))
    optimizer._ready().restore(saved.tensors, counters, f"The state in {path}")


def _declared(optimizer: "TorchOptimizer") -> Optimizer:
    """One declared optimizer with the arguments of the first group and of the whole step."""
    optimizer._ready()
    return optimizer._groups[0].member.replace(**optimizer._settings)
