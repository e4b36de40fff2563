"""Launches that are repeated with the same memory."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import torch

OPTIONS: Mapping[str, Any] = {"num_warps": 4, "enable_fp_fusion": False}
"""No product is fused with a sum: each operation rounds, as it does on the CPU."""


class Launch:
    """A kernel over so many programs, with the same memory each time.

    It goes to the current stream of the current device, which must be the same each time, and does
    not wait. The first time Triton finds, or compiles, what fits the arguments; they stay the same,
    so later that is launched as it is, with addresses in place of tensors, which spares the host
    most of its part.
    """

    def __init__(
        self,
        kernel: Any,
        programs: int,
        arguments: Sequence[Any],
        constants: Mapping[str, Any],
    ) -> None:
        self.kernel = kernel
        self.programs = programs
        self.arguments = arguments
        self.constants = constants
        self._addresses: tuple[Any, ...] = ()
        self._run: Any = None

    def __call__(self) -> None:
        """Once, if there is anything to do."""
        if self._run is not None:
            self._run(*self._addresses)
        elif self.programs:
            grid = (self.programs, 1, 1)
            with np.errstate(all="ignore"):  # of which the interpreter's NumPy would warn
                found = self.kernel[grid](*self.arguments, **self.constants, **OPTIONS)
            if found is not None and _takes_constants():  # the interpreter compiles nothing
                self._addresses = (*map(_address, self.arguments), *self.constants.values())
                self._run = found[grid]

    def compiled(self, capability: int) -> Any:
        """The kernel compiled for NVIDIA GPUs of a compute capability (80, 90, …), to look at.

        No GPU is needed: ``.asm["ptx"]`` and ``.asm["cubin"]`` are what a device would run.
        """
        from triton.backends.compiler import GPUTarget
        from triton.compiler import ASTSource, compile  # noqa: A004

        names = self.kernel.arg_names
        types = [_type(argument) for argument in self.arguments]
        signature = dict(zip(names, types, strict=False)) | dict.fromkeys(
            self.constants, "constexpr"
        )
        source = ASTSource(self.kernel, signature, dict(self.constants), {})
        return compile(source, target=GPUTarget("cuda", capability, 32), options=dict(OPTIONS))


@cache
def _takes_constants() -> bool:
    """Whether compiled kernels take all arguments, constants too, as those looked at here do."""
    import triton

    return tuple(map(int, triton.__version__.split(".")[:2])) >= (3, 6)


_TYPES = {
    torch.float64: "*fp64",
    torch.float32: "*fp32",
    torch.int64: "*i64",
    torch.int32: "*i32",
}


def _address(argument: Any) -> Any:
    return argument.data_ptr() if isinstance(argument, torch.Tensor) else argument


def _type(argument: Any) -> str:
    """The type of an argument by Triton's name for it."""
    return _TYPES[argument.dtype] if isinstance(argument, torch.Tensor) else "i32"
