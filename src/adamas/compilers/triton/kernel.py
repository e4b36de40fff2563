"""The GPU compiler: each walk of a pass, written as one kernel in Triton's language.

One launch goes over all tensors of a combination of dtypes. What is the same for all weights, what
varies over tensors, and whether the step is to happen at all, is computed by small kernels on the
device in between, so a step waits for nothing and can be captured as a CUDA graph.

The arithmetic is that of the CPU: float32 for parameters of float32 and narrower, float64 for
float64, rounded once where it is stored; division and root are rounded correctly, nothing is fused.
"""

from collections.abc import Sequence
from typing import Any

import torch

from ...dtypes import wide
from ...language.expression import Expression
from ...language.shapes import matrix_shape
from ...lowering import SCRATCH, Lowered, Walk, lower
from ...plan import Pass, Plan
from ...refusals import CLOCK_IN_MATRIX, PARTS_OF_MATRIX
from ..inputs import Inputs
from . import functions
from .between import LANES, uniform_of, values_text
from .launch import Launch
from .matrix import TilePass
from .memory import DeviceBatch, empty
from .shared import Shared, depends_on_clock
from .stretches import StretchText
from .text import load
from .walk import Places


def compile_pass(plan: Plan, work: Pass, dtypes: dict[str, str]) -> "Kernel":
    """The kernels of one pass over arrays of these dtypes, by array name."""
    return Kernel(lower(plan, work), dtypes, plan.remembered)


class Kernel:
    """A pass as kernels, ready to be bound to batches of tensors."""

    def __init__(
        self, lowered: Lowered, dtypes: dict[str, str], remembered: Sequence[str] = ()
    ) -> None:
        for walk in lowered.walks:
            if walk.whole is not None and depends_on_clock(walk.whole, remembered):
                raise CLOCK_IN_MATRIX.error(f"one for {walk.whole.arguments[-1].__name__}")
        self.lowered = lowered
        self.dtypes = {**dtypes, SCRATCH: wide(dtypes["p"])}
        self.uniform = uniform_of(lowered)
        """The place of each scalar of the step in the pass's rows of them."""

    def bind(self, batch: DeviceBatch, shared: "Shared") -> "StretchPass | TilePass":
        """This pass over the tensors of `batch`."""
        alone = shared.exchange is None
        for tensor in batch.tensors if self.lowered.whole and alone else ():
            if tensor.sizes not in (None, matrix_shape(tensor.shape)):
                raise PARTS_OF_MATRIX.error(
                    f"a part of shape {tensor.shape} of {tensor.sizes} [batch, rows, columns]"
                )
        return (TilePass if self.lowered.matrix else StretchPass)(self, batch, shared)


class StretchPass:
    """A pass that sums over whole tensors, or nothing, with the memory it runs over."""

    def __init__(self, kernel: Kernel, batch: DeviceBatch, shared: Shared) -> None:
        self.work = kernel.lowered.work
        self._batch, self._shared = batch, shared
        rows = int(batch.rows.max(initial=0)) + 1
        self.uniform = empty((rows, len(kernel.uniform)), batch)
        """What the kernel of the scalars computes for this pass."""
        self._walks: list[StretchWalk] = []
        for walk in kernel.lowered.walks:
            before = list(self._walks)
            self._walks.append(StretchWalk(kernel, walk, batch, shared, self.uniform, before))

    def run(self) -> None:
        """Every walk in turn, with what the next one needs computed in between."""
        for walk in self._walks:
            walk.run()
            if walk.whole is not None:
                self._shared.run_whole(walk.whole, self._batch)

    @property
    def launches(self) -> list[Launch]:
        """All launches, in order."""
        return [launch for walk in self._walks for launch in walk.launches]

    @property
    def sums(self) -> torch.Tensor:
        """Of the last walk, float64 [tensors, …]: squares of a pass with norms, then what is found.

        The last column of a pass with checks counts chunks in which something is not finite.
        """
        return self._walks[-1].sums


class StretchWalk:
    """A walk with the memory it runs over: what it needs first, the walk, its sums."""

    def __init__(
        self,
        kernel: Kernel,
        walk: Walk,
        batch: DeviceBatch,
        shared: Shared,
        uniform: torch.Tensor,
        before: "list[StretchWalk]",
    ) -> None:
        inputs = Inputs(walk)
        self.whole = walk.whole
        self.nodes: tuple[Expression, ...] = inputs.tensor_sums
        self._exchange = shared.exchange
        self._has_sums = bool(inputs.per_tensor)
        self._places = batch.places
        computed = Places(walk, kernel.uniform).computed
        cut = shared.stretches(batch)
        values = empty((len(batch), len(computed)), batch)
        partial = empty((cut.count, inputs.per_tensor), batch)
        self.sums = empty((len(batch), inputs.per_tensor), batch)
        self.launches: list[Launch] = []
        if computed:
            sums = [walk.sums for walk in before]
            text = values_text(
                computed,
                kernel.uniform,
                [walk.nodes for walk in before],
                [table.shape[1] for table in sums],
                shared.table.shape[1],
            )
            sizes = batch.upload(batch.sizes)
            tables = [shared.table, uniform, shared.factors, sizes, values, *sums]
            self.launches.append(Launch(load("between", text), len(batch), tables, {}))
        writer = StretchText(walk, kernel.dtypes, kernel.uniform, batch.names, "[BLOCK]")
        program = load("walk", writer.text())
        for first, end, strided in ((0, cut.dense, False), (cut.dense, cut.count, True)):
            tables = [
                *(cut.chunks[first:], shared.table, shared.gradients, cut.geometry),
                *(uniform, shared.factors, values, partial[first:], shared.stop),
            ]
            constants = {
                "BLOCK": writer.block,
                "STRIDED": strided,
                "RANK": cut.rank if strided else 1,
            }
            self.launches.append(Launch(program, end - first, tables, constants))
        if inputs.per_tensor:
            constants = {"COUNT": inputs.per_tensor, "LANES": LANES}
            tables = [partial, cut.ranges, self.sums]
            add_up: Any = functions.add_up
            self.launches.append(Launch(add_up, len(batch), tables, constants))

    def run(self) -> None:
        """All launches, and the exchange of sums with other processes."""
        for launch in self.launches:
            launch()
        if self._exchange is not None and self._has_sums:
            result = self._exchange(self.sums, (0, 1, 2), self._places)
            if result is not self.sums:
                self.sums.copy_(result)
