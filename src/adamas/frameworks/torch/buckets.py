"""Buckets of gradients, which travel together, and the host memory in which they arrive."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from .transport import Arrival, Transport

BUCKET = 32 << 20
"""Bytes of gradients from which on the next one begins another bucket: far more than what it
takes to begin a copy, or a call of a compiled step, and little beside any model."""

AHEAD = 3
"""How many buckets are on their way, or being stepped, at once."""

ALIGNED = 64
"""Bytes that the memory of each gradient begins at a multiple of."""


@dataclass(frozen=True)
class Bucket:
    """Parameters that travel together.

    Attributes:
        active: which.
        gradients: where theirs arrive, in the order of all parameters; None for all others.
        start: lets them come down; gives what waits for them.
    """

    active: Sequence[int]
    gradients: Sequence[Any]
    start: Callable[[], Arrival]


def cut(gradients: Sequence[torch.Tensor | None]) -> list[list[int]]:
    """The numbers of the gradients that are there, by bucket.

    The last comes first, as it does in a backward pass.
    """
    found: list[list[int]] = []
    size = BUCKET
    for index in reversed(range(len(gradients))):
        gradient = gradients[index]
        if gradient is None:
            continue
        if size >= BUCKET:
            found.append([])
            size = 0
        found[-1].append(index)
        size += gradient.nbytes
    return found


class Room:
    """Host memory for the gradients of some buckets, one after the other where it is used again."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._buffers: list[torch.Tensor] = []
        self._forms: Any = None
        self._places: list[list[torch.Tensor]] = []

    def places(self, buckets: Sequence[Sequence[torch.Tensor]], most: int) -> list[list[Any]]:
        """Where each gradient of each bucket arrives, in at most so many buffers.

        The same tensors as before, if the gradients have the forms that they had.
        """
        forms = most, [[(g.dtype, g.shape, g.stride()) for g in bucket] for bucket in buckets]
        if forms != self._forms:
            sizes = [sum(map(_taken, bucket)) for bucket in buckets]
            wanted = [max(sizes[place::most]) for place in range(min(most, len(sizes)))]
            self._make(wanted)
            self._places = [
                _laid(bucket, self._buffers[at % most]) for at, bucket in enumerate(buckets)
            ]
            self._forms = forms
        return self._places

    def _make(self, sizes: Sequence[int]) -> None:
        """Buffers of at least these sizes, and no others."""
        known = self._buffers[: len(sizes)]
        self._buffers, self._places, self._forms = known, [], None
        for place, size in enumerate(sizes):
            if place == len(known):
                known.append(self._transport.room(size))
            elif len(known[place]) < size:
                known[place] = self._transport.room(size)


def _taken(gradient: torch.Tensor) -> int:
    return -(-gradient.nbytes // ALIGNED) * ALIGNED


def _laid(gradients: Sequence[torch.Tensor], buffer: torch.Tensor) -> list[torch.Tensor]:
    """Tensors in a buffer, in the forms of these, which are dense."""
    found, begin = [], 0
    for gradient in gradients:
        flat = buffer[begin : begin + gradient.nbytes].view(gradient.dtype)
        strides = torch.empty_like(gradient, device="meta").stride()
        found.append(flat.as_strided(gradient.shape, strides))
        begin += _taken(gradient)
    return found
