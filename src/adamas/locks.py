"""Locks that a forked child can go on with.

A child has only the thread that forked. A lock that another thread held at that moment would
never be released in it, and what it guarded would be half changed. So a fork waits for all of
these locks and gives them back in both processes.
"""

import os
import threading
import weakref
from typing import Any

_locks: weakref.WeakSet[Any] = weakref.WeakSet()
_held: list[Any] = []


def fork_safe_lock() -> Any:
    """A lock that one thread may take several times, free in every child."""
    lock = threading.RLock()
    _locks.add(lock)
    return lock


def _acquire_all() -> None:
    _held[:] = list(_locks)
    for lock in _held:
        lock.acquire()


def _release_all() -> None:
    for lock in _held:
        lock.release()
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_acquire_all, after_in_parent=_release_all, after_in_child=_release_all
    )
