"""States of JAX in the files of every other framework: slots under ``slot/parameter``."""

from collections.abc import Mapping
from functools import cached_property, partial
from os import PathLike
from typing import Any, Literal, TypeVar, overload

import jax  # pyright: ignore[reportMissingImports]
import jax.numpy as jnp  # pyright: ignore[reportMissingImports]
import numpy as np

from ...errors import warn
from ...optimizer import Optimizer
from ...runtime import files
from ...runtime.assignment import Assignment
from ...runtime.conversion import ruling, stored_anew, storing, ways_between
from ...runtime.kept import KEPT, Kept, States
from ...runtime.loaded import Loaded, Shape, taken_over
from ...runtime.names import named_slots, number_name, slot_name
from ...runtime.numbers import OfDescription, Values
from ...runtime.own_clocks import (
    MISSED,
    ONE_CLOCK,
    OwnClocks,
    any_own,
    differences_in,
    named_differences,
)
from ...runtime.scalars import first_remembered
from .keys import number_key, own_key, slot_keys
from .parameters import Parameters, name_of
from .state import State, counters_of, own_arrays, with_counters
from .steps import Functional

Path = str | PathLike[str]

Steps = TypeVar("Steps", Optimizer, Functional)


def save(path: Path, optimizer: Optimizer | Functional, state: State) -> None:
    """Write a state to one sealed safetensors file, atomically, as `Optimizer.save` does.

    Whatever framework goes on, it finds what it needs by name. Sharded arrays are gathered.

    Args:
        path: the file.
        optimizer: whose state it is; its configuration is written too.
        state: its state, outside of any traced function.
    """
    step = _functional(optimizer)
    held = _Held(step, state, _shapes_of(state))
    files.save(step.optimizer, held, path, _OfSteps(optimizer))


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
    parameters = Parameters(params, abstract=True)
    shapes = dict(zip(parameters.names, parameters.shapes, strict=True))
    held = _Held(step, step.init(params), shapes)
    own = (step.optimizer, held, path, _OfSteps(optimizer))
    loaded = files.load(*own, hyperparameters=None, strict=strict)
    return held.state if strict else (held.state, loaded)


def convert(
    optimizer: Steps,
    state: State,
    params: Any,
    *,
    states: States = KEPT,
    master: str | Kept | None = KEPT,
) -> tuple[Steps, Any, State]:
    """An optimizer that stores its state otherwise, and parameters and state as it has them.

    As `adamas.Optimizer.convert`, for values: ``step, params, state = convert(step, state, params,
    states="bfloat16")``. A `transformation` is made anew of the optimizer.

    Args:
        optimizer: whose state it is; it is not changed.
        state, params: what the last call gave, outside of any traced function. Sharded arrays are
            gathered, and sharded as they were.
        states: how slots are stored from now on.
        master: where the weights of parameters of 16 bits are exact from now on.

    Raises:
        ConfigurationError, ArgumentError: values that the optimizer cannot have.
    """
    before = _functional(optimizer)
    stored = storing(before.optimizer, states=states, master=master)
    after = before.with_optimizer(stored)
    parameters = Parameters(params)
    shapes = dict(zip(parameters.names, parameters.shapes, strict=True))
    ways = ways_between(
        before.programs(parameters).assignment, after.programs(parameters).assignment
    )
    moving = [name for name, (one, other) in ways.items() if one is not other]
    leaves = dict(zip(parameters.names, parameters.leaves, strict=True))
    found, counters = _Held(before, state, shapes).export()
    made = _Held(after, after.init(params), shapes)
    values = {name: np.asarray(leaves[name]) for name in moving}
    arrays, moved = stored_anew(found, values, made.forms(), ways)
    made.restore(arrays, counters, "The state")
    for name, value in moved.items():
        leaves[name] = jax.device_put(value, leaves[name].sharding)
    made_state = made.state._replace(gradient_norm=state.gradient_norm)
    kind: Any = after if isinstance(optimizer, Functional) else stored
    return kind, parameters.unflatten(list(leaves.values())), made_state


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
    """A state that files are made from and read into; it has its first values when it is.

    Args:
        shapes: of the parameters, by their names and in their order; none if nothing tells.
    """

    def __init__(self, step: Functional, state: State, shapes: Mapping[str, Shape]) -> None:
        self.state = state
        self._whole = step.optimizer
        self._ruling = ruling(step.optimizer)
        keys = slot_keys(self._ruling)
        self._portable = {key: slot for slot, key in keys.items()}
        self._parameters = list(shapes)
        self._shapes = list(shapes.values())

    @cached_property
    def _assignment(self) -> Assignment:
        decays = [True] * len(self._parameters)  # which is nothing to a state
        return Assignment(self._whole, self._parameters, self._shapes, decays)

    def forms(self) -> dict[str, Any]:
        """The slots by their portable names."""
        return named_slots(self._slots())

    def export(self) -> tuple[dict[str, np.ndarray], dict[str, int]]:
        """The state under portable names, and the counters."""
        counters = counters_of(self.state)
        own = self._differences(counters["updates"])
        named = named_slots(self._slots()) | self._numbers() | own
        return {name: np.asarray(array) for name, array in named.items()}, counters

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
            for key, name in self._number_names.items()
        }
        made = fresh._replace(slots=slots, remembered={**fresh.remembered, **numbers})
        self.state = with_counters(made, counters, source)
        self._set_differences(loaded, tensors, counters["updates"], source)
        return loaded

    # -- numbers

    @cached_property
    def _number_names(self) -> dict[str, str]:
        """The numbers of the state that files have, and their names there.

        Files name those of several members by the places of the members that have parameters.
        """
        kept = {name: name for name in self._whole.first_numbers()}
        if len(self._ruling) == 1 or not self._parameters:
            every = ((one, name) for one in self._ruling for name in one.handed_on())
            keys = [number_key(self._ruling, *own) for own in every]
            return {**dict(zip(keys, keys, strict=True)), **kept}
        named = {key: number_name(self._assignment, *of) for of, key in self._keys().items()}
        return {**named, **kept}

    def _keys(self) -> dict[tuple[int, str], str]:
        """What the numbers of members are called in the state, by the place of each and name."""
        members = self._assignment.members
        return {
            (place, name): number_key(self._ruling, members[place], name)
            for place, name in first_remembered(self._assignment)
        }

    def _numbers(self) -> dict[str, np.ndarray]:
        """The numbers that are handed on, as they are in files."""
        known = self.state.remembered
        return {n: np.asarray(known[key], np.float64) for key, n in self._number_names.items()}

    # -- clocks of single parameters

    def _of_members(self) -> dict[tuple[int, str], float]:
        return {of: float(self.state.remembered[key]) for of, key in self._keys().items()}

    def _clocks(self) -> OwnClocks | None:
        """Copies of those in the state, if there are any and it is known whose they are."""
        if not (self._parameters and any_own(self._ruling)):
            return None
        names = {MISSED, *(name for _, name in first_remembered(self._assignment))}
        own = {name: np.array(self.state.remembered[own_key(name)]) for name in names}
        return OwnClocks(self._assignment, own)

    def _differences(self, updates: int) -> dict[str, np.ndarray]:
        """What single parameters have of their own, by the names that files have for it."""
        clocks = self._clocks()
        if clocks is None:
            return {}
        differences = clocks.differences(self._of_members(), updates)
        return named_differences(differences, self._parameters)

    def _set_differences(
        self, loaded: Loaded, found: Mapping[str, np.ndarray], updates: int, source: str
    ) -> None:
        """Take over what a state says of single parameters; those that are new begin afresh."""
        names, clocks = self._parameters, self._clocks()
        single = differences_in(found, self._assignment, names, loaded.taken, updates, source)
        one_clock = bool(single)
        if clocks is not None:
            clocks.follow(self._of_members())
            clocks.begin([i for i, name in enumerate(names) if name in loaded.new], updates)
            one_clock = not clocks.set_differences(single, updates)
            own = own_arrays({own_key(name): array for name, array in clocks.arrays.items()})
            self.state = self.state._replace(remembered={**self.state.remembered, **own})
        if one_clock:
            warn(f"{source} {ONE_CLOCK}")

    # -- slots

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


def _functional(optimizer: Optimizer | Functional) -> Functional:
    return optimizer if isinstance(optimizer, Functional) else Functional(optimizer)


def _shapes_of(state: State) -> dict[str, Shape]:
    """The shapes of the parameters of a state by name, if it has slots, which tell."""
    shapes: dict[str, Shape] = {}
    for tree in state.slots.values():
        leaves, _ = jax.tree_util.tree_flatten_with_path(tree, is_leaf=lambda leaf: leaf is None)
        for path, leaf in leaves:
            known = shapes.setdefault(name_of(path), ())
            shapes[name_of(path)] = getattr(leaf, "shape", known)
    return shapes
