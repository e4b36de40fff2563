"""Old or new, whatever happens: the file survives every accident, and nothing is left behind."""

import errno
import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import adamas
import checkpoint_cases
from adamas import checkpoint
from adamas.checkpoint import durable, read, write, writing
from checkpoint_cases import example, is_example, write_example
from places import ROOT
from processes import answer_of, in_python

path = checkpoint_cases.path
no_waiting_for_the_disk = checkpoint_cases.no_waiting_for_the_disk
each_way = checkpoint_cases.each_way

PACKAGE = Path(checkpoint.__file__).parent

# Files and folders ------------------------------------------------------------------------------


def test_targets_that_are_no_file_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").touch()
    cases = [
        (tmp_path, IsADirectoryError, "this is a folder"),
        (tmp_path / "no" / "file", FileNotFoundError, "Create the folder"),
        (tmp_path / "file" / "file", NotADirectoryError, "Not a directory"),
        (tmp_path / "pipe", OSError, "only replace a regular file"),
    ]
    for target, kind, words in cases:
        with pytest.raises(kind, match=words):
            write(target, *example())
    assert sorted(os.listdir(tmp_path)) == ["file", "pipe"]


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_has_the_permissions_that_the_umask_leaves(path, each_way):
    old = os.umask(0o027)
    try:
        write_example(path)
    finally:
        os.umask(old)
    assert mode_of(path) == 0o640


def test_a_replaced_file_passes_on_its_permissions(path, each_way):
    write_example(path)
    path.chmod(0o604)
    write_example(path)
    assert mode_of(path) == 0o604


def test_a_read_only_file_is_not_replaced(path, monkeypatch):
    write_example(path)
    path.chmod(0o400)
    if os.geteuid() == 0:  # root may write everything
        monkeypatch.setattr(os, "access", lambda target, mode: False)
    with pytest.raises(PermissionError, match="read-only"):
        write(path, {}, {})
    assert is_example(path)


@pytest.mark.parametrize("exists", [True, False], ids=["to a file", "to nothing yet"])
def test_a_link_is_followed(exists, tmp_path, each_way):
    (tmp_path / "elsewhere").mkdir()
    target = tmp_path / "elsewhere" / "state"
    if exists:
        target.touch()
    link = tmp_path / "latest"
    link.symlink_to(target)
    write_example(link)
    assert link.is_symlink()
    assert is_example(target)
    assert os.listdir(tmp_path / "elsewhere") == ["state"]


def test_a_name_may_be_as_long_as_the_system_allows(tmp_path, each_way):
    path = tmp_path / ("n" * 255)
    write_example(path)
    assert is_example(path)


def test_a_relative_path_is_in_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_example(Path("state"))
    assert is_example(tmp_path / "state")


def test_windows_closes_the_file_before_it_moves_it(path, monkeypatch):
    write_example(path)
    closed = []

    def replace_if_closed(source, target, really=os.replace):
        links = [f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd")]
        closed.append(source not in map(os.path.realpath, links))
        really(source, target)

    monkeypatch.setattr(durable, "_UNNAMED", 0)
    monkeypatch.setattr(os, "replace", replace_if_closed)
    with monkeypatch.context() as windows:
        windows.setattr(durable, "fcntl", None)
        write_example(path)
    assert is_example(path)
    assert closed == [True]
    write_example(path)
    assert closed == [True, False]  # so the test can tell


# Old or new, whatever happens -------------------------------------------------------------------


def test_file_then_name_then_folder_reach_the_disk(path, monkeypatch, each_way):
    calls = []

    def recorded(name: str) -> None:
        really = getattr(os, name)

        def record(first, *more, **options):
            is_folder = isinstance(first, int) and stat.S_ISDIR(os.fstat(first).st_mode)
            calls.append(name + (" folder" if is_folder else ""))
            return really(first, *more, **options)

        monkeypatch.setattr(os, name, record)

    for name in ("fsync", "link", "replace"):
        recorded(name)
    write_example(path)
    named = ["link"] if each_way == "unnamed temporary" else []
    assert calls == ["fsync", *named, "replace", "fsync folder"]


def test_a_folder_that_cannot_be_synced_is_no_error(path, monkeypatch):
    def refuse_folders(descriptor, really=os.fsync):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        really(descriptor)

    monkeypatch.setattr(os, "fsync", refuse_folders)
    write_example(path)
    assert is_example(path)


ACCIDENTS = [
    (writing, "_stream"),
    (durable, "_keep_mode"),
    (durable, "_sync"),
    (os, "replace"),
    (hashlib, "sha256"),
]


@pytest.mark.parametrize("kind", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt(), ValueError()])
@pytest.mark.parametrize("where", ACCIDENTS, ids=lambda where: where[1])
def test_an_error_anywhere_leaves_the_old_file_alone(where, kind, path, monkeypatch, each_way):
    write(path, *example())

    def fail(*_):
        raise kind

    def fail_in_the_middle(*_):
        yield bytes(3_000_000)
        raise kind

    monkeypatch.setattr(*where, fail_in_the_middle if where[0] is writing else fail)
    with pytest.raises(type(kind)):
        write(path, {"w": np.ones(9)}, {})
    monkeypatch.undo()
    assert os.listdir(path.parent) == [path.name]
    assert is_example(path)


def interrupt_each_line(save: Callable[[], None], check: Callable[[], None]) -> int:
    """Save again and again, with Ctrl-C before the 1st, 2nd, … line of the package."""
    line = 0
    while True:
        line += 1
        left = line

        def trace(frame, event, _):
            nonlocal left
            if Path(frame.f_code.co_filename).parent != PACKAGE:
                return None
            if event == "line":
                left -= 1
                if left == 0:
                    raise KeyboardInterrupt
            return trace

        sys.settrace(trace)
        try:
            save()
        except KeyboardInterrupt:
            sys.settrace(None)
            check()
        else:
            return line
        finally:
            sys.settrace(None)


# An interrupt between a with block and its exit leaves closing to the reference count.
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_ctrl_c_at_any_line_leaves_one_whole_file(path, each_way):
    tensors, metadata = example()
    write(path, tensors, metadata | {"version": 0})
    versions = []

    def check() -> None:
        assert os.listdir(path.parent) == [path.name]
        found = read(path)
        assert list(found.tensors) == list(tensors)
        versions.append(found.metadata["version"])

    lines = interrupt_each_line(lambda: write(path, tensors, metadata | {"version": 1}), check)
    assert lines > 50
    assert versions[0] == 0
    assert versions == sorted(versions)  # old up to a line, from there on new
    assert read(path).metadata["version"] == 1


def test_the_interrupts_would_find_a_save_in_place(path, monkeypatch):
    old = write_example(path)

    def save_in_place() -> None:
        with path.open("wb") as file:
            file.writelines(writing._stream(old, {}))

    def check() -> None:
        assert path.read_bytes() == old

    with pytest.raises(AssertionError):
        interrupt_each_line(save_in_place, check)


def test_a_disk_that_is_full_leaves_the_old_file_alone(path, each_way):
    """A limit on the length of files stands for the full disk: the same write(2) fails."""
    process = in_python(
        """
        import os, resource, sys
        import numpy as np
        from adamas import checkpoint

        path, way = sys.argv[1:]
        if way == "named temporary":
            checkpoint.durable._UNNAMED = 0
        checkpoint.write(path, {"w": np.zeros(1000)}, {"version": 0})
        resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000))
        try:
            checkpoint.write(path, {"w": np.zeros(1_000_000)}, {"version": 1})
        except OSError as error:
            print(error)
        """,
        path,
        each_way,
    )
    assert answer_of(process) == f"[Errno {errno.EFBIG}] File too large: '{path}'\n"
    assert os.listdir(path.parent) == [path.name]
    assert read(path).metadata == {"version": 0}


def test_after_kill_9_the_file_is_one_whole_version(tmp_path):
    """The control "in place" shows that kills hit: without the temporary file, files are lost."""
    command = [
        *(
            sys.executable,
            ROOT / "benchmarks" / "kill_while_saving.py",
            "--json",
        ),
        *("--kills", "8", "--mebibytes", "2", "--rounds", "0", "--folder", tmp_path),
        *("--writers", "adamas", "in place"),
    ]
    paths = os.pathsep.join([str(Path(adamas.__file__).parents[1]), *sys.path])
    done = subprocess.run(
        list(map(str, command)),
        env=os.environ | {"PYTHONPATH": paths},
        check=True,
        stdout=subprocess.PIPE,
        timeout=120,
    )
    kills = json.loads(done.stdout)["kills"]
    assert kills["adamas"]["lost"] == 0
    assert kills["in place"]["lost"] > 0


SAVE_OFTEN = """
import sys
import numpy as np
from adamas import checkpoint

path, version = sys.argv[1], int(sys.argv[2])
for _ in range(30):
    checkpoint.write(path, {"w": np.full(50_000, version)}, {"version": version})
"""


def test_two_processes_that_save_to_one_path_leave_one_whole_file(path):
    write(path, {"w": np.full(50_000, 0)}, {"version": 0})
    processes = [in_python(SAVE_OFTEN, path, version) for version in (1, 2)]
    seen = set()
    while any(process.poll() is None for process in processes):
        found = read(path)  # also while they save
        assert (found.tensors["w"] == found.metadata["version"]).all()
        seen.add(found.metadata["version"])
    for process in processes:
        answer_of(process)
    assert seen >= {1, 2}
    assert os.listdir(path.parent) == [path.name]


def test_threads_that_save_to_one_path_leave_one_whole_file(path, each_way):
    def save(version: int) -> None:
        for _ in range(10):
            write(path, {"w": np.full(50_000, version)}, {"version": version})

    threads = [threading.Thread(target=save, args=(version,)) for version in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = read(path)
    assert (found.tensors["w"] == found.metadata["version"]).all()
    assert os.listdir(path.parent) == [path.name]


# What the killed leave behind -------------------------------------------------------------------


def abandon(folder: Path, age: float) -> Path:
    """A temporary as a killed process leaves it, some seconds old."""
    temporary = folder / ".adamas-0123456789abcdef.tmp"
    temporary.write_bytes(b"half of a")
    now = temporary.stat().st_mtime
    os.utime(temporary, (now - age, now - age))
    return temporary


def test_the_temporary_of_a_killed_process_is_deleted_by_the_next_save(path, each_way):
    temporary = abandon(path.parent, age=3600)
    write_example(path)
    assert not temporary.exists()
    assert is_example(path)


def test_a_killed_process_leaves_a_temporary_that_is_recognised(path):
    process = in_python(
        """
        import os, sys, time
        from adamas import checkpoint

        checkpoint.durable._UNNAMED = 0
        checkpoint.durable._sync = lambda file: (print("now", flush=True), time.sleep(60))
        checkpoint.write(sys.argv[1], {}, {})
        """,
        path,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "now\n"
    (temporary,) = path.parent.iterdir()
    os.utime(temporary, (0, 0))
    write_example(path)
    assert temporary.exists()  # old, but still in use
    process.send_signal(signal.SIGKILL)
    process.communicate()
    os.utime(temporary, (0, 0))
    write_example(path)
    assert not temporary.exists()


def test_files_that_may_be_in_use_or_are_not_ours_are_not_deleted(path, monkeypatch):
    fresh = abandon(path.parent, age=1)
    others = [".adamas-0123.tmp", ".adamas-0123456789abcdef.tmp.bak", "adamas.tmp"]
    for name in others:
        (path.parent / name).touch()
        os.utime(path.parent / name, (0, 0))
    (path.parent / ".adamas-00000000000000ff.tmp").mkdir()
    (path.parent / ".adamas-00000000000000fe.tmp").symlink_to(path)
    for name in ("ff", "fe"):
        temporary = path.parent / f".adamas-00000000000000{name}.tmp"
        os.utime(temporary, (0, 0), follow_symlinks=False)
    names = set(os.listdir(path.parent))
    write_example(path)
    assert set(os.listdir(path.parent)) == names | {path.name}
    os.utime(fresh, (0, 0))
    monkeypatch.setattr(durable, "fcntl", None)
    write_example(path)
    assert set(os.listdir(path.parent)) == (names | {path.name}) - {fresh.name}
