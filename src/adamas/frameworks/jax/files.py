"""States of JAX in the files of every other framework: slots under ``slot/parameter``."""

from collections.abc import Mapping
from os import PathLike
from typing import Any

import jax  # pyright: ignore[reportMissingImports]
import jax.numpy as jnp  # pyright: ignore[reportMissingImports]
import numpy as np

from ... import checkpoint
from ...optimizer import Optimizer
from ...runtime import files
from ...runtime.names import named_slots, slot_name
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
    files.save(_plain(optimizer), _Held(state), path)


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
    held = _Held(step.init(params))
    files.load(_plain(optimizer), held, path)
    return held.state


class _Held:
    """A state that files are made from and read into."""

    def __init__(self, state: State) -> None:
        self.state = state

    def export(self) -> tuple[dict[str, np.ndarray], dict[str, int]]:
        """The state under portable names, and the counters."""
        named = {name: np.asarray(array) for name, array in _named(self.state).items()}
        return named, counters_of(self.state)

    def restore(
        self, tensors: Mapping[str, np.ndarray], counters: Mapping[str, int], source: str
    ) -> None:
        """Take over a state; arrays are sharded as those before."""
        fresh = self.state
        checkpoint.match_names(_named(fresh), tensors, source)
        slots = {
            slot: jax.tree_util.tree_map_with_path(
                lambda path, old, slot=slot: jax.device_put(
                    tensors[slot_name(slot, name_of(path))], old.sharding
                ),
                tree,
            )
            for slot, tree in fresh.slots.items()
        }
        numbers = {n: jnp.asarray(tensors[n], old.dtype) for n, old in fresh.remembered.items()}
        taken = fresh._replace(slots=slots, remembered=numbers)
        self.state = with_counters(taken, counters, source)


def _plain(optimizer: Optimizer | Functional) -> Optimizer:
    return optimizer.optimizer if isinstance(optimizer, Functional) else optimizer


def _named(state: State) -> dict[str, Any]:
    """The arrays of a state by the names that they have in files."""
    arrays = named_slots(
        (slot, name_of(path), array)
        for slot, tree in state.slots.items()
        for path, array in jax.tree_util.tree_flatten_with_path(tree)[0]
    )
    return arrays | {n: np.asarray(v, np.float64) for n, v in state.remembered.items()}
