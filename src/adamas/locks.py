"""Locks that a forked child can go on with.

A child has only the thread that forked. A lock that another thread held at that moment would
never be released in it, and what it guarded would be half changed. So a fork waits for all of
these locks and gives them back in both processes.

It waits for one lock at a time, and takes no other meanwhile: in whatever order threads take
several, none of them and no fork wait for each other for ever. Only a thread that forks inside a
lock holds that one while it waits.
"""

import os
import threading
import weakref
from collections.abc import Sequence
from itertools import count
from typing import Any

_numbers = count()
_locks: dict[int, weakref.ref[Any]] = {}
_forking = threading.RLock()
"""Held by the one thread that forks, so that `_held` is its own."""

_held: list[Any] = []


def fork_safe_lock() -> Any:
    """A lock that one thread may take several times, free in every child."""
    lock, number = threading.RLock(), next(_numbers)
    _locks[number] = weakref.ref(lock, lambda _: _locks.pop(number, None))
    return lock


def _present() -> list[Any]:
    """All locks that there are now, the oldest first."""
    found = (reference() for reference in list(_locks.values()))
    return [_forking, *(lock for lock in found if lock is not None)]


def _acquire_all() -> None:
    locks, waited_for = _present(), 0
    while True:
        refused = _first_refused(locks, waited_for)
        if refused is None:
            # Another thread may have made locks meanwhile.
            known, locks, waited_for = locks, _present(), 0
            if {*map(id, locks)} <= {*map(id, known)}:
                _held[:] = known
                return
            _release(known)
        else:
            waited_for = refused


def _first_refused(locks: Sequence[Any], waited_for: int) -> int | None:
    """Wait for one lock and take the others; else take none, and give the place of one in use."""
    taken: list[Any] = []
    try:
        locks[waited_for].acquire()
        taken.append(locks[waited_for])
        for place, lock in enumerate(locks):
            if place == waited_for:
                continue
            if not lock.acquire(blocking=False):
                _release(taken)
                return place
            taken.append(lock)
    except BaseException:
        _release(taken)
        raise
    return None


def _release(locks: Sequence[Any]) -> None:
    for lock in locks:
        lock.release()


def _release_all() -> None:
    # Noted first: as soon as a lock is given back, another thread may fork and hold all.
    held = _held[:]
    _held.clear()
    _release(held)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_acquire_all, after_in_parent=_release_all, after_in_child=_release_all
    )
