"""One call: update or only accumulate, as the clocks say, and what that does to the state."""

import inspect
import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax  # pyright: ignore[reportMissingImports]
import jax.numpy as jnp  # pyright: ignore[reportMissingImports]
import numpy as np

from ...compilers.tensors import Arrays, call, remembered
from ...compilers.xla import JAX
from ...optimizer import Optimizer
from ...runtime.traced.passes import Result, Tensor, run
from .numbers import Numbers
from .parameters import Parameters
from .programs import Programs
from .state import State

LARGEST = np.iinfo(np.int32).max
"""Counters stay here."""


class Outcome(NamedTuple):
    """What a kind of call leaves.

    Attributes:
        arrays: of each tensor by name.
        remembered: numbers by the names under which they are saved.
        finite: whether all was finite; None if nobody asks.
        norm: of all gradients; None if no clip takes it.
    """

    arrays: list[Arrays]
    remembered: Arrays
    finite: Any
    norm: Any


class Call:
    """One call with its gradients; `run` gives the new parameters and the new state.

    With `by_moves` it gives what is added to the parameters in place of new ones.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        programs: Programs,
        parameters: Parameters,
        gradients: Sequence[Any],
        state: State,
        numbers: Numbers,
        by_moves: bool,
    ) -> None:
        self._optimizer = optimizer
        self._programs = programs
        self._parameters = parameters
        self._gradients = gradients
        self._state = state
        self._numbers = numbers
        self._by_moves = by_moves
        self._of_members = [numbers.of(member) for member in programs.division.members]
        self._active = [
            index
            for index, key in enumerate(programs.keys)
            if gradients[index] is not None and key is not None
        ]
        # From what is stored, so that the old count need not be kept and does not overflow.
        self._t = _counted(state.count, True).astype(JAX.scalar)
        self._slots = {n: parameters.same(tree, f"Slot {n!r}") for n, tree in state.slots.items()}
        self._warn_of_missing()

    def run(self) -> tuple[list[Any], State]:
        """The leaves of the parameters, or their moves, and the state, after the call."""
        state = self._state
        updating: Any = True
        if state.pending is None:
            outcome = self._update()
        else:
            updating = state.pending + 1 >= self._numbers.common["gradient_accumulation_steps"]
            outcome = jax.lax.cond(updating, self._update, self._accumulate)
        finite = True if outcome.finite is None else outcome.finite
        skipped = jnp.logical_not(finite)
        pending = state.pending
        if pending is not None:
            pending = jnp.where(finite, jnp.where(updating, 0, pending + 1), pending)
        leaves, slots = self._put_back(outcome.arrays)
        return leaves, State(
            count=_counted(state.count, updating & finite),
            calls=_counted(state.calls, finite),
            pending=pending,
            skipped=_counted(state.skipped, skipped),
            slots=slots,
            remembered={**outcome.remembered, **self._following(skipped)},
            gradient_norm=outcome.norm,
        )

    # -- the two kinds of call

    def _update(self) -> Outcome:
        changed = {}
        if self._state.pending is not None:
            # Also where their number was made smaller on the way: the mean of all calls.
            calls = (self._state.pending + 1).astype(JAX.scalar)
            changed = {"gradient_accumulation_steps": calls}
        return self._outcome(self._passes("update", changed), self._next_remembered())

    def _accumulate(self) -> Outcome:
        return self._outcome(self._passes("accumulate", {}), {})

    def _passes(self, kind: str, changed: Arrays) -> Result:
        numbers = [{**own, **changed} for own in self._of_members]
        tensors = [self._tensor(index, numbers) for index in self._active]
        return run(self._programs.graphs, kind, tensors, self._numbers.common, self._by_moves)

    def _tensor(self, index: int, numbers: Sequence[Arrays]) -> Tensor:
        plan, key = self._programs.division.plan(index), self._programs.keys[index]
        assert key is not None
        slots = {name: self._slots[name][index] for name in plan.slots}
        arrays = {"p": self._parameters.leaves[index], "g": self._gradients[index], **slots}
        dtypes = {name: array.dtype.name for name, array in arrays.items()}
        shape = self._parameters.leaves[index].shape
        return Tensor(plan, key, self._symbols(index, numbers), shape, dtypes, arrays)

    def _symbols(self, index: int, numbers: Sequence[Arrays]) -> Arrays:
        return self._programs.symbols(index, numbers, self._t, self._state.remembered)

    def _outcome(self, result: Result, following: Arrays) -> Outcome:
        state, finite, norm = self._state, result.finite, self._state.gradient_norm
        if norm is not None and result.norm is not None:
            norm = result.norm.astype(norm.dtype)
        if finite is not None:
            following = {
                name: jnp.where(finite, value, state.remembered[name])
                for name, value in following.items()
            }
        return Outcome(result.arrays, {**state.remembered, **following}, finite, norm)

    def _next_remembered(self) -> Arrays:
        """The numbers that each member's `prepare` hands on."""
        division, found = self._programs.division, {}
        for place in range(len(division.members)):
            index = division.member_of.index(place)
            plan = division.plan(index)
            if plan.remembered:
                values = remembered(JAX, plan, self._symbols(index, self._of_members))
                names = {name: self._programs.saved_name(place, name) for name in values}
                found |= {names[name]: _kept(value) for name, value in values.items()}
        return found

    def _following(self, skipped: Any) -> Arrays:
        """How a wrapper's own numbers go on."""
        function = self._optimizer.following
        if function is None or not self._optimizer._extras:
            return {}
        known = {**self._numbers.common, **self._state.remembered, "skipped": skipped}
        wanted = {name: known[name] for name in inspect.signature(function).parameters}
        return {name: _kept(value) for name, value in call(JAX, function, {}, wanted).items()}

    # -- in and out

    def _put_back(self, arrays: Sequence[Arrays]) -> tuple[list[Any], dict[str, Any]]:
        """Parameters or moves, and slots as trees, with new arrays in their places."""
        leaves = list(self._parameters.leaves)
        if self._by_moves:
            leaves = list(map(jnp.zeros_like, leaves))
        slots = {name: list(own) for name, own in self._slots.items()}
        for index, new in zip(self._active, arrays, strict=True):
            leaves[index] = new.pop("p")
            for name, array in new.items():
                slots[name][index] = array
        return leaves, {n: self._parameters.unflatten(own) for n, own in slots.items()}

    def _warn_of_missing(self) -> None:
        rows = zip(self._parameters.names, self._gradients, self._programs.keys, strict=True)
        missing = [name for name, gradient, key in rows if gradient is None and key is not None]
        if missing:
            warnings.warn(
                f"No gradient for {', '.join(map(repr, missing))}: not updated in this step.",
                stacklevel=4,
            )


def _counted(counter: Any, counts: Any) -> Any:
    """A counter after a call, if there is one and the call `counts`; it does not overflow."""
    if counter is None:
        return None
    return counter + (counts & (counter < LARGEST)).astype(counter.dtype)


def _kept(value: Any) -> Any:
    return jnp.asarray(value, JAX.scalar)
