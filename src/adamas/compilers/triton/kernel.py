"""The GPU compiler: each walk of a pass, written as one kernel in Triton's language.

One launch goes over all tensors of a combination of dtypes. What is the same for all weights, what
varies over tensors, and whether the step is to happen at all, is computed by small kernels on the
device in between, so a step waits for nothing and can be captured as a CUDA graph.

The arithmetic is that of the CPU: float32 for parameters of float32 and narrower, float64 for
float64, rounded once where it is stored; division and root are rounded correctly, nothing is fused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...dtypes import wide
from ...language.expression import Expression
from ...lowering import SCRATCH, Lowered, lower
from ...plan import Pass, Plan
from ...refusals import CLOCK_IN_MATRIX
from .between import uniform_of
from .shared import depends_on_clock


@dataclass(frozen=True)
class Kernel:
    """What the kernels of a pass are written from.

    Attributes:
        dtypes: of each array, by name.
        uniform: the place of each scalar of the step in the pass's rows of them.
    """

    lowered: Lowered
    dtypes: Mapping[str, str]
    uniform: Mapping[Expression, int]


def compile_pass(plan: Plan, work: Pass, dtypes: Mapping[str, str]) -> Kernel:
    """One pass over arrays of these dtypes, by array name."""
    lowered = lower(plan, work)
    _refuse_clocks(lowered, plan.remembered)
    known = {**dtypes, SCRATCH: wide(dtypes["p"])}
    return Kernel(lowered, known, uniform_of(lowered))


def _refuse_clocks(lowered: Lowered, remembered: Sequence[str]) -> None:
    for walk in lowered.walks:
        if walk.whole is not None and depends_on_clock(walk.whole, remembered):
            raise CLOCK_IN_MATRIX.error(f"one for {walk.whole.arguments[-1].__name__}")
