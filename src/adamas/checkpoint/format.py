"""The format of a checkpoint, and its header, written and strictly read.

A checkpoint is a plain safetensors file, so `safetensors.safe_open` reads it too:

    8 bytes     length of the header, little-endian
    header      JSON: metadata, then dtype, shape and place of every tensor; padded by spaces
    data        the tensors in C order, little-endian, widest elements first, without gaps
    32 bytes    SHA-256 of all bytes before them: the last tensor, `~adamas.sha256`

The seal catches accidents: a copy cut short, a bit that flipped. It is no signature, so the
header is parsed strictly even when the seal holds.
"""

import json
from collections import Counter
from collections.abc import Mapping
from math import prod
from typing import Any, NamedTuple

import ml_dtypes  # noqa: F401 (teaches NumPy the name bfloat16)
import numpy as np

from ..errors import CheckpointError

SEAL = "~adamas.sha256"
"""Name of the tensor that holds the seal; no other tensor may have it."""

METADATA = "__metadata__"
SEAL_BYTES = 32
_OURS = b'{"__metadata__":{"format":"adamas '
_OURS_1 = _OURS + b'1","adamas":'
LONGEST_HEADER = 100_000_000  # bytes; safetensors refuses longer ones
PIECE = 1 << 20  # bytes that are moved and hashed while in the cache
_FETCH_AGAIN = "Load another checkpoint, or copy this one again from where it was whole."
_NOT_OURS = "Only files written by adamas can be loaded."

_CODES = "F64 F32 F16 BF16 I64 I32 I16 I8 U64 U32 U16 U8 BOOL"
_NAMES = "float64 float32 float16 bfloat16 int64 int32 int16 int8 uint64 uint32 uint16 uint8 bool"
DTYPES: dict[str, np.dtype] = {
    code: np.dtype(name) for code, name in zip(_CODES.split(), _NAMES.split(), strict=True)
}
CODES = {dtype: code for code, dtype in DTYPES.items()}

Arrays = dict[str, np.ndarray]


def is_text(name: str) -> bool:
    """Whether a name is Unicode text, without lone surrogates."""
    return name.encode(errors="ignore").decode() == name


def in_file_order(arrays: Arrays) -> list[tuple[str, np.ndarray]]:
    """Widest elements first, so that each array lies aligned without gaps."""
    return sorted(arrays.items(), key=lambda item: -item[1].itemsize)


# From arrays to a header ------------------------------------------------------------------------


def header_of(arrays: Arrays, metadata: Mapping[str, Any]) -> bytes:
    """The header's bytes, or a CheckpointError."""
    content: dict[str, Any] = {
        METADATA: {"format": "adamas 1", "adamas": _json_without_loss(metadata)}
    }
    sealed = arrays | {SEAL: np.empty(SEAL_BYTES, np.uint8)}
    content |= dict.fromkeys(sealed)  # their order in the header is the caller's
    end = 0
    for name, array in in_file_order(sealed):
        begin, end = end, end + array.nbytes
        code = CODES[array.dtype.newbyteorder("=")]
        content[name] = {"dtype": code, "shape": array.shape, "data_offsets": (begin, end)}
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    if len(text) > LONGEST_HEADER:
        raise CheckpointError(
            f"Names and metadata must fit in {LONGEST_HEADER:,} bytes. Got: {len(text):,}. "
            "Move large metadata into tensors."
        )
    return text


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


# From a header to places ------------------------------------------------------------------------


class Damage(Exception):  # noqa: N818 (becomes a CheckpointError, which names the file)
    """What came instead of a whole checkpoint, and the way out."""

    def __init__(self, what: str, way_out: str = _FETCH_AGAIN):
        super().__init__(what, way_out)


class Place(NamedTuple):
    """Where a tensor lies in the data, in bytes."""

    name: str
    dtype: np.dtype
    shape: tuple[int, ...]
    begin: int
    end: int


def parse(header: bytes, size: int) -> tuple[list[Place], dict[str, Any]]:
    """Where each tensor lies, in the header's order, and the metadata.

    Every byte of the file, `size` of them, must have its place. Raises `Damage`.
    """
    if not header.startswith(_OURS_1):
        raise _not_ours(header)
    content = _strict_json(header)
    text = content.pop(METADATA)["adamas"]  # there, as names are unique
    _demand(isinstance(text, str), "a header without adamas metadata")
    metadata = _strict_json(text.encode(errors="surrogatepass"))
    _demand(isinstance(metadata, dict), "metadata that are no JSON object")
    places = [_place(name, entry) for name, entry in content.items()]
    promised = 8 + len(header) + _end_without_gaps(places)
    change = "cut short" if size < promised else "that has grown"
    _demand(
        size == promised,
        f"a file {change}: {size:,} bytes, and its header promises {promised:,}",
    )
    return places, metadata


def _not_ours(header: bytes) -> Damage:
    if header.startswith(_OURS):
        return Damage(
            "another version of the format than 'adamas 1', or damage in its first bytes",
            "Update adamas, or load another checkpoint.",
        )
    try:
        is_safetensors = isinstance(_strict_json(header), dict)
    except Damage:
        is_safetensors = False
    if is_safetensors:
        return Damage(
            "a safetensors file without adamas metadata, so without a seal",
            f"{_NOT_OURS} For others there is safetensors.safe_open.",
        )
    return Damage("neither an adamas checkpoint nor another safetensors file", _NOT_OURS)


def _strict_json(text: bytes) -> Any:
    """JSON as the standard has it: no NaN, and no name twice in an object."""
    try:
        return json.loads(text.decode(), object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as problem:  # ValueError: text and numbers too
        raise Damage(f"a header that is no strict JSON ({problem})") from None


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
        raise Damage(otherwise)


def _place(name: str, entry: Any) -> Place:
    _demand(is_text(name), f"the tensor name {name!r}, which is no Unicode text")
    _demand(
        isinstance(entry, dict) and entry.keys() == {"dtype", "shape", "data_offsets"},
        f"an entry for {name!r} that is not a dtype, a shape and offsets",
    )
    code, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    _demand(isinstance(code, str) and code in DTYPES, f"{name!r} of the unknown dtype {code!r:.40}")
    _demand(
        # at most NumPy's 64 axes; the product of a million lengths would take hours
        _are_lengths(shape) and len(shape) <= 64,
        f"{name!r} of the impossible shape {shape!r:.80}",
    )
    _demand(
        _are_lengths(offsets) and len(offsets) == 2,
        f"{name!r} at the impossible offsets {offsets!r:.80}",
    )
    begin, end = offsets
    _demand(
        end - begin == prod(shape) * DTYPES[code].itemsize,
        f"{name!r} with {end - begin:,} bytes for the shape {shape} of {code}",
    )
    return Place(name, DTYPES[code], tuple(shape), begin, end)


def _are_lengths(numbers: Any) -> bool:
    # type() rather than isinstance(): true and false are no lengths
    return isinstance(numbers, list) and all(
        type(number) is int and 0 <= number < 2**63 for number in numbers
    )


def _end_without_gaps(places: list[Place]) -> int:
    """Where the data end, when every byte belongs to one tensor and the last are the seal."""
    end = 0
    for place in sorted(places, key=lambda place: (place.begin, place.end)):
        _demand(place.begin == end, f"{place.name!r} at byte {place.begin:,} instead of {end:,}")
        end = place.end
    seal = (SEAL, np.uint8, (SEAL_BYTES,), end - SEAL_BYTES, end)
    _demand(seal in places, "a file without a seal at its end")
    return end
