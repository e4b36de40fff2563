"""A pass in which rows or columns matter: walks over tiles, and PyTorch in between.

What varies over rows or columns is a ten-thousandth of the weights. It is computed by PyTorch on
the device, in float64, for all tensors at once (`Spaces`).
"""

from collections.abc import Sequence
from math import prod
from typing import Any

import torch

from ...language.evaluation import evaluate
from ...language.expression import AXES, COLUMN, KNOWN, ROW, TENSOR, Expression, in_order
from ...language.noise import IDENTITY
from ...language.shapes import matrix_shape
from ...lowering import Walk
from ...passes import NORM_CLIPS
from ..inputs import Inputs, reductions
from .kernel import Kernel
from .launch import Launch
from .memory import DeviceBatch, empty
from .shared import Shared
from .small import SmallSlots
from .spaces import Adder, Flat, Spaces
from .tables import Tiles
from .text import load
from .tiles import TileText
from .torch import Namespace
from .walk import Places
from .wholes import DeviceWholes

Sums = tuple[Adder, dict[Expression, int]]
"""What adds numbers up, and the columns that nodes have among them."""


class TileWalk:
    """A walk over tiles with the memory it runs over."""

    def __init__(
        self,
        kernel: Kernel,
        walk: Walk,
        batch: DeviceBatch,
        shared: Shared,
        uniform: torch.Tensor,
        tiles: Tiles,
    ) -> None:
        self.walk = walk
        self._inputs = inputs = Inputs(walk)
        chunks, rows, columns, row_slots, column_slots = tiles.totals
        self._computed = Places(walk, kernel.uniform).computed
        self._values = empty((len(batch), len(self._computed)), batch)
        self._row_values = empty((rows, len(inputs.row)), batch)
        self._column_values = empty((columns, len(inputs.column)), batch)
        partial = empty((chunks, inputs.per_tensor), batch)
        row_sums = empty((row_slots, len(inputs.row_sums)), batch)
        column_sums = empty((column_slots, len(inputs.column_sums)), batch)
        writer = TileText(walk, kernel.dtypes, kernel.uniform, batch.names, "[HEIGHT, WIDTH]")
        program = load("walk", writer.text())
        self.launches: list[Launch] = []
        for first, end, height, width in tiles.runs:
            tables = [
                *(tiles.chunks[first:], shared.table, shared.gradients, tiles.geometry),
                *(uniform, shared.factors, self._values, self._row_values, self._column_values),
                *(partial[first:], row_sums, column_sums, shared.stop),
            ]
            constants = {"HEIGHT": height, "WIDTH": width}
            self.launches.append(Launch(program, end - first, tables, constants))
        self._walking = list(self.launches)
        self._sums: list[Sums] = []
        for nodes, numbers, layout in (
            (inputs.tensor_sums, partial, tiles.chunk_layout),
            (inputs.row_sums, row_sums, tiles.row_layout),
            (inputs.column_sums, column_sums, tiles.column_layout),
        ):
            for apart in (True, False):  # each matrix of a stack, or all together
                places = {n: p for p, n in enumerate(nodes) if bool(n.extent & AXES[0]) == apart}
                if places:
                    adder = Adder(batch, layout(apart), numbers, reductions(nodes))
                    self._sums.append((adder, places))
                    self.launches.append(adder.launch)
        self._found = Adder(batch, tiles.chunk_layout(False), partial)

    def run(self) -> None:
        """Every launch."""
        for launch in self._walking:
            launch()

    def take(self, known: dict[Expression, Any], spaces: Spaces) -> None:
        """Store the values of all tensors where the kernel finds them."""
        for nodes, table, extent in (
            (self._computed, self._values, TENSOR),
            (self._inputs.row, self._row_values, ROW),
            (self._inputs.column, self._column_values, COLUMN),
        ):
            for place, node in enumerate(nodes):
                values = spaces.spread(known[node], extent)
                table[: len(values), place].copy_(values)

    def sums(self) -> dict[Expression, Flat]:
        """The sums of all tensors."""
        found = {}
        for adder, places in self._sums:
            sums = adder()
            found |= {node: Flat(sums[:, at], node.extent) for node, at in places.items()}
        return found

    def found(self) -> torch.Tensor:
        """In how many chunks of each tensor something would not be finite."""
        return self._found()[:, -1]


class TilePass:
    """A pass in which rows or columns matter, with the memory it runs over."""

    def __init__(self, kernel: Kernel, batch: DeviceBatch, shared: Shared) -> None:
        self.work = kernel.lowered.work
        self._lowered = kernel.lowered
        self.places = kernel.uniform
        self.batch = batch
        self._shared = shared
        rows = int(batch.rows.max(initial=0)) + 1
        self.uniform = empty((rows, len(kernel.uniform)), batch)
        whole = kernel.lowered.whole
        self._wholes = DeviceWholes(kernel, batch, shared, self.uniform) if whole else None
        tiles = Tiles(batch, stacked=shared.exchange is None)
        self._walks = [
            TileWalk(kernel, walk, batch, shared, self.uniform, tiles)
            for walk in kernel.lowered.walks
        ]
        self.sums = empty((len(batch), 1), batch)
        """The squares of a pass with norms, or what a pass with checks has found."""
        self.totals = empty((len(batch), len(self.work.totals)), batch)
        """What each tensor adds to the sums over all, float64 [tensors, sums]."""
        self._constants = _constants(kernel, batch)
        self._rows = batch.upload(batch.rows)
        self._sizes = batch.upload(batch.sizes)
        self._words = batch.upload(batch.words)
        shapes = [matrix_shape(tensor.shape) for tensor in batch.tensors]
        there = [bool(prod(t.sizes or s)) for t, s in zip(batch.tensors, shapes, strict=True)]
        self._there = batch.upload(torch.tensor(there).double().numpy())
        own = [shape if is_there else None for shape, is_there in zip(shapes, there, strict=True)]
        self._spaces = Spaces(batch, own)
        touched = {*kernel.lowered.small, *_leaves_of(kernel)}
        small = batch.plan.small.items()
        self._extents = {slot: extent | TENSOR for slot, extent in small if slot in touched}
        self._small = SmallSlots(batch, self._spaces, self._extents, shared.stop)
        self._numpy: Any = Namespace(self._spaces, self._reduced)

    @property
    def launches(self) -> list[Launch]:
        """All launches of kernels, in order."""
        walks = [launch for walk in self._walks for launch in walk.launches]
        return [self._small.take, *walks, self._small.put]

    def run(self) -> None:
        """Every walk in turn, with what the next one needs computed in between."""
        known = self._begin()
        leaves = self._leaves()
        for walk in self._walks:
            self._evaluate(walk.walk.small, leaves, known)
            walk.take(known, self._spaces)
            if self._wholes is not None:
                self._wholes.give(walk.walk)
            walk.run()
            for node, sums in walk.sums().items():
                known[node] = self._exchanged(node.operation, sums, node.arguments[1])
            if self._wholes is not None:
                self._wholes.call(walk.walk)
        self._finish(leaves, known)
        if self._wholes is not None:
            if self.work.checks:
                self.sums[:, 0] += self._wholes.found()
            self._wholes.finish()

    def _begin(self) -> dict[Expression, Any]:
        """The scalars of the step, for each tensor, and the constants of the rule."""
        own = self.uniform[self._rows]
        scalars = {node: Flat(own[:, place], TENSOR) for node, place in self.places.items()}
        return {**self._constants, **scalars}

    def _leaves(self) -> dict[str, Flat]:
        """What is known of tensors, the factors of clips, and small slots as they are."""
        factors = {f"{clip}_factor": place for place, clip in enumerate(NORM_CLIPS)}
        return {
            **{name: Flat(self._sizes[:, place], TENSOR) for place, name in enumerate(KNOWN)},
            **{n: Flat(self._shared.factors[:, at], TENSOR) for n, at in factors.items()},
            **{name: Flat(self._words[:, place], TENSOR) for place, name in enumerate(IDENTITY)},
            **self._small.read(),
        }

    def _evaluate(
        self, nodes: Sequence[Expression], leaves: dict[str, Flat], known: dict[Expression, Any]
    ) -> list[Any]:
        wanted = list(nodes)
        return evaluate(wanted, leaves, self._numpy, known, in_order(wanted, known))

    def _reduced(self, name: str, value: Flat, axes: tuple[int, ...]) -> Flat:
        return self._exchanged(name, self._spaces.reduce(name, value, axes), axes)

    def _exchanged(self, name: str, sums: Flat, axes: tuple[int, ...]) -> Flat:
        """The sums of all processes, of those of one: tensor by tensor, as each has its own."""
        exchange = self._shared.exchange
        if exchange is None:
            return sums
        starts, parts = self._spaces.starts(sums.extent), []
        for tensor, place in enumerate(self.batch.places):
            part = sums.values[starts[tensor] : starts[tensor + 1]]
            if len(part):
                own = part.reshape(1, *self._spaces.shape(tensor, sums.extent))
                part = exchange(own, axes, [place], name).reshape(-1)
            parts.append(part)
        return Flat(torch.cat(parts), sums.extent)

    def _finish(self, leaves: dict[str, Flat], known: dict[Expression, Any]) -> None:
        """Store the new values of small slots, or what the pass is for."""
        last, slots = self._walks[-1], self._lowered.small
        values = self._evaluate(list(slots.values()), leaves, known)
        if self.work.norms:
            (node,) = last.walk.sums
            self.sums[:, 0].copy_(self._spaces.spread(known[node], TENSOR))
        elif self.work.totals:
            totals = self._evaluate(list(self._lowered.totals.values()), leaves, known)
            for place, value in enumerate(totals):
                self.totals[:, place].copy_(self._spaces.spread(value, TENSOR))
        elif self.work.checks:
            found = last.found()
            for slot, value in zip(slots, values, strict=True):
                extent = self._extents[slot]
                stored = self._spaces.spread(value, extent).to(self._small.dtype)
                bad = Flat((~torch.isfinite(stored)).double(), extent)
                axes = tuple(at for at, axis in enumerate(AXES) if extent & axis)
                found = found + (self._spaces.reduce("sum", bad, axes) if axes else bad).values
            total = self._exchanged("sum", Flat(found * self._there, TENSOR), (0, 1, 2))
            self.sums[:, 0].copy_(total.values)
        elif slots:
            self._small.store(dict(zip(slots, values, strict=True)))


def _between(kernel: Kernel) -> list[Expression]:
    """All that is computed between walks."""
    small = [node for walk in kernel.lowered.walks for node in walk.small]
    lowered = kernel.lowered
    return in_order([*small, *lowered.small.values(), *lowered.totals.values()])


def _leaves_of(kernel: Kernel) -> list[str]:
    return [node.arguments[0] for node in _between(kernel) if node.operation == "leaf"]


def _constants(kernel: Kernel, batch: DeviceBatch) -> dict[Expression, Any]:
    """The constants between walks, on the device: a captured step may not bring them there."""
    return {
        node: torch.tensor(float(node.arguments[0]), dtype=torch.float64, device=batch.device)
        for node in _between(kernel)
        if node.operation == "constant"
    }
