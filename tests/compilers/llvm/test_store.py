"""Compiled code on disk: which files are run, and what a killed process leaves."""

import ctypes
import os

import pytest

from adamas.compilers import store

TEXTS = [f"define i32 @number() {{\n  ret i32 {number}\n}}\n" for number in (7, 8)]


def number_of(text):
    """What compiled code returns, as a process that begins now finds it."""
    return store.load.__wrapped__(text).function("number", returns=ctypes.c_int)()


@pytest.fixture
def file(tmp_path, monkeypatch):
    """The file of a function that returns 7: it holds, sealed, another that returns 8."""
    monkeypatch.setenv("ADAMAS_CACHE_DIR", str(tmp_path))
    assert number_of(TEXTS[0]) == 7
    (own,) = tmp_path.iterdir()
    assert number_of(TEXTS[1]) == 8
    (other,) = set(tmp_path.iterdir()) - {own}
    other.replace(own)
    return own


def by_a_link(file):
    file.symlink_to(file.rename(file.with_suffix(".other")))


def by_a_pipe(file):
    file.unlink()
    os.mkfifo(file)


LIES = {
    "a link": by_a_link,
    "a pipe": by_a_pipe,
    "a file that others write": lambda file: file.chmod(0o622),
    "a folder that others write": lambda file: file.parent.chmod(0o733),
}


def test_code_is_run_from_a_file_that_this_user_alone_can_write(file):
    assert file.stat().st_mode & 0o777 == 0o600
    assert number_of(TEXTS[0]) == 8


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="files have no such owners here")
@pytest.mark.parametrize("lie", LIES)
def test_other_code_is_never_run(file, lie):
    LIES[lie](file)
    assert number_of(TEXTS[0]) == 7
    file.parent.chmod(0o700)
    assert number_of(TEXTS[0]) == (8 if "folder" in lie else 7)
    linked = file.with_suffix(".other")
    assert not linked.exists() or not file.is_symlink()


def test_what_a_killed_process_leaves_is_deleted_by_the_next_that_compiles(file):
    old, young = (file.parent / f".adamas-{digit * 16}.tmp" for digit in "ab")
    for left in (old, young):
        left.write_bytes(b"half of")
    an_hour_ago = old.stat().st_mtime - 3600
    os.utime(old, (an_hour_ago, an_hour_ago))
    number_of(TEXTS[1])
    assert not old.exists()
    assert young.exists()
