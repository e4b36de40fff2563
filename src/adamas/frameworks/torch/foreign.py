"""States of other libraries' optimizers in 8 and 4 bits, decoded: the same numbers in float32.

Known are those of bitsandbytes, torchao and flashoptim, by the form of an entry. Nothing of those
libraries is called: codes, scales and tables are read as plain tensors.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import Any

import torch

from ...errors import CheckpointError
from .recording import unrecorded

WRAPPED = "__bnb_optimizer_quant_state__"
"""The key under which bitsandbytes keeps all that FSDP is not to gather."""

BITSANDBYTES = ("state1", "state2")
"""What bitsandbytes calls slots, in the order in which every rule there has them."""

BLOCKS = (256, 2048)
"""The sizes of blocks that bitsandbytes has had."""

QUANTIZED, SCALES = "::quantized", "::scales"
"""What flashoptim adds to the name of a slot for its codes and its scales."""

GROUP = 32
"""How many codes of flashoptim share a scale."""

WEIGHT_BYTES = "master_bytewidth"
"""The key of a group of flashoptim that says how many bytes a weight has in all."""

ERROR = "error_bits"
"""What a weight has beside a narrow parameter, in flashoptim: a share of half its spacing."""


def is_foreign(entry: Mapping[str, Any]) -> bool:
    """Whether an entry has codes that are to be decoded, or slots by another library's names."""
    known = (WRAPPED, ERROR, *BITSANDBYTES)
    return any(key in known or key.endswith(QUANTIZED) for key in map(str, entry)) or any(
        map(_has_codes, entry.values())
    )


@unrecorded
def decoded(
    entry: Mapping[str, Any],
    parameter: torch.Tensor,
    slots: Sequence[str],
    name: str,
    weight_bytes: int | None,
) -> dict[str, Any]:
    """An entry with slots in float32, in the form that `torch.optim` has.

    Args:
        entry: as another library saved it.
        parameter: whose entry it is.
        slots: what slots of its rule are called here, in their order.
        name: of the parameter, for errors.
        weight_bytes: how many flashoptim has for a weight, as its group says.

    Raises `CheckpointError` where codes, scales and the parameter do not fit.
    """
    flat = {**entry, **entry.get(WRAPPED, {})}
    flat.pop(WRAPPED, None)
    shape = tuple(parameter.shape)
    try:
        found = {**_numbers(flat), **_in_slots(flat, shape, slots)}
    except (KeyError, RuntimeError, AttributeError) as error:
        raise CheckpointError(
            f"The state of {name!r} must have codes and scales for shape {shape}. "
            f"Got: {', '.join(map(str, flat))}, which do not fit: {error}"
        ) from None
    if ERROR in flat:
        found["master"] = _corrected(parameter, flat[ERROR], weight_bytes == 3)
    return found


def _numbers(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What is one number, such as the count of updates."""
    return {k: v for k, v in entry.items() if not isinstance(v, torch.Tensor) or v.ndim == 0}


def _in_slots(
    entry: Mapping[str, Any], shape: tuple[int, ...], slots: Sequence[str]
) -> dict[str, torch.Tensor]:
    """The slots by their names here: those there, where they are known, else in their order."""
    named = dict(_values(entry, shape))
    known = {name: value for name, value in named.items() if name in slots}
    others = (value for name, value in named.items() if name not in slots)
    left = (name for name in slots if name not in known)
    return {**known, **dict(zip(left, others, strict=False))}


def _values(entry: Mapping[str, Any], shape: tuple[int, ...]) -> Iterator[tuple[str, torch.Tensor]]:
    """Each slot and its values, by its name there."""
    tensors = {name: value for name, value in entry.items() if isinstance(value, torch.Tensor)}
    for name, value in tensors.items():
        if name in BITSANDBYTES:
            # Several slots may stand in one tensor, as the two means of AdEMAMix do.
            whole = _of_bitsandbytes(entry, name, shape)
            for place, one in enumerate(whole.reshape(-1, *shape)):
                yield f"{name}/{place}", one
        elif name.endswith(QUANTIZED):
            slot = name.removesuffix(QUANTIZED)
            yield slot, _of_flashoptim(value, entry[slot + SCALES]).reshape(shape)
        elif _has_codes(value):
            yield name, _of_torchao(value).reshape(shape)
        elif name != ERROR and value.ndim and tuple(value.shape) == shape:
            yield name, value


def _of_bitsandbytes(entry: Mapping[str, Any], name: str, shape: tuple[int, ...]) -> torch.Tensor:
    """Codes that a table decodes, times the largest of their block; or float32 as it is."""
    codes, number = entry[name], name[-1]
    if codes.dtype != torch.uint8:
        return codes
    table, largest = entry[f"qmap{number}"], entry[f"absmax{number}"]
    size = prod(shape)
    rows = codes.reshape(-1, size)
    scales = largest.reshape(len(rows), -1)
    block = next((one for one in BLOCKS if -(-size // one) == scales.shape[1]), None)
    if block is None:
        raise RuntimeError(f"{scales.shape[1]} scales for {size} codes")
    return torch.stack(
        [_scaled(table[c.int()], s, block) for c, s in zip(rows, scales, strict=True)]
    )


def _of_torchao(value: Any) -> torch.Tensor:
    """Codes of 8 bits, of 4 of which two share a byte, or of float8, times scales of blocks."""
    codes, scales = value.codes, value.scale
    if codes.dtype == torch.uint8:
        if codes.numel() < prod(value.shape):
            codes = torch.stack([codes >> 4, codes & 15], -1)
        codes = value.qmap[codes.int()]
    codes = codes.float().reshape(-1)
    return _scaled(codes, scales, codes.numel() // scales.numel())


def _of_flashoptim(codes: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
    """What has a sign is the inverse of a softsign; what has none was a root."""
    if scales.dtype == torch.bfloat16:  # whose bits are those of a float16
        scales = scales.view(torch.float16)
    flat = codes.reshape(-1).float()
    if codes.dtype == torch.uint8:
        return _scaled(flat / 255, scales, GROUP).square()
    share = flat / 127
    return _scaled(share / (2 - share.abs()), scales, GROUP)


def _scaled(values: torch.Tensor, scales: torch.Tensor, block: int) -> torch.Tensor:
    """Values, times the scale of their block."""
    return values * scales.float().repeat_interleave(block)[: values.numel()]


def _corrected(parameter: torch.Tensor, share: torch.Tensor, of_8: bool) -> torch.Tensor:
    """The weight that a parameter of 16 bits is nearest to: a share of half its spacing off."""
    narrow, wide = parameter.detach(), parameter.detach().float()
    if share.is_floating_point():  # in the parameter's dtype: 8 bits as numbers, 16 as bits
        share = share.to(torch.int8) if of_8 else share.view(torch.int16)
    smallest, digits = (-126, 7) if narrow.dtype == torch.bfloat16 else (-14, 10)
    exponent = torch.frexp(wide).exponent - 1
    exponent = torch.where(wide == 0, smallest, exponent.clamp(min=smallest))
    most = torch.iinfo(share.dtype).max
    return wide + torch.ldexp(share.float() / most, exponent - digits - 1)


def _has_codes(value: Any) -> bool:
    """Whether it is a tensor of torchao, which shows another than it has."""
    return isinstance(value, torch.Tensor) and hasattr(value, "codes") and hasattr(value, "scale")
