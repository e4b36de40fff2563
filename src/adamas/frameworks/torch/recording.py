"""What PyTorch records for gradients: nothing within some functions, and afterwards as before."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import torch

P = ParamSpec("P")
T = TypeVar("T")

_set_recording = torch._C._set_grad_enabled


def unrecorded(function: Callable[P, T]) -> Callable[P, T]:
    """A function within which nothing is recorded, as under `torch.no_grad`, whatever comes.

    The handler of a signal may raise, as that of Ctrl-C does. Within the methods of `torch.no_grad`
    it can come after the mode is set, and before there is a block that puts it back: from then on
    nothing in the process has gradients. Here Python looks for signals before the one and after the
    other, but not between.
    """

    @wraps(function)
    def made(*args: P.args, **kwargs: P.kwargs) -> T:
        before = torch.is_grad_enabled()
        try:
            _set_recording(False)
            return function(*args, **kwargs)
        finally:
            _set_recording(before)

    return made
