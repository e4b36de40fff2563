"""How tensors lie on a device mesh: which axes it divides, and slots that are divided alike."""

from collections.abc import Sequence
from typing import Any

import torch
from torch.distributed.tensor import DTensor, Replicate
from torch.distributed.tensor.placement_types import Placement

from ...language.expression import AXES


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


def new_shaped_slot(parameter: Any, shape: tuple[int, ...], dtype: torch.dtype) -> DTensor:
    """Zeros of a shape that is whole in all processes."""
    mesh = parameter.device_mesh
    zeros = torch.zeros(shape, dtype=dtype, device=parameter.to_local().device)
    return DTensor.from_local(zeros, mesh, [Replicate()] * mesh.ndim, run_check=False)


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
