"""From arrays and metadata to one sealed file."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

import numpy as np

from ..errors import ArrayTypeError, CheckpointError
from .durable import replacing
from .format import CODES, METADATA, PIECE, SEAL, Arrays, header_of, in_file_order, is_text


def write(
    path: str | os.PathLike[str],
    tensors: Mapping[str, np.ndarray | np.generic],
    metadata: Mapping[str, Any],
) -> None:
    """Write one checkpoint, atomically and durably.

    Whenever the process or the machine stops, `path` holds the old file or the new one, whole.
    The data goes to a temporary file in the same folder, which then takes the place of `path`;
    both reach the disk before this returns. After an error there is no temporary file; what a
    killed process may leave (`.adamas-*.tmp`) is deleted by a later save into that folder.
    Besides the arrays this needs about 3 MB of memory. Do not change the arrays meanwhile.

    A symbolic link is followed: the file it points to is replaced. A file that is replaced
    passes on its permissions, not its owner; a new one gets those that the umask leaves.

    Args:
        path: the file to write. Its folder must exist.
        tensors: arrays by name; any Unicode, `~adamas.sha256` and `__metadata__` excepted. Of
            any shape, strides and byte order; float64, float32, float16, bfloat16, int64 to
            int8, uint64 to uint8, bool. Every bit is kept, those of NaN too.
        metadata: what JSON can hold without loss: dict with str keys, list, str, bool, None,
            finite float, and int of any size.

    Raises:
        ArrayTypeError: a tensor is not an array or has another dtype.
        CheckpointError: a name is reserved or no text, or `metadata` would not come back from
            JSON as it is.
        OSError: the file cannot be written: no such folder, `path` is a folder or read-only,
            disk full, … The old file is then as it was; only when the folder fails to reach the
            disk, the very last thing, it is already the new one.
    """
    arrays = {_usable_name(name): _usable_array(name, array) for name, array in tensors.items()}
    header = header_of(arrays, metadata)
    with replacing(path) as file:
        file.writelines(_stream(header, arrays))


def _usable_name(name: Any) -> str:
    if not isinstance(name, str):
        raise CheckpointError(f"A tensor's name must be a str. Got: {name!r}.")
    if name in (SEAL, METADATA):
        raise CheckpointError(
            f"{name!r} is reserved in checkpoints. Give the parameter another name."
        )
    if not is_text(name):
        raise CheckpointError(
            f"A tensor's name must be Unicode text, without lone surrogates. Got: {name!r}."
        )
    return name


def _usable_array(name: str, array: Any) -> np.ndarray:
    # A masked array would lose its mask.
    if not isinstance(array, np.ndarray | np.generic) or hasattr(array, "mask"):
        raise ArrayTypeError(
            f"{name!r} must be a plain NumPy array. Got: {type(array).__name__}. "
            "Convert it with numpy.asarray."
        )
    array = np.asarray(array)
    if array.dtype.newbyteorder("=") not in CODES:
        raise ArrayTypeError(
            f"{name!r} has a dtype that checkpoints cannot hold. Got: {array.dtype}. "
            f"Convert it to one of {', '.join(map(str, CODES))}."
        )
    return array


def _stream(header: bytes, arrays: Arrays) -> Iterator[bytes]:
    """All bytes of the file, in pieces; the last is the hash of those before."""
    seal = hashlib.sha256()
    beginning = len(header).to_bytes(8, "little") + header
    for piece in chain([beginning], *(_pieces(array) for _, array in in_file_order(arrays))):
        seal.update(piece)
        yield piece
    yield seal.digest()


def _pieces(array: np.ndarray) -> Iterator[bytes]:
    """The elements in C order, little-endian.

    They are moved as unsigned integers, which keeps every bit of a NaN. Each piece is a copy:
    even if the array is changed meanwhile, hash and file see the same bytes.
    """
    bits = array.view(np.dtype(f"{array.dtype.byteorder}u{array.itemsize}"))
    pieces: Any = np.nditer(
        [bits],
        flags=["external_loop", "buffered", "zerosize_ok"],
        op_flags=[["readonly"]],
        op_dtypes=[np.dtype(f"<u{array.itemsize}")],
        order="C",
        casting="equiv",
        buffersize=PIECE // array.itemsize,
    )
    for piece in pieces:
        yield piece.tobytes()
