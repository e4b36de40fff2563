"""The CPU compiler: each walk of a pass as one loop in LLVM's language."""

from .kernel import REFUSES, compile_pass

__all__ = ["REFUSES", "compile_pass"]
