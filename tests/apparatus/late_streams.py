"""CUDA's streams and events without a device: what may be done later is done as late as can be.

Copies with ``non_blocking=True`` wait in the queue of the present stream until an event, or a
stream that waits for them, asks for them. So a copy that nobody waits for is read too early, and
what is written while a copy still reads it is seen by that copy.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any
from unittest import mock

import torch


class Stream:
    """A queue of what is to be done, in its order."""

    def __init__(self, device: Any = None) -> None:
        self.queue: list[Callable[[], None]] = []
        self.done = 0

    def run(self, end: int | None = None) -> None:
        """Do what was asked for, up to a place in the queue."""
        end = len(self.queue) if end is None else end
        while self.done < end:
            self.done += 1
            self.queue[self.done - 1]()

    def wait_stream(self, other: "Stream") -> None:
        """What comes next is done after all that `other` has been asked for so far."""
        end = len(other.queue)
        self.queue.append(lambda: other.run(end))


class Event:
    """A place in the queue of a stream."""

    def record(self, stream: Stream) -> None:
        """The place is here."""
        self._stream, self._end = stream, len(stream.queue)

    def synchronize(self) -> None:
        """The host waits."""
        self._stream.run(self._end)


class LateStreams:
    """Stands for `torch.cuda`.

    Attributes:
        copies: how many were asked for.
    """

    Stream, Event = Stream, Event

    def __init__(self) -> None:
        self._present = self._own = Stream()
        self.copies = 0

    def current_stream(self, device: Any = None) -> Stream:
        """The stream of whoever asks."""
        return self._present

    @contextmanager
    def stream(self, stream: Stream) -> Iterator[None]:
        """What is asked for inside goes to a stream."""
        before, self._present = self._present, stream
        try:
            yield
        finally:
            self._present = before

    def compute(self) -> None:
        """The device does what its own stream was asked for, and waits for what that waits for."""
        self._own.run()

    @contextmanager
    def instead(self) -> Iterator[None]:
        """Inside, PyTorch's copies go by it, and no memory is pinned."""
        copy = torch.Tensor.copy_

        def copy_(into: Any, out_of: Any, non_blocking: bool = False) -> Any:
            if not non_blocking:
                return copy(into, out_of)
            self.copies += 1
            torch.autograd.graph.increment_version(into)
            self._present.queue.append(lambda: copy(into.data, out_of.data))
            return into

        with ExitStack() as stack:
            instead = partial(mock.patch.object, create=True)
            stack.enter_context(instead(torch.Tensor, "copy_", copy_))
            stack.enter_context(instead(torch.Tensor, "record_stream", lambda *_: None))
            for name in ("empty", "empty_like"):
                stack.enter_context(instead(torch, name, _without_pinning(getattr(torch, name))))
            yield


def _without_pinning(make: Any) -> Any:
    return lambda *given, pin_memory=False, **more: make(*given, **more)
