"""What the tests of checkpoints share: an example, its comparison, processes, fixtures."""

import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from adamas.checkpoint import durable, read, write

DTYPES = [
    *("float64", "float32", "float16", ml_dtypes.bfloat16, "bool"),
    *("int64", "int32", "int16", "int8", "uint64", "uint32", "uint16", "uint8"),
]

# Same examples each time, nothing stored; the folder may be shared by all examples.
steady = settings(
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def random_bits(shape: tuple[int, ...], dtype) -> np.ndarray:
    """Every bit pattern may occur: NaN with any payload, infinity, subnormal, −0."""
    dtype = np.dtype(dtype)
    chance = np.random.default_rng(0)
    if dtype == np.bool_:
        return chance.integers(0, 2, shape).astype(dtype)
    raw = chance.bytes(int(np.prod(shape)) * dtype.itemsize)
    return np.frombuffer(raw, dtype).reshape(shape).copy()


def same_bits(left: np.ndarray, right: np.ndarray) -> bool:
    """Whether two arrays agree in dtype, shape and each bit, whatever their strides."""
    return (
        left.dtype == right.dtype
        and left.shape == right.shape
        and np.ascontiguousarray(left).tobytes() == np.ascontiguousarray(right).tobytes()
    )


def example() -> tuple[dict[str, np.ndarray], dict]:
    tensors = {
        "m/dense/kernel": random_bits((3, 2), "float32"),
        "v/dense/kernel": random_bits((3,), ml_dtypes.bfloat16),
        "iterations": np.array(7),
    }
    return tensors, {"name": "adam", "learning_rate": 0.001, "seed": 2**127}


def write_example(path: Path) -> bytes:
    write(path, *example())
    return path.read_bytes()


def is_example(path: Path) -> bool:
    tensors, metadata = example()
    found = read(path)
    return (
        found.metadata == metadata
        and list(found.tensors) == list(tensors)
        and all(same_bits(found.tensors[name], tensors[name]) for name in tensors)
    )


def peak_of(action: Callable[[], object]) -> int:
    """Bytes that NumPy and Python allocate on the way, at most at once."""
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.safetensors"


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """No power fails here, and a busy disk takes seconds; the processes started do wait."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@pytest.fixture(params=["unnamed temporary", "named temporary"])
def each_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to a temporary file, wherever the tests run on Linux."""
    if request.param == "named temporary":
        monkeypatch.setattr(durable, "_UNNAMED", 0)
    elif not durable._UNNAMED:
        pytest.skip("this system has no files without a name")
    return request.param
