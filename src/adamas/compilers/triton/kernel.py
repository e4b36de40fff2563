"""The GPU compiler: each walk of a pass, written as one kernel in Triton's language.

One launch goes over all tensors of a combination of dtypes. What is the same for all weights, what
varies over tensors, and whether the step is to happen at all, is computed by small kernels on the
device in between, so a step waits for nothing and can be captured as a CUDA graph.

The arithmetic is that of the CPU: float32 for parameters of float32 and narrower, float64 for
float64, rounded once where it is stored; division and root are rounded correctly, nothing is fused.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...dtypes import wide
from ...language.expression import Expression, in_order
from ...lowering import Lowered, lower
from ...passes import Pass
from ...plan import Plan
from .between import uniform_of


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
    added = (*lowered.index, *lowered.scratch)
    known = {**dtypes, **dict.fromkeys(added, wide(dtypes["p"]))}
    return Kernel(
        lowered, known, uniform_of(lowered, _clocked(lowered, (*plan.remembered, *plan.totals)))
    )


def _clocked(lowered: Lowered, remembered: Sequence[str]) -> Iterator[Expression]:
    """Numbers of functions of whole tensors that only the device knows."""
    for call in (call for walk in lowered.walks for call in walk.wholes):
        for node in call.arguments[call.arguments[-1].takes : -1]:
            if depends_on_clock(node, remembered):
                yield node


def depends_on_clock(node: Expression, remembered: Sequence[str]) -> bool:
    """Whether a scalar of the step is known to the device only."""
    leaves = {n.arguments[0] for n in in_order([node]) if n.operation == "leaf"}
    return bool(leaves & {"t", *remembered})
