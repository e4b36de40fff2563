"""The state of a session as one that travels: it leaves under portable names, and comes back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..loaded import Loaded, taken_over
from ..names import named_numbers, named_slots, number_name, slot_name
from ..own_clocks import Differences, differences_in, named_differences
from ..scalars import first_remembered
from .holding import Holding


def exported(holding: Holding) -> tuple[dict[str, np.ndarray], dict[str, int]]:
    """The live state under portable names, and the counters."""
    counters = holding.counters()
    slots = ((slot, name, holding.read(tensor)) for slot, name, tensor in holding.every_slot())
    own = holding.carried.differences(counters["updates"])
    single = named_differences(own, holding.names)
    return {**named_slots(slots), **holding.remembered, **single}, counters


@dataclass(frozen=True)
class Coming:
    """A state that fits, looked through before anything is changed.

    Attributes:
        slots: every slot, the name of its parameter, and its tensor.
        values: what goes into slots and kept numbers, by portable name.
        numbers: what is handed on, by the place of the member and name.
        single: the same of parameters for which it is not their member's.
        counters: what was counted.
        loaded: what of all this was saved.
    """

    slots: list[tuple[str, str, Any]]
    values: Mapping[str, Any]
    numbers: Mapping[tuple[int, str], float]
    single: Differences
    counters: Mapping[str, int]
    loaded: Loaded


def coming(
    holding: Holding,
    tensors: Mapping[str, np.ndarray],
    counters: Mapping[str, int],
    source: str,
    strict: bool,
) -> Coming:
    """What of a saved state is taken over; `CheckpointError` names `source` if it does not fit.

    With `strict` False what fits is taken over by name, and all else begins afresh.
    """
    slots, remembered = list(holding.every_slot()), holding.remembered
    forms = [(slot, name, holding.read(tensor)) for slot, name, tensor in slots]
    known = {"strict": strict, "pending": counters["pending"]}
    loaded, taken = taken_over(forms, remembered, tensors, source, **known)
    values = taken if strict else {**_first_state(holding), **taken}
    keys = holding.carried.remembered_numbers()
    names = {key: number_name(holding.assignment, *key) for key in keys}
    numbers = {key: float(values[name]) for key, name in names.items()}
    whose = (holding.assignment, holding.names, loaded.taken)
    single = differences_in(tensors, *whose, counters["updates"], source)
    return Coming(slots, values, numbers, single, counters, loaded)


def take_over(holding: Holding, state: Coming) -> bool:
    """Go on from a state; False if it has clocks of single parameters, and there is one for all."""
    for slot, name, tensor in state.slots:
        holding.write(tensor, state.values[slot_name(slot, name)])
    for name, array in holding.kept.items():
        array[...] = state.values[name]
    holding.set_counters(state.counters)
    carried, new = holding.carried, state.loaded.new
    carried.set_remembered(state.numbers, holding.updates)
    carried.begin([index for index, name in enumerate(holding.names) if name in new])
    return carried.set_differences(state.single, holding.updates)


def _first_state(holding: Holding) -> dict[str, Any]:
    """The first values of everything, by portable names."""
    found: dict[str, Any] = {}
    for index, name in enumerate(holding.names):
        slots = holding.slots_of(index)
        first = holding.first_values(index, holding.read(holding.params[index])) if slots else {}
        found |= {slot_name(slot, name): first.get(slot, 0.0) for slot in slots}
    numbers = first_remembered(holding.assignment)
    return found | named_numbers(holding.assignment, numbers, holding.description.first_numbers())
