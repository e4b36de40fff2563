"""LLVM text → machine code, kept on disk between processes under a hash of everything in it.

The text is self-contained: it calls nothing, and no number of an optimizer's stands in it. Its
hash, together with the processor and the version of LLVM, names the object file, so an edited
rule has another name and can never run stale. A file is used only if it is whole (it ends in the
hash of its own bytes) and, since it is code, only if nobody else can write it or its folder. That
is asked of the file and the folder that are open: what a path leads to may change in between.
"""

import ctypes
import errno
import hashlib
import os
import stat
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError

_KNOWS_OWNERS = hasattr(os, "getuid")  # not Windows


class Code:
    """Machine code in memory; its entry points are looked up by name."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    def address(self, name: str) -> int:
        """Where the function called `name` begins."""
        return self._engine.get_function_address(name)

    def function(self, name: str, *types: Any, returns: Any = None, gil: bool = False) -> Any:
        """The function called `name`, callable from Python; it runs without the GIL or with it."""
        kind = ctypes.PYFUNCTYPE if gil else ctypes.CFUNCTYPE
        function: Any = kind(returns, *types)(self.address(name))
        function.code = self  # the memory lives as long as what calls into it
        return function


@cache
def load(text: str) -> Code:
    """The machine code of `text`, from this process, from disk, or compiled now."""
    path = _path(text)
    code = _read(path) if path else None
    if code is None:
        code = _emit(text)
        if path:
            _write(path, code)
    return Code(_link(code))


def assembly(text: str) -> str:
    """What the processor runs, to look at."""
    machine = _machine()
    return machine.emit_assembly(_optimized(text))


@cache
def _llvm() -> Any:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm


@cache
def _machine() -> Any:
    llvm = _llvm()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=_features(), opt=2
    )


@cache
def _without() -> tuple[str, ...]:
    """The features that code shall not use: ``ADAMAS_WITHOUT``, and what goes with them.

    Raises:
        ConfigurationError: a name that LLVM does not know.
    """
    asked = os.environ.get("ADAMAS_WITHOUT", "").replace(",", " ").split()
    known = _llvm().get_host_cpu_features()
    unknown = [name for name in asked if name not in known]
    if unknown:
        raise ConfigurationError(
            "ADAMAS_WITHOUT names features of the processor as LLVM does, such as avx512f. "
            f"Got: {unknown[0]}."
        )
    return (*asked, *(["f16c"] if "avx" in asked and "f16c" in known else []))


def _features() -> str:
    """Those that code may use, and no others, as LLVM writes them: the last that is said counts."""
    return ",".join([_llvm().get_host_cpu_features().flatten(), *(f"-{n}" for n in _without())])


@cache
def has_feature(name: str) -> bool:
    """Whether code may use a feature by LLVM's name for it, such as ``"f16c"``."""
    return name not in _without() and bool(_llvm().get_host_cpu_features().get(name, False))


def _optimized(text: str) -> Any:
    llvm = _llvm()
    module = llvm.parse_assembly(text)
    module.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    builder = llvm.create_pass_builder(_machine(), options)
    builder.getModulePassManager().run(module, builder)
    return module


def _emit(text: str) -> bytes:
    return _machine().emit_object(_optimized(text))


def _link(code: bytes) -> Any:
    llvm = _llvm()
    machine = llvm.Target.from_default_triple().create_target_machine()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return engine


def _path(text: str) -> Path | None:
    folder = folder_of_cache()
    if folder is None:
        return None
    llvm = _llvm()
    version = ".".join(map(str, llvm.llvm_version_info))
    parts = (text, version, llvm.get_host_cpu_name(), _features(), llvm.get_default_triple())
    return folder / f"{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()}.o"


def folder_of_cache() -> Path | None:
    """Where compiled code is kept: ``ADAMAS_CACHE_DIR``, or the user's cache folder.

    None if there is no folder that only this user can write, or ``ADAMAS_CACHE_DIR`` is empty;
    then each process compiles for itself.
    """
    chosen = os.environ.get("ADAMAS_CACHE_DIR")
    if chosen == "":
        return None
    try:
        folder = Path(chosen) if chosen else _usual_folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder if _private(folder.stat()) else None
    except (OSError, RuntimeError):
        return None


def _usual_folder() -> Path:
    if sys.platform == "win32":
        return Path(os.environ["LOCALAPPDATA"]) / "adamas" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "adamas"
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "adamas"


def _private(status: os.stat_result) -> bool:
    if not _KNOWS_OWNERS:
        return True
    others = stat.S_IWGRP | stat.S_IWOTH
    return status.st_uid == os.getuid() and not status.st_mode & others


def _read(path: Path) -> bytes | None:
    try:
        with open(path, "rb", opener=_open_private) as file:
            data = file.read()
    except OSError:
        return None
    code, seal = data[:-32], data[-32:]
    return code if hashlib.sha256(code).digest() == seal else None


def _open_private(path: str, flags: int) -> int:
    """Open a regular file in its folder; `PermissionError` if others can write one of them."""
    if not _KNOWS_OWNERS:
        return os.open(path, flags)
    name = Path(path)
    folder = os.open(name.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _refuse_others(os.fstat(folder), path)
        # No link, and no pipe, at whose other end somebody would have to be.
        file = os.open(name.name, flags | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    finally:
        os.close(folder)
    try:
        status = os.fstat(file)
        _refuse_others(status, path)
        if not stat.S_ISREG(status.st_mode):
            raise PermissionError(errno.EACCES, "Compiled code must be a regular file", path)
    except BaseException:
        os.close(file)
        raise
    return file


def _refuse_others(status: os.stat_result, path: str) -> None:
    if not _private(status):
        raise PermissionError(errno.EACCES, "Others can write this compiled code", path)


def _write(path: Path, code: bytes) -> None:
    """Best effort: a full disk or a read-only home must not stop a step."""
    from ..checkpoint.durable import replacing  # most processes find all code on disk

    # A power loss may damage it: its own hash tells, and to wait for the disk costs 10 ms.
    with suppress(OSError):
        if path.is_symlink() or not path.is_file():
            path.unlink(missing_ok=True)  # what is not read is not written through, either
    with suppress(OSError), replacing(path, durably=False) as file:
        if _KNOWS_OWNERS:
            os.fchmod(file.fileno(), 0o600)
        file.write(code + hashlib.sha256(code).digest())
