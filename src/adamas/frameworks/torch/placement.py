"""How tensors lie on a device mesh: which axes it divides, and slots that are divided alike."""

from collections.abc import Sequence
from math import prod
from typing import Any

import torch
from torch.distributed.tensor import DTensor, Replicate, Shard
from torch.distributed.tensor.placement_types import Placement

from ...language.blocks import BLOCK, blocks_shape, leading
from ...language.expression import AXES
from ...refusals import BLOCKS_CUT


def axis(dim: int, ndim: int) -> int:
    """Which axis of [batch, rows, columns] a dimension of a tensor belongs to."""
    return {1: 2, 2: 1}.get(ndim - dim, 0)


def divided_axis(placement: Any, ndim: int) -> int | None:
    """Which of these axes a placement divides, if any."""
    return None if placement.is_replicate() else axis(placement.dim, ndim)


def of_stack(placement: Any) -> Placement:
    """The placement of a stack of tensors that are placed so."""
    if placement.is_replicate():
        return placement
    strided = hasattr(placement, "split_factor")
    options = {"split_factor": placement.split_factor} if strided else {}
    return type(placement)(placement.dim + 1, **options)


def dense_strides(shape: Sequence[int]) -> tuple[int, ...]:
    """The strides of a dense tensor."""
    return torch.empty(shape, device="meta").stride()


def divided_as(value: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """A tensor, which all processes have whole or in parts, in the parts that `like` is in."""
    if isinstance(value, DTensor):
        if isinstance(like, DTensor) and value.device_mesh == like.device_mesh:
            return value.redistribute(placements=like.placements)
        value = value.full_tensor()
    if not isinstance(like, DTensor):
        return value
    mesh = like.device_mesh
    whole = DTensor.from_local(
        value.to(like.device), mesh, [Replicate()] * mesh.ndim, run_check=False
    )
    return whole.redistribute(placements=like.placements)


def of_own_part(part: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """A tensor in the parts that `like` is in, of which `part` is the one here."""
    if not isinstance(like, DTensor):
        return part
    shape, stride = like.shape, dense_strides(like.shape)
    form = (like.device_mesh, like.placements)
    return DTensor.from_local(part, *form, run_check=False, shape=shape, stride=stride)


def new_shaped_slot(parameter: Any, shape: tuple[int, ...], dtype: torch.dtype) -> DTensor:
    """Zeros of a shape that is whole in all processes."""
    mesh = parameter.device_mesh
    zeros = torch.zeros(shape, dtype=dtype, device=parameter.to_local().device)
    return DTensor.from_local(zeros, mesh, [Replicate()] * mesh.ndim, run_check=False)


def new_scales(parameter: Any, dtype: torch.dtype) -> DTensor:
    """Zeros for each block of weights, divided as `parameter`, whose blocks must not be cut."""
    mesh, whole, own = parameter.device_mesh, tuple(parameter.shape), parameter.to_local()
    first = leading(whole)
    kept: list[Placement] = []
    for place in parameter.placements:
        within = place.is_shard() and place.dim >= first
        kept.append(Shard(first) if within else place)
    _refuse_cut_blocks(parameter, first)
    shape = blocks_shape(whole)
    return DTensor.from_local(
        torch.zeros(blocks_shape(tuple(own.shape)), dtype=dtype, device=own.device),
        mesh,
        kept,
        run_check=False,
        shape=torch.Size(shape),
        stride=dense_strides(shape),
    )


def _refuse_cut_blocks(parameter: Any, first: int) -> None:
    """`UnsupportedError` where processes divide the axes along which blocks follow each other, but
    not so that each has as many whole blocks."""
    shape, mesh = tuple(parameter.shape), parameter.device_mesh
    for dim in range(first, parameter.ndim):
        parts = prod(
            mesh.size(place)
            for place, placement in enumerate(parameter.placements)
            if placement.is_shard() and placement.dim == dim
        )
        inner = shape[dim] * prod(shape[dim + 1 :])
        even = dim == first and shape[dim] % parts == 0 and inner % (parts * BLOCK) == 0
        if parts > 1 and not even:
            raise BLOCKS_CUT.error(f"{shape} in {parts} parts along axis {dim}")


def new_small_slot(parameter: Any, extent: int, dtype: torch.dtype) -> DTensor:
    """Zeros of length 1 along the axes that the slot does not vary over, divided as `parameter`.

    What does not vary over an axis that is divided is the same in all processes: Replicate.
    """
    ndim = parameter.ndim
    varies = [bool(extent & AXES[axis(dim, ndim)]) for dim in range(ndim)]
    kept = [
        placement if placement.is_replicate() or varies[placement.dim] else Replicate()
        for placement in parameter.placements
    ]
    own = parameter.to_local()
    local = [size if v else 1 for size, v in zip(own.shape, varies, strict=True)]
    whole = [size if v else 1 for size, v in zip(parameter.shape, varies, strict=True)]
    return DTensor.from_local(
        torch.zeros(local, dtype=dtype, device=own.device),
        parameter.device_mesh,
        kept,
        run_check=False,
        shape=torch.Size(whole),
        stride=dense_strides(whole),
    )
