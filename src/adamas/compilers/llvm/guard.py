"""Guards: how the facts of one kind of objects are read, declared for compiled looks at many.

Asking each object in Python costs about a microsecond; a thousand small tensors would spend more
time on that than on the step. So a guard says how the facts of a kind of objects are read: from
fields of the objects, or from functions that answer. From it a small function is written that
reads the facts of all objects and compares them with what was found when they were checked.

One more fact that must stay the same is one more entry in `facts`.
"""

import ctypes
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

HEAD = object.__basicsize__
"""Bytes of an object's head; the type stands last in it, and its own fields follow."""

_KINDS: Mapping[str, Any] = {
    "i8": ctypes.c_int8,
    "i32": ctypes.c_int32,
    "i64": ctypes.c_int64,
    "ptr": ctypes.c_void_p,
}


class Field(NamedTuple):
    """A fact that stands in the object.

    Attributes:
        offset: bytes from the beginning of the object.
        kind: its type by LLVM's name.
        flags: only the bits that are known to be set must be set; the others do not matter.
    """

    offset: int
    kind: str = "i64"
    flags: bool = False

    def of(self, value: Any) -> int:
        """What stands there, to try whether it is the fact that it is taken for."""
        return _KINDS[self.kind].from_address(id(value) + self.offset).value or 0


class Inner(NamedTuple):
    """A fact that stands in what the handle of the object points to.

    Attributes:
        offset: bytes from the beginning of that.
        kind: its type by LLVM's name.
    """

    offset: int
    kind: str = "i64"
    flags: bool = False


class Answer(NamedTuple):
    """A fact that a C function tells: ``function(handle, &answer)`` gives an error, or 0.

    Attributes:
        function: where it begins.
        kind: the type of the answer by LLVM's name.
    """

    function: int
    kind: str = "i64"
    flags: bool = False


Fact = Field | Inner | Answer


class Storage(NamedTuple):
    """Where the memory is told of that an object has a part of.

    Attributes:
        place: bytes from the beginning of what the handle points to, to the pointer to its owner.
        begin, size: bytes from the beginning of the owner, to where the memory begins, and how many
            bytes it has.
    """

    place: int
    begin: int
    size: int


TYPE = Field(HEAD - 8)

SPAN = "span"
"""What is known of an object whose guard has a storage: bytes from its address to its end."""


@dataclass(frozen=True, eq=False)
class Guard:
    """How the facts of one kind of objects are read.

    The type is compared first, in every guard: what is read of an object depends on it. Then come
    the axes and the other facts, and only where they are as known, sizes, strides and the address;
    at last, whether the object ends where its memory does, or before.

    Attributes:
        axes: how many axes an object has.
        sizes, strides: addresses of int64 words, one for each axis.
        address: where its memory begins.
        facts: what else must be as it is known, by name.
        handle: where in an object that stands whose address functions take.
        storage: the memory that an object has a part of, where that can end too early. How many
            bytes the object takes is known as the fact `SPAN`.
    """

    axes: Fact
    sizes: Fact
    strides: Fact
    address: Fact
    facts: Mapping[str, Fact]
    handle: int = 0
    storage: Storage | None = None

    @property
    def compared(self) -> dict[str, Fact]:
        """What is compared with one known number each."""
        return {"axes": self.axes, **self.facts}

    @property
    def layout(self) -> dict[str, Fact]:
        """What is read of objects that are alike so far."""
        return {"sizes": self.sizes, "strides": self.strides, "address": self.address}

    @property
    def answers(self) -> dict[str, Answer]:
        """What functions tell."""
        every = {**self.compared, **self.layout}
        return {name: fact for name, fact in every.items() if isinstance(fact, Answer)}


@cache
def readable() -> bool:
    """Whether objects can be read where they lie, and found by a list."""
    if sys.implementation.name != "cpython" or sysconfig.get_config_var("Py_GIL_DISABLED"):
        return False
    objects = [None, 1.5]
    found = (ctypes.c_size_t * len(objects)).from_address(LIST.of(objects))
    lies = list(found) == list(map(id, objects)) and LENGTH.of(objects) == len(objects)
    return lies and TYPE.of(1.5) == id(float)


LENGTH, LIST = Field(HEAD), Field(HEAD + 8, "ptr")
"""Where a list says how many items it has, and where they are."""
