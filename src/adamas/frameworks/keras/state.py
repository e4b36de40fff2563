"""The state of an optimizer as Keras variables, named and ordered as Keras's own optimizers'."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ...compilers.keras import OPERATIONS, keras
from ...compilers.library import Arrays
from ...dtypes import FLOATS, wide
from ...errors import ArrayTypeError
from ...language.expression import ARRAY
from ...optimizer import Optimizer
from ...passes import NORM_CLIPS
from ...refusals import COMPLEX, FIRST_VALUES_UNKNOWN
from ...runtime.assignment import Assignment
from ...runtime.averages import average
from ...runtime.names import named_numbers
from ...runtime.own_clocks import MISSED, any_own, first_own
from ...runtime.scalars import first_remembered
from ...runtime.slots import first_values, slot_dtype, slot_shape
from ...runtime.traced.call import Made
from .step import HandedOn, Now, Step

ops = keras.ops

COMMON_SLOTS = ({"ema": "average"}, {"accumulator": "gradient_accumulator"})
"""What Keras calls the slots of the step. They stand before all others."""


class State:
    """Slots of each variable, the numbers that are remembered, and the step over them.

    Args:
        optimizer: the declared optimizer.
        variables: what is optimized.
        names: their names.
        add: makes a variable and lets Keras know it.
        known: whether the variables have values yet.

    Attributes:
        variables, names, shapes: what is optimized.
        assignment: which plan each variable has, and whether it decays.
        slots: of each variable by name.
        remembered: the numbers that are handed on, by name.
        own: the clocks of variables, [variables] each, by name; none where there is one for all.
        skipped: counts the calls that were passed over; None if nobody asks.
        norm: the L2 norm of all gradients in the last call, before clipping; None if no clip
            takes it.
        compiled: whether a step has been traced, with the numbers of that time.
        passes: what makes calls in place, with the numbers that it read when it was made, or None.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        variables: Sequence[Any],
        names: Sequence[str],
        add: Callable[..., Any],
        known: bool,
    ) -> None:
        self._known = known
        self.compiled = False
        self.passes: Any = None
        self._late: list[tuple[int, str]] = []
        self._optimizer = optimizer
        self.variables = variables
        self.names = names
        self.shapes = [tuple(variable.shape) for variable in variables]
        dtypes = [form_of(name, v) for name, v in zip(names, variables, strict=True)]
        decays = [
            optimizer.decays(name, v) and optimizer.decays(v.name, v)
            for name, v in zip(names, variables, strict=True)
        ]
        self.assignment = Assignment(optimizer, names, self.shapes, decays, dtypes)
        if variables:
            self.assignment.refuse_all_frozen()
        self.slots: list[dict[str, Any]] = [{} for _ in variables]
        for group in _groups(optimizer, self.assignment):
            for index, variable in enumerate(variables):
                if self.assignment.plan_of[index] is None:
                    continue
                plan = self.assignment.plan(index)
                for slot, word in group.items():
                    if slot in plan.slots:
                        dtype = slot_dtype(plan, slot, dtypes[index])
                        self._add(add, index, variable, slot, word, dtype)
        widest = "float64" if "float64" in dtypes else "float32"
        self.remembered = {
            key: add((), initializer=keras.initializers.Constant(value), dtype=widest, name=key[1])
            for key, value in first_remembered(self.assignment).items()
        }
        self.skipped = None
        if optimizer.nonfinite != "propagate":
            self.skipped = add((), initializer="zeros", dtype="int", name="skipped")
        self.norm = None
        if any(name in NORM_CLIPS for name in optimizer.clips()):
            self.norm = add((), initializer="zeros", dtype=widest, name="gradient_norm")
        self.own = {n: self._add_own(add, n, v, widest) for n, v in self._first_own().items()}
        stored = [
            {"p": dtype, **{slot: OPERATIONS.dtype(one) for slot, one in slots.items()}}
            for dtype, slots in zip(dtypes, self.slots, strict=True)
        ]
        self._step = Step(self.assignment, self.shapes, stored)

    def _first_own(self) -> dict[str, np.ndarray]:
        return first_own(self.assignment) if any_own(self.assignment.members) else {}

    def _add_own(self, add: Callable[..., Any], name: str, value: np.ndarray, widest: str) -> Any:
        def first(shape: Any, dtype: Any) -> Any:
            return ops.convert_to_tensor(value, dtype)

        if name == MISSED:
            return add(value.shape, initializer=first, dtype="int", name=name)
        return add(value.shape, initializer=first, dtype=widest, name=f"{name}_of_each")

    def _add(
        self, add: Callable[..., Any], index: int, variable: Any, slot: str, word: str, dtype: str
    ) -> None:
        extent = self.assignment.plan(index).slots[slot]
        whole = extent == ARRAY
        made = add(
            slot_shape(self.shapes[index], extent),
            initializer="zeros",
            dtype=dtype,
            layout=getattr(variable, "_layout", None) if whole else None,
            name=f"{self.names[index].replace('/', '_')}_{word}",
        )
        self.slots[index][slot] = made
        self._begin(index, variable, slot, made)

    def _begin(self, index: int, variable: Any, slot: str, made: Any) -> None:
        """Give a slot its first value, if that is not 0."""
        dtype = "float32" if "int" in made.dtype else made.dtype  # codes are made of values
        if not self._known:
            parameter = np.zeros(self.shapes[index], dtype)
        else:
            parameter = ops.convert_to_numpy(ops.cast(variable, dtype))
        member = self.assignment.member(index)
        known = (self.assignment, index, parameter)
        initial = first_values(*known, lambda: member.read_numbers(0))
        if slot not in initial:
            return
        first = initial[slot]
        if self._known or not np.ndim(first):
            made.assign(np.broadcast_to(np.asarray(first, made.dtype), made.shape))
        elif first is parameter:
            self._late.append((index, slot))
        else:
            raise FIRST_VALUES_UNKNOWN.error(f"slot {slot!r} of {self.names[index]!r}")

    def begin(self) -> None:
        """Give everything that is remembered its first values again."""
        for index, (variable, slots) in enumerate(zip(self.variables, self.slots, strict=True)):
            for slot, made in slots.items():
                made.assign(np.zeros(made.shape, made.dtype))
                self._begin(index, variable, slot, made)
        for key, value in first_remembered(self.assignment).items():
            self.remembered[key].assign(value)
        for name, first in self._first_own().items():
            self.own[name].assign(first.astype(self.own[name].dtype))

    def begin_late(self, calls: Any) -> None:
        """In the first call, put the variables' values where they were not known before."""
        for index, slot in self._late:
            made = self.slots[index][slot]
            first = ops.cast(self.variables[index], made.dtype)
            made.assign(ops.where(ops.equal(calls, 0), first, made.value))

    def flush(self, now: Now, pending: int, beside: Sequence[Arrays]) -> tuple[list[int], Made]:
        """The variables that the update of pending calls is of, and what it makes.

        Args:
            now: as in a call.
            pending: how many calls there are.
            beside: the arrays that it is given for each variable, by name.
        """
        indices = [
            index
            for index, slots in enumerate(self.slots)
            if "accumulator" in slots and np.any(ops.convert_to_numpy(slots["accumulator"].value))
        ]
        arrays = []
        for index in indices:
            p = self.variables[index].value
            arrays.append({"p": p, "g": ops.zeros_like(p), **beside[index], **self.values(index)})
        made = self._step.flush(now, pending, indices, arrays, self._handed_on())
        return indices, made

    def step(self, now: Now, indices: Sequence[int], arrays: Sequence[Arrays]) -> Made:
        """One call, as a function of values."""
        return self._step(now, indices, arrays, self._handed_on())

    def _handed_on(self) -> HandedOn:
        norm = None if self.norm is None else self.norm.value
        return HandedOn(self.remembered_values(), self.own_values(), norm)

    def values(self, index: int) -> dict[str, Any]:
        """The slots of a variable as tensors."""
        return {name: slot.value for name, slot in self.slots[index].items()}

    def remembered_values(self) -> dict[tuple[int, str], Any]:
        """The numbers that are handed on as tensors."""
        return {key: variable.value for key, variable in self.remembered.items()}

    def counters(self) -> list[Any]:
        """The variables that hold whole numbers of calls or updates."""
        found = (self.skipped, self.own.get(MISSED))
        return [variable for variable in found if variable is not None]

    def skip(self, calls: int) -> None:
        """So many calls were passed over by now, if somebody asks."""
        if self.skipped is not None:
            self.skipped.assign(calls)

    def own_variables(self) -> list[Any]:
        """All variables that were made for it."""
        of_slots = [variable for slots in self.slots for variable in slots.values()]
        single = [v for v in (self.skipped, self.norm) if v is not None]
        return [*of_slots, *self.remembered.values(), *single, *self.own.values()]

    def own_values(self) -> dict[str, Any]:
        """The clocks of variables as tensors."""
        return {name: variable.value for name, variable in self.own.items()}

    def named_numbers(self) -> dict[str, Any]:
        """The numbers that are handed on as variables, by the names that they have in files."""
        return named_numbers(self.assignment, self.remembered, {})

    def named_slots(self) -> dict[str, dict[str, Any]]:
        """Slot → name → variable."""
        found: dict[str, dict[str, Any]] = {}
        for name, slots in zip(self.names, self.slots, strict=True):
            for slot, variable in slots.items():
                found.setdefault(slot, {})[name] = variable
        return found

    def average(self, index: int, value: Any, now: Now) -> Any:
        """What a variable is evaluated with; None if that is itself."""
        dtype = wide(OPERATIONS.dtype(value))

        def plain(tensor: Any) -> Any:
            return ops.convert_to_numpy(ops.cast(tensor, dtype))

        def numbers() -> Mapping[str, Any]:
            place, _ = self.assignment.whose(index)
            own = self._step.numbers(now, asked=False)[1][place]
            return {n: float(ops.convert_to_numpy(number)) for n, number in own.items()}

        if self.assignment.plan_of[index] is None:
            return None
        if self._optimizer.use_ema:
            # A copy: JAX gives the memory of both away in the next step.
            return ops.copy(self.slots[index]["ema"].value)
        known = (self.assignment, index, plain(value))
        return average(*known, lambda name: plain(self.slots[index][name].value), numbers)


def _groups(optimizer: Optimizer, assignment: Assignment) -> list[Mapping[str, str]]:
    """Slots and the words for them, in the order in which variables are made."""
    every = dict.fromkeys(slot for plan in assignment.plans for slot in plan.slots)
    groups = [*COMMON_SLOTS, *_variables(type(optimizer))]
    named = {slot for group in groups for slot in group}
    return [*groups, {slot: slot for slot in every if slot not in named}]


def _variables(kind: type) -> Sequence[Mapping[str, str]]:
    """What Keras calls the slots, as the class or the nearest of its parents says."""
    known = (vars(parent).get("conventions", {}).get("keras") for parent in kind.__mro__)
    return next((one.variables for one in known if one and one.variables), ())


def form_of(name: str, variable: Any) -> str:
    """The dtype of a variable that can be optimized."""
    dtype = keras.backend.standardize_dtype(variable.dtype)
    if dtype.startswith("complex"):
        raise COMPLEX.error(f"{dtype} for {name!r}")
    if dtype not in FLOATS:
        raise ArrayTypeError(
            f"Variable {name!r} must hold real floating numbers ({', '.join(FLOATS)}). "
            f"Got: {dtype}."
        )
    return dtype


def adopt_exclusions(optimizer: Optimizer, variables: Sequence[Any]) -> list[str]:
    """A name for each variable; variables that were excluded by themselves are so by name."""
    paths = [getattr(variable, "path", variable.name) for variable in variables]
    counts = Counter(paths)
    names = [path if counts[path] == 1 else f"{path}_{place}" for place, path in enumerate(paths)]
    optimizer.exclude(optimizer.exclusions.named(zip(names, variables, strict=True)))
    return names
