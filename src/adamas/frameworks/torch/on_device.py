"""Numbers that are tensors on a device: steps read them there, and wait for nothing."""

from typing import Any

import torch
from torch.utils.weak import WeakTensorKeyDictionary

from ...compilers.capture import refuse_capture
from ...fields import known


class OnDevice(float):
    """Such a number, as it was when it was first read: checks look at that, and no step does.

    It is equal to itself only, as its tensor may be changed in place at any time.
    """

    tensor: torch.Tensor

    def __new__(cls, value: float, tensor: torch.Tensor) -> "OnDevice":
        """What was read of a tensor."""
        made = super().__new__(cls, value)
        made.tensor = tensor
        return made

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OnDevice) and other.tensor is self.tensor

    __hash__ = float.__hash__


_READ: Any = WeakTensorKeyDictionary()
"""What was read, by tensor, and no longer than it is there."""


def is_elsewhere(tensor: torch.Tensor) -> bool:
    """Whether to read a tensor is to wait for a device."""
    return tensor.device.type == "cuda"


def number_of(tensor: torch.Tensor) -> float | None:
    """The number in a tensor of one element; of one on a device it is read once."""
    if not is_elsewhere(tensor):
        return known(tensor)
    if tensor not in _READ:
        refuse_capture(tensor.device, "A number that is a tensor must be in its group")
        _READ[tensor] = known(tensor)
    return OnDevice(_READ[tensor], tensor)
