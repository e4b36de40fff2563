"""How two partial results of a reduction become one, in LLVM's language."""

import struct

from ...language.operations import OPERATIONS, Instruction
from ...language.reductions import Reduction

_ORDER = {"maximum": "oge", "minimum": "ole"}


def joined(reduction: Reduction, name: str, a: str, b: str, width: int = 1) -> list[str]:
    """Instructions that call ``name`` what joins `a` and `b`, doubles or vectors of them."""
    kind, truth = (f"<{width} x {one}>" if width > 1 else one for one in ("double", "i1"))
    row = OPERATIONS[reduction.joins].llvm
    if isinstance(row, Instruction):
        return [f"  {name} = {row.name} {kind} {a}, {b}"]
    # As NumPy: a NaN on either side is the result.
    return [
        f"  {name}.ordered = fcmp {_ORDER[reduction.joins]} {kind} {a}, {b}",
        f"  {name}.nan = fcmp uno {kind} {a}, {a}",
        f"  {name}.first = or {truth} {name}.ordered, {name}.nan",
        f"  {name} = select {truth} {name}.first, {kind} {a}, {kind} {b}",
    ]


def start_of(reduction: Reduction, width: int = 1) -> str:
    """Where it starts, as a double or a vector of them."""
    if reduction.start == 0:
        return "zeroinitializer" if width > 1 else "0.0"
    bits = f"0x{struct.unpack('<Q', struct.pack('<d', reduction.start))[0]:016X}"
    return bits if width == 1 else f"<{', '.join([f'double {bits}'] * width)}>"
