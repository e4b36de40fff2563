"""The addresses of gradients, which may be others at each step.

They are copied from page-locked memory when they have changed, without waiting. While a CUDA graph
is captured they become arguments of small kernels instead: a graph keeps the arguments that it was
captured with, so each replay puts its own gradients in place, whatever was there meanwhile.
"""

from typing import Any

import numpy as np
import torch

from .. import capture
from .launch import Launch
from .text import load

FEW, MANY = 32, 256
"""Addresses that one launch puts in place; many take 2 of the 4 kilobytes that arguments may have,
and a second to compile, once."""

LAUNCHES = 4
"""Of the smaller kernel at most."""


def _put(together: int) -> Any:
    names = [f"a{place}" for place in range(together)]
    lines = [f"    tl.store(target + {place}, {name})" for place, name in enumerate(names)]
    plain = ", ".join(map(repr, names))
    listed = ", ".join(f'{name}: "i64"' for name in names)
    return load(
        "put",
        "import triton\nimport triton.language as tl\n\n\n"
        f"@triton.jit(do_not_specialize=[{plain}], do_not_specialize_on_alignment=['target'])\n"
        f"def put(target, {listed}):\n" + "\n".join(lines) + "\n",
    )


class Addresses:
    """The table of the addresses of gradients; `table` is int64 [tensors]."""

    def __init__(self, count: int, device: torch.device) -> None:
        self._count = count
        self._together = FEW if count <= LAUNCHES * FEW else MANY
        # Whole launches of addresses, of which the last ones are nobody's.
        size = -(-max(count, 1) // self._together) * self._together
        self.table = torch.zeros(size, dtype=torch.int64, device=device)
        self._sent: np.ndarray | None = None
        self._replayed = False
        if device.type == "cuda":
            with torch.cuda.device(device):
                self.put(np.zeros(count, np.int64))  # compiled now: a capture must not load code

    def write(self, addresses: np.ndarray) -> None:
        """Put them in place for what is launched after this on the current stream."""
        if capture.capturing(self.table.device):
            self.put(addresses)
            self._replayed = True
        elif self._replayed or self._sent is None or not np.array_equal(addresses, self._sent):
            # Where a graph may have been replayed, what the table holds is not known.
            send(addresses, self.table[: self._count])
            self._sent = addresses

    def put(self, addresses: np.ndarray) -> None:
        """As arguments of launches."""
        padded = np.zeros(len(self.table), np.int64)
        padded[: self._count] = addresses
        for first in range(0, len(padded), self._together):
            own = padded[first : first + self._together].tolist()
            Launch(_put(self._together), 1, [self.table[first:], *own], {})()
        self._sent = None


def send(values: np.ndarray, target: torch.Tensor) -> None:
    """Copy to the device without waiting.

    PyTorch does not give the page-locked memory to others before the copy is done.
    """
    source = torch.from_numpy(values)
    if target.device.type == "cuda":
        source = source.pin_memory()
    target.copy_(source, non_blocking=True)
