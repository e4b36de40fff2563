"""From a file to its arrays and metadata; or words for what is wrong with it."""

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from typing import Any, NamedTuple

import numpy as np

from ..errors import CheckpointError
from .format import LONGEST_HEADER, PIECE, SEAL, SEAL_BYTES, Damage, Place, parse


class Checkpoint(NamedTuple):
    """What a checkpoint holds: `tensors` by name, in the order written, and `metadata`."""

    tensors: dict[str, np.ndarray]
    metadata: dict[str, Any]


def read(path: str | os.PathLike[str], *, mapped: bool = False) -> Checkpoint:
    """Read one checkpoint; its seal is verified before anything in it is believed.

    The arrays are writable, in C order, in this machine's byte order. They are views of one
    buffer as large as the file: copy those that outlive the others.

    Args:
        path: the file.
        mapped: leave them in the file, and read it a second time as they are looked at. It need not
            fit in memory, and must not be written meanwhile; a save puts another one in its place.

    Raises:
        CheckpointError: the file is damaged, cut short, or was not written by adamas.
        OSError: the file is missing or cannot be opened.
    """
    with _opened(path) as (file, size):
        header = _read_header(file, size)
        places, metadata = parse(header, size)  # first: a wrong length says more than a wrong hash
        buffer = _mapped(path, header) if mapped else np.empty(size - 8 - len(header), np.uint8)
        if not _seal_holds(file, header, buffer, not mapped):
            raise Damage(
                "bytes that do not match their seal (SHA-256): they changed after the save"
            )
        tensors = {place.name: _array(place, buffer) for place in places if place.name != SEAL}
        return Checkpoint(tensors, metadata)


def read_metadata(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read the metadata alone, for a list of checkpoints: a few milliseconds at any size.

    The header and the length of the file are checked, **the seal is not**: `read` may still
    find the file damaged, and a flipped bit may sit in what this returns.

    Raises:
        CheckpointError: the file is cut short, or was not written by adamas.
        OSError: the file is missing or cannot be opened.
    """
    with _opened(path) as (file, size):
        _, metadata = parse(_read_header(file, size), size)
        return metadata


@contextmanager
def _opened(path: str | os.PathLike[str]) -> Iterator[tuple[BufferedReader, int]]:
    """The file and its length; damage found in the block becomes one error that names it."""
    path = os.fsdecode(path)
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            raise Damage("a folder", "Name the file in it.")
        if not stat.S_ISREG(mode):  # opening a pipe would wait for ever
            raise Damage("something other than a regular file", "Copy its content into one.")
        with open(path, "rb") as file:
            yield file, os.fstat(file.fileno()).st_size
    except Damage as damage:
        what, way_out = damage.args
        raise CheckpointError(
            f"{path} must be a whole adamas checkpoint. Got: {what}. {way_out}"
        ) from None


def _read_header(file: BufferedReader, size: int) -> bytes:
    """The header's bytes; allocates less than the file is long."""
    if size == 0:
        raise Damage("an empty file")
    length = int.from_bytes(file.read(8), "little")
    if length > min(size - 8, LONGEST_HEADER):
        raise Damage(
            f"a file of {size:,} bytes that announces a header of {length:,}: it is cut short, "
            "damaged, or of another kind"
        )
    return file.read(length)


def _mapped(path: str | os.PathLike[str], header: bytes) -> np.ndarray:
    """All that follows the header, in the file; what is written there stays in memory."""
    return np.asarray(np.memmap(path, np.uint8, "c", 8 + len(header)))


def _seal_holds(file: BufferedReader, header: bytes, buffer: np.ndarray, fill: bool) -> bool:
    """Verify the seal at the end of a buffer, which may be to `fill` with what follows the header.

    It is the memory that is hashed: if the file shrinks meanwhile, the seal does not hold.
    """
    seal = hashlib.sha256(len(header).to_bytes(8, "little") + header)
    data, end = buffer.data[:-SEAL_BYTES], buffer.data[-SEAL_BYTES:]
    for begin in range(0, len(data), PIECE):
        piece = data[begin : begin + PIECE]
        if fill:
            file.readinto(piece)
        seal.update(piece)
    if fill:
        file.readinto(end)
    return seal.digest() == bytes(end)


def _array(place: Place, buffer: np.ndarray) -> np.ndarray:
    data = buffer[place.begin : place.end]
    if place.dtype == np.bool_ and data.size and data.max() > 1:
        raise Damage(f"{place.name!r} of bool, with a byte above 1")
    bits = data.view(f"<u{place.dtype.itemsize}")
    native = bits.astype(f"=u{place.dtype.itemsize}", copy=False)
    try:
        return native.view(place.dtype).reshape(place.shape)
    except ValueError:  # an empty array too long along its other axes
        raise Damage(f"{place.name!r} of the impossible shape {place.shape}") from None
