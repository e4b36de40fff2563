"""The CPU compiler: each walk of a pass as one loop in LLVM's language."""

from .kernel import compile_pass

__all__ = ["compile_pass"]
