"""A state of any precision as it is stored here: rounded, coded, or with its codes decoded."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..language.blocks import SCALES, blocks_shape
from ..language.codes import IN_BLOCKS, NARROWER
from ..language.scales import decoded, encoded
from .names import slot_name

if TYPE_CHECKING:
    from ..checkpoint import HasForm

NARROW = {code.dtype for code in NARROWER.values()}
"""What slots are stored as that are rounded."""

KINDS = {code.dtype: code.kind for both in IN_BLOCKS.values() for code in both}
"""What codes in blocks are stored as, and their kinds."""

Rounded = Mapping[tuple[str, str], list[str]]
"""The dtypes that slots had and have → their names."""


def as_stored(
    own: Mapping[str, "HasForm"], found: Mapping[str, Any]
) -> tuple[dict[str, Any], Rounded]:
    """The arrays of a state as they are stored here, and which have another precision here.

    Args:
        own: what is remembered here, by portable names.
        found: the state, by portable names.
    """
    made, changed = dict(found), dict[tuple[str, str], list[str]]()
    for name in own.keys() & found.keys():
        here, there = str(own[name].dtype), str(found[name].dtype)
        if here != there and _goes_into(there, here):
            made |= _decoded(made, name)
            made |= _as(own[name], made[name], name)
            changed.setdefault((there, here), []).append(name.partition("/")[0])
            if there in KINDS and here not in KINDS:
                del made[_scales(name)]
    return made, changed


def _goes_into(there: str, here: str) -> bool:
    """Whether values of one dtype are made values of another: not those of other whole numbers."""
    if {there, here} & KINDS.keys():
        return all(dtype in KINDS or "int" not in dtype for dtype in (there, here))
    return bool({there, here} & NARROW) and "int" not in f"{there} {here}"


def _scales(name: str) -> str:
    """The portable name of the scales of a slot."""
    slot, _, parameter = name.partition("/")
    return slot_name(slot + SCALES, parameter)


def _decoded(found: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The values of a slot of which there are codes and scales."""
    codes, scales = np.asarray(found[name]), found.get(_scales(name))
    kind = KINDS.get(str(codes.dtype))
    if kind is None or scales is None or tuple(scales.shape) != blocks_shape(codes.shape):
        return {}
    return {name: decoded(kind, codes, scales, codes.shape)}


def _as(form: "HasForm", value: Any, name: str) -> dict[str, Any]:
    """A slot's values as they are stored in a form."""
    kind = KINDS.get(str(form.dtype))
    if kind is None:
        return {name: value.astype(form.dtype)}
    if tuple(value.shape) != tuple(form.shape):
        return {}  # which is said of it as of any
    codes, scales = encoded(kind, np.asarray(value, np.float32), tuple(form.shape))
    return {name: codes.astype(form.dtype), _scales(name): scales}
