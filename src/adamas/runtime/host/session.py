"""A session: the state of one optimizer for tensors that are updated in place, and its steps.

What holds for every framework stands here, once. A framework says how its tensors are read, kept,
written and laid out for a step (`Manners`).
"""

import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ...description import Description
from ...errors import ArrayError, StateError, StructureError, warn
from ...language.shapes import Extent
from ...locks import fork_safe_lock
from ...passes import NORM_CLIPS
from ...plan import Plan
from ..assignment import Assignment
from ..averages import average
from ..clock import Clock, Counts
from ..inputs import NOTHING, numbers_given
from ..loaded import Loaded, taken_over
from ..missing import refuse_no_gradients, warn_of_missing
from ..names import named_numbers, named_slots, number_name, slot_name
from ..own_clocks import ONE_CLOCK, differences_in, named_differences
from ..scalars import first_remembered, given_by_wrapper, numbers_of_members, wrapper_goes_on
from ..shown import Shown
from ..signals import held
from ..slots import first_values
from ..structure import Structure
from .carried import Carried
from .given import GivenArrays, Kind
from .manners import Leaves, Manners, Steps
from .program import ELSEWHERE, Peers, all_finite, not_finite, not_finite_elsewhere
from .swap import Swap, write_all

Making = tuple[Steps, int, Counts | None, Mapping[str, np.ndarray] | None, bool, bool]
"""A call while it is made: with what, and which update it is, if one; what was counted before, if
it counts; a wrapper's numbers then; whether it updates; whether what is not finite raises."""

NO_LIMITS: Mapping[str, float] = {}

UNKNOWN = -2
"""In the place of the parameter that is not finite, while a call is made."""


class Session(Clock, Manners):
    """The state of one optimizer for a structure of tensors.

    Args:
        description: the optimizer, which owns this session.
        structure: the parameters, with their names.
        peers: the processes that have other parameters of the same model.

    Attributes:
        params, names: the parameters.
        assignment, programs: which plan, member and decay each has, and the plans compiled.
        numbers: those of each member in the last call.
        gradient_norm: the L2 norm of all gradients in the last call that took it.
    """

    def __init__(
        self, description: Description, structure: Structure, peers: Peers | None = None
    ) -> None:
        super().__init__()
        # Weakly, so that letting go of the optimizer frees the state at once.
        self._description = weakref.ref(description)
        self._structure = structure
        self.names = structure.names
        self._everything = range(len(structure.names))
        self.params: list[Any] = structure.leaves
        self.peers = peers
        self.gradient_norm: Any = None
        self.numbers: Sequence[Mapping[str, Any]] = []
        self.kept = {name: np.array(v) for name, v in description.first_numbers().items()}
        """The numbers that a wrapper keeps, such as its loss scale."""
        self._lock = fork_safe_lock()
        self._swap = Swap()
        self._shown = False
        self._making: Making | None = None
        self._carried: Carried | None = None
        self.assignment = self._assign()
        if peers is None:
            self.assignment.refuse_all_frozen()

    def numbers_of(self, member: Description) -> Mapping[str, Any]:
        """The numbers that a member had in the last call; none if it had no part in it."""
        places = zip(self.assignment.members, self.numbers, strict=False)
        return next((numbers for one, numbers in places if one is member), {})

    # -- plans

    def _assign(self) -> Assignment:
        shapes = [tuple(parameter.shape) for parameter in self.params]
        decays = [self.description.decays(name, tensor) for name, tensor in self.parameters()]
        dtypes = [self.dtype_name(parameter) for parameter in self.params]
        assignment = Assignment(self.description, self.names, shapes, decays, dtypes)
        self._clips = [name for name in NORM_CLIPS if name in self.description.clips()]
        self._laid_out: dict[tuple[int, ...], Steps] = {}
        self._current: Steps | None = None
        asks = any(member.asked_inputs() for member in assignment.members)
        takes = any(member.input_arrays() for member in assignment.members)
        self._alone = assignment.members == [self.description] and not self.kept and not asks
        self._accumulates = "gradient_accumulation_steps" in self.description.numbers_in_use()
        self.programs = self.plan_anew(assignment)
        self._arrays_given = GivenArrays(assignment, self.programs) if takes else None
        if self._carried is not None:
            self._carried.divide(assignment)
        return assignment

    def replan(self) -> None:
        """Make the plans anew from the optimizer's arguments; the state stays."""
        self.assignment = self._assign()

    @property
    def description(self) -> Description:
        """The optimizer's arguments."""
        description = self._description()
        assert description is not None, "an optimizer owns its session"
        return description

    @property
    def carried(self) -> Carried:
        """What is handed on from update to update: a framework puts it in `_carried`."""
        assert self._carried is not None, "it is made with the session"
        return self._carried

    @property
    def plans(self) -> list[Plan]:
        """The plans that steps follow, one for most optimizers."""
        return self.assignment.plans

    def parameters(self) -> Iterator[tuple[str, Any]]:
        """Names and tensors, in the order of the structure."""
        return zip(self.names, self.params, strict=True)

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
            gradients: list[Any] = [None] * len(self.params)
            places: list[int] = []
            positions = {id(parameter): index for index, parameter in enumerate(self.params)}
            for pair in pairs:
                gradient, index = _checked_pair(pair, positions)
                if index in places:
                    raise StructureError(
                        f"Each parameter may come once. Got twice: {self.names[index]!r}."
                    )
                places.append(index)
                gradients[index] = gradient
            whole = {n: _spread(v, places, len(gradients)) for n, v in given.items()}
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

    def flush(self, given: Mapping[str, Any] = NOTHING) -> bool:
        """Let the last call be one that updates, with the mean of those that are pending.

        Nothing happens without any. A parameter whose gradients have summed up to nothing but zeros
        stays as it is. Gives whether an update was made.
        """
        with self._lock:
            if not (self.pending and self._accumulates):
                return False
            self._refuse_averages()
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
                self._call(steps, parts, given, closing=True)
            return self.updates > updates

    def _flat(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What a call is given, with arrays in the order of the parameters."""
        asked = () if self._arrays_given is None else self._arrays_given.asked
        return {
            name: self._structure.flatten(value, name)
            if name in asked and value is not None
            else value
            for name, value in given.items()
        }

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
                self._call(steps, gradients)

        return step

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
            self._refuse_averages()
        if self.assignment.frozen:
            frozen = self.assignment.plan_of
            gradients = [
                None if place is None else g for place, g in zip(frozen, gradients, strict=True)
            ]
        if self.in_parts:
            gradients, parameters = self.own_parts(gradients, parameters)
        steps = self._current
        if steps is None or not steps.take(gradients, parameters):
            gradients = self.as_tensors(gradients)
            steps = self._prepared(gradients, parameters, said, given)
            if steps is None:
                return
        if found is not None:
            found = self.agreed(found)
        self._call(steps, gradients, given, scale, found)

    def _refuse_averages(self) -> None:
        if self._swap.aside is not None:
            raise StateError(
                "Inside averaged() the parameters hold the averages, and a step would train "
                "those. Leave the with block first."
            )

    def _call(
        self,
        steps: Steps,
        gradients: Leaves,
        given: Mapping[str, Any] = NOTHING,
        scale: Any = None,
        found: Any = None,
        counted: bool = True,
        closing: bool = False,
    ) -> None:
        """A call, made and counted as a whole.

        Python runs the handlers of signals between any two of its instructions, and they may raise,
        as that of Ctrl-C does. Then a call of which nothing was made is given up, and one that has
        begun is brought to its end first. So it is where a handler saves the state.

        Args:
            given: what it is given beside gradients.
            counted: whether the clock goes on with it.
            closing: whether it is the last one once more, which is to update.
        """
        description: Any = self._description()  # as `description`, without a call of it
        if self._making is not None:
            self._refuse_within_call()
        before = self.updates, self.calls, self.pending, self.skipped
        if closing:
            before = self.before_last()
        updates, calls, _, _ = before
        common = description.read_numbers(calls)
        kept = None
        if self.kept:
            kept = {name: value.copy() for name, value in self.kept.items()}
            common |= {n: float(v) for n, v in given_by_wrapper(description, kept).items()}
            kept = None if closing else kept  # they have gone on with that call
        updating = self.due(common, closing) if self._accumulates else True
        numbers: Sequence[Mapping[str, Any]] = [common]
        if given or not self._alone:
            common |= numbers_given(self.assignment, given, self.number)
            numbers = numbers_of_members(
                self.assignment, common, lambda one, known: one.read_numbers(calls, known)
            )
        self.numbers = numbers
        limits = {clip: common[clip] for clip in self._clips} if self._clips else NO_LIMITS
        raises = found is None and description.nonfinite == "raise"
        making = steps, updates + 1, before if counted else None, kept, updating, raises
        broken: int | None = UNKNOWN
        steps.under_way = None
        self._making = making
        try:
            broken = steps.run(updates + 1, numbers, limits, updating, scale, found, self.peers)
            if broken is not None and raises:
                raise self._not_finite(broken, gradients)
            self._end(making, broken)
        except BaseException:
            self._bring_to_end(making, broken)
            raise
        finally:
            self._making = None

    def _refuse_within_call(self) -> None:
        if self._making is not None:
            raise StateError(
                "A call must come to its end before the same thread makes another one, or changes "
                "the state. Got: one by the handler of a signal. It may save the state; let it "
                "take a note of all else, and act on that between two calls."
            )

    def _bring_to_end(self, making: "Making", broken: int | None = UNKNOWN) -> None:
        """Make what is left of a call that has begun, and count it."""
        steps, t, *_, raises = making
        with held():
            begun = True
            if broken == UNKNOWN:
                begun, broken = steps.finish(t)
            if begun and not (raises and broken is not None):
                self._end(making, broken)

    def _end(self, making: "Making", broken: int | None) -> None:
        """Note and count a call that was made; it may be done again."""
        steps, _, before, kept, updating, _ = making
        if steps.norm is not None:
            self.gradient_norm = steps.norm
        if self.tells_of_writing and updating and broken is None:
            self.written(steps.active)
        if before is not None:
            self.go_on(before, updating, broken is not None)
        if kept is not None:
            self._wrapper_goes_on(kept, broken is not None)
        if steps is not self._current:
            self._remain(steps)

    def _not_finite(self, broken: int, gradients: Leaves) -> Exception:
        if broken == ELSEWHERE:
            return not_finite_elsewhere(self.updates + 1)
        finite = not self.any_part(not all_finite(self.read(gradients[broken])))
        return not_finite(self.names[broken], self.updates + 1, finite)

    def _wrapper_goes_on(self, kept: Mapping[str, np.ndarray], skipped: bool) -> None:
        description = self.description
        following = wrapper_goes_on(
            description,
            kept,
            skipped,
            description.now,
            lambda function, values: function(**values),
        )
        for name, value in following.items():
            self.kept[name][...] = value

    # -- what is laid out once, until the tensors change their form

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
        if self._shown and not self.state_holds():
            self.forget_layouts()
        kind = Kind(self.assignment, self.programs)
        if self._arrays_given is not None:
            kind = self._arrays_given.taken(self, given, active)
        steps = self._laid_out.get((kind.number, *active))
        if steps is None or not steps.take(gradients, parameters) or not steps.holds():
            steps = self.lay_out(gradients, parameters, active, kind)
        return steps

    def _remain(self, steps: Steps) -> None:
        """Keep what was laid out for a call that was made."""
        self.settle(steps)
        while len(self._laid_out) >= self.LAID_OUT:
            del self._laid_out[next(iter(self._laid_out))]
        self._laid_out[steps.kind, *steps.active] = steps
        # Where arrays may be given, each call asks anew which they are.
        asks = self._shown or self._arrays_given is not None
        self._current = None if asks else steps

    def forget_layouts(self) -> None:
        """Lay tensors out anew in the next call."""
        self._laid_out.clear()
        self._current = None

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
            self._refuse_within_call()
            if not self.description.averages():
                return
            tensors = self._given(params)
            if self._swap.aside is not None:
                raise StateError("Finalize outside averaged(): there the averages are in place.")
            averages = self._averages(tensors)
            with held():
                write_all(self, tensors, averages)

    def put_averages(self, params: Any = None, block: object = None) -> None:
        """Write the averages into the parameters, which are kept aside until `block` ends."""
        with self._lock:
            self._refuse_within_call()
            if not self.description.averages():
                raise StateError(
                    "There are no averages. Construct the optimizer with use_ema=True."
                )
            if not self._swap.resumes(block):
                tensors = self._given(params)
                self._swap.refuse_another()
                self._swap.put(self, tensors, self._averages(tensors), block)

    def put_back(self, block: object = None) -> None:
        """Write the parameters that `put_averages` kept for this block, if it did.

        An error leaves the averages in place.
        """
        with self._lock:
            self._swap.put_back(self, block)

    def _given(self, params: Any) -> Leaves:
        """The parameters, or other tensors of their form."""
        tensors = self.params
        if params is not None:
            tensors = self._structure.flatten(params, "Parameters")
        self.check_parameters(tensors)
        return tensors

    def _averages(self, tensors: Leaves) -> list[Any]:
        """What each parameter is evaluated with; None if that is itself."""
        found = [self._average(index, tensor) for index, tensor in enumerate(tensors)]
        for name, tensor, value in zip(self.names, tensors, found, strict=True):
            shape, own = np.shape(value), tuple(tensor.shape)
            if value is not None and not self.in_parts and shape not in ((), own):
                raise ArrayError(
                    f"The averages of {name!r} must have its shape {own}. Got: {tuple(shape)}."
                )
        return found

    def _average(self, index: int, tensor: Any) -> Any:
        if self.assignment.whole.use_ema:  # a tensor as it is: nothing is computed
            return None if self.assignment.plan_of[index] is None else self.slot(index, "ema")
        if any(self.slot(index, name) is None for name in self.slots_of(index)):
            return None  # it had no gradient yet, and so no slots
        return average(
            self.assignment,
            index,
            self.read(tensor),
            lambda name: self.read(self.slot(index, name)),
            lambda: self.assignment.member(index).read_numbers(self.calls),
        )

    # -- state

    def slots_of(self, index: int) -> Mapping[str, Extent]:
        """The slots that a parameter's plan has, with their extents; none if it is frozen."""
        frozen = self.assignment.plan_of[index] is None
        return {} if frozen else self.assignment.plan(index).slots

    def first_values(self, index: int, parameter: np.ndarray) -> dict[str, Any]:
        """The first values of those slots of a parameter that do not begin as 0."""
        member = self.assignment.member(index)
        return first_values(self.assignment, index, parameter, lambda: member.read_numbers(0))

    @property
    def state(self) -> Mapping[str, Mapping[str, Any]]:
        """The live tensors: slot → parameter name → tensor.

        From now on every call looks at them: whoever has them can change more than their values.
        """
        if not self._shown:
            self._shown, self._current = True, None
            self.note_state()
        found: dict[str, dict[str, Any]] = {s: {} for plan in self.plans for s in plan.slots}
        for slot, name, tensor in self._slots():
            found[slot][name] = tensor
        return _unchanging(found)

    def sizes(self) -> dict[str, tuple[int, int]]:
        """How many arrays each slot has, and how many bytes."""
        found: dict[str, tuple[int, int]] = {}
        for slot, _, tensor in self._slots():
            count, size = found.get(slot, (0, 0))
            found[slot] = count + 1, size + int(tensor.nbytes)
        return found

    def _slots(self) -> Iterator[tuple[str, str, Any]]:
        """Every slot, the name of its parameter, and its tensor."""
        for slot in dict.fromkeys(slot for plan in self.plans for slot in plan.slots):
            for index, name in enumerate(self.names):
                if slot in self.slots_of(index):
                    tensor = self.slot(index, slot)
                    if tensor is not None:
                        yield slot, name, tensor

    @property
    def remembered(self) -> dict[str, Any]:
        """The numbers that are handed on between calls, as 0-d arrays by name."""
        return named_numbers(self.assignment, self.carried.remembered_numbers(), self.kept)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Calls of other threads wait inside; one that a signal has come into is ended before."""
        with self._lock:
            if self._making is not None:
                self._bring_to_end(self._making)
            yield

    def export(self) -> tuple[dict[str, np.ndarray], dict[str, int]]:
        """The state under portable names, live while it is `paused`, and the counters."""
        with self.paused():
            self.before_export()
            counters = self.counters()
            own = self.carried.differences(counters["updates"])
            named = named_differences(own, self.names)
            return {**self._arrays(), **self.remembered, **named}, counters

    def _arrays(self) -> dict[str, np.ndarray]:
        return named_slots((slot, name, self.read(tensor)) for slot, name, tensor in self._slots())

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
            self._refuse_within_call()
            self.before_restore()
            slots, remembered = list(self._slots()), self.remembered
            forms = [(slot, name, self.read(tensor)) for slot, name, tensor in slots]
            known = {"strict": strict, "pending": counters["pending"]}
            loaded, taken = taken_over(forms, remembered, tensors, source, **known)
            values = taken if strict else {**self._first_state(), **taken}
            keys = self.carried.remembered_numbers()
            names = {key: number_name(self.assignment, *key) for key in keys}
            numbers = {key: float(values[name]) for key, name in names.items()}
            whose = (self.assignment, self.names, loaded.taken)
            single = differences_in(tensors, *whose, counters["updates"], source)
            with held():
                for slot, name, tensor in slots:
                    self.write(tensor, values[slot_name(slot, name)])
                for name, array in self.kept.items():
                    array[...] = values[name]
                self.set_counters(counters)
                self.carried.set_remembered(numbers, self.updates)
                self.carried.begin([i for i, name in enumerate(self.names) if name in loaded.new])
                one_clock = not self.carried.set_differences(single, self.updates)
                self.forget_layouts()
            if one_clock:
                warn(f"{source} {ONE_CLOCK}")
            return loaded

    def _first_state(self) -> dict[str, Any]:
        """The first values of everything, by portable names."""
        found: dict[str, Any] = {}
        for index, name in enumerate(self.names):
            slots = self.slots_of(index)
            first = self.first_values(index, self.read(self.params[index])) if slots else {}
            found |= {slot_name(slot, name): first.get(slot, 0.0) for slot in slots}
        numbers = first_remembered(self.assignment)
        return found | named_numbers(self.assignment, numbers, self.description.first_numbers())


def _spread(value: Any, places: Sequence[int], count: int) -> Any:
    """Arrays in the order of the pairs in that of the parameters; anything else as it is."""
    if not isinstance(value, list | tuple) or len(value) != len(places):
        return value
    found: list[Any] = [None] * count
    for place, array in zip(places, value, strict=True):
        found[place] = array
    return found


def _checked_pair(pair: Any, positions: Mapping[int, int]) -> tuple[Any, int]:
    """The gradient, and the place of the parameter, of a pair."""
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise StructureError(f"Each pair must be (gradient, parameter). Got: {_described(pair)}.")
    gradient, parameter = pair
    index = positions.get(id(parameter))
    if index is None:
        raise StructureError(
            "Each pair must be (gradient, parameter) with a parameter that the "
            f"optimizer was built for. Got: {_described(parameter)}."
        )
    return gradient, index


def _described(value: Any) -> str:
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        kind = "an array" if isinstance(value, np.ndarray) else "a tensor"
        return f"{kind} of shape {tuple(value.shape)}, dtype {value.dtype}, that is none of them"
    return type(value).__name__


def _unchanging(state: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    return Shown({slot: Shown(named) for slot, named in state.items()})
