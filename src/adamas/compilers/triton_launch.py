"""Launches that are repeated with the same memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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
