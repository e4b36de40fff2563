"""A compiled look at many NumPy arrays at once: is anything new but their addresses?

Every step must notice a gradient of another shape, dtype or layout, one that lies in the memory
of a parameter, and a parameter that was replaced or resized. Asking each array in Python costs
about a microsecond; a thousand small tensors would spend more time on that than on the step. So a
small compiled function reads the fields of the array objects, which NumPy's C interface documents
(``PyArrayObject``: data, nd, dimensions, strides, descr, flags), and compares them with what was
checked thoroughly before. Whatever differs goes the thorough way again.

`available` tries the layout on real arrays first; where it does not hold, Python asks instead.
"""

import ctypes
import sys
import sysconfig
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from .. import store

HEAD = object.__basicsize__
"""Bytes of an object's head; the type stands last in it, an array's fields follow."""

WRITEABLE = 0x400
"""NumPy's flag ``NPY_ARRAY_WRITEABLE``."""

RECORD = ("type", "descr", "nd", "form", "low", "high", "address")
"""The int64 fields that are known of each array: `form` is where its dimensions and then its
strides stand in the table of forms; low and high bound its bytes, relative to its data; `address`
is where its data pointer is kept."""

CONTEXT = ("count", "records", "forms", "lows", "highs", "intervals", "flags", "known")
"""The int64 fields of a look. `flags` must be set in each array; `known` says whether data
pointers must be the kept ones (parameters) or are kept from now on (gradients)."""

_TEXT = f"""
define i64 @look(ptr %context, ptr %list) {{
entry:
  %objects.at = getelementptr i8, ptr %list, i64 {HEAD}
  %objects = load ptr, ptr %objects.at
  %count = load i64, ptr %context
  %records.at = getelementptr i64, ptr %context, i64 1
  %records = load ptr, ptr %records.at
  %forms.at = getelementptr i64, ptr %context, i64 2
  %forms = load ptr, ptr %forms.at
  %lows.at = getelementptr i64, ptr %context, i64 3
  %lows = load ptr, ptr %lows.at
  %highs.at = getelementptr i64, ptr %context, i64 4
  %highs = load ptr, ptr %highs.at
  %intervals.at = getelementptr i64, ptr %context, i64 5
  %intervals = load i64, ptr %intervals.at
  %flags.at = getelementptr i64, ptr %context, i64 6
  %flags.wanted = load i64, ptr %flags.at
  %known.at = getelementptr i64, ptr %context, i64 7
  %known.number = load i64, ptr %known.at
  %known = icmp ne i64 %known.number, 0
  br label %test
test:
  %i = phi i64 [0, %entry], [%i.next, %accept]
  %more = icmp slt i64 %i, %count
  br i1 %more, label %type.check, label %good
type.check:
  %object.at = getelementptr i64, ptr %objects, i64 %i
  %object = load ptr, ptr %object.at
  %record.index = mul i64 %i, {len(RECORD)}
  %record = getelementptr i64, ptr %records, i64 %record.index
  %type.at = getelementptr i8, ptr %object, i64 {HEAD - 8}
  %type = load i64, ptr %type.at
  %type.wanted = load i64, ptr %record
  %type.same = icmp eq i64 %type, %type.wanted
  br i1 %type.same, label %field.check, label %bad
field.check:
  %descr.at = getelementptr i8, ptr %object, i64 {HEAD + 40}
  %descr = load i64, ptr %descr.at
  %descr.wanted.at = getelementptr i64, ptr %record, i64 1
  %descr.wanted = load i64, ptr %descr.wanted.at
  %descr.same = icmp eq i64 %descr, %descr.wanted
  %nd.at = getelementptr i8, ptr %object, i64 {HEAD + 8}
  %nd.narrow = load i32, ptr %nd.at
  %nd = sext i32 %nd.narrow to i64
  %nd.wanted.at = getelementptr i64, ptr %record, i64 2
  %nd.wanted = load i64, ptr %nd.wanted.at
  %nd.same = icmp eq i64 %nd, %nd.wanted
  %flag.at = getelementptr i8, ptr %object, i64 {HEAD + 48}
  %flag.narrow = load i32, ptr %flag.at
  %flag = sext i32 %flag.narrow to i64
  %flag.masked = and i64 %flag, %flags.wanted
  %flag.same = icmp eq i64 %flag.masked, %flags.wanted
  %both = and i1 %descr.same, %nd.same
  %all = and i1 %both, %flag.same
  br i1 %all, label %form.begin, label %bad
form.begin:
  %form.at = getelementptr i64, ptr %record, i64 3
  %form.index = load i64, ptr %form.at
  %form = getelementptr i64, ptr %forms, i64 %form.index
  %dimensions.at = getelementptr i8, ptr %object, i64 {HEAD + 16}
  %dimensions = load ptr, ptr %dimensions.at
  %strides.at = getelementptr i8, ptr %object, i64 {HEAD + 24}
  %strides = load ptr, ptr %strides.at
  br label %form.test
form.test:
  %axis = phi i64 [0, %form.begin], [%axis.next, %form.body]
  %axes.left = icmp slt i64 %axis, %nd
  br i1 %axes.left, label %form.body, label %extent
form.body:
  %dimension.at = getelementptr i64, ptr %dimensions, i64 %axis
  %dimension = load i64, ptr %dimension.at
  %dimension.wanted.at = getelementptr i64, ptr %form, i64 %axis
  %dimension.wanted = load i64, ptr %dimension.wanted.at
  %dimension.same = icmp eq i64 %dimension, %dimension.wanted
  %stride.at = getelementptr i64, ptr %strides, i64 %axis
  %stride = load i64, ptr %stride.at
  %stride.index = add i64 %nd, %axis
  %stride.wanted.at = getelementptr i64, ptr %form, i64 %stride.index
  %stride.wanted = load i64, ptr %stride.wanted.at
  %stride.same = icmp eq i64 %stride, %stride.wanted
  %axis.same = and i1 %dimension.same, %stride.same
  %axis.next = add i64 %axis, 1
  br i1 %axis.same, label %form.test, label %bad
extent:
  %data.at = getelementptr i8, ptr %object, i64 {HEAD}
  %data = load i64, ptr %data.at
  %kept.at = getelementptr i64, ptr %record, i64 6
  %kept = load ptr, ptr %kept.at
  br i1 %known, label %known.check, label %search.begin
known.check:
  %before = load i64, ptr %kept
  %moved = icmp ne i64 %before, %data
  br i1 %moved, label %bad, label %accept
search.begin:
  %low.at = getelementptr i64, ptr %record, i64 4
  %low.offset = load i64, ptr %low.at
  %low = add i64 %data, %low.offset
  %high.at = getelementptr i64, ptr %record, i64 5
  %high.offset = load i64, ptr %high.at
  %high = add i64 %data, %high.offset
  br label %search.test
; How many parameters begin below the gradient's end? The furthest end among them decides.
search.test:
  %left = phi i64 [0, %search.begin], [%left.next, %search.body]
  %right = phi i64 [%intervals, %search.begin], [%right.next, %search.body]
  %unsettled = icmp slt i64 %left, %right
  br i1 %unsettled, label %search.body, label %search.end
search.body:
  %sum = add i64 %left, %right
  %middle = lshr i64 %sum, 1
  %middle.at = getelementptr i64, ptr %lows, i64 %middle
  %middle.low = load i64, ptr %middle.at
  %begins = icmp ult i64 %middle.low, %high
  %after = add i64 %middle, 1
  %left.next = select i1 %begins, i64 %after, i64 %left
  %right.next = select i1 %begins, i64 %right, i64 %middle
  br label %search.test
search.end:
  %none = icmp eq i64 %left, 0
  br i1 %none, label %keep, label %search.decide
search.decide:
  %last = sub i64 %left, 1
  %furthest.at = getelementptr i64, ptr %highs, i64 %last
  %furthest = load i64, ptr %furthest.at
  %touches = icmp ugt i64 %furthest, %low
  %occupied = icmp ne i64 %high, %low
  %meets = and i1 %touches, %occupied
  br i1 %meets, label %bad, label %keep
keep:
  store i64 %data, ptr %kept
  br label %accept
accept:
  %i.next = add i64 %i, 1
  br label %test
good:
  ret i64 1
bad:
  ret i64 0
}}
"""


@cache
def _function() -> Any:
    arguments = (ctypes.c_int64, ctypes.c_void_p)
    return store.load(_TEXT).function("look", *arguments, returns=ctypes.c_int64, gil=True)


@cache
def available() -> bool:
    """Whether array objects lie in memory as `look` reads them: tried on arrays of each kind."""
    if sys.implementation.name != "cpython" or sysconfig.get_config_var("Py_GIL_DISABLED"):
        return False
    base = np.arange(24.0).reshape(2, 3, 4)
    arrays = [base, base.T, base[::-1, 1:, ::2], np.array(1.5), np.zeros((0, 3), np.float32)]
    return all(_reads_as_expected(array) for array in arrays)


def _reads_as_expected(array: np.ndarray) -> bool:
    def field(offset: int, kind: Any) -> int:
        return kind.from_address(id(array) + HEAD + offset).value or 0

    if field(8, ctypes.c_int) != array.ndim:
        return False
    axes = ctypes.c_int64 * array.ndim
    return (
        ctypes.c_size_t.from_address(id(array) + HEAD - 8).value == id(type(array))
        and field(0, ctypes.c_size_t) == array.__array_interface__["data"][0]
        and (not array.ndim or tuple(axes.from_address(field(16, ctypes.c_size_t))) == array.shape)
        and (
            not array.ndim or tuple(axes.from_address(field(24, ctypes.c_size_t))) == array.strides
        )
        and field(40, ctypes.c_size_t) == id(array.dtype)
        and bool(field(48, ctypes.c_int) & WRITEABLE) == array.flags.writeable
    )


class Look:
    """What is known of a list of arrays; call it with others to learn whether they are alike.

    Args:
        arrays: arrays that were checked.
        kept: addresses of the int64 words that hold their data pointers.
        lows, highs: the bytes that arrays may not touch, as sorted beginnings and the furthest
            end up to each (uint64); empty for none.
        parameters: the arrays must be writable and lie where they did. Otherwise they may lie
            anywhere, and their data pointers are written to `kept`.
    """

    def __init__(
        self,
        arrays: Sequence[np.ndarray],
        kept: Sequence[int],
        lows: np.ndarray,
        highs: np.ndarray,
        *,
        parameters: bool,
    ) -> None:
        self._function = _function()
        self._count = len(arrays)
        forms: list[int] = []
        records = []
        for array, address in zip(arrays, kept, strict=True):
            low, high = np.lib.array_utils.byte_bounds(array) if array.size else (0, 0)
            data = array.__array_interface__["data"][0] if array.size else 0
            fields = (id(type(array)), id(array.dtype), array.ndim, len(forms))
            records.append((*fields, low - data, high - data, address))
            forms += [*array.shape, *array.strides]
        self._records = np.array(records, np.int64)
        self._forms = np.array(forms or [0], np.int64)
        # Types and dtypes are compared by address, so they must stay alive.
        self._alive = (lows, highs, [(type(array), array.dtype) for array in arrays])
        context = {
            "count": len(arrays),
            "records": self._records.ctypes.data,
            "forms": self._forms.ctypes.data,
            "lows": lows.ctypes.data,
            "highs": highs.ctypes.data,
            "intervals": len(lows),
            "flags": WRITEABLE if parameters else 0,
            "known": int(parameters),
        }
        self._context = np.array([context[name] for name in CONTEXT], np.int64)
        self._address = self._context.ctypes.data

    def objects(self, values: Sequence[Any]) -> np.ndarray:
        """The objects `values` as an array, whose memory is their addresses, for `__call__`."""
        return np.fromiter(values, object, self._count)

    def __call__(self, objects: np.ndarray) -> bool:
        """Whether all `objects` are as known; only then all of their data pointers are right."""
        return self._function(self._address, id(objects)) == 1
