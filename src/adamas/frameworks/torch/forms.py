"""The forms in which PyTorch keeps slots: 1 along the axes over which one does not vary."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np
import torch

from ...errors import CheckpointError, shown, warn
from ...language.blocks import SCALES, Blocks
from ...language.expression import ARRAY
from ...language.shapes import Extent, Shape, small_shape, varying
from ...plan import Plan
from ...runtime.names import slot_name
from ...runtime.recoding import KINDS, as_stored
from ...runtime.slots import slot_dtype
from .tensors import DTYPES, is_divided


def slots_are_made(function: Any) -> Any:
    """Slots that are made inside are leaves without gradients, which may be written anywhere."""
    return torch.inference_mode(False)(torch.no_grad()(function))


def new_slot(parameter: torch.Tensor, plan: Plan, slot: str) -> torch.Tensor:
    """Zeros: for each weight, in the parameter's memory format; or one along some axes, as 1; or
    of a declared shape."""
    dtype = getattr(torch, slot_dtype(plan, slot, DTYPES[parameter.dtype].name))
    extent = plan.slots[slot]
    if extent == ARRAY:
        return torch.zeros_like(parameter, dtype=dtype, memory_format=torch.preserve_format)
    if is_divided(parameter):
        from .placement import new_scales, new_shaped_slot, new_small_slot

        if isinstance(extent, Shape):
            return new_shaped_slot(parameter, small_shape(parameter.shape, extent), dtype)
        if isinstance(extent, Blocks):
            return new_scales(parameter, dtype)
        return new_small_slot(parameter, extent, dtype)
    return torch.zeros(small_form(parameter.shape, extent), dtype=dtype, device=parameter.device)


def copied(value: Any) -> Any:
    """A tensor of its own, or another value as it is."""
    return value.detach().clone() if isinstance(value, torch.Tensor) else value


def as_number(value: Any, name: str, source: str) -> float:
    """A number, also in a tensor of one; `CheckpointError` names `source` if it is none."""
    number = value
    if isinstance(value, torch.Tensor) and value.numel() == 1 and not value.is_meta:
        number = value.item()
    if isinstance(number, int | float) and not isinstance(number, bool):
        with suppress(OverflowError):
            return float(number)
    raise CheckpointError(f"{source} must have a number of {name}. Got: {shown(value)}.")


def fitting(value: Any, parameter: torch.Tensor, plan: Plan, slot: str, what: str) -> torch.Tensor:
    """A slot with these values, rounded to nearest if it is stored in less."""
    shape = slot_shape(parameter, plan.slots[slot])
    if not isinstance(value, torch.Tensor) or tuple(value.shape) != shape:
        got = tuple(value.shape) if isinstance(value, torch.Tensor) else repr(value)
        raise CheckpointError(f"{what} must have the shape {shape}. Got: {got}.")
    made = new_slot(parameter, plan, slot)
    narrows = torch.promote_types(value.dtype, made.dtype) != made.dtype
    if narrows and slot in plan.dtypes:
        warn(f"{what} is {value.dtype}, and stored as {made.dtype} here: values are rounded once.")
    elif narrows:
        raise CheckpointError(
            f"{what} must not be wider than {made.dtype}, which steps of a {parameter.dtype} "
            f"parameter keep. Got: {value.dtype}. Convert it, or the parameters."
        )
    if is_divided(made) or is_divided(value):
        from .placement import divided_as

        value = divided_as(value, made)
    made.copy_(value)
    return made


class Form(NamedTuple):
    """What a slot is stored as."""

    shape: tuple[int, ...]
    dtype: np.dtype


def recoded(
    saved: Mapping[str, Any],
    parameter: torch.Tensor,
    plan: Plan,
    key: Callable[[str], str],
    name: str,
) -> Mapping[str, Any]:
    """A saved entry, with those slots coded in blocks that are so here, and no others.

    Args:
        saved: the entry.
        parameter: whose it is.
        plan: how its slots are stored.
        key: what a slot is called in an entry.
        name: of the parameter.
    """
    made = dict(saved)
    for slot in plan.slots:
        value, here = saved.get(key(slot)), slot_dtype(plan, slot, DTYPES[parameter.dtype].name)
        there = str(getattr(value, "dtype", "")).removeprefix("torch.")
        if not there or here == there or {here, there}.isdisjoint(KINDS):
            continue
        parts = [one for one in (slot, slot + SCALES) if key(one) in saved]
        found = {slot_name(one, ""): _whole(made.pop(key(one))) for one in parts}
        dtype = here if here in KINDS else "float32"  # `fitting` goes on from there
        form = Form(tuple(parameter.shape), np.dtype(dtype))
        found, changed = as_stored({slot_name(slot, ""): form}, found)
        made |= {key(full[:-1]): torch.from_numpy(np.array(a)) for full, a in found.items()}
        if changed:
            warn(
                f"{key(slot)} of {name!r} is {there}, and stored as {here} here: "
                "values are rounded once."
            )
    return made


def _whole(value: Any) -> np.ndarray:
    """A tensor, which may be divided, as an array."""
    whole = value.full_tensor() if is_divided(value) else value
    wide = whole.float() if whole.dtype in (torch.bfloat16, torch.float16) else whole
    return wide.detach().cpu().numpy()


def slot_shape(parameter: torch.Tensor, extent: Extent) -> tuple[int, ...]:
    """The shape of a parameter's slot."""
    return tuple(parameter.shape) if extent == ARRAY else small_form(parameter.shape, extent)


def small_form(shape: Sequence[int], extent: Extent) -> tuple[int, ...]:
    """The shape of a slot that varies over some axes only: 1 along the others; or as declared."""
    if isinstance(extent, Shape | Blocks):
        return small_shape(shape, extent)
    kept = varying(len(shape), extent)
    return tuple(size if keep else 1 for size, keep in zip(shape, kept, strict=True))
