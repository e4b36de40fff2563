"""Exceptions at a chosen instant of a call, as the handlers of signals raise them."""

import dis
import signal
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any

import adamas

SOURCES = (str(Path(adamas.__file__).parent), "<")
"""Where instants are: in these files, and in functions that are generated."""

CHANCES = ("CALL", "RESUME", "JUMP_BACKWARD")
"""Python looks for signals after calls, where a function begins, and where a loop goes back."""


class Interrupted(KeyboardInterrupt):
    """The one that was raised here."""


def _chances(code: Any, known: dict[Any, set[int]]) -> set[int]:
    """The offsets of instructions that such an instant comes before.

    Python raises at the call itself. This raises at what comes next, so not where that stands
    outside of a block that the call is in: what the block has set up would stay.
    """
    if code not in known:
        entries = dis.Bytecode(code).exception_entries

        def handler(offset: int) -> int | None:
            return next((one.target for one in entries if one.start <= offset < one.end), None)

        known[code] = {
            after.offset
            for before, after in pairwise(dis.get_instructions(code))
            if before.opname.startswith(CHANCES) and handler(before.offset) == handler(after.offset)
        }
    return known[code]


def interrupted(
    call: Callable[[], Any], instant: int, handler: Callable[[], Any] | None = None
) -> bool:
    """Whether a call was interrupted at the instant with this number, from 0; else it has ended.

    `handler` is called then, in place of one that raises `Interrupted`.

    It is a signal, so that it waits where signals are held. Instants are those in the sources of
    adamas, and in the functions that they generate.
    """
    left, known = instant, {}

    def look(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal left
        if event == "opcode" and frame.f_lasti in _chances(frame.f_code, known):
            left -= 1
            if left == -1:
                signal.raise_signal(signal.SIGTERM)
        return look

    def enter(frame: FrameType, event: str, argument: Any) -> Any:
        name = frame.f_code.co_filename
        if name.startswith(SOURCES):
            frame.f_trace_opcodes = True
            return look
        return None

    came = []

    def handle(number: int, frame: Any) -> None:
        came.append(number)
        (handler or _raise)()

    before, tracing = signal.signal(signal.SIGTERM, handle), sys.gettrace()
    sys.settrace(enter)
    try:
        call()
    except Interrupted:
        return True
    finally:
        sys.settrace(tracing)
        signal.signal(signal.SIGTERM, before)
    return bool(came)


def _raise() -> None:
    raise Interrupted


def instants(call: Callable[[], Any]) -> int:
    """How many instants a call has."""
    count, known = 0, {}

    def look(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += event == "opcode" and frame.f_lasti in _chances(frame.f_code, known)
        return look

    def enter(frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code.co_filename.startswith(SOURCES):
            frame.f_trace_opcodes = True
            return look
        return None

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        call()
    finally:
        sys.settrace(before)
    return count
