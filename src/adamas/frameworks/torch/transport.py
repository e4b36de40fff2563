"""The way between a device and the host: copies that a step waits for only where it must."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

import torch

Pairs = Iterable[tuple[torch.Tensor, torch.Tensor]]
"""What is read, and what is written."""

Arrival = Callable[[], object]
"""Waits until copies are made."""


class Transport(Protocol):
    """Copies between one device and host memory that it has made."""

    def room(self, size: int) -> torch.Tensor:
        """Host memory of so many bytes, uint8."""
        ...

    def twin(self, tensor: torch.Tensor) -> torch.Tensor:
        """Host memory for the values of a tensor, in its form; nothing is copied yet."""
        ...

    def begin(self) -> None:
        """From now on copies are made after all that the device was told so far."""
        ...

    def down(self, pairs: Pairs) -> Arrival:
        """Copy from the device; what is read may be freed at once, and is not to be written."""
        ...

    def up(self, pairs: Pairs) -> None:
        """Copy to the device; what is read stays as it is until it has come `down` again."""
        ...

    def end(self) -> None:
        """What the device is told from now on, it does after the copies to it."""
        ...


class PlainCopies:
    """Tensors on the CPU in the place of a device: each copy is made at once."""

    def room(self, size: int) -> torch.Tensor:
        """As of `Transport`."""
        return torch.empty(size, dtype=torch.uint8)

    def twin(self, tensor: torch.Tensor) -> torch.Tensor:
        """As of `Transport`."""
        return torch.empty_like(tensor, device="cpu", requires_grad=False)

    def begin(self) -> None:
        """Nothing is left to be done."""

    def down(self, pairs: Pairs) -> Arrival:
        """As of `Transport`."""
        self.up(pairs)
        return _nothing

    def up(self, pairs: Pairs) -> None:
        """As of `Transport`."""
        for there, here in pairs:
            here.copy_(there)

    def end(self) -> None:
        """Nothing is left to be done."""


def _nothing() -> None:
    """What has arrived already."""


class StreamCopies:
    """A CUDA device: copies of pinned memory on two streams beside the one that computes.

    Who may do what when, as PyTorch's notes on CUDA say it:

    - `begin`: gradients and weights are those that the present stream has been told to make, so
      both streams of copies wait for it.
    - `down`: the host waits for an event behind the copies before it reads. The allocator is told
      that the stream reads them, so that memory of a gradient that is freed now is given to nobody
      before it was read.
    - `up`: the host has written what is copied before it asks for it, and writes there again only
      after a later `down` into the same memory, which waits for all `up` (`end`).
    - `end`: the present stream waits for the copies to the device.

    Args:
        device: with CUDA.
        cuda: `torch.cuda`, or what behaves like it.
    """

    def __init__(self, device: torch.device, cuda: Any = torch.cuda) -> None:
        self._cuda, self._device = cuda, device
        self._down, self._up = cuda.Stream(device), cuda.Stream(device)

    def room(self, size: int) -> torch.Tensor:
        """As of `Transport`; pinned, so that a copy needs nobody to wait."""
        return torch.empty(size, dtype=torch.uint8, pin_memory=True)

    def twin(self, tensor: torch.Tensor) -> torch.Tensor:
        """As of `Transport`; pinned."""
        return torch.empty_like(tensor, device="cpu", requires_grad=False, pin_memory=True)

    def begin(self) -> None:
        """As of `Transport`."""
        present = self._cuda.current_stream(self._device)
        self._down.wait_stream(present)
        self._up.wait_stream(present)

    def down(self, pairs: Pairs) -> Arrival:
        """As of `Transport`."""
        with self._cuda.stream(self._down):
            for there, here in pairs:
                here.copy_(there, non_blocking=True)
                there.record_stream(self._down)
        arrived = self._cuda.Event()
        arrived.record(self._down)
        return arrived.synchronize

    def up(self, pairs: Pairs) -> None:
        """As of `Transport`."""
        with self._cuda.stream(self._up):
            for here, there in pairs:
                there.copy_(here, non_blocking=True)
                there.record_stream(self._up)

    def end(self) -> None:
        """As of `Transport`."""
        self._cuda.current_stream(self._device).wait_stream(self._up)
        self._down.wait_stream(self._up)


def transport_of(device: torch.device) -> Transport:
    """The way to a device."""
    return PlainCopies() if device.type == "cpu" else StreamCopies(device)
