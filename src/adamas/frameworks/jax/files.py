"""States of JAX in the files of every other framework: slots under ``slot/parameter``."""

from os import PathLike
from typing import Any

import jax  # pyright: ignore[reportMissingImports]
import jax.numpy as jnp  # pyright: ignore[reportMissingImports]
import numpy as np

from ... import checkpoint
from ...optimizer import Optimizer
from .. import files
from .parameters import name_of
from .state import State, counters_of, with_counters
from .steps import Functional


def save(path: str | PathLike[str], optimizer: Optimizer | Functional, state: State) -> None:
    """Write a state to one sealed safetensors file, atomically, as `Optimizer.save` does.

    Whatever framework goes on, it finds what it needs by name. Sharded arrays are gathered.

    Args:
        path: the file.
        optimizer: whose state it is; its configuration is written too.
        state: its state, outside of any traced function.
    """
    named = {name: np.asarray(array) for name, array in _named(state).items()}
    checkpoint.write(path, named, files.description(_plain(optimizer), counters_of(state)))


def load(path: str | PathLike[str], optimizer: Optimizer | Functional, params: Any) -> State:
    """The state in a file that any framework's optimizer saved.

    Args:
        path: the file.
        optimizer: constructed as the one that was saved.
        params: the parameters; the arrays of the state are sharded like them.

    Raises:
        CheckpointError: the file is damaged, or does not fit.
    """
    step = optimizer if isinstance(optimizer, Functional) else Functional(optimizer)
    saved = checkpoint.read(path)
    counters = files.counters(_plain(optimizer), saved.metadata, str(path))
    fresh = step.init(params)
    checkpoint.match_names(_named(fresh), saved.tensors, f"The state in {path}")
    slots = {
        slot: jax.tree_util.tree_map_with_path(
            lambda path, old, slot=slot: jax.device_put(
                saved.tensors[f"{slot}/{name_of(path)}"], old.sharding
            ),
            tree,
        )
        for slot, tree in fresh.slots.items()
    }
    remembered = {
        n: jnp.asarray(saved.tensors[n], old.dtype) for n, old in fresh.remembered.items()
    }
    return with_counters(fresh._replace(slots=slots, remembered=remembered), counters)


def _plain(optimizer: Optimizer | Functional) -> Optimizer:
    return optimizer.optimizer if isinstance(optimizer, Functional) else optimizer


def _named(state: State) -> dict[str, Any]:
    """The arrays of a state by the names that they have in files."""
    arrays = {
        f"{slot}/{name_of(path)}": array
        for slot, tree in state.slots.items()
        for path, array in jax.tree_util.tree_flatten_with_path(tree)[0]
    }
    return arrays | {n: np.asarray(v, np.float64) for n, v in state.remembered.items()}
