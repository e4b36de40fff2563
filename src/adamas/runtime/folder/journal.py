"""Of which step the states in a folder are, and whether it is a whole one.

Two small files are written by turns, so that one of them is whole whenever a process is killed. A
step writes that it begins, and what is counted once it is made. Whoever finds a beginning as the
last knows that the slots are of no step.

What a process has written is there for the next one, unless the machine itself stops. So a record
says which start of the machine it is of, or that all before it has reached the disk. After such a
one the next beginning reaches the disk before any slot is written.
"""

import json
import os
import zlib
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

FILES = ("step.0", "step.1")

_HEAD = 8
"""Bytes of length and checksum before a record."""


class Record(NamedTuple):
    """What is known after a step, or in the midst of one.

    Attributes:
        number: of this record, from 0.
        whole: whether the slots are of one step.
        safe: whether all of it has reached the disk.
        start: of the machine when it was written; empty if that is not known.
        step: what is counted, and the numbers that are handed on, after the last whole step.
    """

    number: int
    whole: bool
    safe: bool
    start: str
    step: Mapping[str, Any]

    def survives(self) -> bool:
        """Whether slots that were written before it are there still."""
        return self.safe or (self.start != "" and self.start == start_of_machine())


class Journal:
    """The records in a folder.

    Args:
        folder: that has the files, or is to have them.
        found: the last record in it; None to begin with the next one.
    """

    def __init__(self, folder: str, found: Record | None = None) -> None:
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
        self.files = [os.open(os.path.join(folder, name), flags, 0o666) for name in FILES]
        self._last = found

    @property
    def step(self) -> Mapping[str, Any]:
        """What was written of the last whole step."""
        return {} if self._last is None else self._last.step

    @property
    def is_whole(self) -> bool:
        """Whether the last step came to its end."""
        return self._last is not None and self._last.whole

    def close(self) -> None:
        """Nothing is written from now on."""
        for file in self.files:
            os.close(file)

    def begin(self) -> None:
        """Slots are about to be written."""
        last = self._last
        assert last is not None, "it has noted the first step"
        self._write(last._replace(number=last.number + 1, whole=False, safe=False))
        if last.safe:
            os.fsync(self.files[(last.number + 1) % 2])

    def end(self, step: Mapping[str, Any], *, safe: bool = False) -> None:
        """Slots are of this step, and if `safe` they have reached the disk."""
        number = 0 if self._last is None else self._last.number + 1
        self._write(Record(number, True, safe, start_of_machine(), step))
        if safe:
            for file in self.files:
                os.fsync(file)

    def _write(self, record: Record) -> None:
        text = json.dumps(record._asdict(), separators=(",", ":")).encode()
        head = len(text).to_bytes(4, "little") + zlib.crc32(text).to_bytes(4, "little")
        os.lseek(file := self.files[record.number % 2], 0, os.SEEK_SET)
        os.write(file, head + text)
        self._last = record


def last_record(folder: str) -> Record | None:
    """The last record in a folder; None if its files do not tell for certain."""
    found = sorted(filter(None, (_read(os.path.join(folder, name)) for name in FILES)))
    if len(found) < 2 or found[0].number + 1 != found[1].number:
        return None
    return found[1]


def _read(path: str) -> Record | None:
    with suppress(OSError, ValueError, TypeError):
        with open(path, "rb") as file:
            content = file.read()
        length = int.from_bytes(content[:4], "little")
        text = content[_HEAD : _HEAD + length]
        if len(text) == length and zlib.crc32(text) == int.from_bytes(content[4:_HEAD], "little"):
            return _checked(Record(**json.loads(text)))
    return None


def _checked(record: Record) -> Record | None:
    kinds = (int, bool, bool, str, dict)
    fits = all(type(value) is kind for value, kind in zip(record, kinds, strict=True))
    return record if fits else None


def start_of_machine() -> str:
    """Which start of this machine it is; empty where the system does not tell."""
    with suppress(OSError), open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return file.read().strip()
    return ""
