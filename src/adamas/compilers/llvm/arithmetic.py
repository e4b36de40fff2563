"""The mode of arithmetic that a thread is in, which a loop sets and gives back, in LLVM's language.

A thread may round otherwise, trap, or take numbers below the normal ones for 0, as after
``torch.set_flush_denormal`` or in libraries built with ``-ffast-math``. Each has a mode of its own,
so the bits of a step would depend on which thread took which chunk. A loop runs as IEEE 754 says.
"""

import platform
from typing import NamedTuple


class Mode(NamedTuple):
    """How a processor's mode is kept in ``%mode``, set to the usual one, and given back.

    Attributes:
        begin, end: whole lines of instructions before the loop and after it.
        declarations: of what they call.
    """

    begin: str = ""
    end: str = ""
    declarations: str = ""


_X86 = Mode(
    """  %mode = alloca i32
  %usual = alloca i32
  store i32 8064, ptr %usual
  call void @llvm.x86.sse.stmxcsr(ptr %mode)
  call void @llvm.x86.sse.ldmxcsr(ptr %usual)
""",
    "  call void @llvm.x86.sse.ldmxcsr(ptr %mode)\n",
    """declare void @llvm.x86.sse.stmxcsr(ptr)
declare void @llvm.x86.sse.ldmxcsr(ptr)
""",
)
"""MXCSR: to nearest, all exceptions masked, nothing flushed (Intel, volume 1, 10.2.3: 1F80H)."""

_ARM = Mode(
    """  %mode = call i64 @llvm.aarch64.get.fpcr()
  call void @llvm.aarch64.set.fpcr(i64 0)
""",
    "  call void @llvm.aarch64.set.fpcr(i64 %mode)\n",
    """declare i64 @llvm.aarch64.get.fpcr()
declare void @llvm.aarch64.set.fpcr(i64)
""",
)
"""FPCR, all of whose fields are 0 for the usual arithmetic (Arm, C5.2.8)."""

_MODES = {"x86_64": _X86, "AMD64": _X86, "aarch64": _ARM, "arm64": _ARM}


def mode() -> Mode:
    """That of this machine; on one that is not known, nothing is set."""
    return _MODES.get(platform.machine(), Mode())
