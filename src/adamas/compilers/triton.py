"""The GPU compiler: each walk of a pass, written as one kernel in Triton's language.

One launch goes over all tensors of a combination of dtypes. What is the same for all weights, what
varies over tensors, and whether the step is to happen at all, is computed by small kernels on the
device in between, so a step waits for nothing and can be captured as a CUDA graph.

The arithmetic is that of the CPU: float32 for parameters of float32 and narrower, float64 for
float64, rounded once where it is stored; division and root are rounded correctly, nothing is fused.
"""

from typing import Any

import torch

from ..errors import UnsupportedError
from ..expression import Expression
from ..lowering import Lowered, Walk, lower
from ..plan import Pass, Plan
from . import triton_functions
from .inputs import Inputs
from .triton_between import LANES, uniform_of, values_text
from .triton_launch import Launch
from .triton_memory import DeviceBatch, empty
from .triton_text import compute_type, load
from .triton_walk import BLOCK, Places, WalkText

REFUSES: dict[str, str] = {}
"""What this compiler cannot do, and where."""


def compile_pass(plan: Plan, work: Pass, dtypes: dict[str, str]) -> "Kernel":
    """The kernels of one pass over arrays of these dtypes, by array name."""
    return Kernel(lower(plan, work), dtypes)


class Kernel:
    """A pass as kernels, ready to be bound to batches of tensors."""

    def __init__(self, lowered: Lowered, dtypes: dict[str, str]) -> None:
        if lowered.matrix or lowered.whole:
            raise UnsupportedError("not yet")
        self.lowered = lowered
        self.dtypes = dtypes
        self.compute = compute_type(dtypes)
        self.uniform = uniform_of(lowered)
        """The place of each scalar of the step in the pass's rows of them."""

    def bind(self, batch: DeviceBatch, shared: "Shared") -> "BoundPass":
        """This pass over the tensors of `batch`."""
        return BoundPass(self, batch, shared)


class Shared:
    """The memory of a batch that its passes share.

    Attributes:
        table: int64 [tensors, arrays], addresses and rows.
        gradients: int64 [tensors], the addresses of gradients: those of the step that is next.
        factors: float64 [tensors, clips].
        stop: int32 [1], not 0 if this step is to store nothing.
        exchange: what makes the sums of all processes of those of one, or None.
    """

    def __init__(
        self,
        batch: DeviceBatch,
        gradients: torch.Tensor,
        factors: torch.Tensor,
        stop: torch.Tensor,
        scratch: torch.Tensor | None,
        exchange: Any,
    ) -> None:
        self.table = batch.table(scratch)
        self.gradients = gradients
        self.factors = factors
        self.stop = stop
        self.exchange = exchange
        self.stretches = batch.stretches()


class BoundPass:
    """A pass with the memory it runs over; `squares` of a pass with norms is float64 [tensors]."""

    def __init__(self, kernel: Kernel, batch: DeviceBatch, shared: Shared) -> None:
        self.work = kernel.lowered.work
        rows = int(batch.rows.max(initial=0)) + 1
        self.uniform = empty((rows, len(kernel.uniform)), batch)
        """What the kernel of the scalars computes for this pass."""
        self._walks: list[BoundWalk] = []
        for walk in kernel.lowered.walks:
            before = list(self._walks)
            self._walks.append(BoundWalk(kernel, walk, batch, shared, self.uniform, before))

    def run(self) -> None:
        """Every walk in turn, with what the next one needs computed in between."""
        for walk in self._walks:
            walk.run()

    @property
    def sums(self) -> torch.Tensor:
        """The sums of the last walk, float64 [tensors, …]."""
        return self._walks[-1].sums


class BoundWalk:
    """A walk with the memory it runs over: what it needs first, the walk, its sums."""

    def __init__(
        self,
        kernel: Kernel,
        walk: Walk,
        batch: DeviceBatch,
        shared: Shared,
        uniform: torch.Tensor,
        before: "list[BoundWalk]",
    ) -> None:
        inputs = Inputs(walk)
        self.nodes: tuple[Expression, ...] = inputs.tensor_sums
        self._exchange = shared.exchange
        self._places = batch.places
        computed = Places(walk, kernel.uniform).computed
        cut = shared.stretches
        values = empty((len(batch), len(computed)), batch)
        partial = empty((cut.count, inputs.per_tensor), batch)
        self.sums = empty((len(batch), inputs.per_tensor), batch)
        self._launches: list[Launch] = []
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
            self._launches.append(Launch(load("between", text), len(batch), tables, {}))
        text = WalkText(walk, kernel.dtypes, kernel.uniform, batch.names).text()
        program = load("walk", text)
        for first, end, strided in ((0, cut.dense, False), (cut.dense, cut.count, True)):
            tables = [
                *(cut.chunks[first:], shared.table, shared.gradients, cut.geometry),
                *(uniform, shared.factors, values, partial[first:], shared.stop),
            ]
            constants = {"BLOCK": BLOCK, "STRIDED": strided, "RANK": cut.rank if strided else 1}
            self._launches.append(Launch(program, end - first, tables, constants))
        if inputs.per_tensor:
            constants = {"COUNT": inputs.per_tensor, "LANES": LANES}
            tables = [partial, cut.ranges, self.sums]
            add_up: Any = triton_functions.add_up
            self._launches.append(Launch(add_up, len(batch), tables, constants))

    def run(self) -> None:
        """All launches, and the exchange of sums with other processes."""
        for launch in self._launches:
            launch()
        if self._exchange is not None and self.nodes:
            result = self._exchange(self.sums, (0, 1, 2), self._places)
            if result is not self.sums:
                self.sums.copy_(result)
