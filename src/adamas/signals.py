"""Signals wait for a moment, so that what has begun comes to its end."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


@contextmanager
def held() -> Iterator[None]:
    """Handlers in Python run when the block ends, once for each signal that came.

    Python runs them in the main thread only, between any two of its instructions.
    """
    came: dict[int, None] = {}
    raised: BaseException | None = None
    handlers = _handlers() if threading.current_thread() is threading.main_thread() else {}

    def note(number: int, frame: FrameType | None) -> None:
        came[number] = None

    try:
        for number in handlers:
            signal.signal(number, note)
        yield
    finally:
        left = list(handlers.items())
        while left:
            try:
                signal.signal(*left[-1])
                left.pop()
            except BaseException as error:  # of a handler that is back in its place
                raised = error
        for number in came:
            signal.raise_signal(number)
        if raised is not None:
            raise raised


def _handlers() -> dict[int, Any]:
    """The handlers in Python that there are, by signal."""
    found = {number: signal.getsignal(number) for number in signal.valid_signals()}
    return {number: handler for number, handler in found.items() if callable(handler)}
