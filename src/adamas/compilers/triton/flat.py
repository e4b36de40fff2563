"""A pass that sums over whole tensors, or nothing: walks over stretches of weights."""

from collections.abc import Sequence
from typing import Any

import torch

from ...language.expression import Expression
from ...lowering import Walk
from ..inputs import Inputs
from . import joining
from .between import LANES, draws, values_text
from .kernel import Kernel
from .launch import Launch
from .memory import DeviceBatch, empty
from .shared import Exchange, Shared
from .spaces import by_reduction, columns_of
from .stretches import StretchText
from .text import load
from .walk import Places
from .wholes import DeviceWholes


class StretchPass:
    """A pass over stretches, with the memory it runs over."""

    def __init__(self, kernel: Kernel, batch: DeviceBatch, shared: Shared) -> None:
        self.work = kernel.lowered.work
        rows = int(batch.rows.max(initial=0)) + 1
        self.places = kernel.uniform
        self.batch = batch
        self.uniform = empty((rows, len(kernel.uniform)), batch)
        """What the kernel of the scalars computes for this pass."""
        whole = kernel.lowered.whole
        self._wholes = DeviceWholes(kernel, batch, shared, self.uniform) if whole else None
        self._walks: list[StretchWalk] = []
        for walk in kernel.lowered.walks:
            before = list(self._walks)
            self._walks.append(StretchWalk(kernel, walk, batch, shared, self.uniform, before))

        self._adding: Launch | None = None
        if self.work.totals:
            nodes = tuple(kernel.lowered.totals.values())
            self.totals = empty((len(batch), len(nodes)), batch)
            """What each tensor adds to the sums over all, float64 [tensors, sums]."""
            launch = _between(nodes, kernel, batch, shared, self.uniform, self.totals, self._walks)
            self._adding = launch

    def run(self) -> None:
        """Every walk in turn, with what the next one needs computed in between."""
        wholes = self._wholes
        for walk in self._walks:
            if wholes is None:
                walk.run()
                continue
            wholes.give(walk.walk)
            walk.run()
            wholes.call(walk.walk)
        if wholes is not None:
            if self.work.checks:
                self.sums[:, -1] += wholes.found()
            wholes.finish()
        if self._adding is not None:
            self._adding()

    @property
    def launches(self) -> list[Launch]:
        """All launches, in order."""
        adding = [] if self._adding is None else [self._adding]
        return [*(launch for walk in self._walks for launch in walk.launches), *adding]

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
        self.walk = walk
        self.nodes: tuple[Expression, ...] = inputs.tensor_sums
        self._exchange = shared.exchange
        self._kinds = by_reduction([r.name for r in inputs.of_tensor], inputs.per_tensor)
        self._places = batch.places
        computed = Places(walk, kernel.uniform).computed
        cut = shared.stretches(batch)
        values = empty((len(batch), len(computed)), batch)
        partial = empty((cut.count, inputs.per_tensor), batch)
        self.sums = empty((len(batch), inputs.per_tensor), batch)
        self.launches: list[Launch] = []
        if computed:
            launch = _between(computed, kernel, batch, shared, uniform, values, before)
            self.launches.append(launch)
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
                "LONG": cut.long and strided,
            }
            self.launches.append(Launch(program, end - first, tables, constants))
        if inputs.per_tensor:
            constants = {"COUNT": inputs.per_tensor, "LANES": LANES, **columns_of(inputs.of_tensor)}
            tables = [partial, cut.ranges, self.sums]
            add_up: Any = joining.add_up
            self.launches.append(Launch(add_up, len(batch), tables, constants))

    def run(self) -> None:
        """All launches, and the exchange of sums with other processes."""
        for launch in self.launches:
            launch()
        if self._exchange is not None:
            self._meet(self._exchange)

    def _meet(self, exchange: Exchange) -> None:
        for name, columns in self._kinds.items():
            own = self.sums if len(self._kinds) == 1 else self.sums[:, columns]
            result = exchange(own, (0, 1, 2), self._places, name)
            if result is not self.sums:
                self.sums[:, columns] = result


def _between(
    nodes: Sequence[Expression],
    kernel: Kernel,
    batch: DeviceBatch,
    shared: Shared,
    uniform: torch.Tensor,
    values: torch.Tensor,
    before: Sequence[StretchWalk],
) -> Launch:
    """What computes nodes for each tensor from the sums of the walks before."""
    sums = [walk.sums for walk in before]
    text = values_text(
        nodes,
        kernel.uniform,
        [walk.nodes for walk in before],
        [table.shape[1] for table in sums],
        shared.table.shape[1],
    )
    sizes = batch.upload(batch.sizes)
    tables = [shared.table, uniform, shared.factors, sizes, values, *sums]
    if draws(nodes):
        tables.append(batch.upload(batch.words))
    return Launch(load("between", text), len(batch), tables, {})
