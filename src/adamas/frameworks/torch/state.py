"""What is remembered of each parameter, in the dictionaries and forms in which PyTorch keeps it."""

from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import torch

from ...errors import ArrayError, CheckpointError
from ...language.expression import ARRAY, AXES
from ...runtime.assignment import Division
from .tensors import as_array, compute_dtype, fill, is_divided, local, shell

STEP = "step"
"""PyTorch's name for the number of updates of a parameter."""

Entry = dict[str, Any]

LATER = ("ema", "accumulator")
"""Slots of the step, which may begin at any time."""


class State:
    """The entries of all parameters of a session.

    The numbers of all parameters (their updates, and what `prepare` remembers) are one vector
    each, of which the entries hold 0-d views: a step counts them all at once.

    Attributes:
        vectors: [parameters] each, on the device: under `STEP`, float32, the updates made of each
            parameter, and by name, float64, the numbers that are handed on between updates.
        remembered_matrix: those numbers, [parameters, names].
    """

    def __init__(
        self,
        entries: MutableMapping[torch.Tensor, Entry],
        params: Sequence[torch.Tensor],
        division: Division,
        device: torch.device,
    ) -> None:
        self._entries = entries
        self._params = params
        self._division = division
        self.vectors = {STEP: torch.zeros(len(params), dtype=torch.float32, device=device)}
        names = dict.fromkeys(name for plan in division.plans for name in plan.remembered)
        first = {n: float(v) for m in division.members for n, v in m.remembered.items()}
        row = torch.tensor([first[name] for name in names], dtype=torch.float64, device=device)
        self.remembered_matrix = row.repeat(len(params), 1)
        self.vectors |= {name: self.remembered_matrix[:, at] for at, name in enumerate(names)}
        for index in range(len(params)):
            self._adopt(index)
        self._note()

    @cached_property
    def counts(self) -> np.ndarray:
        """The updates made, as live memory; only on the CPU."""
        return self.vectors[STEP].numpy()

    @cached_property
    def remembered(self) -> dict[str, np.ndarray]:
        """The numbers that are handed on, as live memory; only on the CPU."""
        return {n: v.numpy() for n, v in self.vectors.items() if n != STEP}

    def most_updates(self) -> int:
        """The updates of the parameter that has had the most."""
        return int(max(self.vectors[STEP].tolist(), default=0))

    def divide(self, division: Division) -> None:
        """Go on with another division of the same parameters."""
        self._division = division

    def key(self, index: int, slot: str) -> str:
        """What a slot, or a remembered number, of a parameter is called in its entry."""
        return self._division.member(index).find_convention().slots.get(slot, slot)

    def entry(self, index: int) -> Entry | None:
        """The entry of a parameter that has one."""
        return self._entries.get(self._params[index])

    def names(self, index: int) -> list[str]:
        """The numbers that an entry has: its updates, and what its member remembers."""
        return [STEP, *self._division.member(index).remembered]

    def _adopt(self, index: int) -> None:
        """Take over an entry that is there already, as after loading."""
        entry = self.entry(index)
        if not entry or self._division.plan_of[index] is None:
            return
        for name in self.names(index):
            value = entry.get(self.key(index, name))
            if value is not None:
                self.vectors[name][index] = float(value)
            elif name == STEP:
                # PyTorch does not count the updates of SGD and Muon: at least one was made.
                self.vectors[name][index] = 1
            entry[self.key(index, name)] = self.vectors[name][index]

    def ensure(self, index: int) -> None:
        """Give a parameter the slots that its plan needs and that it does not have yet."""
        parameter = self._params[index]
        entry = self._entries.get(parameter)
        if not entry:
            entry = self._entries.setdefault(parameter, {})
            for name in self.names(index):
                entry[self.key(index, name)] = self.vectors[name][index]
        slots = self._division.plan(index).slots
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
        own = local(parameter)
        first: dict[str, Any] = {"ema": own, **self._initial(index, own)}
        for slot in missing:
            made = new_slot(parameter, slots[slot])
            if slot in first:
                value = first[slot]
                if isinstance(value, torch.Tensor):
                    local(made).copy_(value)
                else:
                    fill(local(made), value)
            entry[self.key(index, slot)] = made
        self._note()

    def _note(self) -> None:
        first = next(iter(self._entries.values()), {})
        self._noted = (len(self._entries), list(first.values()))

    def is_own(self, entries: MutableMapping[torch.Tensor, Entry]) -> bool:
        """Whether nobody has put other entries in place of these, or taken them away.

        Who replaces tensors, as to move them to another device, does it with all of them: to look
        at the first entry costs nothing.
        """
        count, values = self._noted
        first = next(iter(entries.values()), {})
        return (
            entries is self._entries
            and len(entries) == count
            and len(first) == len(values)
            and all(one is other for one, other in zip(first.values(), values, strict=True))
        )

    def _initial(self, index: int, own: torch.Tensor) -> Mapping[str, Any]:
        return self._division.initial(index, as_array(own))

    def fitting(self, index: int, saved: Mapping[str, Any], name: str) -> Entry:
        """A copy of a saved entry, in the dtypes and the memory format that steps need.

        Raises `CheckpointError` for a slot that is missing, of another shape, or wider than here.
        """
        entry = {key: _copied(value) for key, value in saved.items()}
        if all(value is None for key, value in saved.items() if key != STEP):
            return {}
        for slot, extent in self._division.plan(index).slots.items():
            key = self.key(index, slot)
            if entry.get(key) is not None:
                entry[key] = _fitting(saved[key], self._params[index], extent, f"{key} of {name!r}")
            elif slot not in LATER:
                raise CheckpointError(
                    f"The state of {name!r} must have {key!r}. "
                    f"Got: {', '.join(map(repr, saved))}. Was it saved with other arguments?"
                )
        return entry

    def slot(self, index: int, slot: str) -> torch.Tensor | None:
        """The local tensor of a slot, if the parameter has it."""
        entry = self.entry(index)
        found = None if entry is None else entry.get(self.key(index, slot))
        return None if found is None else local(found)

    def _slots(self, index: int) -> Iterator[tuple[str, torch.Tensor, tuple[int, ...]]]:
        """The slots that a parameter has, with the shape in which a compiler knows each."""
        if self._division.plan_of[index] is None:
            return
        for slot, extent in self._division.plan(index).slots.items():
            tensor = self.slot(index, slot)
            if tensor is not None:
                shape = tuple(tensor.shape)
                yield slot, tensor, shape if extent == ARRAY else _without_ones(shape, extent)

    def shells(self, indices: Iterable[int]) -> dict[str, list[np.ndarray | None]]:
        """The memory of each slot of some parameters, in the shapes that a compiler knows."""
        found: dict[str, list[np.ndarray | None]] = {}
        for index in indices:
            for slot, tensor, shape in self._slots(index):
                memory = shell(tensor)
                memory = memory if memory.shape == shape else memory.reshape(shape)
                found.setdefault(slot, [None] * len(self._params))[index] = memory
        return found

    def exported(self, names: Sequence[str]) -> Iterator[tuple[str, np.ndarray]]:
        """Every slot under its portable name ``slot/parameter``; on the CPU its own memory."""
        for index, name in enumerate(names):
            for slot, tensor, shape in self._slots(index):
                yield f"{slot}/{name}", as_array(tensor).reshape(shape)

    @torch.no_grad()
    def fill(self, names: Sequence[str], values: Mapping[str, np.ndarray]) -> None:
        """Write all slots from arrays under their portable names."""
        for index, name in enumerate(names):
            for slot, tensor, _ in self._slots(index):
                value = np.ascontiguousarray(values[f"{slot}/{name}"])
                tensor.copy_(torch.from_numpy(value).reshape(tensor.shape))


def new_slot(parameter: torch.Tensor, extent: int) -> torch.Tensor:
    """Zeros: for each weight, in the parameter's memory format; or one along some axes, as 1."""
    dtype = compute_dtype(parameter.dtype)
    if extent == ARRAY:
        return torch.zeros_like(parameter, dtype=dtype, memory_format=torch.preserve_format)
    if is_divided(parameter):
        from .placement import new_small_slot

        return new_small_slot(parameter, extent, dtype)
    return torch.zeros(small_form(parameter.shape, extent), dtype=dtype, device=parameter.device)


def _copied(value: Any) -> Any:
    return value.detach().clone() if isinstance(value, torch.Tensor) else value


def _fitting(value: Any, parameter: torch.Tensor, extent: int, what: str) -> torch.Tensor:
    """A slot with these values."""
    shape = slot_shape(parameter, extent)
    if not isinstance(value, torch.Tensor) or tuple(value.shape) != shape:
        got = tuple(value.shape) if isinstance(value, torch.Tensor) else repr(value)
        raise CheckpointError(f"{what} must have the shape {shape}. Got: {got}.")
    made = new_slot(parameter, extent)
    if torch.promote_types(value.dtype, made.dtype) != made.dtype:
        raise CheckpointError(
            f"{what} must not be wider than {made.dtype}, which steps of a {parameter.dtype} "
            f"parameter keep. Got: {value.dtype}. Convert it, or the parameters."
        )
    with torch.no_grad():
        if is_divided(made) or is_divided(value):
            from .placement import divided_as

            value = divided_as(value, made)
        made.copy_(value)
    return made


def slot_shape(parameter: torch.Tensor, extent: int) -> tuple[int, ...]:
    """The shape of a parameter's slot."""
    return tuple(parameter.shape) if extent == ARRAY else small_form(parameter.shape, extent)


def small_form(shape: Sequence[int], extent: int) -> tuple[int, ...]:
    """The shape of a slot that varies over some axes only: 1 along the others."""
    return tuple(size if varies else 1 for size, varies in _varying(shape, extent))


def _without_ones(shape: Sequence[int], extent: int) -> tuple[int, ...]:
    """The shape without the axes that the slot does not vary over."""
    return tuple(size for size, varies in _varying(shape, extent) if varies)


def _varying(shape: Sequence[int], extent: int) -> Iterator[tuple[int, bool]]:
    """The length of each axis, and whether something of this extent varies over it."""
    inner = AXES[1:][2 - min(len(shape), 2) :]
    axes = [AXES[0]] * (len(shape) - len(inner)) + list(inner)
    yield from ((size, bool(extent & axis)) for size, axis in zip(shape, axes, strict=True))
