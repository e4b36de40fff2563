"""A team of threads for one dispatch: OpenMP's where the process has it, else Python's.

A dispatch hands the same context to every thread of the team. Each takes chunks of its own share
first and then helps with the others', by atomic counters in the context, so any number of threads
that really come, one included, do all of the work.

GNU OpenMP's entry point is called directly. It is the runtime that PyTorch and scikit-learn load,
found in the process's global scope or by its name, never by path: a second copy would make both
wait for each other. A forked child has no threads but its own and must not wake the parent's
team: there every dispatch is serial. If adamas is first imported in the child, nobody can tell
whether the parent has used the OpenMP that is loaded, so the team is one of Python's.
"""

import ctypes
import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

from ..errors import ConfigurationError

MOST = 1024
"""Threads that a process can have for sure; the system refuses, or ends, one with too many."""

FORKED_WITHOUT_EXEC = 0x40
"""Among the flags that Linux shows of a process."""

_forked = False
_chosen: int | None = None


def _in_child() -> None:
    global _forked
    _forked = True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)


def num_threads() -> int:
    """Threads that a step of a large model uses.

    Set by `set_num_threads`, else by the first of ``ADAMAS_NUM_THREADS``, ``NUMBA_NUM_THREADS``,
    ``OMP_NUM_THREADS`` in the environment, else one for each core that this process may use.
    """
    if _forked:
        return 1
    return _chosen if _chosen is not None else _usual()


def chosen_threads() -> int | None:
    """What `set_num_threads` was given last, if it was called."""
    return _chosen


def bounded(count: int) -> int:
    """A number of threads that was said elsewhere, as many as a process can have."""
    return min(count, MOST)


def set_num_threads(count: int) -> None:
    """Use so many threads for what is laid out from now on.

    Results do not change, but for the last bits of products of large matrices, which threads share.

    Args:
        count: 1 to 1,024.

    Raises:
        ConfigurationError: another number.
    """
    global _chosen
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= MOST:
        raise ConfigurationError(
            f"The number of threads must be from 1 to {MOST:,}. Got: {count!r}."
        )
    _chosen = count


@cache
def _usual() -> int:
    for name in ("ADAMAS_NUM_THREADS", "NUMBA_NUM_THREADS", "OMP_NUM_THREADS"):
        text = os.environ.get(name, "").split(",")[0].strip()
        if text.isdigit() and int(text) > 0:
            return bounded(int(text))
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _is_child_of_a_fork() -> bool:
    """Whether this process was forked and runs its parent's program still, as Linux tells."""
    try:
        with open("/proc/self/stat", encoding="ascii", errors="replace") as file:
            # The name of the program, which comes before in parentheses, may hold anything.
            flags = int(file.read().rpartition(")")[2].split()[6])
    except (OSError, ValueError, IndexError):
        return False
    return bool(flags & FORKED_WITHOUT_EXEC)


def _is_loaded() -> bool:
    """Whether the process has the OpenMP that a team would be woken in already."""
    for name in _LIBRARIES:
        with suppress(OSError, AttributeError, TypeError):
            if ctypes.CDLL(name, mode=os.RTLD_NOLOAD | os.RTLD_LAZY).GOMP_parallel:
                return True
    return False


_LIBRARIES = (None, "libgomp.so.1")
"""Where OpenMP's entry point is looked for."""


@cache
def _openmp() -> ctypes.CDLL | None:
    if _is_child_of_a_fork() and _is_loaded():
        return None
    for name in _LIBRARIES:
        try:
            library = ctypes.CDLL(name)
            library.GOMP_parallel.restype = None
            library.GOMP_parallel.argtypes = [
                ctypes.c_void_p,
                ctypes.c_void_p,
                ctypes.c_uint,
                ctypes.c_uint,
            ]
        except (OSError, AttributeError, TypeError):
            continue
        return library
    return None


def thread_number_function() -> int:
    """The address of ``omp_get_thread_num``, or 0 without OpenMP."""
    library = _openmp()
    if library is None:
        return 0
    return ctypes.cast(library.omp_get_thread_num, ctypes.c_void_p).value or 0


@cache
def _pool(process: int, size: int) -> Any:
    from concurrent.futures import ThreadPoolExecutor  # 7 ms that OpenMP saves

    return ThreadPoolExecutor(size, thread_name_prefix="adamas")


def layer() -> str:
    """Which threads a dispatch uses: ``"openmp"``, ``"python"``, or ``"serial"`` after a fork."""
    if _forked:
        return "serial"
    return "openmp" if _openmp() is not None else "python"


def run_team(
    team: int,
    part: Callable[[int, int], None],
    everything: Callable[[int], None],
    context: int,
    parts: int,
) -> None:
    """Run all chunks of `context` with one thread for each of its `parts`.

    `team` is the address of the OpenMP entry, which asks for its thread's number; `part` takes
    the number as an argument; `everything` is the serial entry.
    """
    kind = layer()
    if kind == "serial":
        everything(context)
    elif kind == "openmp":
        library = _openmp()
        assert library is not None
        library.GOMP_parallel(team, context, parts, 0)
    else:
        pool, others = _pool(os.getpid(), parts), []
        try:
            for number in range(1, parts):
                others.append(pool.submit(part, context, number))
            part(context, 0)
        finally:  # a signal's handler may raise; what has begun ends before that is told
            for other in others:
                other.result()
