"""A file takes the place of another, atomically and durably; what the killed left is deleted."""

import errno
import os
import re
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

if sys.platform == "win32":
    fcntl = None
else:
    import fcntl

_UNNAMED = getattr(os, "O_TMPFILE", 0)  # flag of Linux
_TEMPORARY = re.compile(r"\.adamas-[0-9a-f]{16}\.tmp")

# Seconds without a write after which an unlocked temporary is abandoned. With locks this only
# covers the instant between creating and locking; without them a save must end within it.
_PATIENCE = 86_400.0 if fcntl is None else 60.0


@contextmanager
def replacing(path: str | os.PathLike[str], *, durably: bool = True) -> Iterator[BinaryIO]:
    """A file that takes the place of `path` if the block ends well, else vanishes.

    Args:
        path: the file.
        durably: whether it is to have reached the disk afterwards. If not, a machine that stops
            may leave it damaged.

    Raises:
        OSError: it cannot be written, or must not be replaced.
    """
    target = _target(path)
    folder = os.path.dirname(target)
    _delete_abandoned(folder)
    temporary = os.path.join(folder, f".adamas-{os.urandom(8).hex()}.tmp")
    try:
        with _temporary_file(temporary) as file:
            _lock(file)
            _keep_mode(file, target)
            yield file
            file.flush()
            if durably:
                _sync(file)
            if not os.path.lexists(temporary):
                _give_name(file, temporary)
            if fcntl is None:
                file.close()  # Windows moves no open file; elsewhere the lock lasts a line longer
            os.replace(temporary, target)
    except BaseException as problem:
        with suppress(OSError):
            os.unlink(temporary)
        if isinstance(problem, OSError) and problem.errno:
            # The temporary means nothing to the user, and a full disk names no file at all.
            raise OSError(problem.errno, problem.strerror, target) from problem
        raise
    if durably:
        _sync_folder(folder)


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


def _temporary_file(path: str) -> BinaryIO:
    """A file without a name where the system can, which then cannot be left behind."""
    if _UNNAMED and os.path.isdir("/proc/self/fd"):
        with suppress(OSError):  # not every file system can; real trouble comes again below
            return open(path, "wb", opener=_open_unnamed)
    return open(path, "xb")


def _open_unnamed(path: str, _flags: int) -> int:
    return os.open(os.path.dirname(path), _UNNAMED | os.O_WRONLY, 0o666)


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
    if sys.platform == "darwin":  # where fsync stops at the drive's cache
        with suppress(OSError):  # not on network drives
            fcntl.fcntl(file.fileno(), fcntl.F_FULLFSYNC)
            return
    os.fsync(file.fileno())


def _sync_folder(folder: str) -> None:
    """Make the new name durable, where the system can."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:  # it may be written but not listed; Windows opens no folder
        return
    try:
        os.fsync(descriptor)
    except OSError as problem:
        if problem.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def _lock(file: BinaryIO) -> bool:
    """Mark a temporary as in use, until the process dies; False if in use or without locks."""
    try:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _delete_abandoned(folder: str) -> None:
    """Delete the temporaries of processes that were killed."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _TEMPORARY.fullmatch(entry.name) and _is_abandoned(entry.path):
                os.unlink(entry.path)


def _is_abandoned(path: str) -> bool:
    try:
        file = open(path, "rb+", opener=_open_itself)  # noqa: SIM115 (closed below)
    except OSError:  # a link, a folder, or no longer there
        return False
    with file:
        status = os.fstat(file.fileno())
        old = time.time() - status.st_mtime >= _PATIENCE
        return stat.S_ISREG(status.st_mode) and old and _lock(file)


def _open_itself(path: str, flags: int) -> int:
    """Open no other file through a link, and wait for nobody at the other end of a pipe."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
