"""Compiles the kernels of optimizers for NVIDIA GPUs and prints what they consist of, as JSON.

A program of its own: where the interpreter is on, nothing is compiled. No GPU is needed.

    python tests/apparatus/compile_kernels.py family 90  every optimizer, dense, for this capability
    python tests/apparatus/compile_kernels.py adam 80    Adam plain, for every dtype
"""

import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from adamas import Adam, Optimizer
from cases import DTYPES
from device_steps import Session
from family import FAMILY, kind_of

INSTRUCTION = re.compile(r"^\s*(?:@!?%\w+\s+)?([a-z][\w.]*)\s", re.MULTILINE)

STAGES: dict[str, Any] = {"global_clipnorm": 1.0, "use_ema": True, "weight_decay": 0.1}


def optimizers(which: str) -> Iterator[tuple[str, Optimizer, np.dtype]]:
    """Name, optimizer and dtype of its parameters."""
    if which == "adam":
        for dtype in DTYPES:
            yield f"Adam {dtype.name}", Adam(), dtype
        return
    for name in FAMILY:
        for variant in FAMILY[name].variants:
            yield f"{name} {variant}", kind_of(name)(**variant, **STAGES), np.dtype(np.float32)
    yield "Adam, checked", Adam(nonfinite="skip"), np.dtype(np.float32)


def stack(cubin: bytes) -> int | None:
    """Bytes of local memory that a thread needs, as for registers that are spilled."""
    from triton import knobs

    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(cubin)
        file.flush()
        command = [knobs.nvidia.cuobjdump.path, "--dump-resource-usage", file.name]
        answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"STACK:(\d+)", answer)
    return int(found[1]) if found else None


def main(which: str, capability: int) -> None:
    found = []
    for title, optimizer, dtype in optimizers(which):
        params = [np.ones(shape, dtype) for shape in ((300, 256), (5000,))]
        for launch in Session(optimizer, params).update.launches:
            if which == "family" and launch.constants.get("STRIDED"):
                continue
            kernel = launch.compiled(capability)
            found.append(
                {
                    "optimizer": title,
                    "kernel": launch.kernel.__name__,
                    "constants": dict(launch.constants),
                    "instructions": Counter(INSTRUCTION.findall(kernel.asm["ptx"])),
                    "stack": stack(kernel.asm["cubin"]),
                }
            )
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
