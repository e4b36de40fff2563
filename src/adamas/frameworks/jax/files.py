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
from ...runtime.numbers import OfDescription, Values
from .keys import ruling, slot_keys
from .parameters import Parameters, name_of
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
    step = _functional(optimizer)
    files.save(step.optimizer, _Held(step, state), path, _OfSteps(optimizer))


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
        optimizer: constructed as the one that was saved. Numbers that were moved in training are
            set on it: steps that are made from it, or traced, from then on have them.
        params: the parameters; the arrays of the state are sharded like them.
        strict: whether the file must be of these very parameters. With False what has the same name
            and shapes is taken over, and other parameters begin afresh.

    Returns:
        The state; and, with ``strict=False``, what was taken over, what begins afresh, and what
        was left, by name.

    Raises:
        CheckpointError: the file is damaged, or does not fit, or nothing in it does.
    """
    step = _functional(optimizer)
    held = _Held(step, step.init(params))
    own = (step.optimizer, held, path, _OfSteps(optimizer))
    loaded = files.load(*own, hyperparameters=None, strict=strict)
    return held.state if strict else (held.state, loaded)


class _OfSteps(OfDescription):
    """The numbers of steps, or of an optimizer from which steps are made."""

    def __init__(self, optimizer: Optimizer | Functional) -> None:
        self._step = optimizer if isinstance(optimizer, Functional) else None
        super().__init__(optimizer.optimizer if isinstance(optimizer, Functional) else optimizer)

    def put(self, values: Values) -> None:
        """Set those that differ."""
        changed = [key for key, *_ in self.changes(values)]
        super().put(values)
        if self._step is not None and changed:
            self._step.trace_anew(changed)


class _Held:
    """A state that files are made from and read into; it has its first values when it is."""

    def __init__(self, step: Functional, state: State) -> None:
        self.state = state
        keys = slot_keys(ruling(step.optimizer))
        self._portable = {key: slot for slot, key in keys.items()}
        self._names = _number_names(step, state)

    def export(self) -> tuple[dict[str, np.ndarray], dict[str, int]]:
        """The state under portable names, and the counters."""
        named = named_slots(self._slots()) | self._numbers()
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
        loaded, taken = taken_over(self._slots(), self._numbers(), tensors, source, **known)

        def placed(key: str, path: Any, old: Any) -> Any:
            found = taken.get(slot_name(self._slot_of(key), name_of(path)))
            return old if found is None else jax.device_put(found, old.sharding)

        slots = {
            key: jax.tree_util.tree_map_with_path(partial(placed, key), tree)
            for key, tree in fresh.slots.items()
        }
        numbers = {
            key: jnp.asarray(taken.get(name, fresh.remembered[key]), fresh.remembered[key].dtype)
            for key, name in self._names.items()
        }
        made = fresh._replace(slots=slots, remembered={**fresh.remembered, **numbers})
        self.state = with_counters(made, counters, source)
        return loaded

    def _slot_of(self, key: str) -> str:
        """What every framework calls a slot of the state."""
        return self._portable.get(key, key)

    def _slots(self) -> list[tuple[str, str, Any]]:
        """The slots of the state: each, the name of its parameter, and the array."""
        return [
            (self._slot_of(key), name_of(path), array)
            for key, tree in self.state.slots.items()
            for path, array in jax.tree_util.tree_flatten_with_path(tree)[0]
        ]

    def _numbers(self) -> dict[str, np.ndarray]:
        """The numbers that are handed on, as they are in files."""
        known = self.state.remembered
        return {name: np.asarray(known[key], np.float64) for key, name in self._names.items()}


def _functional(optimizer: Optimizer | Functional) -> Functional:
    return optimizer if isinstance(optimizer, Functional) else Functional(optimizer)


def _number_names(step: Functional, state: State) -> dict[str, str]:
    """The numbers of a state that files have, and their names there.

    Files name those of several members by the places of the members that have parameters.
    """
    whole = step.optimizer
    own = {name: name for name in state.remembered}
    if len(ruling(whole)) == 1 or own.keys() == whole.first_numbers().keys():
        return own
    shapes: dict[str, Any] = {}
    for tree in state.slots.values():
        leaves, _ = jax.tree_util.tree_flatten_with_path(tree, is_leaf=lambda leaf: leaf is None)
        for path, leaf in leaves:
            shapes[name_of(path)] = jax.ShapeDtypeStruct(getattr(leaf, "shape", ()), jnp.float32)
    if not shapes:  # no rule has slots, so that nothing tells which members have parameters
        return own
    programs = step.programs(Parameters(shapes, abstract=True))
    return {**programs.in_files(), **{name: name for name in whole.first_numbers()}}
