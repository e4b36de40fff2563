"""A walk over arrays that lie in a file: its chunks in stretches, each of which is in memory.

The loop is the same, and one thread makes it: it is faster than a disk, and need not wait for
others at the end of each stretch, which on a busy machine takes longer than all else. For each
stretch the addresses of arrays are set so that its own chunks find them where they were read to.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from ...dtypes import STORED
from ..batch import Batch
from ..memory import AT, family, unit
from ..pager import Move, Pager

PAGE = 4096


class Held(NamedTuple):
    """An array that lies in the file: where in the table of addresses, and where there.

    Attributes:
        tensor, column: its place in the table.
        begin: where it begins in the file.
        scale: its bytes for one of the family's.
        itemsize: of a number.
        read, written: by the walk.
    """

    tensor: int
    column: int
    begin: int
    scale: int
    itemsize: int
    read: bool
    written: bool


class Stretch(NamedTuple):
    """Chunks that are made together.

    Attributes:
        first, last: the chunks.
        moves: what is read and written for them.
        places: (tensor, column, how far the array begins from the memory they are in).
    """

    first: int
    last: int
    moves: list[Move]
    places: list[tuple[int, int, int]]


class Paged:
    """The stretches of a walk.

    Args:
        pager: the file.
        batch: the tensors.
        chunks: theirs.
        addresses: of their arrays; it is written while the walk runs.
        reads, writes: the arrays of the walk.
    """

    def __init__(
        self,
        pager: Pager,
        batch: Batch,
        chunks: np.ndarray,
        addresses: np.ndarray,
        reads: Sequence[str],
        writes: Sequence[str],
    ) -> None:
        self._pager = pager
        self._addresses = addresses
        held = _held(pager, batch, reads, writes)
        self._stretches = _stretches(chunks, held, pager.stretch)
        self._length = max((_length(one.moves) for one in self._stretches), default=0)

    def __bool__(self) -> bool:
        return self._length > 0

    def run(self, dispatch: Callable[[int, int], None]) -> None:
        """Call `dispatch` with the first chunk of each stretch, and the end."""
        known = [
            (t, column, int(self._addresses[t, column]))
            for one in self._stretches
            for t, column, _ in one.places
        ]

        def visit(number: int, memory: int) -> None:
            stretch = self._stretches[number]
            for tensor, column, start in stretch.places:
                self._addresses[tensor, column] = memory + start
            dispatch(stretch.first, stretch.last)

        try:
            self._pager.run([one.moves for one in self._stretches], self._length, visit)
        finally:
            for tensor, column, address in known:
                self._addresses[tensor, column] = address


def _held(
    pager: Pager, batch: Batch, reads: Sequence[str], writes: Sequence[str]
) -> dict[int, list[Held]]:
    """The arrays in the file, by tensor."""
    found: dict[int, list[Held]] = {}
    for column, (name, dtype) in enumerate(batch.dtypes.items()):
        if family(name) != "s" or not (name in reads or name in writes):
            continue
        size = STORED[dtype].bytes
        for tensor, address in enumerate(batch.addresses[:, column]):
            begin = pager.begin(int(address))
            if begin is not None:
                one = Held(
                    *(tensor, column, begin, size // unit(name, batch.dtypes), size),
                    *(name in reads, name in writes),
                )
                found.setdefault(tensor, []).append(one)
    return found


def _stretches(chunks: np.ndarray, held: dict[int, list[Held]], budget: int) -> list[Stretch]:
    """All chunks in their order, in stretches of about so many bytes."""
    found: list[Stretch] = []
    first, moves, places, filled = 0, [], [], 0

    def close(last: int) -> None:
        nonlocal first, moves, places, filled
        if last > first:
            found.append(Stretch(first, last, moves, places))
        first, moves, places, filled = last, [], [], 0

    for begin, end in _pieces(chunks, held, budget):
        tensor = int(chunks[begin, AT["tensor"]])
        own = [(one, *_range(chunks[begin:end], one)) for one in held.get(tensor, ())]
        size = sum(high - low for _, low, high in own)
        # One address serves a tensor in a stretch, so that no two pieces of one are in the same.
        if filled and (filled + size > budget or tensor == int(chunks[begin - 1, AT["tensor"]])):
            close(begin)
        for one, low, high in own:
            moves.append(Move(one.begin + low, one.begin + high, filled, one.read, one.written))
            places.append((tensor, one.column, filled - low))
            filled += high - low
    close(len(chunks))
    return found


def _pieces(chunks: np.ndarray, held: dict[int, list[Held]], budget: int) -> list[tuple[int, int]]:
    """Chunks of one tensor that can be moved without others: some of them, or all."""
    tensors = chunks[:, AT["tensor"]]
    bounds = [0, *(np.flatnonzero(np.diff(tensors)) + 1).tolist(), len(chunks)]
    found = []
    for begin, end in zip(bounds, bounds[1:], strict=False):
        own = held.get(int(tensors[begin]), ()) if end > begin else ()
        step = end - begin
        if own and _in_order(chunks[begin:end], own[0]):
            size = int(chunks[begin, AT["length"]]) * sum(one.itemsize for one in own)
            step = max(1, budget // max(size, 1))
        found += [(at, min(at + step, end)) for at in range(begin, end, max(step, 1))]
    return found


def _in_order(chunks: np.ndarray, one: Held) -> bool:
    """Whether each chunk begins where the one before ends, at a page."""
    size = one.itemsize // one.scale
    lengths = chunks[:, AT["length"]] * size
    offsets = chunks[:, AT["s"]]
    return bool(
        (chunks[:, AT["rows"]] == 1).all()
        and (chunks[:, AT["s_stride"]] == size).all()
        and (np.diff(offsets) == lengths[:-1]).all()
        and (offsets % PAGE == 0).all()
    )


def _range(chunks: np.ndarray, one: Held) -> tuple[int, int]:
    """The bytes of an array that some chunks touch, in whole pages."""
    steps = (chunks[:, AT["length"]] - 1) * chunks[:, AT["s_stride"]]
    down = (chunks[:, AT["rows"]] - 1) * chunks[:, AT["s_row"]]
    first = chunks[:, AT["s"]]
    low = (first + np.minimum(steps, 0) + np.minimum(down, 0)).min() * one.scale
    high = (first + np.maximum(steps, 0) + np.maximum(down, 0)).max() * one.scale + one.itemsize
    return int(low) // PAGE * PAGE, -(-int(high) // PAGE) * PAGE


def _length(moves: Sequence[Move]) -> int:
    return max((move.at + move.end - move.begin for move in moves), default=0)
