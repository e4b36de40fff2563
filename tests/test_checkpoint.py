"""A checkpoint comes back bit for bit, or not at all; the old file survives every accident."""

import errno
import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
import textwrap
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import ml_dtypes
import numpy as np
import numpy.typing as npt
import pytest
import safetensors
import safetensors.numpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adamas import checkpoint
from adamas.checkpoint import SEAL, match_names, read, read_metadata, write
from adamas.errors import AdamasError, ArrayTypeError, CheckpointError

REPOSITORY = Path(__file__).parents[1]
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


def in_python(program: str, *arguments: object, **options) -> subprocess.Popen:
    """A process that runs a program, with the adamas under test."""
    paths = [str(Path(checkpoint.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))},
        stdout=subprocess.PIPE,
        text=True,
        **options,
    )


def answer_of(process: subprocess.Popen) -> str:
    answer, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return answer


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
        monkeypatch.setattr(checkpoint, "_UNNAMED", 0)
    elif not checkpoint._UNNAMED:
        pytest.skip("this system has no files without a name")
    return request.param


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


# Still a safetensors file -----------------------------------------------------------------------


def test_safetensors_reads_the_file_too(path):
    tensors = {f"{name}": random_bits((3, 5), name) for name in map(np.dtype, DTYPES)}
    write(path, tensors, {"name": "adam"})
    found = safetensors.numpy.load_file(path)
    assert set(found) == {*tensors, SEAL}
    assert all(same_bits(found[name], tensors[name]) for name in tensors)
    with safetensors.safe_open(path, "np") as file:
        assert file.metadata() == {"format": "adamas 1", "adamas": '{"name":"adam"}'}
        assert file.get_slice("float32").get_shape() == [3, 5]


def test_the_seal_is_the_hash_of_all_bytes_before_it(path):
    content = write_example(path)
    seal = safetensors.numpy.load_file(path)[SEAL].tobytes()
    assert seal == content[-32:] == hashlib.sha256(content[:-32]).digest()


def test_the_data_begin_at_a_multiple_of_eight(path):
    for length in range(9):
        write(path, {"n" * length: np.zeros(1)}, {})
        assert int.from_bytes(path.read_bytes()[:8], "little") % 8 == 0


# Damage -----------------------------------------------------------------------------------------


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
    holds = checkpoint._seal_holds
    monkeypatch.setattr(checkpoint, "_seal_holds", lambda *all: holds(*all) or True)
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


@steady
@given(content=st.binary(max_size=300))
def test_garbage_is_one_clear_error(content, path):
    assert unnoticed(read, path, [content]) == 0


@steady
@given(
    content=st.binary(max_size=200),
    begin=st.sampled_from([b"", b"{", checkpoint._OURS, checkpoint._OURS_1]),
)
def test_garbage_with_a_right_length_is_one_clear_error(content, begin, path):
    header = begin + content
    assert unnoticed(read, path, [len(header).to_bytes(8, "little") + header + bytes(64)]) == 0


def forge(header: str | bytes, data: bytes = b"") -> bytes:
    """A file whose seal holds, around any header."""
    header = header.encode() if isinstance(header, str) else header
    content = len(header).to_bytes(8, "little") + header + data
    return content + hashlib.sha256(content).digest()


@settings(steady, max_examples=200)
@given(change=st.data())
def test_a_sealed_file_with_any_header_is_read_or_refused_in_one_way(change, path):
    content = write_example(path)
    length = 8 + int.from_bytes(content[:8], "little")
    header = bytearray(content[8:length])
    for _ in range(change.draw(st.integers(1, 4))):
        begin = change.draw(st.integers(len(checkpoint._OURS_1), len(header)))
        end = begin + change.draw(st.integers(0, 3))
        header[begin:end] = change.draw(
            st.sampled_from([b"0", b"-1", b"9" * 30, b'"', b"{", b"]", b",", b"null", b"[0]"])
            | st.binary(max_size=3)
        )
    path.write_bytes(forge(bytes(header), content[length:-32]))
    try:
        outcome = list(read(path).tensors.values())
    except CheckpointError as error:
        outcome = str(error)
    if isinstance(outcome, str):
        assert str(path) in outcome
    else:
        assert all(isinstance(array, np.ndarray) for array in outcome)


OURS = '{"__metadata__":{"format":"adamas 1","adamas":"{}"}'
SEALED = f'"{SEAL}":{{"dtype":"U8","shape":[32],"data_offsets":[%d,%d]}}}}'


def entry(name='"w"', dtype='"U8"', shape="[4]", offsets="[0,4]") -> str:
    return f'{name}:{{"dtype":{dtype},"shape":{shape},"data_offsets":{offsets}}}'


def sealed(*entries: str, begin: int = 4) -> str:
    return ",".join([OURS, *entries, SEALED % (begin, begin + 32)])


FORGED = {
    "no object": (OURS[:-1], "no strict JSON"),
    "bad JSON": (sealed(entry())[:-1], "no strict JSON"),
    "text after": (sealed(entry()) + "x", "no strict JSON"),
    "no UTF-8": (sealed(entry('"\xff"')).encode("latin-1"), "no strict JSON"),
    "NaN": (sealed(entry(shape="[NaN]")), "the number NaN"),
    "Infinity": (sealed(entry(shape="[-Infinity]")), "the number -Infinity"),
    "NaN in metadata": (sealed(entry()).replace('"{}"', r'"{\"a\":NaN}"'), "the number NaN"),
    "deep": (OURS + ',"w":' + "[" * 200_000, "no strict JSON"),
    "digits": (sealed(entry(shape=f"[{'9' * 5000}]")), "no strict JSON"),
    "name twice": (sealed(entry(), entry()), "'w' twice"),
    "key twice": (sealed(entry(offsets='[0,4],"shape":[4]')), "'shape' twice"),
    "metadata twice": (sealed(entry(), '"__metadata__":{}'), "'__metadata__' twice"),
    "metadata no text": (OURS.replace('"{}"', "{}") + "}", "without adamas metadata"),
    "metadata no object": (sealed(entry()).replace('"{}"', '"[]"'), "metadata that are no JSON"),
    "metadata no JSON": (sealed(entry()).replace('"{}"', '"{"'), "no strict JSON"),
    "entry no object": (sealed('"w":[0]'), "is not a dtype, a shape and offsets"),
    "entry too long": (sealed(entry(offsets='[0,4],"x":1')), "is not a dtype, a shape and"),
    "entry too short": (sealed('"w":{"dtype":"U8","shape":[4]}'), "is not a dtype, a shape and"),
    "unknown dtype": (sealed(entry(dtype='"F8_E4M3"')), "unknown dtype 'F8_E4M3'"),
    "Python's dtype": (sealed(entry(dtype='"object"')), "unknown dtype 'object'"),
    "dtype no text": (sealed(entry(dtype="[1]")), "unknown dtype [1]"),
    "negative shape": (sealed(entry(shape="[-4]")), "impossible shape [-4]"),
    "two negatives": (sealed(entry(shape="[-2,-2]")), "impossible shape [-2, -2]"),
    "shape of floats": (sealed(entry(shape="[4.0]")), "impossible shape [4.0]"),
    "shape of bools": (sealed(entry(shape="[4,true]")), "impossible shape [4, True]"),
    "shape no list": (sealed(entry(shape="4")), "impossible shape 4"),
    "too many axes": (sealed(entry(shape=f"[4{',1' * 64}]")), "impossible shape"),
    "huge shape": (sealed(entry(shape="[10000000000000]")), "4 bytes for the shape"),
    "huge empty": (
        sealed(entry(), entry('"x"', shape=f"[0,{2**62},{2**62}]", offsets="[4,4]")),
        "impossible shape",
    ),
    "wrong size": (sealed(entry(shape="[3]")), "4 bytes for the shape [3]"),
    "dtype too wide": (sealed(entry(dtype='"F32"')), "4 bytes for the shape [4] of F32"),
    "huge offsets": (
        sealed(entry(shape="[10000000000000]", offsets="[0,10000000000000]"), begin=10**13),
        "cut short",
    ),
    "beyond 64 bits": (sealed(entry(offsets=f"[{2**64},{2**64 + 4}]")), "impossible offsets"),
    "backwards": (sealed(entry(offsets="[4,0]")), "-4 bytes for the shape"),
    "three offsets": (sealed(entry(offsets="[0,2,4]")), "impossible offsets"),
    "overlap": (
        sealed(entry(), entry('"x"', shape="[2]", offsets="[2,4]")),
        "'x' at byte 2 instead of 4",
    ),
    "two on one place": (sealed(entry(), entry('"x"')), "'x' at byte 0 instead of 4"),
    "gap": (sealed(entry(shape="[3]", offsets="[1,4]")), "'w' at byte 1 instead of 0"),
    "no seal": (OURS + "," + entry(shape="[36]", offsets="[0,36]") + "}", "without a seal"),
    "seal not last": (
        OURS + "," + entry(offsets="[32,36]") + "," + SEALED % (0, 32),
        "without a seal at its end",
    ),
    "seal of another shape": (
        sealed(entry()).replace("[32]", "[4,8]"),
        "without a seal at its end",
    ),
    "too short": (sealed(begin=0), "that has grown: "),
    "no text in name": (sealed(entry(r'"\ud800"')), "no Unicode text"),
    "bool of 2": (sealed(entry(dtype='"BOOL"')), "byte above 1"),
}


@pytest.mark.parametrize("case", FORGED)
def test_a_forged_header_is_refused_though_its_seal_holds(case, path):
    header, words = FORGED[case]
    path.write_bytes(forge(header, b"\1\2\3\4"))
    with pytest.raises(CheckpointError) as error:
        read(path)
    assert words in str(error.value)
    assert str(path) in str(error.value)


def test_the_forger_can_forge(path):
    path.write_bytes(forge(sealed(entry()), b"\1\2\3\4"))
    assert read(path).tensors["w"].tolist() == [1, 2, 3, 4]


OTHERS = {
    "empty": (b"", "an empty file"),
    "a few bytes": (b"\1\0\0", "announces a header of 1"),
    "huge header": (b"\xff" * 7 + b"\x0f" + bytes(100), "announces a header of 1,152,921,504"),
    "zeros": (bytes(500), "neither an adamas checkpoint"),
    "a zip, as of torch.save or np.savez": (b"PK\3\4" + bytes(100), "announces a header of"),
    "other JSON": (b"\2" + bytes(7) + b"[]" + bytes(50), "neither an adamas checkpoint"),
    "later format": (
        forge(OURS.replace("adamas 1", "adamas 2") + "}"),
        "another version of the format",
    ),
}


@pytest.mark.parametrize("case", OTHERS)
def test_other_files_are_called_by_what_they_are(case, path):
    content, words = OTHERS[case]
    path.write_bytes(content)
    for reader in (read, read_metadata):
        with pytest.raises(CheckpointError) as error:
            reader(path)
        assert words in str(error.value)


@pytest.mark.parametrize("metadata", [None, {"format": "pt"}])
def test_a_safetensors_file_of_someone_else_is_refused_by_that_name(metadata, path):
    safetensors.numpy.save_file({"w": np.ones(3)}, path, metadata)
    with pytest.raises(CheckpointError, match="a safetensors file without adamas metadata"):
        read(path)


def test_a_file_saved_again_by_safetensors_has_lost_its_seal(path):
    write(path, {"w": np.ones(3), "é": np.ones(3, np.uint8)}, {})
    with safetensors.safe_open(path, "np") as file:
        metadata = file.metadata()
    tensors = safetensors.numpy.load_file(path)
    safetensors.numpy.save_file(tensors | {"w": np.zeros(3)}, path, metadata)
    with pytest.raises(CheckpointError, match=str(path)):
        read(path)


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


def test_claims_of_terabytes_allocate_nothing(path):
    claims = ["huge shape", "huge offsets", "huge empty"]
    for content in [forge(FORGED[claim][0]) for claim in claims] + [OTHERS["huge header"][0]]:
        path.write_bytes(content)
        tracemalloc.start()
        with pytest.raises(CheckpointError):
            read(path)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 200_000


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
    monkeypatch.setattr(checkpoint, "_LONGEST_HEADER", 500)
    with pytest.raises(CheckpointError, match="must fit in 500 bytes"):
        write(path, {}, {"a": "b" * 500})
    assert not path.exists()


def test_a_file_that_shrinks_while_it_is_read_is_noticed(path, monkeypatch):
    read_header = checkpoint._read_header

    def shrink(file, size):
        header = read_header(file, size)
        os.truncate(path, len(content) - 40)
        return header

    write(path, {"w": np.ones(100_000)}, {})
    content = path.read_bytes()
    monkeypatch.setattr(checkpoint, "_read_header", shrink)
    with pytest.raises(CheckpointError, match="do not match their seal"):
        read(path)


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


# Files and folders ------------------------------------------------------------------------------


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

    monkeypatch.setattr(checkpoint, "_UNNAMED", 0)
    monkeypatch.setattr(checkpoint, "_WINDOWS", True)
    monkeypatch.setattr(checkpoint, "fcntl", None)
    monkeypatch.setattr(os, "replace", replace_if_closed)
    write_example(path)
    assert is_example(path)
    assert closed == [True]
    monkeypatch.setattr(checkpoint, "_WINDOWS", False)
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


ACCIDENTS = ["_stream", "_keep_mode", "_sync", "os.replace", "sha256"]


@pytest.mark.parametrize("kind", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt(), ValueError()])
@pytest.mark.parametrize("where", ACCIDENTS)
def test_an_error_anywhere_leaves_the_old_file_alone(where, kind, path, monkeypatch, each_way):
    write(path, *example())

    def fail(*_):
        raise kind

    def fail_in_the_middle(*_):
        yield bytes(3_000_000)
        raise kind

    owner, name = {
        "os.replace": (os, "replace"),
        "sha256": (hashlib, "sha256"),
    }.get(where, (checkpoint, where))
    monkeypatch.setattr(owner, name, fail_in_the_middle if where == "_stream" else fail)
    with pytest.raises(type(kind)):
        write(path, {"w": np.ones(9)}, {})
    monkeypatch.undo()
    assert os.listdir(path.parent) == [path.name]
    assert is_example(path)


def interrupt_each_line(save: Callable[[], None], check: Callable[[], None]) -> int:
    """Save again and again, with Ctrl-C before the 1st, 2nd, … line of checkpoint.py."""
    line = 0
    while True:
        line += 1
        left = line

        def trace(frame, event, _):
            nonlocal left
            if frame.f_code.co_filename != checkpoint.__file__:
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
            file.writelines(checkpoint._stream(old, {}))

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
            checkpoint._UNNAMED = 0
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
        *(sys.executable, REPOSITORY / "benchmarks" / "kill_while_saving.py", "--json"),
        *("--kills", "8", "--mebibytes", "2", "--rounds", "0", "--folder", tmp_path),
        *("--writers", "adamas", "in place"),
    ]
    paths = os.pathsep.join([str(Path(checkpoint.__file__).parents[1]), *sys.path])
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

        checkpoint._UNNAMED = 0
        checkpoint._sync = lambda file: (print("now", flush=True), time.sleep(60))
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
    monkeypatch.setattr(checkpoint, "fcntl", None)
    write_example(path)
    assert set(os.listdir(path.parent)) == (names | {path.name}) - {fresh.name}


# Memory and imports -----------------------------------------------------------------------------


def peak_of(action: Callable[[], object]) -> int:
    """Bytes that NumPy and Python allocate on the way, at most at once."""
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("order", ["C", "F"])
def test_saving_takes_no_memory_of_the_states_size(order, path):
    tensors = {"w": np.ones((4096, 2048), np.float64, order=order)}  # 64 MiB
    write(path, tensors, {})
    assert peak_of(lambda: write(path, tensors, {})) < 4 << 20
    assert peak_of(lambda: b"".join(checkpoint._stream(b"", tensors))) > 64 << 20  # it can tell


def test_loading_takes_the_memory_of_the_file_once(path):
    write(path, {"w": np.ones(1 << 20), "m": np.ones(1 << 20, np.float32)}, {})
    size = path.stat().st_size
    assert peak_of(lambda: read(path)) < size + (1 << 20)
    assert peak_of(lambda: [path.read_bytes(), read(path)]) > 2 * size  # it can tell


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


# Names ------------------------------------------------------------------------------------------


def form(*shape: int, dtype: npt.DTypeLike = "float32") -> np.ndarray:
    return np.broadcast_to(np.zeros((), dtype), shape)


def test_the_same_names_and_forms_match():
    match_names({"a": form(2, 3), "b": form()}, {"b": form(), "a": form(2, 3)})
    match_names({}, {})


def test_one_error_lists_all_that_differs():
    with pytest.raises(CheckpointError) as error:
        match_names(
            {"m/dense/kernel": form(2), "m/dense/bias": form(2), "v": form(3), "t": form()},
            {
                "m/dense_1/kernel": form(2),
                "v": form(3, dtype="float16"),
                "t": form(1),
                "xyz": form(2),
                "m/dense/bias": form(2),
            },
            "The checkpoint run.safetensors",
        )
    assert str(error.value).splitlines() == [
        "The checkpoint run.safetensors does not hold what is expected, so nothing was loaded.",
        "Missing (1): 'm/dense/kernel' (near: 'm/dense_1/kernel')",
        "Unexpected (2): 'm/dense_1/kernel' (near: 'm/dense/kernel'); 'xyz'",
        "Different (2): 'v' is float16 (3,), expected float32 (3,); "
        "'t' is float32 (1,), expected float32 ()",
        "Build with the same parameters and options as when it was saved, or load another one.",
    ]


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ({"a": form(2)}, {}),
        ({}, {"a": form(2)}),
        ({"a": form(2)}, {"A": form(2)}),
        ({"a": form(2)}, {"a": form(2, 1)}),
        ({"a": form(2, 3)}, {"a": form(3, 2)}),
        ({"a": form(2)}, {"a": form(2, dtype="float64")}),
        ({"a": form(2, dtype=ml_dtypes.bfloat16)}, {"a": form(2, dtype="float16")}),
    ],
)
def test_any_difference_is_an_error(expected, found):
    with pytest.raises(CheckpointError):
        match_names(expected, found)


def test_long_lists_are_cut():
    many = {f"layer{i}": form(1) for i in range(5000)}
    with pytest.raises(CheckpointError, match=r"Missing \(5000\): .*'layer9'; and 4990 more\n"):
        match_names(many, {})
    with pytest.raises(CheckpointError) as error:
        match_names(many, {f"layer.{name}": array for name, array in many.items()})
    assert len(str(error.value)) < 2000
