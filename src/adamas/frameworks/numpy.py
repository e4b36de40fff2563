"""NumPy's manners: parameters updated in place, state as plain arrays, errors before any change."""

import warnings
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from ..dtypes import wide
from ..errors import ArrayError, StateError, StructureError
from ..language.expression import ARRAY
from ..language.shapes import small_shape
from ..locks import fork_safe_lock
from ..plan import NORM_CLIPS, Plan
from ..runtime.assignment import Division
from ..runtime.clock import COUNTERS, Clock
from ..runtime.host.arrangement import Owned
from ..runtime.host.arrays import (
    Form,
    Intervals,
    check_gradient,
    check_parameter,
    is_array,
    refuse_overlaps,
)
from ..runtime.host.program import Program, Rows, all_finite, not_finite
from ..runtime.host.watch import WatchedArrangement
from ..runtime.structure import Structure

if TYPE_CHECKING:
    from ..optimizer import Optimizer

ARRANGEMENTS = 16
"""Sets of tensors whose chunk tables are kept (a step may update some parameters only)."""


class Session(Clock):
    """The state of one optimizer for one set of NumPy arrays, and its steps."""

    def __init__(self, optimizer: "Optimizer", params: Any, compiler: str | None) -> None:
        super().__init__()
        structure = Structure(params, is_array)
        for name, array in zip(structure.names, structure.leaves, strict=True):
            check_parameter(name, array)
        refuse_overlaps(structure.names, structure.leaves)
        # Weakly, so that letting go of the optimizer frees the state at once.
        self._optimizer_reference = weakref.ref(optimizer)
        self._structure = structure
        self.names = structure.names
        self._forms = [Form(array.shape, array.dtype) for array in structure.leaves]
        decays = [
            optimizer.decays(name, array)
            for name, array in zip(self.names, structure.leaves, strict=True)
        ]
        self._compiler = compiler
        self._divide(structure.leaves)
        slots = self._new_slots(structure.leaves)
        self._owned = Owned(structure.leaves, slots, decays, self._extents(structure.leaves, slots))
        self._remembered = {
            (place, name): np.array(float(value))
            for place, member in enumerate(self._division.members)
            for name, value in member.remembered.items()
        }
        self.gradient_norm: float | None = None
        self._lock = fork_safe_lock()
        self._swapped = self._stuck = False

    def _divide(self, params: list[np.ndarray]) -> None:
        shapes = [parameter.shape for parameter in params]
        self._division = Division(self._optimizer, self.names, shapes)
        self._programs = [Program(plan, self._compiler) for plan in self._division.plans]
        own = self._optimizer.numbers_in_use()
        self._alone = all(
            plan.numbers == own and not plan.remembered for plan in self._division.plans
        )
        if not self._division.members:
            raise StructureError("At least one parameter must not be frozen. Got: all are.")
        self._clips = [name for name in NORM_CLIPS if name in self._optimizer.clips()]
        self._arrangements: dict[bytes, WatchedArrangement] = {}
        self._current: WatchedArrangement | None = None

    def replan(self) -> None:
        """Make the plans anew from the optimizer's arguments; the state stays."""
        self._divide(self._params)

    def _new_slots(self, params: list[np.ndarray]) -> dict[str, list[np.ndarray | None]]:
        """Every slot with its first values, never narrower than float32."""
        slots: dict[str, list[np.ndarray | None]] = {}
        for index, parameter in enumerate(params):
            if self._division.plan_of[index] is None:
                continue
            initial = {"ema": parameter, **self._division.initial(index, parameter)}
            for slot, extent in self._division.plan(index).slots.items():
                array = _new_slot(parameter, extent)
                if slot in initial:
                    array[...] = initial[slot]
                slots.setdefault(slot, [None] * len(params))[index] = array
        return slots

    @property
    def _optimizer(self) -> "Optimizer":
        optimizer = self._optimizer_reference()
        assert optimizer is not None, "an optimizer owns its session"
        return optimizer

    @property
    def _params(self) -> list[np.ndarray]:
        return self._owned.params

    @property
    def slots(self) -> Mapping[str, list[np.ndarray | None]]:
        """The arrays of each slot, in the order of the parameters; None where there is none."""
        return self._owned.slots

    @property
    def plans(self) -> list[Plan]:
        """The plans that steps follow, one for most optimizers."""
        return self._division.plans

    def parameters(self) -> Iterator[tuple[str, np.ndarray]]:
        """Names and arrays, in the order of the structure."""
        return zip(self.names, self._params, strict=True)

    @property
    def state(self) -> Mapping[str, Mapping[str, np.ndarray]]:
        """The live arrays: slot → parameter name → array."""
        return MappingProxyType(
            {
                slot: MappingProxyType(
                    {n: a for n, a in zip(self.names, arrays, strict=True) if a is not None}
                )
                for slot, arrays in self.slots.items()
            }
        )

    @property
    def remembered(self) -> dict[str, np.ndarray]:
        """The numbers that are handed on between updates, as live 0-d arrays by name."""
        several = len(self._division.members) > 1
        return {
            f"{name}/{place}" if several else name: array
            for (place, name), array in self._remembered.items()
        } | self._optimizer._extras

    # -- steps

    def apply(self, grads: Any, params: Any) -> None:
        """One call with gradients in the structure of the parameters."""
        with self._lock:
            gradients = self._structure.flatten(grads, "Gradients")
            if params is None:
                parameters = self._params
            else:
                parameters = self._structure.flatten(params, "Parameters")
            self._step(gradients, parameters)

    def apply_pairs(self, pairs: Sequence[tuple[Any, Any]]) -> None:
        """One call with (gradient, parameter) pairs for all or some of the parameters."""
        with self._lock:
            positions = {id(array): index for index, array in enumerate(self._params)}
            gradients: list[Any] = [None] * len(self._params)
            given = set()
            for pair in pairs:
                if not isinstance(pair, tuple | list) or len(pair) != 2:
                    raise StructureError(
                        f"Each pair must be (gradient, parameter). Got: {_described(pair)}."
                    )
                gradient, parameter = pair
                index = positions.get(id(parameter))
                if index is None:
                    raise StructureError(
                        "Each pair must be (gradient, parameter) with a parameter that the "
                        f"optimizer was built for. Got: {_described(parameter)}."
                    )
                if index in given:
                    raise StructureError(
                        f"Each parameter may come once. Got twice: {self.names[index]!r}."
                    )
                given.add(index)
                gradients[index] = gradient
            missing = [self.names[i] for i in sorted(given) if gradients[i] is None]
            self._step(gradients, self._params, missing)

    def _step(
        self, gradients: list[Any], parameters: list[Any], missing: list[str] | None = None
    ) -> None:
        before = self._owned
        try:
            self._try_step(gradients, parameters, missing)
        except BaseException:
            # A refused call with other parameters goes back to those before.
            if self._owned is not before:
                self._owned = before
                self._arrangements.clear()
                self._current = None
            raise

    def _try_step(
        self, gradients: list[Any], parameters: list[Any], missing: list[str] | None
    ) -> None:
        if self._swapped:
            raise StateError(
                "Inside averaged() the parameters hold the averages, and a step would train "
                "those. Leave the with block first."
            )
        if self._division.frozen:
            frozen = self._division.plan_of
            gradients = [
                None if place is None else g for place, g in zip(frozen, gradients, strict=True)
            ]
        arrangement = self._current
        if arrangement is None or not arrangement.take(gradients, parameters):
            # NumPy gives a scalar, not a 0-d array, for the mean of an array: a gradient as well.
            # The arrays made of them must outlive the step, which knows addresses only.
            gradients = [np.asarray(g) if isinstance(g, np.generic) else g for g in gradients]
            arrangement = self._arrange(gradients, parameters, missing)
        self._run(arrangement, gradients)

    def step(self, gradients: list[Any]) -> None:
        """One call with gradients in the order of the names; None, unsaid, for those without."""
        with self._lock:
            self._step(gradients, self._params, [])

    def repeated(self, grads: Any) -> Callable[[], None]:
        """Steps with these gradients and the parameters, checked here and not looked at again.

        Whoever calls it writes new gradients into the same arrays, and neither changes the form
        of an array nor swaps averages in meanwhile. It spares a small step a third of its time.
        """
        with self._lock:
            gradients = self._structure.flatten(grads, "Gradients")
            arrangement = self._arrange(gradients, self._params, None)

        def step() -> None:
            with self._lock:
                self._run(arrangement, gradients)

        return step

    def _run(self, arrangement: WatchedArrangement, gradients: list[Any]) -> None:
        """One call over arrays that are arranged."""
        values = self._optimizer.read_numbers(self.calls)
        updating = self.due(values)
        # The usual case, without a detour: a step of few weights takes microseconds.
        usual = self._alone and arrangement.alike
        numbers = [] if usual else self._numbers(values)
        rows = self._rows(arrangement, values, numbers)
        call = arrangement.update if updating else arrangement.accumulate
        found = call.run(rows, {clip: values[clip] for clip in self._clips})
        if call.squares is not None:
            self.gradient_norm = float(np.sqrt(call.squares.sum()))
        if found is not None:
            self._not_finite(arrangement.parts[found[0]].tensors[found[1]], gradients)
            return
        if updating and self._remembered:
            self._remember(numbers)
        self.tick(updating)

    def _rows(
        self,
        arrangement: WatchedArrangement,
        values: dict[str, float],
        numbers: list[dict[str, float]],
    ) -> list[Rows]:
        """The scalar rows of each part: each member's `numbers`, or all `values` without any."""
        if not numbers:
            return [[(self.updates + 1, *values.values())]] * len(arrangement.parts)
        return [
            [self._row(part.program.plan, numbers, *whose) for whose in part.rows]
            for part in arrangement.parts
        ]

    def _numbers(self, values: dict[str, float]) -> list[dict[str, float]]:
        """The numbers of each member; those common to all come from the optimizer itself."""
        optimizer = self._optimizer
        return [
            values if member is optimizer else {**member.read_numbers(self.calls, values), **values}
            for member in self._division.members
        ]

    def _row(
        self, plan: Plan, numbers: list[dict[str, float]], member: int, decays: bool
    ) -> tuple[float, ...]:
        """The values of the plan's symbols."""
        values = numbers[member]
        if not decays:
            values = {**values, plan.decay_number: 0.0}
        remembered = [float(self._remembered[member, name]) for name in plan.remembered]
        return (self.updates + 1, *[values.get(name, 0.0) for name in plan.numbers], *remembered)

    def _remember(self, numbers: list[dict[str, float]]) -> None:
        """Hand on what `prepare` remembers to the next update."""
        for place in range(len(self._division.members)):
            index = self._division.member_of.index(place)
            program = self._programs[self._division.plan_of[index] or 0]
            row = self._row(program.plan, numbers, place, True)
            following = program.next_remembered(*row)
            for name, value in zip(program.plan.remembered, following, strict=True):
                self._remembered[place, name][...] = value

    def _not_finite(self, tensor: int, gradients: list[Any]) -> None:
        if self._optimizer.nonfinite != "raise":
            self.skipped += 1
            return
        raise not_finite(self.names[tensor], self.updates + 1, all_finite(gradients[tensor]))

    # -- arrangements: what is checked and laid out once, until the arrays change their form

    def _arrange(
        self, gradients: list[Any], parameters: list[Any], missing: list[str] | None
    ) -> WatchedArrangement:
        if missing is None:
            frozen = self._division.plan_of
            missing = [
                name
                for name, g, place in zip(self.names, gradients, frozen, strict=True)
                if g is None and place is not None
            ]
        active = [index for index, gradient in enumerate(gradients) if gradient is not None]
        if not active:
            raise ArrayError(
                "At least one gradient must be given. Got: None for every parameter. "
                "Does the loss depend on the parameters?"
            )
        key = np.array(active).tobytes()
        found = self._arrangements.get(key)
        if found is None or not found.take(gradients, parameters):
            found = self._new_arrangement(gradients, parameters, active)
            while len(self._arrangements) >= ARRANGEMENTS:
                del self._arrangements[next(iter(self._arrangements))]
            self._arrangements[key] = found
        if missing:
            warnings.warn(
                f"No gradient for {', '.join(map(repr, missing))}: not updated in this step.",
                stacklevel=6,
            )
        self._current = found
        return found

    def _new_arrangement(
        self, gradients: list[Any], parameters: list[Any], active: list[int]
    ) -> WatchedArrangement:
        for index in active:
            check_gradient(self.names[index], gradients[index], self._forms[index])
        self._check_parameters(parameters)
        intervals = self._extents(parameters, self.slots)
        intervals.refuse(self.names, gradients, active)
        moved = not np.array_equal(intervals.lows, self._owned.intervals.lows)
        if moved or any(a is not b for a, b in zip(parameters, self._params, strict=True)):
            # Other arrays of the same form: the state belongs to the names.
            refuse_overlaps(self.names, parameters)
            self._owned = replace(self._owned, params=parameters, intervals=intervals)
            self._arrangements.clear()
        return WatchedArrangement(self._division, self._programs, self._owned, gradients)

    def _extents(
        self, parameters: list[np.ndarray], slots: Mapping[str, list[np.ndarray | None]]
    ) -> Intervals:
        """The memory that steps write, under names for messages."""
        named = {f"parameter {n!r}": p for n, p in zip(self.names, parameters, strict=True)}
        for slot, arrays in slots.items():
            for name, array in zip(self.names, arrays, strict=True):
                if array is None:
                    continue
                named[f"slot {slot!r} of {name!r}"] = array
        return Intervals(named)

    def _check_parameters(self, parameters: list[Any]) -> None:
        for name, array, form in zip(self.names, parameters, self._forms, strict=True):
            check_parameter(name, array)
            if (array.shape, array.dtype) != (form.shape, form.dtype):
                raise ArrayError(
                    f"Parameter {name!r} must keep the shape {form.shape} and dtype {form.dtype} "
                    f"it was built with. Got: shape {array.shape}, dtype {array.dtype}."
                )

    def hold(
        self,
        slots: Mapping[str, list[np.ndarray | None]],
        remembered: Mapping[str, np.ndarray],
    ) -> None:
        """Keep the state in these arrays from now on, of the same forms; nothing is copied.

        Numbers that are remembered are those of an optimizer without members.
        """
        intervals = self._extents(self._params, slots)
        self._owned = replace(self._owned, slots=slots, intervals=intervals)
        self._remembered = {(0, name): array for name, array in remembered.items()}
        self._arrangements.clear()
        self._current = None

    # -- averages

    def finalize(self, params: Any) -> None:
        """Write the averages into the parameters."""
        with self._lock:
            parameters = self._given(params)
            if self._swapped:
                raise StateError("Finalize outside averaged(): there the averages are in place.")
            self._write_averages(parameters)

    def put_averages(self, params: Any) -> None:
        """Write the averages into the parameters, which are kept aside meanwhile."""
        with self._lock:
            if self._stuck:
                self._stuck = False  # the averages are in place since an exit that failed
                return
            parameters = self._given(params)
            if self._swapped:
                raise StateError("averaged() cannot be nested: the averages are in place already.")
            self._aside = [(parameter, parameter.copy()) for parameter in parameters]
            self._write_averages(parameters)
            self._swapped = True

    def _write_averages(self, parameters: list[np.ndarray]) -> None:
        averages = [self._average(index, p) for index, p in enumerate(parameters)]
        for parameter, average in zip(parameters, averages, strict=True):
            if average is not None:
                parameter[...] = average

    def _average(self, index: int, parameter: np.ndarray) -> Any:
        """What a parameter is evaluated with, if that is not itself."""
        if self._division.plan_of[index] is None:
            return None
        if self._optimizer.use_ema:
            return self.slots["ema"][index]
        return self._division.average(
            index, parameter, lambda slot: self.slots[slot][index], self.calls
        )

    def put_back(self) -> None:
        """Write the parameters that `put_averages` kept; an error leaves the averages in place."""
        with self._lock:
            self._stuck = True
            for name, (parameter, _) in zip(self.names, self._aside, strict=True):
                check_parameter(name, parameter)
            for parameter, kept in self._aside:
                parameter[...] = kept
            self._aside.clear()
            self._swapped = self._stuck = False

    def _given(self, params: Any) -> list[np.ndarray]:
        if params is None:
            return self._params
        parameters = self._structure.flatten(params, "Parameters")
        self._check_parameters(parameters)
        return parameters

    # -- state out and in

    def export(self) -> tuple[dict[str, np.ndarray], dict[str, int]]:
        """The state under portable names ``slot/parameter``, and the counters."""
        with self._lock:
            tensors = {
                f"{slot}/{name}": array
                for slot, arrays in self.slots.items()
                for name, array in zip(self.names, arrays, strict=True)
                if array is not None
            }
            tensors |= self.remembered
            return tensors, {name: getattr(self, name) for name in COUNTERS}

    def restore(
        self,
        tensors: Mapping[str, np.ndarray],
        counters: Mapping[str, int],
        source: str = "The state",
    ) -> None:
        """Take over a state; `CheckpointError` names `source` if it does not fit."""
        from ..checkpoint import match_names

        with self._lock:
            own = self.export()[0]
            match_names(own, tensors, source)
            for name, array in own.items():
                array[...] = tensors[name]
            for name in COUNTERS:
                setattr(self, name, counters[name])


def _new_slot(parameter: np.ndarray, extent: int) -> np.ndarray:
    """Zeros, in the memory order of the parameter if there is one for each weight."""
    dtype = wide(parameter.dtype.name)
    if extent != ARRAY:
        return np.zeros(small_shape(parameter.shape, extent), dtype)
    return np.zeros_like(parameter, dtype=dtype, subok=False)


def _described(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}, dtype {value.dtype}, that is none of them"
    return type(value).__name__
