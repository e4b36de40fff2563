"""The threads of NumPy's BLAS, where it is OpenBLAS, which is what NumPy's own packages have."""

import ctypes
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import NamedTuple

from ..locks import fork_safe_lock

NAMES = ("scipy_openblas_{}_num_threads64_", "openblas_{}_num_threads64_")
NAMES += tuple(name.removesuffix("64_") for name in NAMES)
"""What builds of it call the functions that get and set how many threads it has."""


class Threads(NamedTuple):
    """How many a library has for one product."""

    get: Callable[[], int]
    set: Callable[[int], None]


_lock = fork_safe_lock()
_inside: set[object] = set()
_usual: list[int] = []
"""How many threads it had before the first of those came who are inside `one_thread`."""


@cache
def known() -> Threads | None:
    """Those of the library that NumPy multiplies by; None where it is another."""
    module = sys.modules.get("numpy._core._multiarray_umath")
    try:
        library = ctypes.CDLL(str(getattr(module, "__file__", None)))  # and what it depends on
    except OSError:
        return None
    for name in NAMES:
        with suppress(AttributeError):
            return Threads(*(getattr(library, name.format(way)) for way in ("get", "set")))
    return None


@contextmanager
def one_thread(threads: Threads) -> Iterator[None]:
    """Inside, each product has one, in whichever thread of Python it is made."""
    mine = object()
    # A signal's handler may raise anywhere, or multiply itself: each line leaves what the next one,
    # or all of this anew, begins with.
    try:
        with _lock:
            _inside.add(mine)
            if not _usual:
                _usual.append(threads.get())
            threads.set(1)
        yield
    finally:
        with _lock:
            _inside.discard(mine)
            if not _inside:
                for count in _usual[:1]:
                    threads.set(count)
                _usual.clear()
