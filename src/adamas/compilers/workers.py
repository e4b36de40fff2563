"""Threads of Python that share work on matrices; in each of them linear algebra has one thread.

Threads of a library that share one matrix wait for each other at every few columns, and each that
waits keeps a core busy. Updates of SOAP took half as much time again so on two cores, and on a
machine that others use as well twice the work.
"""

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, local
from typing import Any, TypeVar

from ..locks import fork_safe_lock
from ..signals import held
from . import blas
from .threads import num_threads

Part = TypeVar("Part")
Made = TypeVar("Made")

_here = local()
"""Of each thread: whether it is a worker."""

_lock = fork_safe_lock()
_there: dict[Sequence[Any], Any] = {}
"""The workers that there are."""


def shared_products(work: Callable[[Part], Made], parts: Sequence[Part]) -> list[Made]:
    """What `work`, which multiplies by NumPy, makes of each part; where nobody can tell NumPy's
    library how many threads it has, or there are few parts, one after the other."""
    threads = blas.known() if _is_enough(parts) else None
    if threads is None:
        return [work(part) for part in parts]
    with blas.one_thread(threads):
        return shared(work, parts)


def shared(work: Callable[[Part], Made], parts: Sequence[Part]) -> list[Made]:
    """What `work` makes of each part, by workers where there are enough parts.

    A worker that shares parts of its part does all of them alone, and so does whoever asks while
    Python ends. What has begun is at an end when this returns, or raises.
    """
    if vars(_here):
        return [work(part) for part in parts]
    from concurrent.futures import wait  # 7 ms, for few

    torch = sys.modules.get("torch")
    begun = []
    try:
        # Python begins nothing any more where it ends, or there is no room for another thread. A
        # signal's handler may make a step of its own, but not while something is begun.
        with held(), suppress(RuntimeError):
            workers = _workers(os.getpid(), num_threads(), hasattr(torch, "set_num_threads"))
            for part in parts:
                begun.append(workers.submit(work, part))
        found = [each.result() for each in begun]
        return found + [work(part) for part in parts[len(begun) :]]
    finally:  # a signal's handler may raise
        for each in begun:
            each.cancel()
        wait(begun)


def _is_enough(parts: Sequence[Any]) -> bool:
    """Whether there is a part for every other thread at least."""
    return num_threads() > 1 and len(parts) > 1 and 2 * len(parts) >= num_threads()


def _workers(*known: Any) -> Any:
    """Those of a process, so many, and whether PyTorch is there; others are let go."""
    with _lock:
        if known not in _there:
            _there.clear()
            _there[known] = _begun(*known[1:])
        return _there[known]


def _begun(size: int, torch: bool) -> Any:
    """Threads in each of which PyTorch has one thread."""
    from concurrent.futures import ThreadPoolExecutor

    met = Barrier(size + 1)
    library = sys.modules["torch"] if torch else None
    before = library.get_num_threads() if library else 0

    def begin() -> None:
        _here.works = True
        if library:
            library.get_num_threads()  # it takes the usual number when it is first asked
            library.set_num_threads(1)
        with suppress(BrokenBarrierError):
            met.wait()

    workers = ThreadPoolExecutor(size, "adamas-matrices", begin)
    try:
        for _ in range(size):
            workers.submit(int)
        met.wait()
    except BaseException:  # there may be no room for so many threads
        met.abort()
        workers.shutdown(wait=False)
        raise
    finally:
        if library:
            library.set_num_threads(before)  # what threads to come are given was changed as well
    return workers
