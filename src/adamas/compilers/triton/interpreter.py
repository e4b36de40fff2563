"""Triton's interpreter, which runs kernels on tensors in host memory, and where it cannot.

Triton asks the environment for it, TRITON_INTERPRET, when the module of a kernel is imported.
"""

import numpy as np
import torch
import triton
from triton.runtime.jit import JITFunction

from ...refusals import COMPILER_OF_DEVICE, INTERPRETER_OF_HOST, OLD_INTERPRETER
from . import joining


def interpreted() -> bool:
    """Whether kernels are run by the interpreter."""
    return not isinstance(joining.judge, JITFunction)


def refuse_device(device: torch.device) -> None:
    """`UnsupportedError` for a device whose memory the kernels cannot reach."""
    if not interpreted():
        if device.type == "cpu":
            raise COMPILER_OF_DEVICE.error("tensors on the CPU, without the interpreter")
        return
    if device.type != "cpu":
        raise INTERPRETER_OF_HOST.error(f"tensors on {device} under TRITON_INTERPRET=1")
    if _number(triton.__version__) < (3, 7) and _number(np.__version__) >= (2, 4):
        raise OLD_INTERPRETER.error(f"Triton {triton.__version__}, NumPy {np.__version__}")


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")[:2]))
