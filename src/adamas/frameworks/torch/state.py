"""What is remembered of each parameter, in the dictionaries and forms in which PyTorch keeps it."""

import operator
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from functools import partial
from itertools import chain
from typing import Any

import numpy as np
import torch

from ...errors import ArrayError, CheckpointError
from ...language.blocks import SCALES, Blocks
from ...language.expression import ARRAY
from ...language.first_values import first_values as of_an_array
from ...language.shapes import Shape, small_shape
from ...masters import MASTERS
from ...runtime.assignment import Assignment
from ...runtime.clock import as_count, checked_count
from ...runtime.conversion import stored_anew
from ...runtime.loaded import LATER
from ...runtime.slots import first_values
from .counts import MOST, STEP, Counts
from .forms import (
    as_number,
    copied,
    fitting,
    new_slot,
    recoded,
    slot_shape,
    slots_are_made,
)
from .tensors import as_array, fill, is_divided, local, over, shell
from .watch import look_at

Entry = dict[str, Any]


class State(Counts):
    """The entries of all parameters of a session, which hold 0-d views of their numbers.

    Args:
        entries: by the tensor that the user has.
        params: the tensors that steps update, which slots lie and are laid out with.
        assignment: which plan each has.
        device: theirs.
        owners: the tensors that the user has, if those are others.

    Attributes:
        owners: as given.
    """

    @slots_are_made
    def __init__(
        self,
        entries: MutableMapping[torch.Tensor, Entry],
        params: Sequence[torch.Tensor],
        assignment: Assignment,
        device: torch.device,
        owners: Sequence[torch.Tensor] | None = None,
    ) -> None:
        super().__init__(assignment, len(params), device)
        self.owners = params if owners is None else owners
        self._entries = entries
        self._lying: Callable[[int, str], np.ndarray] | None = None
        self._begins = True
        self._watched: tuple[list[Entry], Callable[[list[Any]], bool]] | None = None
        self._params = params
        for index in range(len(params)):
            self._adopt(index)
        self._note()

    def key(self, index: int, slot: str) -> str:
        """What a slot, or a remembered number, of a parameter is called in its entry."""
        called = self._assignment.member(index).find_convention().slots
        base = slot.removesuffix(SCALES)
        return called.get(slot) or (called[base] + SCALES if base in called else slot)

    def entry(self, index: int) -> Entry | None:
        """The entry of a parameter that has one."""
        return self._entries.get(self.owners[index])

    def _adopt(self, index: int) -> None:
        """Take over an entry that is there already, as after loading."""
        entry = self.entry(index)
        if not entry or self._assignment.plan_of[index] is None:
            return
        numbers = self._numbers_in(index, entry, f"The state of parameter number {index}")
        for name, value in numbers.items():
            self.vectors[name][index] = value
            entry[self.key(index, name)] = self.vectors[name][index]

    def _numbers_in(self, index: int, entry: Mapping[str, Any], source: str) -> dict[str, float]:
        """The numbers in an entry, its updates first.

        Raises `CheckpointError`, which names `source`, for those that cannot be.
        """
        found = {name: entry.get(self.key(index, name)) for name in self.names(index)}
        if found[STEP] is None and not self._assignment.member(index).find_convention().counted:
            found[STEP] = 1  # at least
        updates = checked_count(as_count(found.pop(STEP)), STEP, source, MOST)
        return {STEP: updates, **{name: as_number(v, name, source) for name, v in found.items()}}

    @slots_are_made
    def ensure(self, index: int) -> None:
        """Give a parameter the slots that its plan needs and that it does not have yet."""
        parameter, owner = self._params[index], self.owners[index]
        entry = self._entries.get(owner)
        if not entry:
            numbers = {self.key(index, n): self.vectors[n][index] for n in self.names(index)}
            entry = self._entries.setdefault(owner, {})
            entry.update(numbers)  # all at once, whenever the handler of a signal raises
        plan = self._assignment.plan(index)
        slots = plan.slots
        for slot, extent in slots.items():
            # Its memory would end before the parameter's does.
            known, shape = entry.get(self.key(index, slot)), slot_shape(parameter, extent)
            if known is not None and tuple(known.shape) != shape:
                raise ArrayError(
                    f"Parameter number {index} must keep the shape that its state was made for: "
                    f"{self.key(index, slot)!r} is to be {shape}. Got: {tuple(known.shape)}. "
                    "Delete optimizer.state[parameter], or make a new optimizer."
                )
        self._note()
        missing = [slot for slot in slots if entry.get(self.key(index, slot)) is None]
        if not missing:
            return
        first = self._first(index, parameter) if self._begins else {}
        for slot in missing:
            made = self._new_slot(index, slot)
            if isinstance(first.get(slot), torch.Tensor):
                local(made).copy_(first[slot])
            elif slot in first:
                fill(local(made), first[slot])
            entry[self.key(index, slot)] = made
        self._note()

    def put(self, index: int, gone: Iterable[str], made: Mapping[str, torch.Tensor]) -> None:
        """Keep these tensors as slots of a parameter, and no more those that are gone."""
        entry = self._entries[self.owners[index]]
        for slot in gone:
            if slot not in made:
                entry.pop(self.key(index, slot), None)
        entry.update({self.key(index, slot): tensor for slot, tensor in made.items()})
        self._note()

    def _first(self, index: int, parameter: torch.Tensor) -> dict[str, Any]:
        """The first values of slots that do not begin as 0."""
        own = local(parameter)
        member = self._assignment.member(index)
        known = (self._assignment, index, as_array(own), lambda: member.read_numbers(0))
        make = partial(of_an_array, whole=tuple(parameter.shape))
        return {**first_values(*known, make), "ema": own, "master": own}

    def _new_slot(self, index: int, slot: str) -> torch.Tensor:
        parameter, plan = self._params[index], self._assignment.plan(index)
        if self._lying is None:
            return new_slot(parameter, plan, slot)
        return over(self._lying(index, slot)).reshape(slot_shape(parameter, plan.slots[slot]))

    def lie_in(self, arrays: Callable[[int, str], np.ndarray], *, begin: bool) -> None:
        """Slots are these arrays from now on, which begin, or have their values."""
        self._lying, self._begins = arrays, begin

    def _note(self) -> None:
        first = next(iter(self._entries.values()), {})
        self._noted = (len(self._entries), list(first.values()))
        if self._watched is not None:
            self.watch()

    def is_own(self, entries: MutableMapping[torch.Tensor, Entry]) -> bool:
        """Whether nobody has put other entries in place of these, or taken them away.

        Who replaces tensors, as to move them to another device, does it with all of them: to look
        at the first entry costs nothing. Those that `watch` has noted are all looked at.
        """
        count, values = self._noted
        first = next(iter(entries.values()), {})
        return (
            entries is self._entries
            and len(entries) == count
            and len(first) == len(values)
            and all(one is other for one, other in zip(first.values(), values, strict=True))
            and self.is_unchanged()
        )

    def watch(self) -> None:
        """Note every tensor of the entries: somebody may change more than their values."""
        entries = list(self._entries.values())
        values = _values_of(entries)
        plain = all(isinstance(v, torch.Tensor) and not is_divided(v) for v in values)
        self._watched = entries, look_at(values) if plain else partial(_are_same, values)

    def is_unchanged(self) -> bool:
        """Whether all that `watch` has noted is there, and lies where it did, in its form."""
        if self._watched is None:
            return True
        entries, alike = self._watched
        return alike(_values_of(entries))

    @slots_are_made
    def fitting(self, index: int, saved: Mapping[str, Any], name: str) -> Entry:
        """A copy of a saved entry, in the dtypes and the memory format that steps need.

        Raises `CheckpointError` for a slot that is missing, of another shape, or wider than here.
        """
        if all(value is None for value in saved.values()):
            return {}
        plan = self._assignment.plan(index)
        entry = {key: copied(value) for key, value in saved.items()}
        entry = self._with_master(index, entry)
        saved = recoded(entry, self._params[index], plan, partial(self.key, index), name)
        entry = dict(saved)
        for slot in plan.slots:
            key = self.key(index, slot)
            if entry.get(key) is not None:
                known = (self._params[index], plan, slot, f"{key} of {name!r}")
                entry[key] = fitting(saved[key], *known)
            elif slot not in LATER:
                raise CheckpointError(
                    f"The state of {name!r} must have {key!r}. "
                    f"Got: {', '.join(map(repr, saved))}. Was it saved with other arguments?"
                )
        self._numbers_in(index, entry, f"The state of {name!r}")
        return entry

    def _with_master(self, index: int, saved: Entry) -> Entry:
        """An entry whose weight is exact where the plan has it, if it is anywhere."""
        after, parameter = self._assignment.plan(index).master, self._params[index]
        there = [one for one in MASTERS.values() if one.slots and one.slots.keys() <= saved.keys()]
        if len(there) != 1 or there[0] is after or is_divided(parameter):
            return saved
        found = {f"{slot}/": as_array(saved[slot]) for slot in there[0].slots}
        ways = {"": (there[0], after)}
        made, _ = stored_anew(found, {"": as_array(local(parameter))}, {}, ways)
        rest = {key: value for key, value in saved.items() if key not in there[0].slots}
        return rest | {
            name.removesuffix("/"): torch.from_numpy(array) for name, array in made.items()
        }

    def slot(self, index: int, slot: str) -> torch.Tensor | None:
        """The local tensor of a slot, if the parameter has it."""
        entry = self.entry(index)
        found = None if entry is None else entry.get(self.key(index, slot))
        return None if found is None else local(found)

    def known_slot(self, index: int, slot: str) -> torch.Tensor | None:
        """As `slot`, in the shape in which a compiler knows it."""
        tensor = self.slot(index, slot)
        if tensor is None:
            return None
        extent = self._assignment.plan(index).slots[slot]
        if extent == ARRAY or isinstance(extent, Shape | Blocks):
            return tensor
        return tensor.view(small_shape(tensor.shape, extent))

    def shells(self, indices: Iterable[int]) -> dict[str, list[np.ndarray | None]]:
        """The memory of each slot of some parameters, in the shapes that a compiler knows."""
        found: dict[str, list[np.ndarray | None]] = {}
        for index in indices:
            for slot in self._assignment.plan(index).slots:
                tensor = self.known_slot(index, slot)
                if tensor is not None:
                    found.setdefault(slot, [None] * len(self._params))[index] = shell(tensor)
        return found


def _values_of(entries: Iterable[Entry]) -> list[Any]:
    return list(chain.from_iterable(map(dict.values, entries)))


def _are_same(known: Sequence[Any], values: Sequence[Any]) -> bool:
    return len(known) == len(values) and all(map(operator.is_, known, values))
