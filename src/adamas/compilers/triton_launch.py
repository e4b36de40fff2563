"""Launches that are repeated with the same memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

OPTIONS: Mapping[str, Any] = {"num_warps": 4, "enable_fp_fusion": False}
"""No product is fused with a sum: each operation rounds, as it does on the CPU."""


@dataclass(frozen=True)
class Launch:
    """A kernel over so many programs; on the current stream, without waiting for it."""

    kernel: Any
    programs: int
    arguments: Sequence[Any]
    constants: Mapping[str, Any]

    def __call__(self) -> None:
        """Once, if there is anything to do."""
        if self.programs:
            self.kernel[(self.programs,)](*self.arguments, **self.constants, **OPTIONS)

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


_TYPES = {
    torch.float64: "*fp64",
    torch.float32: "*fp32",
    torch.int64: "*i64",
    torch.int32: "*i32",
}


def _type(argument: Any) -> str:
    """The type of an argument by Triton's name for it."""
    return _TYPES[argument.dtype] if isinstance(argument, torch.Tensor) else "i32"
