"""How a step reads and writes slots that lie in a file: a stretch at a time, ahead and behind.

Through mapped memory the processor takes a fault for each page, which costs more than a good disk
does. So what a walk comes to is read into memory beside, while it works on what was read before,
and what it has left is written back. That passes the system's cache by, where the file system can:
it would only hold what is not looked at again before all else was.
"""

import errno
import mmap
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import numpy as np

from ...compilers.pager import Move
from .places import SMALL

STRETCH = 16 * 2**20
"""Bytes of slots that a walk is given at a time."""

ROOMS = 4
"""Stretches that are in memory at once: one that is worked on, others that come and go."""


class Pages:
    """The file of a folder, as steps use it.

    Args:
        path: its name.
        file: its descriptor.
        memory: the whole of it, mapped.
        places: the address of each slot in it → where it begins.
    """

    stretch = STRETCH

    def __init__(
        self, path: str, file: int, memory: mmap.mmap, places: Mapping[int, tuple[int, int]]
    ) -> None:
        self.file = file
        self.memory = memory
        self._places = {at: begin for at, (begin, size) in places.items() if size >= SMALL}
        self._direct = _opened_directly(path, file)
        self._room: Any = None
        self._threads: tuple[ThreadPoolExecutor, ThreadPoolExecutor] | None = None

    def begin(self, address: int) -> int | None:
        """Where the slot at an address begins in the file; None where it is used as it lies."""
        return self._places.get(address) if hasattr(os, "preadv") else None

    def run(
        self,
        stretches: Sequence[Sequence[Move]],
        length: int,
        visit: Callable[[int, int], None],
    ) -> None:
        """Let a walk visit every stretch, in their order.

        Args:
            stretches: what moves for each.
            length: bytes of memory that one needs at most.
            visit: called with the number of a stretch, and the address of the memory it is in.
        """
        rooms = self._rooms(length)
        reading, writing = self._workers()
        count = len(stretches)
        written: dict[int, Future[None]] = {}

        def fetch(index: int) -> None:
            if index >= ROOMS:
                written.pop(index - ROOMS).result()
            for move in stretches[index]:
                if move.read:
                    self._move(os.preadv, rooms[index % ROOMS], move)

        def leave(index: int) -> None:
            for move in stretches[index]:
                if move.written:
                    self._move(os.pwritev, rooms[index % ROOMS], move)

        ahead = ROOMS - 1
        fetched = {i: reading.submit(fetch, i) for i in range(min(ahead, count))}
        for index in range(count):
            fetched.pop(index).result()
            visit(index, address(rooms[index % ROOMS]))
            written[index] = writing.submit(leave, index)
            if index + ahead < count:
                fetched[index + ahead] = reading.submit(fetch, index + ahead)
        for future in written.values():
            future.result()

    def _move(self, do: Callable[..., int], room: np.ndarray, move: Move) -> None:
        memory = room[move.at : move.at + move.end - move.begin].data
        done = 0
        while done < len(memory):
            count = do(self._direct, [memory[done:]], move.begin + done)
            if not count:
                raise OSError(errno.EIO, "The file of the states has become shorter")
            done += count

    def _rooms(self, length: int) -> list[np.ndarray]:
        """Memory for so many bytes, several times; it stays for the next step."""
        if self._room is None or len(self._room) < ROOMS * length:
            self._room = np.frombuffer(mmap.mmap(-1, ROOMS * length), np.uint8)
        return [self._room[i * length : (i + 1) * length] for i in range(ROOMS)]

    def _workers(self) -> tuple[ThreadPoolExecutor, ThreadPoolExecutor]:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(1, "adamas"), ThreadPoolExecutor(1, "adamas")
        return self._threads

    def sync(self) -> None:
        """All of it reaches the disk."""
        self.memory.flush()
        os.fsync(self.file)

    def close(self) -> None:
        """Nothing is read or written from now on, but by those who have its memory."""
        for pool in self._threads or ():
            pool.shutdown(wait=False)
        if self._direct != self.file:
            os.close(self._direct)
        os.close(self.file)


def _opened_directly(path: str, file: int) -> int:
    """The file without the system's cache, where that can be; else `file`."""
    flag = getattr(os, "O_DIRECT", 0)
    if flag:
        with suppress(OSError):
            return os.open(path, os.O_RDWR | flag | os.O_CLOEXEC)
    return file


def address(array: np.ndarray) -> int:
    """Where an array lies."""
    return array.__array_interface__["data"][0]
