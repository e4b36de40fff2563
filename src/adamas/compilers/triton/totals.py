"""Sums over all tensors of a step, on the device: added up in one order, without waiting."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from .binding import Bound
from .memory import DeviceBatch
from .rows import DeviceRows


@dataclass(frozen=True)
class Addends:
    """What tensors add to the sums of one member, or members.

    Attributes:
        parts: what each tensor of a batch adds, [tensors, sums], which of them take part, and to
            which of all sums.
        rows: the rows of scalars that the sums are numbers of.
    """

    parts: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]
    rows: torch.Tensor


def addends(rows: DeviceRows, bounds: Sequence[Bound]) -> list[Addends]:
    """What is added up after a pass: those of each member."""
    found = []
    for whose in np.unique(rows.adds_to).tolist():
        parts = []
        for bound in bounds:
            batch = bound.batch
            there = batch.sizes[:, :3].prod(axis=1) > 0
            own = np.flatnonzero((rows.adds_to[batch.rows] == whose) & there)
            columns = np.array([rows.totals.index(name) for name in bound.work.totals], np.int64)
            parts.append((bound.totals, batch.upload(own), batch.upload(columns)))
        every = bounds[0].batch.upload(np.flatnonzero(rows.adds_to == whose))
        found.append(Addends(parts, every))
    return found


def add_over_tensors(
    rows: DeviceRows, everyone: Sequence[Addends], stop: torch.Tensor | None
) -> None:
    """Add up, in the order of the tensors; a sum that is not finite sets `stop`, if it is given."""
    for own in everyone:
        sums = torch.zeros(len(rows.totals), dtype=torch.float64, device=rows.device)
        for table, taking, columns in own.parts:
            sums[columns] += table[taking].sum(0)
            rows.sums[own.rows[:, None], columns] = sums[columns]
        if stop is not None:
            bad = torch.isfinite(sums).all().logical_not()
            stop.copy_(torch.maximum(stop, bad.to(stop.dtype)))


Fed = tuple[int, int, torch.Tensor]
"""A column of the numbers that are remembered, a row that has it, and all rows, bool, that do."""


def fed_by(rows: DeviceRows, batches: Sequence[DeviceBatch]) -> list[Fed]:
    """The numbers that follow from all tensors, which all rows of a member have in common."""
    found = []
    for batch in batches:
        first = {int(rows.members[row]): int(row) for row in batch.rows.tolist()[::-1]}
        for member, row in first.items():
            own = torch.from_numpy(rows.members == member).to(rows.device)
            found += [(rows.remembered.index(name), row, own) for name in batch.plan.fed]
    return found


def hand_on_to_all(rows: DeviceRows, fed: Sequence[Fed]) -> None:
    """Give all rows what one of them has."""
    for column, row, own in fed:
        numbers = rows.kept[:, column]
        numbers.copy_(torch.where(own, numbers[row], numbers))
