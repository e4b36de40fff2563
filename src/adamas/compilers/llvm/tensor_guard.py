"""A compiled look at many tensors at once: is anything new but their addresses?

To ask a thousand tensors in Python for their dtypes, shapes, strides and addresses takes longer
than to update them. So a small compiled function asks them through PyTorch's C interface, whose
form is promised to stay (``torch/csrc/inductor/aoti_torch/c/shim.h``), and compares the answers
with what was checked thoroughly before. Whatever differs goes the thorough way again.

That interface takes a tensor as the address of a pointer, which is a field of the Python object.
`available` finds the field by its value, which PyTorch tells, and tries the function on tensors of
each kind; where that fails, Python asks instead.
"""

import ctypes
import sys
import sysconfig
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import torch

from .. import store

HEAD = object.__basicsize__
"""Bytes of an object's head; the type stands last in it, the fields of a tensor follow."""

PLACES = (HEAD, HEAD + 8)
"""Where the pointer may be: versions before 2.10 have a flag in front of it."""

DTYPES = (torch.float64, torch.float32, torch.float16, torch.bfloat16)

QUESTIONS = {
    "layout": "i32",
    "dtype": "i32",
    "dim": "i64",
    "data_ptr": "i64",
    "sizes": "ptr",
    "strides": "ptr",
}
"""What the interface is asked about each tensor, and the type of the answer."""

EARLY = ("layout", "dtype", "dim")
"""Questions that every tensor can answer; the others, asked of a sparse one, are errors, which some
versions print."""

CONTEXT = ("count", "place", "records", "forms", "addresses", "moves", *QUESTIONS)
"""The int64 fields of a look: how many tensors, where the pointer is in a Python object, what is
known of each; `moves` says whether addresses may be new and are kept from now on. Then come the
functions that answer."""

RECORD = ("type", "layout", "dtype", "dim", "form")
"""The int64 fields that are known of each tensor: `form` is where its sizes and then its strides
stand in the table of forms."""


def _text() -> str:
    lines = [
        "define i64 @look(ptr %context, ptr %objects) {",
        "entry:",
        *(f"  %{name}.answer = alloca {kind}" for name, kind in QUESTIONS.items()),
    ]
    pointers = ("records", "forms", "addresses", *QUESTIONS)
    for field, name in enumerate(CONTEXT):
        kind = "ptr" if name in pointers else "i64"
        lines += _loaded(f"context.{name}", kind, "%context", str(field))
    lines += [
        "  %moves = icmp ne i64 %context.moves, 0",
        "  br label %test",
        "test:",
        "  %i = phi i64 [0, %entry], [%i.next, %accept]",
        "  %more = icmp slt i64 %i, %context.count",
        "  br i1 %more, label %type.check, label %good",
        "type.check:",
        *_loaded("object", "ptr", "%objects", "%i"),
        f"  %record.index = mul i64 %i, {len(RECORD)}",
        "  %record = getelementptr i64, ptr %context.records, i64 %record.index",
        f"  %type.at = getelementptr i8, ptr %object, i64 {HEAD - 8}",
        "  %type = load i64, ptr %type.at",
        "  %type.known = load i64, ptr %record",
        "  %type.same = icmp eq i64 %type, %type.known",
        "  br i1 %type.same, label %early, label %bad",
        "early:",
        "  %handle = getelementptr i8, ptr %object, i64 %context.place",
        *(line for name in EARLY for line in _asked(name)),
    ]
    for name in EARLY:
        lines += _loaded(f"{name}.known", "i64", "%record", str(RECORD.index(name)))
        wide = "dim" if name == "dim" else f"{name}.wide"
        lines += [] if name == "dim" else [f"  %{wide} = sext i32 %{name} to i64"]
        lines.append(f"  %{name}.same = icmp eq i64 %{wide}, %{name}.known")
    lines += [
        "  %kind.same = and i1 %layout.same, %dtype.same",
        "  %all.same = and i1 %kind.same, %dim.same",
        "  br i1 %all.same, label %ask, label %bad",
        "ask:",
        *(line for name in QUESTIONS if name not in EARLY for line in _asked(name)),
        "  %some.failed = or i32 %sizes.failed, %strides.failed",
        "  %failed = or i32 %some.failed, %data_ptr.failed",
        "  %answered = icmp eq i32 %failed, 0",
        "  br i1 %answered, label %form.begin, label %bad",
        "form.begin:",
        *_loaded("form.index", "i64", "%record", str(RECORD.index("form"))),
        "  %form = getelementptr i64, ptr %context.forms, i64 %form.index",
        "  br label %form.test",
        "form.test:",
        "  %axis = phi i64 [0, %form.begin], [%axis.next, %form.body]",
        "  %axes.left = icmp slt i64 %axis, %dim",
        "  br i1 %axes.left, label %form.body, label %address",
        "form.body:",
        *_loaded("size", "i64", "%sizes", "%axis"),
        *_loaded("size.known", "i64", "%form", "%axis"),
        "  %size.same = icmp eq i64 %size, %size.known",
        *_loaded("stride", "i64", "%strides", "%axis"),
        "  %stride.index = add i64 %dim, %axis",
        *_loaded("stride.known", "i64", "%form", "%stride.index"),
        "  %stride.equal = icmp eq i64 %stride, %stride.known",
        "  %stride.idle = icmp eq i64 %size, 1",
        "  %stride.same = or i1 %stride.equal, %stride.idle",
        "  %axis.same = and i1 %size.same, %stride.same",
        "  %axis.next = add i64 %axis, 1",
        "  br i1 %axis.same, label %form.test, label %bad",
        "address:",
        *_loaded("address.known", "i64", "%context.addresses", "%i"),
        "  %stays = icmp eq i64 %data_ptr, %address.known",
        "  %address.good = or i1 %stays, %moves",
        "  br i1 %address.good, label %accept, label %bad",
        "accept:",
        "  store i64 %data_ptr, ptr %address.known.at",
        "  %i.next = add i64 %i, 1",
        "  br label %test",
        "good:",
        "  ret i64 1",
        "bad:",
        "  ret i64 0",
        "}",
    ]
    return "\n".join(lines)


def _loaded(name: str, kind: str, base: str, index: str) -> list[str]:
    """One of the int64 words behind `base`."""
    return [
        f"  %{name}.at = getelementptr i64, ptr {base}, i64 {index}",
        f"  %{name} = load {kind}, ptr %{name}.at",
    ]


def _asked(name: str) -> list[str]:
    """The answer to a question; an error, if there is one, is not 0."""
    return [
        f"  %{name}.failed = call i32 %context.{name}(ptr %handle, ptr %{name}.answer)",
        f"  %{name} = load {QUESTIONS[name]}, ptr %{name}.answer",
    ]


@cache
def _library() -> ctypes.CDLL:
    """PyTorch's: its C interface is in a library that this one was linked with."""
    return ctypes.CDLL(torch._C.__file__)


@cache
def _function() -> Any:
    arguments = (ctypes.c_void_p, ctypes.c_void_p)
    return store.load(_text()).function("look", *arguments, returns=ctypes.c_int64, gil=True)


@cache
def _answering() -> dict[str, int]:
    """Where the function begins that answers each question."""
    functions = {name: getattr(_library(), f"aoti_torch_get_{name}") for name in QUESTIONS}
    return {n: ctypes.cast(f, ctypes.c_void_p).value or 0 for n, f in functions.items()}


@cache
def _dtypes() -> dict[torch.dtype, int]:
    """What the interface calls each dtype."""
    names = {dtype: f"aoti_torch_dtype_{str(dtype).removeprefix('torch.')}" for dtype in DTYPES}
    return {dtype: getattr(_library(), name)() for dtype, name in names.items()}


@cache
def _place() -> int:
    """Where a Python object has its pointer to the tensor; LookupError where it is not found."""
    tensors = [torch.zeros(2), torch.nn.Parameter(torch.zeros(3))]
    for place in PLACES:
        found = [ctypes.c_size_t.from_address(id(tensor) + place).value for tensor in tensors]
        if found == [tensor._cdata for tensor in tensors]:  # pyright: ignore[reportAttributeAccessIssue]
            return place
    raise LookupError("no field of a tensor's object is its pointer")


@cache
def available() -> bool:
    """Whether the interface is there and tells of tensors what they are."""
    if sys.implementation.name != "cpython" or sysconfig.get_config_var("Py_GIL_DISABLED"):
        return False
    try:
        return all(_tells_the_truth(dtype) for dtype in DTYPES)
    except (OSError, AttributeError, LookupError):
        return False


def _tells_the_truth(dtype: torch.dtype) -> bool:
    base = torch.zeros(4, 6, dtype=dtype)
    alike = [base, base.t(), base[1:, ::2], torch.nn.Parameter(base[0]), base[3, 2]]
    addresses = np.array([tensor.data_ptr() for tensor in alike], np.int64)
    look = Look(alike, addresses, moves=False)
    other = torch.float32 if dtype is torch.float64 else torch.float64
    different = [base[1:], base.t()[:, 1:].t(), base.view(6, 4), base.view(2, 2, 6), base.clone()]
    return look(alike) and not any(
        look([changed, *alike[1:]]) for changed in (*different, base.to(other))
    )


class Look:
    """What is known of a list of tensors; call it with others to learn whether they are alike.

    Strides along axes of one element do not matter.

    Args:
        tensors: strided tensors that were checked.
        addresses: where their memory begins, int64.
        moves: the tensors may lie anywhere, and their addresses are written to `addresses`.
            Otherwise they must lie where they did.
    """

    def __init__(
        self, tensors: Sequence[torch.Tensor], addresses: np.ndarray, *, moves: bool
    ) -> None:
        self._function = _function()
        self._count = len(tensors)
        forms: list[int] = [0]
        records = []
        strided = _library().aoti_torch_layout_strided()
        for tensor in tensors:
            kind = (id(type(tensor)), strided, _dtypes()[tensor.dtype], tensor.dim())
            records.append((*kind, len(forms)))
            forms += [*tensor.shape, *tensor.stride()]
        self._records = np.array(records, np.int64)
        self._forms = np.array(forms, np.int64)
        self._addresses = addresses
        # Types are compared by address, so they must stay alive.
        self._types = set(map(type, tensors))
        context = {
            "count": self._count,
            "place": _place(),
            "records": self._records.ctypes.data,
            "forms": self._forms.ctypes.data,
            "addresses": addresses.ctypes.data,
            "moves": int(moves),
            **_answering(),
        }
        self._context = np.array([context[name] for name in CONTEXT], np.int64)
        self._address = self._context.ctypes.data

    def __call__(self, tensors: Sequence[Any]) -> bool:
        """Whether all are as known; only then all of their addresses are right."""
        objects = np.fromiter(tensors, object, self._count)  # the addresses of the objects
        return self._function(self._address, objects.ctypes.data) == 1
