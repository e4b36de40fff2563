"""Where in a user's file something stands, as the end of a message."""

import traceback
from collections.abc import Callable
from types import FrameType
from typing import Any

MACHINERY = tuple(
    f"adamas.language.{name}"
    for name in ("expression", "matrices", "operations", "rule", "draws", "totals")
)
"""Modules through which a rule is run on symbols: the mistake is in the line that called them."""


def line_of(error: BaseException) -> str:
    """The innermost line of the error that is not in this package's own machinery."""
    frames = [
        (frame, number)
        for frame, number in traceback.walk_tb(error.__traceback__)
        if frame.f_globals.get("__name__") not in MACHINERY
        and not str(frame.f_globals.get("__name__")).startswith("numpy")
    ]
    if not frames:
        return ""
    return described_line(*frames[-1])


def described_line(frame: FrameType, number: int) -> str:
    """A line in a frame, as the end of a message."""
    file = frame.f_code.co_filename
    summary = traceback.FrameSummary(file, number, frame.f_code.co_name, lookup_line=True)
    return f'\n  File "{file}", line {number}, in {frame.f_code.co_name}\n    {summary.line}'


def place_of(function: Callable[..., Any]) -> str:
    """The line with which a function begins."""
    code = getattr(function, "__code__", None)
    if code is None:
        return ""
    summary = traceback.FrameSummary(code.co_filename, code.co_firstlineno, code.co_name)
    return f'\n  File "{code.co_filename}", line {code.co_firstlineno}\n    {summary.line}'
