"""What is written comes back bit for bit; what cannot is refused before anything is written."""

import os
import sys
import threading
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
import safetensors
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st

import checkpoint_cases
from adamas.checkpoint import SEAL, format, read, read_metadata, write, writing
from adamas.errors import AdamasError, ArrayTypeError, CheckpointError
from checkpoint_cases import (
    DTYPES,
    example,
    is_example,
    peak_of,
    random_bits,
    same_bits,
    steady,
    write_example,
)
from processes import answer_of, in_python

path = checkpoint_cases.path
no_waiting_for_the_disk = checkpoint_cases.no_waiting_for_the_disk

# Round trips ------------------------------------------------------------------------------------

FORMS = {
    "0-d": lambda dtype: random_bits((), dtype),
    "empty": lambda dtype: random_bits((0,), dtype),
    "empty with axes": lambda dtype: random_bits((3, 0, 2), dtype),
    "vector": lambda dtype: random_bits((7,), dtype),
    "many axes": lambda dtype: random_bits((2, 1, 3, 1, 2, 2), dtype),
    "transposed": lambda dtype: random_bits((3, 5), dtype).T,
    "Fortran order": lambda dtype: np.asfortranarray(random_bits((3, 4, 2), dtype)),
    "column": lambda dtype: random_bits((6, 5), dtype)[:, 2],
    "backwards": lambda dtype: random_bits((6, 5), dtype)[::-1, ::-2],
    "broadcast": lambda dtype: np.broadcast_to(random_bits((3,), dtype), (4, 3)),
    "longer than a piece": lambda dtype: random_bits((3, 400_001), dtype).T,
    "read-only": lambda dtype: np.frombuffer(random_bits((9,), dtype).tobytes(), dtype),
}


@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: np.dtype(dtype).name)
def test_arrays_of_every_form_come_back_bit_for_bit(dtype, path):
    tensors = {name: form(dtype) for name, form in FORMS.items()}
    write(path, tensors, {})
    found = read(path).tensors
    assert list(found) == list(tensors)
    wrong = [name for name in tensors if not same_bits(found[name], tensors[name])]
    assert wrong == []
    assert all(array.flags.writeable and array.flags.c_contiguous for array in found.values())


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (np.float32(0.0), np.float32(-0.0)),
        (np.uint32(0x7FC00000).view(np.float32), np.uint32(0x7FC00001).view(np.float32)),
        (np.zeros(2, np.int32), np.zeros(2, np.uint32)),
        (np.zeros((2, 3)), np.zeros((3, 2))),
    ],
    ids=["sign of zero", "payload of NaN", "dtype", "shape"],
)
def test_the_comparison_of_bits_sees_what_equality_does_not(left, right):
    assert not same_bits(np.asarray(left), np.asarray(right))


def test_big_endian_arrays_come_back_equal_in_native_order(path):
    array = random_bits((4, 3), "float64")
    write(path, {"w": array.astype(">f8"), "n": np.arange(5, dtype=">i4")[::-1]}, {})
    found = read(path).tensors
    assert same_bits(found["w"], array)
    assert same_bits(found["n"], np.arange(5, dtype="i4")[::-1])


def test_scalars_and_memory_maps_count_as_arrays(path, tmp_path):
    mapped = np.memmap(tmp_path / "mapped", np.float32, "w+", shape=(3, 2))
    mapped[:] = 5
    write(path, {"scalar": np.float32(2.5), "mapped": mapped}, {})
    found = read(path).tensors
    assert found["scalar"].shape == ()
    assert found["scalar"] == 2.5
    assert same_bits(found["mapped"], np.full((3, 2), 5, np.float32))


def test_arrays_of_mixed_width_are_aligned_and_keep_their_order(path):
    tensors = {
        f"{i}": random_bits((3,), dtype)
        for i, dtype in enumerate(["uint8", "float64", "bool", "float16", "int64", "float32"])
    }
    write(path, tensors, {})
    found = read(path).tensors
    assert list(found) == list(tensors)
    assert all(array.flags.aligned for array in found.values())


def test_the_arrays_read_do_not_share_elements(path):
    write(path, {"a": np.zeros(3), "b": np.zeros(3), "c": np.zeros(3, np.uint8)}, {})
    found = read(path).tensors
    found["b"][:] = np.nan
    assert not found["a"].any()
    assert not found["c"].any()


def test_nothing_at_all_can_be_saved(path):
    write(path, {}, {})
    assert read(path) == ({}, {})


@pytest.mark.parametrize("kind", [str, os.fsencode, Path])
def test_a_path_is_text_or_path_like(kind, path):
    write(kind(path), *example())
    assert is_example(kind(path))
    assert read_metadata(kind(path)) == example()[1]


def test_the_same_content_gives_the_same_bytes(path):
    assert write_example(path) == write_example(path)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    # Lone surrogates are no Unicode text, yet JSON holds them.
    | st.text(st.characters())
    | st.text(st.characters(categories=["Cs"]), max_size=1),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@steady
@given(
    names=st.lists(st.text(), max_size=4, unique=True),
    metadata=st.dictionaries(st.text(), json_values, max_size=3),
)
def test_any_name_and_any_metadata_come_back(names, metadata, path):
    tensors = {name: np.array(i) for i, name in enumerate(names)}
    write(path, tensors, metadata)
    found = read(path)
    assert found.metadata == metadata == read_metadata(path)
    assert found.tensors == tensors
    with safetensors.safe_open(path, "np") as file:
        assert set(file.keys()) == {*names, SEAL}


# Refusals before anything is written ------------------------------------------------------------

REFUSED = {
    "complex": ({"w": np.ones(2, complex)}, {}, ArrayTypeError, "'w' has a dtype"),
    "objects": ({"w": np.array([print])}, {}, ArrayTypeError, "Got: object"),
    "text": ({"w": np.array(["a"])}, {}, ArrayTypeError, "Got: <U1"),
    "dates": ({"w": np.array(["2020"], "M8[D]")}, {}, ArrayTypeError, "Got: datetime64"),
    "records": ({"w": np.zeros(2, "f4,i4")}, {}, ArrayTypeError, "'w' has a dtype"),
    "long double": ({"w": np.zeros(2, "f16")}, {}, ArrayTypeError, "Got: float128"),
    "float8": ({"w": np.zeros(2, ml_dtypes.float8_e4m3)}, {}, ArrayTypeError, "Got: float8"),
    "masked": ({"w": np.ma.ones(2)}, {}, ArrayTypeError, "Got: MaskedArray"),
    "list": ({"w": [1.0]}, {}, ArrayTypeError, "must be a plain NumPy array. Got: list"),
    "number": ({"w": 1.0}, {}, ArrayTypeError, "Got: float"),
    "name of the seal": ({SEAL: np.ones(2)}, {}, CheckpointError, "is reserved"),
    "name of the metadata": ({"__metadata__": np.ones(2)}, {}, CheckpointError, "is reserved"),
    "name no text": ({"\ud800": np.ones(2)}, {}, CheckpointError, "lone surrogates"),
    "name a number": ({0: np.ones(2)}, {}, CheckpointError, "must be a str. Got: 0"),
    "NaN": ({}, {"a": float("nan")}, CheckpointError, "JSON can hold"),
    "infinity": ({}, {"a": [float("inf")]}, CheckpointError, "JSON can hold"),
    "object": ({}, {"a": object()}, CheckpointError, "not JSON serializable"),
    "array": ({}, {"a": np.ones(2)}, CheckpointError, "not JSON serializable"),
    "tuple": ({}, {"a": (1, 2)}, CheckpointError, "tuples come back as lists"),
    "key a number": ({}, {"a": {1: 2}}, CheckpointError, "keys that are numbers"),
    "no mapping": ({}, 3, CheckpointError, "JSON can hold"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_a_checkpoint_cannot_hold_is_refused_before_anything_is_written(case, path):
    if case == "long double" and np.dtype("longdouble").itemsize == 8:
        pytest.skip("long double is float64 here")
    tensors, metadata, kind, words = REFUSED[case]
    old = write_example(path)
    with pytest.raises(kind) as error:
        write(path, tensors, metadata)
    assert isinstance(error.value, AdamasError)
    assert words in str(error.value)
    assert path.read_bytes() == old
    assert os.listdir(path.parent) == [path.name]


def test_metadata_that_contain_themselves_are_refused(path):
    metadata: dict = {}
    metadata["self"] = metadata
    with pytest.raises(CheckpointError, match="Circular"):
        write(path, {}, metadata)


def test_a_header_that_safetensors_would_refuse_is_refused(path, monkeypatch):
    monkeypatch.setattr(format, "LONGEST_HEADER", 500)
    with pytest.raises(CheckpointError, match="must fit in 500 bytes"):
        write(path, {}, {"a": "b" * 500})
    assert not path.exists()


# Memory and imports -----------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["C", "F"])
def test_saving_takes_no_memory_of_the_states_size(order, path):
    tensors = {"w": np.ones((4096, 2048), np.float64, order=order)}  # 64 MiB
    write(path, tensors, {})
    assert peak_of(lambda: write(path, tensors, {})) < 4 << 20
    assert peak_of(lambda: b"".join(writing._stream(b"", tensors))) > 64 << 20  # it can tell


def test_the_process_grows_by_little_when_it_saves(path):
    process = in_python(
        """
        import resource, sys
        import numpy as np
        from adamas import checkpoint

        state = {"w": np.ones(1 << 23)}
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        checkpoint.write(sys.argv[1], state, {})
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
        """,
        path,
    )
    unit = 1 if sys.platform == "darwin" else 1024
    assert int(answer_of(process)) * unit < 8 << 20  # of 64 MiB


def test_arrays_that_change_during_the_save_do_not_break_the_seal(path):
    array = np.zeros(2_000_000)
    done = threading.Event()

    def change() -> None:
        while not done.is_set():
            array[:] += 1

    thread = threading.Thread(target=change)
    thread.start()
    try:
        write(path, {"w": array}, {})
    finally:
        done.set()
        thread.join()
    assert read(path).tensors["w"].shape == array.shape


def test_saving_imports_no_framework(path):
    process = in_python(
        """
        import sys
        import numpy as np
        from adamas import checkpoint

        checkpoint.write(sys.argv[1], {"w": np.ones(3)}, {})
        checkpoint.read(sys.argv[1])
        print({"torch", "jax", "keras", "numba", "safetensors"} & set(sys.modules))
        """,
        path,
    )
    assert answer_of(process) == "set()\n"
