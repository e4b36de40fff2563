"""Slots that vary over some axes only, of all tensors of a batch: read and stored as vectors."""

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
import torch

from ...errors import ArrayError
from . import moving
from .launch import Launch
from .memory import DeviceBatch, dtype_name, empty
from .spaces import Flat, Spaces

LANES = 1024
"""Numbers that a program reads or stores."""


class SmallSlots:
    """The small slots of a plan: one launch reads them all, and one stores them.

    Args:
        extents: of each slot.
        stop: int32 [1], not 0 if nothing is to be stored.

    Attributes:
        take, put: the launches.
        dtype: of the slots.
    """

    def __init__(
        self,
        batch: DeviceBatch,
        spaces: Spaces,
        extents: Mapping[str, int],
        stop: torch.Tensor,
    ) -> None:
        self._extents = extents
        self._spaces = spaces
        self._slices: dict[str, slice] = {}
        addresses, places, first = list[int](), [np.zeros((0, 2), np.int64)], 0
        dtypes = set[str]()
        for slot, extent in self._extents.items():
            for index, tensor in enumerate(batch.tensors):
                own = tensor.arrays[slot]
                dtypes.add(_checked(slot, own))
                count = prod(spaces.shape(index, extent))
                parts = np.full(count, len(addresses))
                at = np.arange(count) if spaces.is_there(index) else np.full(count, -1)
                places.append(np.stack([parts, at], 1))
                addresses.append(own.data_ptr())
            end = first + int(spaces.starts(extent)[-1])
            self._slices[slot] = slice(first, end)
            first = end
        if len(dtypes) > 1:
            raise ArrayError(f"Small slots must be of one dtype. Got: {', '.join(sorted(dtypes))}.")
        self._old, self._new = empty((first,), batch), empty((first,), batch)
        table = np.concatenate(places)
        constants = {"LANES": LANES, "WIDE": "float64" in dtypes}
        common = [batch.upload(np.array(addresses, np.int64)), batch.upload(table)]
        programs = -(-len(table) // LANES)
        take: Any = moving.take_in
        put: Any = moving.put_back
        self.take = Launch(take, programs, [*common, self._old, len(table)], constants)
        self.put = Launch(put, programs, [*common, self._new, stop, len(table)], constants)
        self.dtype = torch.float64 if constants["WIDE"] else torch.float32

    def read(self) -> dict[str, Flat]:
        """The values of each."""
        self.take()
        return {n: Flat(self._old[own], self._extents[n]) for n, own in self._slices.items()}

    def store(self, values: Mapping[str, Any]) -> None:
        """Store new values of some; the others keep those that were read."""
        for slot, own in self._slices.items():
            new = self._old[own]
            if slot in values:
                new = self._spaces.spread(values[slot], self._extents[slot])
            self._new[own].copy_(new)
        self.put()


def _checked(slot: str, tensor: torch.Tensor) -> str:
    """The dtype of a slot that lies in memory as kernels read it."""
    name = dtype_name(tensor)
    if not tensor.is_contiguous() or name not in ("float32", "float64"):
        raise ArrayError(
            f"Slot {slot!r} must be contiguous, of float32 or float64. "
            f"Got: strides {tensor.stride()}, {name}. Use tensor.contiguous()."
        )
    return name
