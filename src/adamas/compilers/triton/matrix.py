"""A pass in which rows or columns matter: walks over tiles, and PyTorch in between.

What varies over rows or columns is a ten-thousandth of the weights. It is computed by PyTorch on
the device, in float64, for all tensors of one shape at a time.
"""

from collections.abc import Sequence
from typing import Any

import torch

from ...language.expression import KNOWN, Expression, evaluate, in_order
from ...language.shapes import stretched_shape
from ...lowering import Walk
from ...plan import NORM_CLIPS
from ..inputs import Inputs
from .kernel import Kernel
from .launch import Launch
from .memory import DeviceBatch, empty
from .shared import Shared
from .tables import Group, Tiles, over_batch
from .text import load
from .tiles import TileText
from .torch import Namespace, lifted
from .walk import Places


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
        self.inputs = inputs = Inputs(walk)
        chunks, rows, columns, row_slots, column_slots = tiles.totals
        self.computed = Places(walk, kernel.uniform).computed
        self.values = empty((len(batch), len(self.computed)), batch)
        self.row_values = empty((rows, len(inputs.row)), batch)
        self.column_values = empty((columns, len(inputs.column)), batch)
        self.partial = empty((chunks, inputs.per_tensor), batch)
        self.row_sums = empty((row_slots, len(inputs.row_sums)), batch)
        self.column_sums = empty((column_slots, len(inputs.column_sums)), batch)
        writer = TileText(walk, kernel.dtypes, kernel.uniform, batch.names, "[HEIGHT, WIDTH]")
        program = load("walk", writer.text())
        self.launches = []
        for first, end, height, width in tiles.runs:
            tables = [
                *(tiles.chunks[first:], shared.table, shared.gradients, tiles.geometry),
                *(uniform, shared.factors, self.values, self.row_values, self.column_values),
                *(self.partial[first:], self.row_sums, self.column_sums, shared.stop),
            ]
            constants = {"HEIGHT": height, "WIDTH": width}
            self.launches.append(Launch(program, end - first, tables, constants))

    def run(self) -> None:
        """Every launch."""
        for launch in self.launches:
            launch()

    def take(self, group: Group, known: dict[Expression, Any]) -> None:
        """Store the values of one group's tensors where the kernel finds them."""
        for place, node in enumerate(self.computed):
            self.values[group.tensors, place].copy_(_spread(known[node], group, 1, 1, 1).view(-1))
        for place, node in enumerate(self.inputs.row):
            batch, rows, _ = group.shape
            value = _spread(known[node], group, batch, rows, 1)
            group.at_rows(self.row_values[:, place]).copy_(value)
        for place, node in enumerate(self.inputs.column):
            batch, _, columns = group.shape
            value = _spread(known[node], group, batch, 1, columns)
            group.at_columns(self.column_values[:, place]).copy_(value)

    def sums(self, group: Group) -> dict[Expression, torch.Tensor]:
        """The sums of one group's tensors."""
        found = {}
        for place, node in enumerate(self.inputs.tensor_sums):
            found[node] = over_batch(node, group.of_tensors(self.partial[:, place]))
        for place, node in enumerate(self.inputs.row_sums):
            found[node] = over_batch(node, group.of_rows(self.row_sums[:, place]))
        for place, node in enumerate(self.inputs.column_sums):
            found[node] = over_batch(node, group.of_columns(self.column_sums[:, place]))
        return found

    def found(self, group: Group) -> torch.Tensor:
        """In how many chunks of each tensor something would not be finite."""
        return group.of_tensors(self.partial[:, -1]).sum(1).view(-1)


class TilePass:
    """A pass in which rows or columns matter, with the memory it runs over."""

    def __init__(self, kernel: Kernel, batch: DeviceBatch, shared: Shared) -> None:
        self.work = kernel.lowered.work
        self._lowered = kernel.lowered
        self._places_of = kernel.uniform
        self._batch = batch
        self._shared = shared
        rows = int(batch.rows.max(initial=0)) + 1
        self.uniform = empty((rows, len(kernel.uniform)), batch)
        self._tiles = tiles = Tiles(batch, stacked=shared.exchange is None)
        self._walks = [
            TileWalk(kernel, walk, batch, shared, self.uniform, tiles)
            for walk in kernel.lowered.walks
        ]
        self.sums = empty((len(batch), 1), batch)
        """The squares of a pass with norms, or what a pass with checks has found."""
        self._constants = _constants(kernel, batch)
        self._rows = batch.upload(batch.rows)
        self._sizes = batch.upload(batch.sizes)

    @property
    def launches(self) -> list[Launch]:
        """All launches, in order."""
        return [launch for walk in self._walks for launch in walk.launches]

    def run(self) -> None:
        """Every walk in turn, with what the next one needs computed in between."""
        groups = self._tiles.groups
        known = [self._begin(group) for group in groups]
        for walk in self._walks:
            for group, values in zip(groups, known, strict=True):
                self._evaluate(walk.walk.small, group, values)
                walk.take(group, values)
            walk.run()
            for group, values in zip(groups, known, strict=True):
                for node, sums in walk.sums(group).items():
                    values[node] = self._exchanged(sums, node.arguments[1], group)
            if walk.walk.whole is not None:
                self._shared.run_whole(walk.walk.whole, self._batch)
        for group, values in zip(groups, known, strict=True):
            self._finish(group, values)

    def _begin(self, group: Group) -> dict[Expression, Any]:
        """The scalars of the step, for each tensor, and the constants of the rule."""
        own = self.uniform[self._rows[group.tensors]]
        shape = (group.count, 1, 1, 1)
        scalars = {node: own[:, place].view(shape) for node, place in self._places_of.items()}
        return {**self._constants, **scalars}

    def _evaluate(
        self, nodes: Sequence[Expression], group: Group, known: dict[Expression, Any]
    ) -> list[Any]:
        wanted = list(nodes)
        order = in_order(wanted, known)
        leaves = {n.arguments[0] for n in order if n.operation == "leaf"}
        values = {name: self._leaf(name, group) for name in leaves}
        numpy = Namespace(lambda sums, axes: self._exchanged(sums, axes, group))
        return evaluate(wanted, values, numpy, known, order)

    def _leaf(self, name: str, group: Group) -> torch.Tensor:
        shape = (group.count, 1, 1, 1)
        if name in KNOWN:
            return self._sizes[group.tensors, KNOWN.index(name)].view(shape)
        clip = name.removesuffix("_factor")
        if clip in NORM_CLIPS:
            return self._shared.factors[group.tensors, NORM_CLIPS.index(clip)].view(shape)
        stretched = self._stretched(name, group)
        return torch.stack([a.double().reshape(stretched) for a in self._slots(name, group)])

    def _slots(self, name: str, group: Group) -> list[torch.Tensor]:
        return [tensor.arrays[name] for tensor in self._batch.tensors[group.tensors]]

    def _stretched(self, slot: str, group: Group) -> tuple[int, ...]:
        shape = self._batch.tensors[group.first].shape
        return stretched_shape(shape, self._lowered.slots[slot])

    def _exchanged(self, sums: torch.Tensor, axes: tuple[int, ...], group: Group) -> torch.Tensor:
        if self._shared.exchange is None:
            return sums
        return self._shared.exchange(sums, axes, self._batch.places[group.tensors])

    def _finish(self, group: Group, known: dict[Expression, Any]) -> None:
        """Store the new values of small slots, or what the pass is for."""
        last, slots = self._walks[-1], self._lowered.small
        values = self._evaluate(list(slots.values()), group, known)
        if self.work.norms:
            (node,) = last.walk.sums
            self.sums[group.tensors, 0].copy_(known[node].view(-1))
        elif self.work.checks:
            found = last.found(group)
            for slot, value in zip(slots, values, strict=True):
                stored = self._new(slot, value, group)
                dtype = self._slots(slot, group)[0].dtype
                bad = ~torch.isfinite(stored.to(dtype))
                found = found + bad.reshape(group.count, -1).sum(1)
            found = self._exchanged(found.view(-1, 1, 1, 1), (0, 1, 2), group)
            self.sums[group.tensors, 0].copy_(found.view(-1))
        else:
            for slot, value in zip(slots, values, strict=True):
                self._store(slot, self._new(slot, value, group), group)

    def _new(self, slot: str, value: Any, group: Group) -> torch.Tensor:
        return _spread(value, group, *self._stretched(slot, group))

    def _store(self, slot: str, new: torch.Tensor, group: Group) -> None:
        arrays = self._slots(slot, group)
        go = self._shared.stop == 0
        old = self._leaf(slot, group)
        kept = torch.where(go, new, old).to(arrays[0].dtype)
        for array, values in zip(arrays, kept, strict=True):
            array.copy_(values.view(array.shape))


def _spread(value: Any, group: Group, *shape: int) -> torch.Tensor:
    return lifted(value).double().expand(group.count, *shape)


def _constants(kernel: Kernel, batch: DeviceBatch) -> dict[Expression, Any]:
    """The constants between walks, on the device: a captured step may not bring them there."""
    small = [node for walk in kernel.lowered.walks for node in walk.small]
    nodes = in_order([*small, *kernel.lowered.small.values()])
    return {
        node: torch.tensor(float(node.arguments[0]), dtype=torch.float64, device=batch.device)
        for node in nodes
        if node.operation == "constant"
    }
