"""Arrays that lie in a file, of which a step has a stretch in memory at a time."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol


class Move(NamedTuple):
    """A stretch of an array that lies in a file, and where it goes in memory.

    Attributes:
        begin, end: its bytes in the file.
        at: where it goes.
        read, written: whether it is read before a walk, and written after it.
    """

    begin: int
    end: int
    at: int
    read: bool
    written: bool


class Pager(Protocol):
    """A file in which arrays lie that are not in memory as a whole.

    Attributes:
        stretch: how many bytes a walk is given at a time.
    """

    stretch: int

    def begin(self, address: int) -> int | None:
        """Where the array at an address begins in the file; None if it is used as it lies."""
        ...

    def run(
        self,
        stretches: Sequence[Sequence[Move]],
        length: int,
        visit: Callable[[int, int], None],
    ) -> None:
        """Let a walk visit every stretch, in their order.

        Args:
            stretches: what moves for each.
            length: bytes of memory that one needs at most.
            visit: called with the number of a stretch, and the address of the memory it is in.
        """
        ...
