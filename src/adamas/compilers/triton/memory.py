"""Tensors in the memory of a device, as kernels see them: addresses, chunks, strides.

Any number of tensors takes one launch: a table has the address of every array of every tensor, and
each program goes over one chunk, which is a stretch of one tensor. Tensors that are dense in
memory, all arrays in the same order, are stretches of addresses; the others have their sizes and
strides in a second table, and pair elements by index.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np
import torch

from ...dtypes import FLOATS, STORED, wide
from ...errors import ArrayError
from ...language.blocks import BLOCK, run_of
from ...language.expression import SCRATCHES
from ...language.noise import INDEX, identity_of
from ...language.shapes import matrix_shape
from ...plan import Plan
from ..memory import family, merged

SHORT = 2**31 - 2**13
"""Weights that 32 bits can number, with those of the turn after the last."""

CHUNK = 4096
"""Weights in a chunk: four turns of a program."""


@dataclass(frozen=True)
class DeviceTensor:
    """One tensor that takes part in a call.

    Attributes:
        plan: what is done with it.
        arrays: ``"p"``, every slot of the plan, and as ``"g"`` any gradient of the form (shape,
            strides, dtype) that all calls will have.
        row: its row of scalars.
        sizes: batch, rows and columns of the whole tensor, if this is a part that one process has
            of it; rules take means with them.
        name: under which its state travels; random numbers go by it.
        begins: the index of the first weight in the whole tensor, and how far indices are apart
            along each axis, if this is a part.
    """

    plan: Plan
    arrays: Mapping[str, torch.Tensor]
    row: int
    sizes: tuple[int, int, int] | None = None
    name: str = ""
    begins: tuple[int, tuple[int, ...]] | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of all its arrays but small slots."""
        return tuple(self.arrays["p"].shape)

    @property
    def dtypes(self) -> dict[str, str]:
        """The dtype of each array that has a value for each weight."""
        return {name: dtype_name(self.arrays[name]) for name in self.plan.arrays}

    def strides(self, name: str) -> tuple[int, ...]:
        """In elements; memory for functions of whole tensors is dense in the order of indices.

        A block has one scale for all of its weights: 0 along a row.
        """
        if name == INDEX and self.begins is not None:
            return self.begins[1]
        if name in (*SCRATCHES, INDEX):
            shape = self.shape
            return tuple(prod(shape[axis + 1 :]) for axis in range(len(shape)))
        own = tuple(self.arrays[name].stride())
        return (*own[:-1], 0) if is_scales(name) else own

    def without_gradient(self) -> "DeviceTensor":
        """The same with the form of the gradient only, so that its memory is not kept."""
        g = self.arrays["g"]
        form = torch.empty_strided(g.shape, g.stride(), dtype=g.dtype, device="meta")
        return replace(self, arrays={**self.arrays, "g": form})

    def check(self) -> None:
        """Refuse arrays that do not fit."""
        for name, dtype in self.dtypes.items():
            if dtype not in STORED:
                raise ArrayError(
                    f"Every array of a tensor must be of dtype {', '.join(STORED)}. "
                    f"Got: {name!r} of {dtype}."
                )
            if self.arrays[name].device != self.arrays["p"].device:
                raise ArrayError(
                    f"Every array of a tensor must be on its parameter's device. Got: {name!r} on "
                    f"{self.arrays[name].device}, not {self.arrays['p'].device}."
                )
            if is_scales(name):
                continue
            if tuple(self.arrays[name].shape) != self.shape:
                raise ArrayError(
                    f"Every array of a tensor must have its parameter's shape {self.shape}. "
                    f"Got: {name!r} of shape {tuple(self.arrays[name].shape)}."
                )


def is_scales(name: str) -> bool:
    """Whether an array has one value for each block of weights."""
    return family(name) == "scales"


def dtype_name(tensor: torch.Tensor) -> str:
    """The name of a tensor's dtype, such as ``"float32"``."""
    return str(tensor.dtype).removeprefix("torch.")


class DeviceBatch:
    """The tensors of one plan and one combination of dtypes.

    Attributes:
        scratch: those of them that are memory between walks and functions of whole tensors.
        index: what indices are called, whose addresses are what they are, if they are needed.
        words: float64 [tensors, IDENTITY], what each tensor's name makes.
        names: the arrays that kernels touch, in the order of their tables.
        places: where each tensor stands among all of the call.
    """

    def __init__(
        self, tensors: Sequence[DeviceTensor], places: Sequence[int], scratch: Sequence[str]
    ) -> None:
        self.tensors = list(tensors)
        self.places = list(places)
        self.plan = tensors[0].plan
        self.dtypes = tensors[0].dtypes
        self.device = tensors[0].arrays["p"].device
        self.scratch = tuple(scratch)
        self.index = (INDEX,) if self.plan.drawn else ()
        self.names = (*self.plan.arrays, *self.index, *self.scratch)
        self.words = np.array([identity_of(tensor.name) for tensor in tensors], np.float64)
        self.rows = np.array([tensor.row for tensor in tensors], np.int64)
        self.sizes = np.array(
            [
                (*(tensor.sizes or matrix_shape(tensor.shape)), FLOATS[tensor.dtypes["p"]].spacing)
                for tensor in tensors
            ],
            np.float64,
        )

    def __len__(self) -> int:
        return len(self.tensors)

    def table(self, scratch: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """int64 [tensors, arrays]: addresses of all arrays but the gradient, and the row."""
        table = np.zeros((len(self), len(self.names)), np.int64)
        for place, tensor in enumerate(self.tensors):
            columns = [tensor.arrays[name].data_ptr() for name in self.plan.arrays if name != "g"]
            start = 0 if tensor.begins is None else tensor.begins[0]
            columns += [start * FLOATS[wide(self.dtypes["p"])].bytes for _ in self.index]
            columns += [scratch[name][place].data_ptr() for name in self.scratch]
            table[place] = [*columns, tensor.row]
        return self.upload(table)

    def upload(self, array: np.ndarray) -> torch.Tensor:
        """An array that stays on the device; when things are laid out, not in steps."""
        return torch.from_numpy(np.ascontiguousarray(array)).to(self.device)


class Stretches:
    """Chunks that are stretches of one tensor.

    Attributes:
        chunks: int64 [chunks, 3]: tensor, first weight, how many. Where slots are coded in blocks
            int64 [chunks, 4]: a chunk begins with a block, and behind those is which block it is.
        ranges: int64 [tensors, 2]: where each tensor's chunks begin and end.
        dense: how many chunks are of dense tensors; they come first.
        geometry: int64 [tensors, rank · (1 + arrays)]: sizes, and strides of each array, of tensors
            that are not dense, their axes in the order of the parameter's memory.
        long: whether one of those has too many weights for 32 bits.
    """

    def __init__(self, batch: DeviceBatch) -> None:
        cut = _cut_in_blocks if batch.plan.scales else _cut
        forms = [_form(tensor, batch.names, in_order=cut is _cut) for tensor in batch.tensors]
        dense = [len(sizes) == 1 and all(s == [1] for s in strides) for sizes, strides in forms]
        self.rank = max((len(sizes) for sizes, _ in forms), default=1)
        geometry = np.zeros((len(batch), 1 + len(batch.names), self.rank), np.int64)
        geometry[:, 0] = 1
        ranges = np.zeros((len(batch), 2), np.int64)
        tables: list[np.ndarray] = []
        count = 0
        self.dense = 0
        self.long = False
        for place in sorted(range(len(batch)), key=lambda place: not dense[place]):
            sizes, strides = forms[place]
            geometry[place, :, self.rank - len(sizes) :] = [sizes, *strides]
            weights = prod(batch.tensors[place].shape)
            self.long |= not dense[place] and weights > SHORT
            table = cut(place, batch.tensors[place].shape)
            ranges[place] = count, count + len(table)
            count += len(table)
            self.dense += len(table) * dense[place]
            tables.append(table)
        self.count = count
        self.chunks = batch.upload(np.concatenate(tables))
        self.ranges = batch.upload(ranges)
        self.geometry = batch.upload(geometry.reshape(len(batch), -1))


Form = tuple[list[int], list[list[int]]]


def _form(tensor: DeviceTensor, names: Sequence[str], in_order: bool) -> Form:
    """Sizes, and strides of each array: joined where all are dense, in the order of the memory.

    Blocks follow the order of the indices, whatever that of the memory is. Scales have no strides.
    """
    strides = [tensor.strides(name) for name in names]
    if in_order:
        return merged(tensor.shape, strides, [1] * len(names))
    scales = [is_scales(name) for name in names]
    dense = tuple(prod(tensor.shape[axis + 1 :]) for axis in range(len(tensor.shape)))
    known = zip(strides, scales, strict=True)
    if all(skipped or _alike(tensor.shape, own, dense) for own, skipped in known):
        return [prod(tensor.shape)], [[1] for _ in names]
    return list(tensor.shape), [
        list(dense if s else own) for own, s in zip(strides, scales, strict=True)
    ]


def _alike(shape: Sequence[int], one: Sequence[int], other: Sequence[int]) -> bool:
    """Whether strides mean the same: those of axes of one weight do not count."""
    return all(size == 1 or a == b for size, a, b in zip(shape, one, other, strict=True))


def _cut_in_blocks(tensor: int, shape: Sequence[int]) -> np.ndarray:
    """Chunks of each run of blocks by itself, or of all weights where runs are whole blocks."""
    weights, run = prod(shape), run_of(shape)
    each = -(-run // BLOCK)
    run = weights if run % BLOCK == 0 else run
    begins = np.arange(0, weights, run) if weights else np.zeros(0, np.int64)
    within = np.arange(0, run, CHUNK)
    starts = begins[:, None] + within
    lengths = np.broadcast_to(np.minimum(CHUNK, run - within), starts.shape)
    blocks = np.arange(len(begins))[:, None] * each + within // BLOCK
    columns = np.full_like(starts, tensor), starts, lengths, blocks
    return np.stack([column.reshape(-1) for column in columns], axis=1).astype(np.int64)


def _cut(tensor: int, shape: Sequence[int]) -> np.ndarray:
    weights = prod(shape)
    starts = np.arange(0, weights, CHUNK)
    lengths = np.minimum(CHUNK, weights - starts)
    return np.stack([np.full_like(starts, tensor), starts, lengths], axis=1)


def empty(shape: Sequence[int], like: DeviceBatch, dtype: Any = torch.float64) -> torch.Tensor:
    """Zeros on the device of a batch, at least one so that there is an address."""
    return torch.zeros(tuple(max(size, 1) for size in shape), dtype=dtype, device=like.device)
