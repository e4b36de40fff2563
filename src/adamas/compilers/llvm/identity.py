"""Whether a list still holds the very objects that it held, in a few nanoseconds each.

Python asks each pair in turn, which for a thousand parameters takes a tenth of a small step.
"""

import ctypes
import operator
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from .. import store
from .guard import LENGTH, LIST, readable

_TEXT = f"""
define i64 @same(ptr %list, ptr %known, i64 %count) {{
entry:
  %length.place = getelementptr i8, ptr %list, i64 {LENGTH.offset}
  %length = load i64, ptr %length.place
  %objects.place = getelementptr i8, ptr %list, i64 {LIST.offset}
  %objects = load ptr, ptr %objects.place
  %long = icmp eq i64 %length, %count
  br i1 %long, label %test, label %other
test:
  %i = phi i64 [0, %entry], [%i.next, %body]
  %more = icmp slt i64 %i, %count
  br i1 %more, label %body, label %all
body:
  %object.place = getelementptr i64, ptr %objects, i64 %i
  %object = load i64, ptr %object.place
  %known.place = getelementptr i64, ptr %known, i64 %i
  %expected = load i64, ptr %known.place
  %same = icmp eq i64 %object, %expected
  %i.next = add i64 %i, 1
  br i1 %same, label %test, label %other
all:
  ret i64 1
other:
  ret i64 0
}}
"""
"""The length of the list is read with its objects, while no other thread can change it."""


class SameObjects:
    """What a list holds; call it with the list to learn whether that has changed.

    Args:
        objects: they are kept alive, so that no other one gets the address of one of them.
    """

    def __init__(self, objects: Sequence[Any]) -> None:
        self._objects = list(objects)
        self._addresses = np.array(list(map(id, self._objects)), np.int64)
        self._known = self._addresses.ctypes.data
        self._count = len(self._objects)
        self._same = _function()

    def __call__(self, values: Any) -> bool:
        """Whether these are the same objects, in their order."""
        if type(values) is list and self._same is not None:
            return self._same(id(values), self._known, self._count) == 1
        return len(values) == self._count and all(map(operator.is_, values, self._objects))


@cache
def _function() -> Callable[[int, int, int], int] | None:
    """The compiled comparison, where lists lie in memory as it reads them."""
    if not readable():
        return None
    two = (ctypes.c_void_p, ctypes.c_void_p)
    code = store.load(_TEXT)
    return code.function("same", *two, ctypes.c_int64, returns=ctypes.c_int64, gil=True)
