"""A checkpoint is read whole or not at all: no accident to the file goes unnoticed."""

import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import safetensors
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st

import checkpoint_cases
from adamas.checkpoint import format, read, read_metadata, reading, write
from adamas.errors import CheckpointError
from checkpoint_cases import example, peak_of, steady, write_example

path = checkpoint_cases.path
no_waiting_for_the_disk = checkpoint_cases.no_waiting_for_the_disk


def unnoticed(reader: Callable[[Path], object], path: Path, damaged: list[bytes]) -> int:
    """How many damaged contents a reader takes for whole. Other errors than ours count too."""
    count = 0
    for content in damaged:
        path.write_bytes(content)
        try:
            reader(path)
        except CheckpointError as error:
            count += str(path) not in str(error)
        else:
            count += 1
    return count


def each_bit_flipped(content: bytes) -> list[bytes]:
    number = int.from_bytes(content, "little")
    return [
        (number ^ (1 << bit)).to_bytes(len(content), "little") for bit in range(8 * len(content))
    ]


def test_every_single_flipped_bit_is_noticed(path):
    assert unnoticed(read, path, each_bit_flipped(write_example(path))) == 0


def test_without_the_seal_flipped_bits_would_pass(path, monkeypatch):
    content = write_example(path)
    holds = reading._seal_holds
    monkeypatch.setattr(reading, "_seal_holds", lambda *all: holds(*all) or True)
    # One bit of each byte: those of the tensors and of the seal pass at least.
    data = sum(array.nbytes for array in example()[0].values()) + 32
    assert unnoticed(read, path, each_bit_flipped(content)[::8]) > data


def test_a_file_cut_short_anywhere_is_noticed(path):
    content = write_example(path)
    damaged = [content[:length] for length in range(len(content))]
    assert unnoticed(read, path, damaged) == 0
    assert unnoticed(read_metadata, path, damaged) == 0


def test_a_file_that_has_grown_is_noticed(path):
    content = write_example(path)
    damaged = [content + bytes(more) for more in (1, 7, 8, 32, 1000)] + [content + content]
    assert unnoticed(read, path, damaged) == 0
    assert unnoticed(read_metadata, path, damaged) == 0


def test_the_count_of_unnoticed_damage_sees_a_reader_without_checks(path):
    content = write_example(path)
    damaged = [content[:length] for length in range(len(content))]
    assert unnoticed(Path.read_bytes, path, damaged) == len(damaged)
    flips = each_bit_flipped(content)[-8 * 32 :]
    assert unnoticed(safetensors.numpy.load_file, path, flips) == len(flips)


def test_a_page_of_zeros_is_noticed(path):
    write(path, {"w": np.ones(40_000)}, {})
    content = path.read_bytes()
    damaged = [
        content[:begin] + bytes(4096) + content[begin + 4096 :]
        for begin in range(0, len(content) - 4096, 4096)
    ]
    assert unnoticed(read, path, damaged) == 0


def test_a_file_that_shrinks_while_it_is_read_is_noticed(path, monkeypatch):
    read_header = reading._read_header

    def shrink(file, size):
        header = read_header(file, size)
        os.truncate(path, len(content) - 40)
        return header

    write(path, {"w": np.ones(100_000)}, {})
    content = path.read_bytes()
    monkeypatch.setattr(reading, "_read_header", shrink)
    with pytest.raises(CheckpointError, match="do not match their seal"):
        read(path)


@steady
@given(content=st.binary(max_size=300))
def test_garbage_is_one_clear_error(content, path):
    assert unnoticed(read, path, [content]) == 0


@steady
@given(
    content=st.binary(max_size=200),
    begin=st.sampled_from([b"", b"{", format._OURS, format._OURS_1]),
)
def test_garbage_with_a_right_length_is_one_clear_error(content, begin, path):
    header = begin + content
    assert unnoticed(read, path, [len(header).to_bytes(8, "little") + header + bytes(64)]) == 0


def test_folders_pipes_and_missing_files_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for reader in (read, read_metadata):
        with pytest.raises(CheckpointError, match="a folder"):
            reader(tmp_path)
        with pytest.raises(CheckpointError, match="other than a regular file"):
            reader(tmp_path / "pipe")
        with pytest.raises(FileNotFoundError, match="missing"):
            reader(tmp_path / "missing")


def test_reading_metadata_reads_no_tensor(path):
    write(path, {"w": np.ones(1 << 20)}, {"name": "adam"})
    tracemalloc.start()
    assert read_metadata(path) == {"name": "adam"}
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200_000  # of 8 MB


def test_loading_takes_the_memory_of_the_file_once(path):
    write(path, {"w": np.ones(1 << 20), "m": np.ones(1 << 20, np.float32)}, {})
    size = path.stat().st_size
    assert peak_of(lambda: read(path)) < size + (1 << 20)
    assert peak_of(lambda: [path.read_bytes(), read(path)]) > 2 * size  # it can tell
