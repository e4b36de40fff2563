"""One call: what is known, traced or not, and what it does to parameters and state."""

from collections.abc import Mapping, Sequence
from typing import Any

import jax.numpy as jnp  # pyright: ignore[reportMissingImports]

from ...compilers.library import Arrays
from ...compilers.xla import JAX
from ...runtime.inputs import refuse_some
from ...runtime.missing import warn_of_missing
from ...runtime.scalars import numbers_of_members
from ...runtime.traced.call import Given, Made
from .numbers import Numbers
from .parameters import Parameters
from .programs import Programs
from .state import LARGEST, State


class Step:
    """One call with its gradients; `run` gives the new parameters and the new state.

    With `by_moves` it gives what is added to the parameters in place of new ones.
    """

    def __init__(
        self,
        programs: Programs,
        parameters: Parameters,
        gradients: Sequence[Any],
        state: State,
        numbers: Numbers,
        by_moves: bool,
    ) -> None:
        self._programs = programs
        self._parameters = parameters
        self._gradients = gradients
        self._state = state
        self._numbers = numbers
        self._by_moves = by_moves
        self._active = programs.active(gradients)
        self._arrays_given = self._checked(numbers.arrays)
        asks = any(one.input_arrays() for one in programs.assignment.members)
        self._call = programs.call if self._arrays_given or not asks else programs.call_without
        trees = programs.of_state(state.slots)
        self._slots = {n: parameters.same(tree, f"Slot {n!r}") for n, tree in trees.items()}
        if len(self._active) < len(gradients):
            every = range(len(gradients))
            warn_of_missing(gradients, parameters.names, programs.assignment, every)

    def run(self) -> tuple[list[Any], State]:
        """The leaves of the parameters, or their moves, and the state, after the call."""
        state, given = self._state, self._given()
        made = self._call(given, self._by_moves)
        finite = True if made.finite is None else made.finite
        pending = state.pending_count
        if pending is not None:
            pending = jnp.where(finite, jnp.where(given.updating, 0, pending + 1), pending)
        leaves, slots = self._put_back(made.arrays)
        return leaves, State(
            count=_counted(state.count, given.updating & finite),
            calls_count=_counted(state.calls_count, finite),
            pending_count=pending,
            skipped_count=_counted(state.skipped_count, jnp.logical_not(finite)),
            slots=slots,
            remembered=self._handed_on(made),
            gradient_norm=made.norm,
        )

    def flush(self) -> tuple[list[Any], State]:
        """The same after the update that the last call becomes; there are calls pending."""
        state = self._state
        pending = state.pending_count
        given = self._given()._replace(updating=True, calls=pending.astype(JAX.scalar))
        made = self._call.flush(given)
        finite = jnp.asarray(True if made.finite is None else made.finite)
        leaves, slots = self._put_back(made.arrays)
        return leaves, state._replace(
            count=_counted(state.count, finite),
            pending_count=jnp.where(finite, 0, pending),
            skipped_count=_counted(state.skipped_count, jnp.logical_not(finite)),
            slots=slots,
            remembered=self._handed_on(made),
            gradient_norm=made.norm,
        )

    def _given(self) -> Given:
        state, assignment = self._state, self._programs.assignment
        common = {**self._numbers.common, **self._numbers.inputs(assignment)}
        updating: Any = True
        calls = None
        if state.pending_count is not None:
            updating = state.pending_count + 1 >= common["gradient_accumulation_steps"]
            # Also where their number was made smaller on the way: the mean of all calls.
            calls = (state.pending_count + 1).astype(JAX.scalar)
        arrays = [self._arrays(index) for index in self._active]
        return Given(
            indices=self._active,
            arrays=arrays,
            dtypes=[{name: array.dtype.name for name, array in own.items()} for own in arrays],
            common=common,
            numbers=numbers_of_members(assignment, common, self._numbers.read),
            # From what is stored, so that the old count need not be kept and does not overflow.
            t=_counted(state.count, True).astype(JAX.scalar),
            updating=updating,
            calls=calls,
            remembered=self._programs.of_members(state.remembered),
            own=self._programs.clocks_of(state.remembered),
            kept={name: state.remembered[name] for name in assignment.whole.first_numbers()},
            norm=state.gradient_norm,
        )

    def _arrays(self, index: int) -> Arrays:
        plan = self._programs.assignment.plan(index)
        slots = {s: self._slots[s][index] for s in plan.slots}
        given = {
            n: self._arrays_given[n][index] for n in plan.rule.given if n in self._arrays_given
        }
        return {"p": self._parameters.leaves[index], "g": self._gradients[index], **given, **slots}

    def _checked(self, trees: Mapping[str, Any]) -> dict[str, list[Any]]:
        """The arrays that the call is given, each in the order of the parameters."""
        arrays = {n: self._parameters.given(tree, n, f"{n} of") for n, tree in trees.items()}
        refuse_some(self._programs.assignment, arrays, self._active, self._parameters.names)
        return arrays

    def _handed_on(self, made: Made) -> Arrays:
        numbers, own = self._programs.saved(made.remembered), self._programs.saved_clocks(made.own)
        found = {**numbers, **own, **made.kept}
        return {name: found.get(name, old) for name, old in self._state.remembered.items()}

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
        trees = {name: self._parameters.unflatten(own) for name, own in slots.items()}
        return leaves, self._programs.in_state(trees)


def _counted(counter: Any, counts: Any) -> Any:
    """A counter after a call, if there is one and the call `counts`; it does not overflow."""
    if counter is None:
        return None
    return counter + (counts & (counter < LARGEST)).astype(counter.dtype)
