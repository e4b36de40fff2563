"""NumPy's manners: parameters updated in place, state as plain arrays, errors before any change."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ..compilers.threads import num_threads
from ..description import Description
from ..dtypes import numpy_dtype, wide
from ..errors import ArrayError
from ..language.expression import ARRAY
from ..language.shapes import Extent, Shape
from ..plan import Plan
from ..runtime.assignment import Assignment
from ..runtime.host.arrangement import Owned, address
from ..runtime.host.arrays import (
    Form,
    check_gradient,
    check_parameter,
    extents,
    is_array,
    refuse_overlaps,
)
from ..runtime.host.carried import carried_by
from ..runtime.host.given import Kind
from ..runtime.host.program import Program
from ..runtime.host.session import Session
from ..runtime.host.steps import HostSteps
from ..runtime.host.watch import ArrayWatch
from ..runtime.order import other_order, updated_here
from ..runtime.slots import slot_dtype, slot_shape
from ..runtime.structure import read_structure

Slots = Mapping[str, list[np.ndarray | None]]
"""The arrays of each slot, in the order of the parameters; None where there is none."""


class ArraySession(Session):
    """The state of one optimizer for one set of NumPy arrays, and its steps."""

    def __init__(self, description: Description, params: Any, compiler: str | None) -> None:
        structure = read_structure(params, is_array)
        names, arrays = structure.names, structure.leaves
        for name, array in zip(names, arrays, strict=True):
            check_parameter(name, array)
        refuse_overlaps(names, arrays)
        self._forms = [Form(array.shape, array.dtype) for array in arrays]
        self._compiler = compiler
        super().__init__(description, structure)
        self._carried = carried_by(self.assignment)
        slots = self._new_slots()
        decays = self.assignment.decays
        lie = extents(names, arrays, slots)
        self._owned = Owned(arrays, slots, decays, lie, pager=self.pager)

    def _new_slots(self, begins: bool = True) -> Slots:
        """Every slot, with its first values if it `begins`."""
        slots: dict[str, list[np.ndarray | None]] = {}
        for index, parameter in enumerate(self.params):
            wanted = self.slots_of(index)
            first = self.first_values(index, parameter) if wanted and begins else {}
            for slot in wanted:
                array = self.new_slot(index, slot, self.assignment.plan(index))
                if slot in first:
                    array[...] = first[slot]
                slots.setdefault(slot, [None] * len(self.params))[index] = array
        return slots

    @property
    def slots(self) -> Slots:
        """All slots."""
        return self._owned.slots

    # -- what NumPy says to a session

    def read(self, tensor: np.ndarray) -> np.ndarray:
        """The array itself."""
        return tensor

    def keep(self, tensor: np.ndarray) -> np.ndarray:
        """A copy."""
        return tensor.copy()

    def zeros(self, tensor: np.ndarray) -> np.ndarray:
        """An array of zeros, laid out as the parameter is."""
        return np.zeros_like(tensor, subok=False)

    def write(self, tensor: np.ndarray, value: Any) -> None:
        """Put values into an array."""
        tensor[...] = value

    def check_parameters(self, tensors: Sequence[Any]) -> None:
        """Refuse arrays that are read-only, or of another form than the parameters."""
        for name, array, form in zip(self.names, tensors, self._forms, strict=True):
            check_parameter(name, array)
            if (array.shape, array.dtype) != (form.shape, form.dtype):
                raise ArrayError(
                    f"Parameter {name!r} must keep the shape {form.shape} and dtype {form.dtype} "
                    f"it was built with. Got: shape {array.shape}, dtype {array.dtype}."
                )

    def slot(self, index: int, name: str) -> np.ndarray | None:
        """The array of a slot."""
        arrays = self._owned.slots.get(name)
        return None if arrays is None else arrays[index]

    def note_state(self) -> None:
        """Note the form of every slot."""
        self._noted = [(name, array, _form_of(array)) for name, array in self._named_slots()]

    def state_holds(self) -> bool:
        """Always: a slot that was resized, taken for another dtype, or closed, is refused."""
        for name, array, known in self._noted:
            if (found := _form_of(array)) != known:
                raise ArrayError(
                    f"Slot {name} must stay as it was made: {_said(known)}. Got: {_said(found)}. "
                    "Only its values may be changed."
                )
        return True

    def _named_slots(self) -> Iterator[tuple[str, np.ndarray]]:
        for slot, arrays in self.slots.items():
            for name, array in zip(self.names, arrays, strict=True):
                if array is not None:
                    yield f"{slot!r} of {name!r}", array

    def new_slot(self, index: int, name: str, plan: Plan) -> np.ndarray:
        """Zeros."""
        parameter = self.params[index]
        dtype = slot_dtype(plan, name, parameter.dtype.name)
        return _new_slot(parameter, plan.slots[name], dtype)

    def put_slots(self, index: int, gone: Sequence[str], made: Mapping[str, np.ndarray]) -> None:
        """Keep other arrays."""
        slots = {slot: list(arrays) for slot, arrays in self.slots.items()}
        for slot in gone:
            slots[slot][index] = None
        for slot, array in made.items():
            slots.setdefault(slot, [None] * len(self.params))[index] = array
        self._own_slots(
            {slot: own for slot, own in slots.items() if any(a is not None for a in own)}
        )

    def plan_anew(self, assignment: Assignment) -> list[Program]:
        """Compile the plans."""
        return [Program(plan, self._compiler) for plan in assignment.plans]

    def as_tensors(self, gradients: Sequence[Any]) -> Sequence[Any]:
        """NumPy gives a scalar, not a 0-d array, for the mean of an array: a gradient as well."""
        return [np.asarray(g) if isinstance(g, np.generic) else g for g in gradients]

    def room_like(self, index: int) -> np.ndarray:
        """An array that lies as a slot would."""
        return _new_slot(self.params[index], ARRAY, wide(self.params[index].dtype.name))

    def check_given(self, what: str, index: int, value: Any) -> Any:
        """The array itself, which may be a scalar of NumPy."""
        [value] = self.as_tensors([value])
        check_gradient(self.names[index], value, self._forms[index], what)
        return value

    def lay_out(
        self, gradients: Sequence[Any], parameters: Sequence[Any], active: Sequence[int], kind: Kind
    ) -> HostSteps:
        """Check arrays thoroughly, and lay them out."""
        for index in active:
            check_gradient(self.names[index], gradients[index], self._forms[index])
        self.check_parameters(parameters)
        owned = self._owned
        intervals = extents(self.names, parameters, owned.slots)
        intervals.refuse(self.names, gradients, active)
        moved = not np.array_equal(intervals.lows, owned.intervals.lows)
        if moved or any(a is not b for a, b in zip(parameters, owned.params, strict=True)):
            # Other arrays of the same form: the state belongs to the names.
            self._refuse_other_order(gradients, active)
            refuse_overlaps(self.names, parameters)
            intervals.refuse_shared()
            owned = replace(owned, params=list(parameters), intervals=intervals)
        owned.order.note(gradients[active[0]], owned is not self._owned)
        known = (kind, self.carried, owned, gradients)
        return HostSteps(*known, partial(ArrayWatch, owned, gradients), num_threads())

    def _refuse_other_order(self, gradients: Sequence[Any], active: Sequence[int]) -> None:
        """Refuse parameters that are known as gradients of others."""
        known = self._owned.intervals.touch([gradients[index] for index in active])
        for index in active if known else ():
            for name, array in self.parameters():
                if np.shares_memory(gradients[index], array):
                    raise other_order(self.names[index], updated_here(name))

    def settle(self, steps: Any) -> None:
        """From now on the parameters are those of the call that was made."""
        if steps.owned is not self._owned:
            self._owned = steps.owned
            self.params = steps.owned.params
            self.forget_layouts()

    def _own_slots(self, slots: Slots) -> None:
        intervals = extents(self.names, self.params, slots)
        self._owned = replace(self._owned, slots=slots, intervals=intervals)

    # -- for those who keep the state elsewhere

    def hold(
        self,
        slots: Slots,
        remembered: Mapping[tuple[int, str], np.ndarray],
        own: Mapping[str, np.ndarray] | None = None,
    ) -> None:
        """Keep the state in these arrays from now on, of the same forms; nothing is copied.

        Args:
            slots: the arrays of each slot.
            remembered: the numbers that are handed on.
            own: those of parameters with clocks of their own, if there are any.
        """
        self._own_slots(slots)
        self._carried = carried_by(self.assignment, remembered, own)
        self.forget_layouts()


def _form_of(array: np.ndarray) -> tuple:
    return array.shape, array.dtype, array.strides, array.flags.writeable, address(array)


def _said(form: tuple) -> str:
    shape, dtype, _, writeable, _ = form
    return f"shape {shape}, dtype {dtype}" + ("" if writeable else ", read-only")


def _new_slot(parameter: np.ndarray, extent: Extent, name: str) -> np.ndarray:
    """Zeros, in the memory order of the parameter if there is one for each weight."""
    dtype, shape = numpy_dtype(name), slot_shape(parameter.shape, extent)
    if shape == parameter.shape and not isinstance(extent, Shape):
        return np.zeros_like(parameter, dtype=dtype, subok=False)
    return np.zeros(shape, dtype)
