"""States of JAX in the files of every other framework: slots under ``slot/parameter``."""

from collections.abc import Mapping
from functools import partial
from os import PathLike
from typing import Any, Literal, overload

import jax  # pyright: ignore[reportMissingImports]
import jax.numpy as jnp  # pyright: ignore[reportMissingImports]
import numpy as np

from ...optimizer import Optimizer
from ...runtime import files
from ...runtime.loaded import Loaded, taken_over
from ...runtime.names import named_slots, slot_name
from .parameters import name_of
from .state import State, counters_of, with_counters
from .steps import Functional

Path = str | PathLike[str]


def save(path: Path, optimizer: Optimizer | Functional, state: State) -> None:
    """Write a state to one sealed safetensors file, atomically, as `Optimizer.save` does.

    Whatever framework goes on, it finds what it needs by name. Sharded arrays are gathered.

    Args:
        path: the file.
        optimizer: whose state it is; its configuration is written too.
        state: its state, outside of any traced function.
    """
    files.save(_plain(optimizer), _Held(state), path)


@overload
def load(
    path: Path, optimizer: Optimizer | Functional, params: Any, *, strict: Literal[True] = True
) -> State: ...


@overload
def load(
    path: Path, optimizer: Optimizer | Functional, params: Any, *, strict: Literal[False]
) -> tuple[State, Loaded]: ...


def load(
    path: Path, optimizer: Optimizer | Functional, params: Any, *, strict: bool = True
) -> State | tuple[State, Loaded]:
    """The state in a file that any framework's optimizer saved.

    Args:
        path: the file.
        optimizer: constructed as the one that was saved.
        params: the parameters; the arrays of the state are sharded like them.
        strict: whether the file must be of these very parameters. With False what has the same name
            and shapes is taken over, and other parameters begin afresh.

    Returns:
        The state; and, with ``strict=False``, what was taken over, what begins afresh, and what
        was left, by name.

    Raises:
        CheckpointError: the file is damaged, or does not fit, or nothing in it does.
    """
    step = optimizer if isinstance(optimizer, Functional) else Functional(optimizer)
    held = _Held(step.init(params))
    loaded, _ = files.load(_plain(optimizer), held, path, strict=strict)
    return held.state if strict else (held.state, loaded)


class _Held:
    """A state that files are made from and read into; it has its first values when it is."""

    def __init__(self, state: State) -> None:
        self.state = state

    def export(self) -> tuple[dict[str, np.ndarray], dict[str, int]]:
        """The state under portable names, and the counters."""
        named = named_slots(_slots(self.state)) | _numbers(self.state)
        return {name: np.asarray(array) for name, array in named.items()}, counters_of(self.state)

    def restore(
        self,
        tensors: Mapping[str, np.ndarray],
        counters: Mapping[str, int],
        source: str,
        *,
        strict: bool = True,
    ) -> Loaded:
        """Take over a state; arrays are sharded as those before."""
        fresh = self.state
        known = {"strict": strict, "pending": counters["pending"]}
        loaded, taken = taken_over(_slots(fresh), _numbers(fresh), tensors, source, **known)

        def placed(slot: str, path: Any, old: Any) -> Any:
            found = taken.get(slot_name(slot, name_of(path)))
            return old if found is None else jax.device_put(found, old.sharding)

        slots = {
            slot: jax.tree_util.tree_map_with_path(partial(placed, slot), tree)
            for slot, tree in fresh.slots.items()
        }
        numbers = {
            name: jnp.asarray(taken.get(name, old), old.dtype)
            for name, old in fresh.remembered.items()
        }
        made = fresh._replace(slots=slots, remembered=numbers)
        self.state = with_counters(made, counters, source)
        return loaded


def _plain(optimizer: Optimizer | Functional) -> Optimizer:
    return optimizer.optimizer if isinstance(optimizer, Functional) else optimizer


def _slots(state: State) -> list[tuple[str, str, Any]]:
    """The slots of a state: each, the name of its parameter, and the array."""
    return [
        (slot, name_of(path), array)
        for slot, tree in state.slots.items()
        for path, array in jax.tree_util.tree_flatten_with_path(tree)[0]
    ]


def _numbers(state: State) -> dict[str, np.ndarray]:
    """The numbers that are handed on, as they are in files."""
    return {name: np.asarray(number, np.float64) for name, number in state.remembered.items()}
