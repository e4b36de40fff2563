"""Ctrl-C: the first ends at a step boundary, the second at once."""

import signal
import sys
import threading
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Self

from .history import History


def interrupt(message: str, history: History) -> KeyboardInterrupt:
    """The exception that ends an interrupted run; it has the history so far as an attribute.

    Exactly a `KeyboardInterrupt`, of no class of its own: only then does Python end a script the
    way that shells know as Ctrl-C, so that a loop around it stops too.
    """
    interruption = KeyboardInterrupt(message)
    interruption.history = history  # type: ignore[attr-defined]
    return interruption


class Interruption:
    """While entered, takes note of the first Ctrl-C in `came`.

    Only in the main thread, and only where Ctrl-C has Python's own meaning: a handler that a
    program has set for itself stays.
    """

    def __init__(self, *, silent: bool) -> None:
        self.came = False
        self._silent = silent
        self._set = False

    def __enter__(self) -> Self:
        if (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        ):
            signal.signal(signal.SIGINT, self._note)
            self._set = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._set:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self._set = False

    def _note(self, number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self.came = True
        if not self._silent:
            with suppress(RuntimeError):  # the signal may come while a line is being written
                print(
                    "\nCtrl-C: stopping after this step. Once more stops at once.",
                    file=sys.stderr,
                    flush=True,
                )
