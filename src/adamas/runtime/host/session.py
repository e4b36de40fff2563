"""A session: the state of one optimizer for tensors that are updated in place, and its steps.

What holds for every framework stands here, once: who takes part in a call, when there may be none,
and that one is made at a time. A framework says how its tensors are read, kept, written and laid
out for a step (`Manners`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ...description import Description
from ...errors import StateError, warn
from ...locks import fork_safe_lock
from ...signals import held
from ..conversion import STORAGE
from ..inputs import NOTHING
from ..loaded import Loaded
from ..missing import refuse_no_gradients, warn_of_missing
from ..own_clocks import ONE_CLOCK
from ..shown import Shown
from ..structure import Structure
from .anew import anew
from .averages import averages_of
from .calls import Calls
from .holding import Holding
from .layouts import Layouts
from .manners import Leaves, Steps
from .pairs import in_order, spread
from .program import Peers
from .state import coming, exported, take_over
from .swap import Swap, write_all


class Session(Holding):
    """The state of one optimizer for a structure of tensors, and its steps.

    Args:
        description: the optimizer, which owns this session.
        structure: the parameters, with their names.
        peers: the processes that have other parameters of the same model.
    """

    def __init__(
        self, description: Description, structure: Structure, peers: Peers | None = None
    ) -> None:
        super().__init__(description, structure, peers)
        self._structure = structure
        self._everything = range(len(structure.names))
        self._lock = fork_safe_lock()
        self._swap = Swap()
        self._layouts = Layouts()
        self._calls = self.new_calls(self._layouts)
        self._follow()

    def new_calls(self, layouts: Layouts) -> Calls:
        """What makes its calls."""
        return Calls(layouts)

    def replan(self) -> None:
        """Make the plans anew from the optimizer's arguments; the state stays."""
        self.assign()
        self._follow()

    def convert(self, description: Description) -> None:
        """Store the state as this description says from now on, which is as the optimizer's else.

        All of it or nothing, whatever signals come. Slots that are stored as before stay the
        tensors that they are.
        """
        with self._lock, held():
            after = self.assignment_by(description)
            changed = anew(self, after)
            if changed:
                self._calls.refuse_within()
                self._swap.refuse_step()
            self.plan_anew(after)  # what cannot be is refused before anything is changed
            for one, other in zip(self.description.everyone(), description.everyone(), strict=True):
                one.assume(**{name: other.argument(name) for name in STORAGE})
            for index, (gone, made, parameter) in changed.items():
                self.put_slots(index, gone, made)
                if parameter is not None:
                    self.write(self.params[index], parameter)
            self.replan()
            if self._layouts.looks:
                self.note_state()

    def _follow(self) -> None:
        self._layouts.follow(self)
        self._calls.follow(self)

    @property
    def gradient_norm(self) -> Any:
        """The L2 norm of all gradients in the last call that took it."""
        return self._calls.gradient_norm

    def numbers_of(self, member: Description) -> Mapping[str, Any]:
        """The numbers that a member had in the last call; none if it had no part in it."""
        places = zip(self.assignment.members, self._calls.numbers, strict=False)
        return next((numbers for one, numbers in places if one is member), {})

    # -- steps

    def apply(self, grads: Any, params: Any = None, given: Mapping[str, Any] = NOTHING) -> None:
        """One call with gradients in the structure of the parameters, and what else is `given`."""
        with self._lock:
            gradients = self._structure.flatten(grads, "Gradients")
            if given:
                given = self._flat(given)
            parameters = self.params
            if params is not None:
                parameters = self._structure.flatten(params, "Parameters")
            self._advance(gradients, parameters, self._everything, given)

    def apply_pairs(self, pairs: Sequence[Any], given: Mapping[str, Any] = NOTHING) -> None:
        """One call with (gradient, parameter) pairs for all or some of the parameters."""
        with self._lock:
            gradients, places = in_order(pairs, self.params, self.names)
            whole = {n: spread(v, places, len(gradients)) for n, v in given.items()}
            self._advance(gradients, self.params, sorted(places), whole)

    def step(
        self,
        gradients: Leaves,
        scale: Any = None,
        found: Any = None,
        given: Mapping[str, Any] = NOTHING,
    ) -> None:
        """One call with a gradient, or None, unsaid, for each parameter.

        Args:
            gradients: in the order of the names; they are read, never written.
            scale: they are of the loss times this number.
            found: not 0 if they are not finite, so that the call must change nothing.
            given: what else the call is given, by name; arrays in the structure of the parameters.
        """
        with self._lock:
            if given:
                given = self._flat(given)
            self._advance(gradients, self.params, None, given, scale, found)

    def _advance(
        self,
        gradients: Leaves,
        parameters: Leaves,
        said: Sequence[int] | None,
        given: Mapping[str, Any] = NOTHING,
        scale: Any = None,
        found: Any = None,
    ) -> None:
        """A call; a missing gradient of those in `said` is told of, and one must be there."""
        if self._swap.aside is not None:
            self._swap.refuse_step()
        if self.assignment.frozen:
            frozen = self.assignment.plan_of
            gradients = [
                None if place is None else g for place, g in zip(frozen, gradients, strict=True)
            ]
        if self.in_parts:
            gradients, parameters = self.own_parts(gradients, parameters)
        steps = self._layouts.current
        if steps is None or not steps.take(gradients, parameters):
            gradients = self.as_tensors(gradients)
            steps = self._prepared(gradients, parameters, said, given)
            if steps is None:
                return
        if found is not None:
            found = self.agreed(found)
        self._calls.make(self, steps, gradients, given, scale, found)

    def _prepared(
        self,
        gradients: Leaves,
        parameters: Leaves,
        said: Sequence[int] | None,
        given: Mapping[str, Any] = NOTHING,
    ) -> Steps | None:
        """The steps of the parameters with gradients; None if there are none, and none need be."""
        active = tuple(index for index, gradient in enumerate(gradients) if gradient is not None)
        if said is not None:
            if not active:
                refuse_no_gradients()
            if len(active) < len(gradients):
                warn_of_missing(gradients, self.names, self.assignment, said)
        elif not active and self.peers is None:
            return None
        return self._layouts.prepared(self, gradients, parameters, active, given)

    def _flat(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What a call is given, with arrays in the order of the parameters."""
        asked = self._layouts.arrays_asked()
        return {
            name: self._structure.flatten(value, name)
            if name in asked and value is not None
            else value
            for name, value in given.items()
        }

    def flush(self, given: Mapping[str, Any] = NOTHING) -> bool:
        """Let the last call be one that updates, with the mean of those that are pending.

        Nothing happens without any. A parameter whose gradients have summed up to nothing but zeros
        stays as it is. Gives whether an update was made.
        """
        with self._lock:
            if not (self.pending and self._calls.accumulates):
                return False
            self._swap.refuse_step()
            # Added to a sum, 0 changes no bit of it, since a sum that began with 0 is never -0.
            gradients = [
                self.zeros(parameter) if self._has_sum(index) else None
                for index, parameter in enumerate(self.params)
            ]
            parts, parameters = self.own_parts(gradients, self.params)
            given = self._flat(given)
            steps, updates = self._prepared(parts, parameters, None, given), self.updates
            if steps is None:
                self.go_on(self.before_last(), True)
            else:
                self._calls.make(self, steps, parts, given, closing=True)
            return self.updates > updates

    def _has_sum(self, index: int) -> bool:
        """Whether a parameter, or the part of it in any process, has a sum of gradients."""
        if "accumulator" not in self.slots_of(index):
            return False
        own = self.slot(index, "accumulator")
        return self.any_part(own is not None and bool((own != 0).any()))

    def repeated(self, grads: Any) -> Callable[[], None]:
        """Steps with these gradients and the parameters, checked here and not looked at again.

        Whoever calls it writes new gradients into the same arrays, and neither changes the form
        of an array nor swaps averages in meanwhile. It spares a small step a third of its time.
        """
        with self._lock:
            gradients = self._structure.flatten(grads, "Gradients")
            gradients = self.as_tensors(gradients)
            steps = self._prepared(gradients, self.params, range(len(gradients)))
            assert steps is not None

        def step() -> None:
            with self._lock:
                self._calls.make(self, steps, gradients)

        return step

    def forget_layouts(self) -> None:
        """Lay tensors out anew in the next call."""
        self._layouts.forget()

    # -- averages

    @contextmanager
    def averaged(self, params: Any = None) -> Iterator[None]:
        """The parameters hold their averages inside."""
        block = object()
        try:
            self.put_averages(params, block)
            yield
        finally:
            try:
                self.put_back(block)
            except BaseException:
                self.put_back(block)  # where a signal came before it began
                raise

    def finalize(self, params: Any = None) -> None:
        """Write the averages into the parameters."""
        with self._lock:
            self._calls.refuse_within()
            if not self.description.averages():
                return
            tensors = self._tensors(params)
            if self._swap.aside is not None:
                raise StateError("Finalize outside averaged(): there the averages are in place.")
            averages = averages_of(self, tensors)
            with held():
                write_all(self, tensors, averages)

    def put_averages(self, params: Any = None, block: object = None) -> None:
        """Write the averages into the parameters, which are kept aside until `block` ends."""
        with self._lock:
            self._calls.refuse_within()
            if not self.description.averages():
                raise StateError(
                    "There are no averages. Construct the optimizer with use_ema=True."
                )
            if not self._swap.resumes(block):
                tensors = self._tensors(params)
                self._swap.refuse_another()
                self._swap.put(self, tensors, averages_of(self, tensors), block)

    def put_back(self, block: object = None) -> None:
        """Write the parameters that `put_averages` kept for this block, if it did.

        An error leaves the averages in place.
        """
        with self._lock:
            self._swap.put_back(self, block)

    def _tensors(self, params: Any) -> Leaves:
        """The parameters, or other tensors of their form."""
        tensors = self.params
        if params is not None:
            tensors = self._structure.flatten(params, "Parameters")
        self.check_parameters(tensors)
        return tensors

    # -- state

    @property
    def state(self) -> Mapping[str, Mapping[str, Any]]:
        """The live tensors: slot → parameter name → tensor.

        From now on every call looks at them: whoever has them can change more than their values.
        """
        if not self._layouts.looks:
            self._layouts.look()
            self.note_state()
        found: dict[str, dict[str, Any]] = {s: {} for plan in self.plans for s in plan.slots}
        for slot, name, tensor in self.every_slot():
            found[slot][name] = tensor
        return Shown({slot: Shown(named) for slot, named in found.items()})

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Calls of other threads wait inside; one that a signal has come into is ended before."""
        with self._lock:
            self._calls.bring_to_end(self)
            yield

    def export(self) -> tuple[dict[str, np.ndarray], dict[str, int]]:
        """The state under portable names, live while it is `paused`, and the counters."""
        with self.paused():
            self.before_export()
            return exported(self)

    def restore(
        self,
        tensors: Mapping[str, np.ndarray],
        counters: Mapping[str, int],
        source: str = "The state",
        *,
        strict: bool = True,
    ) -> Loaded:
        """Take over a state; `CheckpointError` names `source` if it does not fit.

        With `strict` False what fits is taken over by name, and all else begins afresh.
        """
        with self._lock:
            self._calls.refuse_within()
            self.before_restore()
            state = coming(self, tensors, counters, source, strict)
            with held():
                one_clock = not take_over(self, state)
                self.forget_layouts()
            if one_clock:
                warn(f"{source} {ONE_CLOCK}")
            return state.loaded

    # -- where the state lives

    @property
    def resumes(self) -> bool:
        """Whether there was a state already where it lives."""
        return False

    def resume(self) -> None:
        """Go on from what is there: nothing, in memory."""

    def sync(self) -> None:
        """Let the state reach the disk, where it lives there."""

    def discard(self) -> None:
        """Let go of what was made for an optimizer that cannot be built."""
