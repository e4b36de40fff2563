"""A checkpoint is a safetensors file with a seal; a header that is not ours is refused in words."""

import hashlib
import tracemalloc

import numpy as np
import pytest
import safetensors
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st

import checkpoint_cases
from adamas.checkpoint import SEAL, format, read, read_metadata, write
from adamas.errors import CheckpointError
from checkpoint_cases import DTYPES, random_bits, same_bits, steady, write_example

path = checkpoint_cases.path
no_waiting_for_the_disk = checkpoint_cases.no_waiting_for_the_disk

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


# Headers by a forger ----------------------------------------------------------------------------


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
        begin = change.draw(st.integers(len(format._OURS_1), len(header)))
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
