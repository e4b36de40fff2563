"""Sums over all tensors of a step: of what each tensor adds, and into the rows of numbers."""

from collections.abc import Mapping, Sequence

import numpy as np

from ...compilers.batch import Batch
from ...compilers.door import Bound

Rows = Sequence[Sequence[float]]

Totals = Mapping[int, Mapping[str, float]]
"""The sums that were taken, by whose they are and name."""


class Summing:
    """Who adds what to which sum, in one kind of call.

    Args:
        names: of the sums that the plan of each batch takes.
        batches: the tensors that take part.
        whose: the number of the member, or members, whose sums each tensor adds to.
        members: how many such numbers there are.
    """

    def __init__(
        self,
        names: Sequence[tuple[str, ...]],
        batches: Sequence[Batch],
        whose: Sequence[int],
        members: int,
    ) -> None:
        self._names = names
        self._batches = batches
        self._whose = np.array(whose, np.int64)
        self._members = members
        ends = np.cumsum([len(batch) for batch in batches], dtype=np.int64)
        self._starts = [int(end) - len(batch) for end, batch in zip(ends, batches, strict=True)]

    def of_tensors(self, names: Sequence[str], bounds: Sequence[Bound | None]) -> np.ndarray:
        """What each tensor adds to the sums of these names: [tensors, names]."""
        found = np.zeros((len(self._whose), len(names)))
        for start, bound in zip(self._starts, bounds, strict=True):
            if bound is not None:
                for name, values in bound.totals.items():
                    found[start : start + len(values), names.index(name)] = values
        return found

    def spread(self, sums: np.ndarray) -> np.ndarray:
        """What each tensor adds to the sums of each member: [tensors, members · names]."""
        count, width = sums.shape
        found = np.zeros((count, self._members, width))
        found[np.arange(count), self._whose] = sums
        return found.reshape(count, -1)

    def named(self, names: Sequence[str], added: np.ndarray, everyone: bool) -> Totals:
        """The sums of members, those without a tensor here too if `everyone` is asked for."""
        rows = added.reshape(self._members, -1).tolist()
        members = range(self._members) if everyone else sorted(set(self._whose.tolist()))
        return {member: dict(zip(names, rows[member], strict=True)) for member in members}

    def known(self, totals: Totals, rows: Sequence[Rows]) -> list[Rows]:
        """The rows of numbers of each batch, with the sums that are known."""
        found: list[Rows] = []
        for names, start, batch, own in zip(
            self._names, self._starts, self._batches, rows, strict=True
        ):
            if not names:
                found.append(own)
                continue
            places = batch.addresses[:, -1]
            whose = {int(row): int(self._whose[start + at]) for at, row in enumerate(places)}
            found.append(
                [
                    (*row[: -len(names)], *(totals[whose[at]].get(name, 0.0) for name in names))
                    for at, row in enumerate(own)
                ]
            )
        return found
