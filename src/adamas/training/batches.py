"""Data → batches: arrays cut along their first axis in a seeded order, or a stream as it comes.

Which batch comes at which place of which epoch is a function of the arguments alone, so that a
resumed run sees exactly the batches that the interrupted one had left.
"""

import inspect
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from ..errors import ArgumentError, ArrayError, CheckpointError, ConfigurationError

Batches = Iterator[tuple[Any, int]]
"""Pairs of a batch and how many examples it holds."""

_LOOKED_AT = 1 << 25
"""Bytes of each array that go into its fingerprint; of longer ones, rows at even distances."""


class Arrays:
    """Batches of arrays with equal first axis, in the form they are given in."""

    def __init__(
        self,
        data: Any,
        batch_size: int | None,
        *,
        shuffle: bool = False,
        seed: int = 0,
        drop_remainder: bool = False,
        what: str = "data",
    ) -> None:
        self._leaves = list(_leaves(data, what))
        self.length = _common_length(self._leaves, what)
        self._cut = _cutter(data)
        self._size = self.length if batch_size is None else batch_size
        self._shuffle = shuffle and batch_size is not None
        self._seed = seed
        full, rest = divmod(self.length, self._size)
        self.steps: int | None = full + (rest > 0 and not drop_remainder)
        if not self.steps:
            raise ConfigurationError(
                f"With drop_remainder, batch_size must be at most the {self.length} examples that "
                f"there are. Got: {self._size}."
            )
        self._order: tuple[int, np.ndarray, int] | None = None

    def batches(self, epoch: int, start: int = 0) -> Batches:
        """The batches of an epoch (from 1), beginning with number `start` (from 0)."""
        order = self.order(epoch)
        assert self.steps is not None
        for index in range(start, self.steps):
            begin = index * self._size
            end = min(begin + self._size, self.length)
            rows = slice(begin, end) if order is None else order[begin:end]
            yield self._cut(rows), end - begin

    def order(self, epoch: int) -> np.ndarray | None:
        """The examples in the order of an epoch; None where they stay as they are."""
        return self._shuffled(epoch)[1] if self._shuffle else None

    def order_mark(self, epoch: int) -> int | None:
        """A checksum of `order`: another version of NumPy might shuffle otherwise."""
        return self._shuffled(epoch)[2] if self._shuffle else None

    def _shuffled(self, epoch: int) -> tuple[int, np.ndarray, int]:
        if self._order is None or self._order[0] != epoch:
            chance = np.random.Generator(np.random.PCG64([self._seed, epoch]))
            order = chance.permutation(self.length)
            self._order = epoch, order, zlib.crc32(order.astype("<i8").tobytes())
        return self._order

    def description(self) -> dict[str, Any]:
        """What tells these batches from others, as JSON."""
        import hashlib

        content = hashlib.sha256()
        for _, leaf in self._leaves:
            for piece in _looked_at(leaf):
                content.update(piece)
        return {
            "data": {
                "arrays": [[n, str(a.dtype), [*map(int, a.shape)]] for n, a in self._leaves],
                "sha256": content.hexdigest(),
            },
            "batch_size": self._size,
            "steps per epoch": self.steps,
            "shuffle": self._shuffle,
            "seed": self._seed if self._shuffle else None,
        }


class Stream:
    """Batches as an iterable gives them, opened anew for each epoch."""

    steps: int | None = None

    def __init__(self, data: Any, epochs: int, what: str = "data") -> None:
        self._what = what
        self._open = _opener(data)
        if isinstance(data, Iterator) and epochs > 1:
            raise ArgumentError(
                f"{what} must last for {epochs} epochs, but an iterator can be run through only "
                f"once. Got: {type(data).__name__}. Give a list, or the function that makes it."
            )

    def batches(self, epoch: int, start: int = 0) -> Batches:
        """The batches of an epoch (from 1); the first `start` are drawn and dropped."""
        stream = iter(self._open(epoch))
        for skipped in range(start):
            if next(stream, self) is self:
                raise CheckpointError(
                    f"{self._what} must give the same batches as before the interruption. Got: "
                    f"{skipped} batches in epoch {epoch}, of which {start} were used already."
                )
        empty = not start
        for batch in stream:
            empty = False
            yield batch, _examples(batch)
        if empty:
            raise ArrayError(
                f"{self._what} must give at least one batch. Got: none in epoch {epoch}. "
                "An iterator runs out: give a list, or the function that makes it."
            )

    def order_mark(self, epoch: int) -> int | None:
        """None: nothing is known of the order of a stream."""
        del epoch

    def description(self) -> dict[str, Any]:
        """What tells these batches from others: that they are a stream."""
        return {"data": "a stream of batches"}


Source = Arrays | Stream


def open_data(
    data: Any,
    batch_size: int | None,
    *,
    epochs: int,
    what: str = "data",
    **options: Any,
) -> Source:
    """`Arrays` for an array, a tuple or a mapping of arrays; `Stream` for what gives batches."""
    if isinstance(data, tuple | Mapping) or hasattr(data, "shape"):
        return Arrays(data, batch_size, what=what, **options)
    if not (isinstance(data, Iterable) or callable(data)) or isinstance(data, str | bytes):
        raise ArgumentError(
            f"{what} must be an array, a tuple or a mapping of arrays, an iterable of batches, or "
            f"a function that gives one. Got: {type(data).__name__}."
        )
    if batch_size is not None and what == "data":
        raise ArgumentError(
            f"batch_size cuts arrays; other data are batches already. Got: {type(data).__name__}. "
            "Put several arrays in a tuple (x, y), or leave batch_size out."
        )
    return Stream(data, epochs, what)


# Arrays in their form -------------------------------------------------------------------------


def _leaves(data: Any, name: str) -> Iterator[tuple[str, Any]]:
    """The arrays with their places: ``"data/0"``, ``"data/1"``, …"""
    if isinstance(data, tuple | Mapping):
        items = data.items() if isinstance(data, Mapping) else enumerate(data)
        for key, value in items:
            yield from _leaves(value, f"{name}/{key}")
        return
    if not (hasattr(data, "shape") and hasattr(data, "dtype")) or hasattr(data, "iloc"):
        raise ArgumentError(
            f"{name} must be an array, or a tuple or mapping of arrays. "
            f"Got: {type(data).__name__}. Use numpy.asarray(value)."
        )
    if not len(data.shape):
        raise ArrayError(f"{name} must have a first axis, along which it is cut. Got: a number.")
    yield name, data


def _common_length(leaves: list[tuple[str, Any]], what: str) -> int:
    if not leaves:
        raise ArgumentError(f"{what} must hold at least one array. Got: none.")
    lengths = {name: int(leaf.shape[0]) for name, leaf in leaves}
    if len(set(lengths.values())) > 1:
        came = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise ArrayError(f"All arrays of {what} must have equally many examples. Got: {came}.")
    length = next(iter(lengths.values()))
    if not length:
        raise ArrayError(f"{what} must hold at least one example. Got: arrays of length 0.")
    return length


def _cutter(data: Any) -> Callable[[Any], Any]:
    """A function from rows (a slice, or indices) to a batch in the form of the data."""
    if isinstance(data, Mapping):
        named = [(key, _cutter(value)) for key, value in data.items()]
        return lambda rows: {key: cut(rows) for key, cut in named}
    if isinstance(data, tuple):
        cuts = [_cutter(value) for value in data]
        make: Callable[..., Any] = getattr(type(data), "_make", tuple)
        return lambda rows: make([cut(rows) for cut in cuts])
    return data.__getitem__


def _looked_at(leaf: Any) -> Iterator[bytes]:
    if not isinstance(leaf, np.ndarray) or leaf.dtype.hasobject:
        return
    if leaf.nbytes > _LOOKED_AT:
        rows = max(1, _LOOKED_AT * len(leaf) // leaf.nbytes)
        leaf = leaf[np.linspace(0, len(leaf) - 1, rows).astype(np.int64)]
    yield np.ascontiguousarray(leaf).tobytes()


# Streams --------------------------------------------------------------------------------------


def _opener(data: Any) -> Callable[[int], Iterable[Any]]:
    if isinstance(data, Iterable):
        return lambda epoch: data
    try:
        inspect.signature(data).bind(1)
    except (TypeError, ValueError):
        return lambda epoch: data()
    return data


def _examples(batch: Any) -> int:
    """The length of the first array in a batch; 1 if it holds none."""
    while isinstance(batch, tuple | list | Mapping) and len(batch):
        batch = next(iter(batch.values() if isinstance(batch, Mapping) else batch))
    shape: Any = getattr(batch, "shape", ())
    return int(shape[0]) if len(shape) else 1
