"""State ↔ one file: written whole or not at all, believed only when its seal holds.

A checkpoint is a plain safetensors file, so `safetensors.safe_open` reads it too:

    8 bytes     length of the header, little-endian
    header      JSON: metadata, then dtype, shape and place of every tensor; padded by spaces
    data        the tensors in C order, little-endian, widest elements first, without gaps
    32 bytes    SHA-256 of all bytes before them: the last tensor, `~adamas.sha256`

The seal catches accidents: a copy cut short, a bit that flipped. It is no signature, so the
header is parsed strictly even when the seal holds. A file holds numbers and JSON, and reading
it runs no code of the file's.
"""

import errno
import hashlib
import json
import os
import re
import stat
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BufferedReader
from math import prod
from typing import Any, BinaryIO, NamedTuple, Protocol

import ml_dtypes
import numpy as np

from .errors import ArrayTypeError, CheckpointError

if sys.platform == "win32":
    fcntl = None
else:
    import fcntl

_WINDOWS = os.name == "nt"
_UNNAMED = getattr(os, "O_TMPFILE", 0)  # flag of Linux

SEAL = "~adamas.sha256"
"""Name of the tensor that holds the seal; no other tensor may have it."""

_METADATA = "__metadata__"
_SEAL_BYTES = 32
_OURS = b'{"__metadata__":{"format":"adamas '
_OURS_1 = _OURS + b'1","adamas":'
_LONGEST_HEADER = 100_000_000  # bytes; safetensors refuses longer ones
_PIECE = 1 << 20  # bytes that are hashed and written, or read and hashed, while in the cache
_SHOWN = 10  # names listed per kind of mismatch

_CODES = {
    np.dtype(dtype): code
    for dtype, code in (
        (np.float64, "F64"),
        (np.float32, "F32"),
        (np.float16, "F16"),
        (ml_dtypes.bfloat16, "BF16"),
        (np.int64, "I64"),
        (np.int32, "I32"),
        (np.int16, "I16"),
        (np.int8, "I8"),
        (np.uint64, "U64"),
        (np.uint32, "U32"),
        (np.uint16, "U16"),
        (np.uint8, "U8"),
        (np.bool_, "BOOL"),
    )
}
_DTYPES = {code: dtype for dtype, code in _CODES.items()}

_FETCH_AGAIN = "Load another checkpoint, or copy this one again from where it was whole."
_NOT_OURS = "Only files written by adamas can be loaded."


class Checkpoint(NamedTuple):
    """What a checkpoint holds: `tensors` by name, in the order written, and `metadata`."""

    tensors: dict[str, np.ndarray]
    metadata: dict[str, Any]


class HasForm(Protocol):
    """Anything with a shape and a dtype, such as an array or `jax.ShapeDtypeStruct`."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths along each axis."""
        ...

    @property
    def dtype(self) -> Any:
        """Type of the elements."""
        ...


# The door ---------------------------------------------------------------------------------------


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
    header = _header(arrays, metadata)
    target = _target(path)
    _delete_abandoned(os.path.dirname(target))
    with _replacing(target) as file:
        seal = hashlib.sha256()
        for piece in _stream(header, arrays):
            seal.update(piece)
            file.write(piece)
        file.write(seal.digest())


def read(path: str | os.PathLike[str]) -> Checkpoint:
    """Read one checkpoint; its seal is verified before anything in it is believed.

    The arrays are writable, in C order, in this machine's byte order. They are views of one
    buffer as large as the file: copy those that outlive the others.

    Raises:
        CheckpointError: the file is damaged, cut short, or was not written by adamas.
        OSError: the file is missing or cannot be opened.
    """
    with _opened(path) as (file, size):
        header = _read_header(file, size)
        buffer = np.empty(size - 8 - len(header), np.uint8)
        if not _seal_holds(file, header, buffer):
            raise _why_broken(header, size)
        places, metadata = _parse(header)
        _demand_length(places, header, size)
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
        header = _read_header(file, size)
        places, metadata = _parse(header)
        _demand_length(places, header, size)
        return metadata


def match_names(
    expected: Mapping[str, HasForm], found: Mapping[str, HasForm], what: str = "The checkpoint"
) -> None:
    """Demand the same names, each with the same shape and dtype.

    Args:
        expected: what is needed, by name.
        found: what there is, by name.
        what: begins the message: where `found` comes from.

    Raises:
        CheckpointError: they differ. The one message lists missing, unexpected (both with the
            nearest names of the other side) and different tensors, at most ten of each.
    """
    missing = [name for name in expected if name not in found]
    unexpected = [name for name in found if name not in expected]
    different = [
        f"{name!r} is {_form(found[name])}, expected {_form(expected[name])}"
        for name in expected
        if name in found and _form(found[name]) != _form(expected[name])
    ]
    if not (missing or unexpected or different):
        return
    lines = [
        f"{what} does not hold what is expected, so nothing was loaded.",
        *_listed("Missing", _with_nearest(missing, unexpected)),
        *_listed("Unexpected", _with_nearest(unexpected, missing)),
        *_listed("Different", different),
        "Build with the same parameters and options as when it was saved, or load another one.",
    ]
    raise CheckpointError("\n".join(lines))


# Mismatches in words ----------------------------------------------------------------------------


def _form(array: HasForm) -> str:
    return f"{array.dtype} {tuple(array.shape)}"


def _with_nearest(names: list[str], others: list[str]) -> list[str]:
    """The names, those that will be shown with the nearest of the others."""
    from difflib import get_close_matches

    candidates = others[:1000]  # each comparison costs about 10 µs
    near = [get_close_matches(name, candidates, n=1) for name in names[:_SHOWN]]
    shown = [
        f"{name!r} (near: {found[0]!r})" if found else repr(name)
        for name, found in zip(names[:_SHOWN], near, strict=True)
    ]
    return shown + names[_SHOWN:]


def _listed(title: str, entries: list[str]) -> list[str]:
    if not entries:
        return []
    more = [f"and {len(entries) - _SHOWN} more"] if len(entries) > _SHOWN else []
    return [f"{title} ({len(entries)}): " + "; ".join(entries[:_SHOWN] + more)]


# From arrays to bytes ---------------------------------------------------------------------------


def _usable_name(name: Any) -> str:
    if not isinstance(name, str):
        raise CheckpointError(f"A tensor's name must be a str. Got: {name!r}.")
    if name in (SEAL, _METADATA):
        raise CheckpointError(
            f"{name!r} is reserved in checkpoints. Give the parameter another name."
        )
    if not _is_text(name):
        raise CheckpointError(
            f"A tensor's name must be Unicode text, without lone surrogates. Got: {name!r}."
        )
    return name


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _usable_array(name: str, array: Any) -> np.ndarray:
    # A masked array would lose its mask.
    if not isinstance(array, np.ndarray | np.generic) or hasattr(array, "mask"):
        raise ArrayTypeError(
            f"{name!r} must be a plain NumPy array. Got: {type(array).__name__}. "
            "Convert it with numpy.asarray."
        )
    array = np.asarray(array)
    if array.dtype.newbyteorder("=") not in _CODES:
        raise ArrayTypeError(
            f"{name!r} has a dtype that checkpoints cannot hold. Got: {array.dtype}. "
            f"Convert it to one of {', '.join(map(str, _CODES))}."
        )
    return array


def _header(arrays: dict[str, np.ndarray], metadata: Mapping[str, Any]) -> bytes:
    content: dict[str, Any] = {
        _METADATA: {"format": "adamas 1", "adamas": _json_without_loss(metadata)}
    }
    content |= dict.fromkeys(arrays)  # their order in the header is the caller's
    end = 0
    for name in _in_file_order(arrays):
        array = arrays[name]
        begin, end = end, end + array.nbytes
        content[name] = _entry(_CODES[array.dtype.newbyteorder("=")], array.shape, begin, end)
    content[SEAL] = _entry("U8", (_SEAL_BYTES,), end, end + _SEAL_BYTES)
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    if len(text) > _LONGEST_HEADER:
        raise CheckpointError(
            f"Names and metadata must fit in {_LONGEST_HEADER:,} bytes. Got: {len(text):,}. "
            "Move large metadata into tensors."
        )
    return text


def _entry(code: str, shape: tuple[int, ...], begin: int, end: int) -> dict[str, Any]:
    return {"dtype": code, "shape": shape, "data_offsets": (begin, end)}


def _in_file_order(arrays: dict[str, np.ndarray]) -> list[str]:
    """Widest elements first, so that each array lies aligned without gaps."""
    return sorted(arrays, key=lambda name: -arrays[name].itemsize)


def _json_without_loss(metadata: Mapping[str, Any]) -> str:
    try:
        content = dict(metadata)
        text = json.dumps(content, allow_nan=False, separators=(",", ":"))
        same = json.loads(text) == content
    except (TypeError, ValueError, RecursionError) as problem:
        raise CheckpointError(
            f"metadata must be something that JSON can hold. Got: {problem}."
        ) from None
    if not same:
        raise CheckpointError(
            "metadata must come back from JSON as it is; tuples come back as lists, and keys "
            f"that are numbers as text. Got: {content!r:.200}"
        )
    return text


def _stream(header: bytes, arrays: dict[str, np.ndarray]) -> Iterator[bytes]:
    """All bytes of the file up to the seal, in pieces."""
    yield len(header).to_bytes(8, "little") + header
    for name in _in_file_order(arrays):
        yield from _pieces(arrays[name])


def _pieces(array: np.ndarray) -> Iterator[bytes]:
    """The elements in C order, little-endian.

    They are moved as unsigned integers, which keeps every bit of a NaN. Each piece is a copy:
    even if the array is changed meanwhile, hash and file see the same bytes.
    """
    if not array.size:
        return
    bits = array.view(np.dtype(f"{array.dtype.byteorder}u{array.itemsize}"))
    pieces: Any = np.nditer(
        [bits],
        flags=["external_loop", "buffered"],
        op_flags=[["readonly"]],
        op_dtypes=[np.dtype(f"<u{array.itemsize}")],
        order="C",
        casting="equiv",
        buffersize=_PIECE // array.itemsize,
    )
    for piece in pieces:
        yield piece.tobytes()


# A file takes the place of another --------------------------------------------------------------

_TEMPORARY = re.compile(r"\.adamas-[0-9a-f]{16}\.tmp")

# Seconds without a write after which an unlocked temporary is abandoned. With locks this only
# covers the instant between creating and locking; without them a save must end within it.
_PATIENCE = 86_400.0 if fcntl is None else 60.0


def _target(path: str | os.PathLike[str]) -> str:
    """The file to replace, links resolved; refuses what must not be replaced by a file."""
    target = os.path.realpath(os.fsdecode(path))
    folder = os.path.dirname(target)
    if not os.path.exists(folder):
        raise FileNotFoundError(errno.ENOENT, "Create the folder of a checkpoint first", folder)
    try:
        mode = os.stat(target).st_mode
    except FileNotFoundError:
        return target
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(
            errno.EISDIR, "A checkpoint is one file, this is a folder; add a file name", target
        )
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "A checkpoint can only replace a regular file", target)
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "The checkpoint to replace is read-only", target)
    return target


@contextmanager
def _replacing(target: str) -> Iterator[BinaryIO]:
    """A file that takes the place of `target` if the block ends well, else vanishes."""
    temporary = os.path.join(os.path.dirname(target), f".adamas-{os.urandom(8).hex()}.tmp")
    try:
        with _temporary_file(temporary) as file:
            _lock(file)
            _keep_mode(file, target)
            yield file
            file.flush()
            _sync(file)
            if not os.path.lexists(temporary):
                _give_name(file, temporary)
            if _WINDOWS:
                file.close()  # Windows moves no open file; elsewhere the lock lasts a line longer
            os.replace(temporary, target)
    except BaseException as problem:
        with suppress(OSError):
            os.unlink(temporary)
        if isinstance(problem, OSError) and problem.errno:
            # The temporary means nothing to the user, and a full disk names no file at all.
            raise OSError(problem.errno, problem.strerror, target) from problem
        raise
    _sync_folder(os.path.dirname(target))


def _temporary_file(path: str) -> BinaryIO:
    """A file without a name where the system can, which then cannot be left behind."""
    if _UNNAMED and os.path.isdir("/proc/self/fd"):
        try:
            return open(path, "wb", opener=_open_unnamed)
        except OSError:
            pass  # not every file system can; real trouble comes again below
    return open(path, "xb")


def _open_unnamed(path: str, _flags: int) -> int:
    return os.open(os.path.dirname(path), _UNNAMED | os.O_WRONLY | os.O_CLOEXEC, 0o666)


def _give_name(file: BinaryIO, path: str) -> None:
    # With any src_dir_fd, unused as the source is absolute, Python calls linkat(2) and follows
    # the link in /proc; without one it calls link(2), which does not follow and fails.
    descriptor = file.fileno()
    os.link(f"/proc/self/fd/{descriptor}", path, src_dir_fd=descriptor, follow_symlinks=True)


def _keep_mode(file: BinaryIO, target: str) -> None:
    with suppress(FileNotFoundError):
        mode = stat.S_IMODE(os.stat(target).st_mode)
        if hasattr(os, "fchmod"):
            os.fchmod(file.fileno(), mode)


def _sync(file: BinaryIO) -> None:
    full = getattr(fcntl, "F_FULLFSYNC", None)  # on macOS fsync stops at the drive's cache
    if fcntl is not None and full is not None:
        with suppress(OSError):  # not on network drives
            fcntl.fcntl(file.fileno(), full)
            return
    os.fsync(file.fileno())


def _sync_folder(folder: str) -> None:
    """Make the new name durable. Windows opens no folder, some file systems sync none."""
    if _WINDOWS:
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:  # a folder that may be written but not listed
        return
    try:
        os.fsync(descriptor)
    except OSError as problem:
        if problem.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def _lock(file: BinaryIO) -> None:
    """Mark a temporary as in use; the system takes the mark away when the process dies."""
    if fcntl is not None:
        with suppress(OSError):  # a file system without locks: `_is_abandoned` fails there too
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


def _delete_abandoned(folder: str) -> None:
    """Delete the temporaries of processes that were killed."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _TEMPORARY.fullmatch(entry.name) and _is_abandoned(entry):
                os.unlink(entry.path)


def _is_abandoned(entry: os.DirEntry[str]) -> bool:
    status = entry.stat(follow_symlinks=False)
    if not stat.S_ISREG(status.st_mode) or time.time() - status.st_mtime < _PATIENCE:
        return False
    if fcntl is None:
        return True
    descriptor = os.open(entry.path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


# From bytes to arrays ---------------------------------------------------------------------------


class _Damage(Exception):  # noqa: N818 (becomes a CheckpointError, which names the file)
    """What came instead of a whole checkpoint, and the way out."""

    def __init__(self, what: str, way_out: str = _FETCH_AGAIN):
        super().__init__(what, way_out)


class _Place(NamedTuple):
    """Where a tensor lies in the data, in bytes."""

    name: str
    dtype: np.dtype
    shape: tuple[int, ...]
    begin: int
    end: int


@contextmanager
def _opened(path: str | os.PathLike[str]) -> Iterator[tuple[BufferedReader, int]]:
    """The file and its length; damage found in the block becomes one error that names it."""
    path = os.fsdecode(path)
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            raise _Damage("a folder", "Name the file in it.")
        if not stat.S_ISREG(mode):  # opening a pipe would wait for ever
            raise _Damage("something other than a regular file", "Copy its content into one.")
        with open(path, "rb") as file:
            yield file, os.fstat(file.fileno()).st_size
    except _Damage as damage:
        what, way_out = damage.args
        raise CheckpointError(
            f"{path} must be a whole adamas checkpoint. Got: {what}. {way_out}"
        ) from None


def _read_header(file: BufferedReader, size: int) -> bytes:
    """The header's bytes, when they begin as ours do; allocates less than the file is long."""
    if size == 0:
        raise _Damage("an empty file")
    length = int.from_bytes(file.read(8), "little")
    if length > min(size - 8, _LONGEST_HEADER):
        raise _Damage(
            f"a file of {size:,} bytes that announces a header of {length:,}: it is cut short, "
            "damaged, or of another kind"
        )
    header = file.read(length)
    if not header.startswith(_OURS_1):
        raise _not_ours(header)
    if size < 8 + length + _SEAL_BYTES:
        raise _Damage(f"a file cut short after {size:,} bytes, before its seal")
    return header


def _not_ours(header: bytes) -> _Damage:
    if header.startswith(_OURS):
        return _Damage(
            "another version of the format than 'adamas 1', or damage in its first bytes",
            "Update adamas, or load another checkpoint.",
        )
    try:
        is_safetensors = isinstance(_json(header), dict)
    except _Damage:
        is_safetensors = False
    if is_safetensors:
        return _Damage(
            "a safetensors file without adamas metadata, so without a seal",
            f"{_NOT_OURS} For others there is safetensors.safe_open.",
        )
    return _Damage("neither an adamas checkpoint nor another safetensors file", _NOT_OURS)


def _seal_holds(file: BufferedReader, header: bytes, buffer: np.ndarray) -> bool:
    """Fill the buffer with all that follows the header, and verify the seal at its end.

    It is the memory that is hashed: if the file shrinks meanwhile, the seal does not hold.
    """
    seal = hashlib.sha256(len(header).to_bytes(8, "little") + header)
    data = buffer.data
    sealed = len(data) - _SEAL_BYTES
    for begin in range(0, sealed, _PIECE):
        piece = data[begin : min(begin + _PIECE, sealed)]
        file.readinto(piece)
        seal.update(piece)
    file.readinto(data[sealed:])
    return seal.digest() == bytes(data[sealed:])


def _why_broken(header: bytes, size: int) -> _Damage:
    """Words for a broken seal: a wrong length says more than a wrong hash."""
    try:
        places, _ = _parse(header)
        _demand_length(places, header, size)
    except _Damage as damage:
        return damage
    return _Damage("bytes that do not match their seal (SHA-256): they changed after the save")


def _parse(header: bytes) -> tuple[list[_Place], dict[str, Any]]:
    """Where each tensor lies, in the header's order, and the metadata."""
    content = _json(header)
    _demand(isinstance(content, dict), "a header that is no JSON object")
    strings = content.pop(_METADATA, None)
    _demand(
        isinstance(strings, dict) and isinstance(strings.get("adamas"), str),
        "a header without adamas metadata",
    )
    metadata = _json(strings["adamas"].encode(errors="surrogatepass"))
    _demand(isinstance(metadata, dict), "metadata that are no JSON object")
    places = [_place(name, entry) for name, entry in content.items()]
    _demand_no_gaps(places)
    return places, metadata


def _json(text: bytes) -> Any:
    """JSON as the standard has it: no NaN, and no name twice in an object."""
    try:
        return json.loads(text.decode(), object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as problem:  # ValueError: text and numbers too
        raise _Damage(f"a header that is no strict JSON ({problem})") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        [(twice, _)] = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"{twice!r:.80} twice")
    return content


def _no_constant(constant: str) -> None:
    raise ValueError(f"the number {constant}")


def _demand(holds: bool, otherwise: str) -> None:
    if not holds:
        raise _Damage(otherwise)


def _place(name: str, entry: Any) -> _Place:
    _demand(_is_text(name), f"the tensor name {name!r}, which is no Unicode text")
    _demand(
        isinstance(entry, dict) and entry.keys() == {"dtype", "shape", "data_offsets"},
        f"an entry for {name!r} that is not a dtype, a shape and offsets",
    )
    code, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    _demand(
        isinstance(code, str) and code in _DTYPES,
        f"{name!r} of the unknown dtype {code!r:.40}",
    )
    _demand(
        _are_lengths(shape)
        and len(shape) <= 64,  # NumPy's limit; the product of a million lengths would take hours
        f"{name!r} of the impossible shape {shape!r:.80}",
    )
    _demand(
        _are_lengths(offsets) and len(offsets) == 2,
        f"{name!r} at the impossible offsets {offsets!r:.80}",
    )
    begin, end = offsets
    _demand(
        end - begin == prod(shape) * _DTYPES[code].itemsize,
        f"{name!r} with {end - begin:,} bytes for the shape {shape} of {code}",
    )
    return _Place(name, _DTYPES[code], tuple(shape), begin, end)


def _are_lengths(numbers: Any) -> bool:
    # type() rather than isinstance(): true and false are no lengths
    return isinstance(numbers, list) and all(
        type(number) is int and 0 <= number < 2**63 for number in numbers
    )


def _demand_no_gaps(places: list[_Place]) -> None:
    """Every byte belongs to one tensor, and the last are the seal."""
    end = 0
    for place in sorted(places, key=lambda place: (place.begin, place.end)):
        _demand(place.begin == end, f"{place.name!r} at byte {place.begin:,} instead of {end:,}")
        end = place.end
    _demand(
        any(place[:3] == (SEAL, np.uint8, (_SEAL_BYTES,)) and place.end == end for place in places),
        "a file without a seal at its end",
    )


def _demand_length(places: Iterable[_Place], header: bytes, size: int) -> None:
    promised = 8 + len(header) + max(place.end for place in places)
    if promised != size:
        change = "cut short" if size < promised else "that has grown"
        raise _Damage(f"a file {change}: {size:,} bytes, and its header promises {promised:,}")


def _array(place: _Place, buffer: np.ndarray) -> np.ndarray:
    data = buffer[place.begin : place.end]
    if place.dtype == np.bool_ and data.size and data.max() > 1:
        raise _Damage(f"{place.name!r} of bool, with a byte above 1")
    bits = data.view(f"<u{place.dtype.itemsize}")
    native = bits.astype(f"=u{place.dtype.itemsize}", copy=False)
    try:
        return native.view(place.dtype).reshape(place.shape)
    except ValueError:  # an empty array too long along its other axes
        raise _Damage(f"{place.name!r} of the impossible shape {place.shape}") from None
