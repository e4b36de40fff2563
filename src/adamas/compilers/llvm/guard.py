"""Compiled looks at many objects at once, written from what is declared of their kind.

Asking each object in Python costs about a microsecond; a thousand small tensors would spend more
time on that than on the step. So a guard says how the facts of a kind of objects are read: from
fields of the objects, or from functions that answer. From it a small function is written that
reads the facts of all objects and compares them with what was found when they were checked.

One more fact that must stay the same is one more entry in `facts`.
"""

import ctypes
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, NamedTuple

import numpy as np

from .. import store
from ..look import Occupied

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


class Answer(NamedTuple):
    """A fact that a C function tells: ``function(handle, &answer)`` gives an error, or 0.

    Attributes:
        function: where it begins.
        kind: the type of the answer by LLVM's name.
    """

    function: int
    kind: str = "i64"
    flags: bool = False


TYPE = Field(HEAD - 8)


@dataclass(frozen=True)
class Guard:
    """How the facts of one kind of objects are read.

    The type is compared first, in every guard: what is read of an object depends on it. Then come
    the axes and the other facts, and only where they are as known, sizes, strides and the address.

    Attributes:
        axes: how many axes an object has.
        sizes, strides: addresses of int64 words, one for each axis.
        address: where its memory begins.
        facts: what else must be as it is known, by name.
        handle: where in an object that stands whose address functions take.
    """

    axes: Field | Answer
    sizes: Field | Answer
    strides: Field | Answer
    address: Field | Answer
    facts: Mapping[str, Field | Answer]
    handle: int = 0

    @property
    def compared(self) -> dict[str, Field | Answer]:
        """What is compared with one known number each."""
        return {"axes": self.axes, **self.facts}

    @property
    def layout(self) -> dict[str, Field | Answer]:
        """What is read of objects that are alike so far."""
        return {"sizes": self.sizes, "strides": self.strides, "address": self.address}

    @property
    def answers(self) -> dict[str, Answer]:
        """What functions tell."""
        every = {**self.compared, **self.layout}
        return {name: fact for name, fact in every.items() if isinstance(fact, Answer)}

    @cached_property
    def function(self) -> Any:
        """The compiled function: of the context of a look and an array of objects, to 1 or 0."""
        arguments = (ctypes.c_int64, ctypes.c_void_p)
        code = store.load(text_of(self))
        return code.function("look", *arguments, returns=ctypes.c_int64, gil=True)


class Known(NamedTuple):
    """What is known of an object.

    Attributes:
        type: its type, compared by address.
        facts: a number for each of the guard's.
        form: its sizes, then its strides.
        word: the address of the int64 word in which its address is kept.
        low, high: the bounds of its bytes, relative to its address.
    """

    type: type
    facts: Mapping[str, int]
    form: Sequence[int]
    word: int
    low: int = 0
    high: int = 0


_POINTERS = ("records", "forms", "lows", "highs")
_CONTEXT = ("count", "moves", "intervals", *_POINTERS)
"""The int64 words that a look hands over; the functions that answer follow."""


def _record(guard: Guard) -> tuple[str, ...]:
    """The int64 words that are kept of each object; `form` is a place in the table of forms."""
    return ("type", *guard.compared, "form", "word")


class _Forms:
    """A table of bounds, sizes and strides, in which those that are alike stand once."""

    def __init__(self) -> None:
        self.words: list[int] = []
        self._places: dict[tuple[int, ...], int] = {}

    def place(self, form: Sequence[int]) -> int:
        """Where a form stands in the table."""
        if (place := self._places.setdefault(tuple(form), len(self.words))) == len(self.words):
            self.words += form
        return place


class CompiledLook:
    """A look by compiled code.

    Args:
        guard: how the objects are read.
        known: what was found when they were checked.
        moves: the objects may lie anywhere, and their addresses are written to the words.
            Otherwise they must lie where they did.
        occupied: memory that objects which move may not touch.
        alive: whatever is compared by its address, or holds the words.
    """

    def __init__(
        self,
        guard: Guard,
        known: Sequence[Known],
        *,
        moves: bool,
        occupied: Occupied | None = None,
        alive: Any = None,
    ) -> None:
        self._function = guard.function
        self._count = len(known)
        forms = _Forms()
        records = []
        for one in known:
            place = forms.place((one.low, one.high, *one.form))
            words = {"type": id(one.type), "axes": len(one.form) // 2, "form": place}
            words |= {**one.facts, "word": one.word}
            records.append([words[name] for name in _record(guard)])
        none = np.zeros(0, np.uint64)
        lows, highs = (none, none) if occupied is None else (occupied.lows, occupied.highs)
        tables = np.array(records, np.int64), np.array(forms.words, np.int64), lows, highs
        functions = [answer.function for answer in guard.answers.values()]
        addresses = [table.ctypes.data for table in tables]
        context = [self._count, moves, len(lows), *addresses, *functions]
        self._context = np.array(context, np.int64)
        self._address = self._context.ctypes.data
        self._alive = (tables, [one.type for one in known], alive)

    def objects(self, values: Sequence[Any]) -> np.ndarray:
        """The objects `values` as an array, whose memory is their addresses."""
        return np.fromiter(values, object, self._count)

    def holds(self, objects: np.ndarray) -> bool:
        """As a call, of what `objects` gave."""
        return self._function(self._address, id(objects)) == 1

    def __call__(self, values: Sequence[Any]) -> bool:
        """Whether all are as known; only then all kept addresses are right."""
        objects = np.fromiter(values, object, self._count)
        return self._function(self._address, id(objects)) == 1


@cache
def readable() -> bool:
    """Whether objects can be read where they lie, and found by an array of NumPy's."""
    if sys.implementation.name != "cpython" or sysconfig.get_config_var("Py_GIL_DISABLED"):
        return False
    objects = np.array([None, 1.5], object)
    return LIST.of(objects) == objects.__array_interface__["data"][0] and TYPE.of(1.5) == id(float)


LIST = Field(HEAD, "ptr")
"""Where an array of NumPy's says where its elements are."""


# The text ----------------------------------------------------------------------------------------


def text_of(guard: Guard) -> str:
    """The module of a guard; neither what is known nor any function's address stands in it."""
    record = _record(guard)
    lines = [
        "define i64 @look(ptr %context, ptr %list) {",
        "entry:",
        *(f"  %{name}.answer = alloca {fact.kind}" for name, fact in guard.answers.items()),
        *_field("objects", LIST, "%list"),
    ]
    for index, name in enumerate([*_CONTEXT, *(f"{name}.ask" for name in guard.answers)]):
        pointer = name in _POINTERS or name.endswith(".ask")
        lines += _word(name, "ptr" if pointer else "i64", "%context", str(index))
    lines += [
        "  %stays = icmp eq i64 %moves, 0",
        "  br label %test",
        "test:",
        "  %i = phi i64 [0, %entry], [%i.next, %accept]",
        "  %more = icmp slt i64 %i, %count",
        "  br i1 %more, label %type.check, label %good",
        "type.check:",
        *_word("object", "ptr", "%objects", "%i"),
        f"  %record.index = mul i64 %i, {len(record)}",
        "  %record = getelementptr i64, ptr %records, i64 %record.index",
        *_field("type", TYPE, "%object"),
        *_compared("type", TYPE, record),
        *_all(["type.same"], "facts.check"),
        "facts.check:",
        f"  %handle = getelementptr i8, ptr %object, i64 {guard.handle}",
        *_read(guard.compared),
        *(line for name, fact in guard.compared.items() for line in _compared(name, fact, record)),
        *_all([*_answered(guard.compared), *(f"{n}.same" for n in guard.compared)], "layout.check"),
        "layout.check:",
        *_read(guard.layout),
        *_all(_answered(guard.layout), "form.begin"),
        "form.begin:",
        *_word("form.index", "i64", "%record", str(record.index("form"))),
        "  %bounds = getelementptr i64, ptr %forms, i64 %form.index",
        "  %form = getelementptr i64, ptr %bounds, i64 2",
        "  br label %form.test",
        *_FORM,
        "extent:",
        *_word("word", "ptr", "%record", str(record.index("word"))),
        "  br i1 %stays, label %stays.check, label %search.begin",
        "stays.check:",
        "  %before = load i64, ptr %word",
        "  %unmoved = icmp eq i64 %before, %address",
        "  br i1 %unmoved, label %accept, label %bad",
        "search.begin:",
        *_word("low.offset", "i64", "%bounds", "0"),
        *_word("high.offset", "i64", "%bounds", "1"),
        "  %low = add i64 %address, %low.offset",
        "  %high = add i64 %address, %high.offset",
        "  br label %search.test",
        *_SEARCH,
        "keep:",
        "  store i64 %address, ptr %word",
        "  br label %accept",
        "accept:",
        "  %i.next = add i64 %i, 1",
        "  br label %test",
        "good:",
        "  ret i64 1",
        "bad:",
        "  ret i64 0",
        "}",
        '!0 = !{!"branch_weights", i32 1000, i32 1}',
    ]
    return "\n".join(lines)


def _word(name: str, kind: str, base: str, index: str) -> list[str]:
    """One of the int64 words behind `base`."""
    return [
        f"  %{name}.at = getelementptr i64, ptr {base}, i64 {index}",
        f"  %{name} = load {kind}, ptr %{name}.at",
    ]


def _field(name: str, field: Field, base: str) -> list[str]:
    return [
        f"  %{name}.place = getelementptr i8, ptr {base}, i64 {field.offset}",
        *_loaded(name, field.kind, f"%{name}.place"),
    ]


def _loaded(name: str, kind: str, place: str) -> list[str]:
    """What stands at `place`, as a pointer or an i64."""
    if kind in ("ptr", "i64"):
        return [f"  %{name} = load {kind}, ptr {place}"]
    return [
        f"  %{name}.narrow = load {kind}, ptr {place}",
        f"  %{name} = sext {kind} %{name}.narrow to i64",
    ]


def _read(facts: Mapping[str, Field | Answer]) -> list[str]:
    """All of the facts; of those that are asked for also whether there was an answer."""
    lines = []
    for name, fact in facts.items():
        if isinstance(fact, Field):
            lines += _field(name, fact, "%object")
            continue
        lines += [
            f"  %{name}.error = call i32 %{name}.ask(ptr %handle, ptr %{name}.answer)",
            f"  %{name}.answered = icmp eq i32 %{name}.error, 0",
            *_loaded(name, fact.kind, f"%{name}.answer"),
        ]
    return lines


def _answered(facts: Mapping[str, Field | Answer]) -> list[str]:
    return [f"{name}.answered" for name, fact in facts.items() if isinstance(fact, Answer)]


def _compared(name: str, fact: Field | Answer, record: Sequence[str]) -> list[str]:
    """Whether a fact is as it is known."""
    lines = _word(f"{name}.known", "i64", "%record", str(record.index(name)))
    value = f"%{name}"
    if fact.flags:
        value = f"%{name}.masked"
        lines.append(f"  {value} = and i64 %{name}, %{name}.known")
    return [*lines, f"  %{name}.same = icmp eq i64 {value}, %{name}.known"]


def _all(conditions: Sequence[str], label: str) -> list[str]:
    """Go on at `label` if all conditions hold."""
    lines, both = [], "true"
    for condition in conditions:
        lines.append(f"  %{condition}.too = and i1 {both}, %{condition}")
        both = f"%{condition}.too"
    return [*lines, f"  br i1 {both}, label %{label}, label %bad"]


_FORM = [
    "form.test:",
    "  %axis = phi i64 [0, %form.begin], [%axis.next, %form.next]",
    "  %axes.left = icmp slt i64 %axis, %axes",
    "  br i1 %axes.left, label %form.body, label %extent",
    "form.body:",
    *_word("size", "i64", "%sizes", "%axis"),
    *_word("size.known", "i64", "%form", "%axis"),
    "  %size.same = icmp eq i64 %size, %size.known",
    *_word("stride", "i64", "%strides", "%axis"),
    "  %stride.index = add i64 %axes, %axis",
    *_word("stride.known", "i64", "%form", "%stride.index"),
    "  %stride.same = icmp eq i64 %stride, %stride.known",
    "  %both.same = and i1 %size.same, %stride.same",
    "  br i1 %both.same, label %form.next, label %idle.check, !prof !0",
    "idle.check:",
    "  %one = icmp eq i64 %size, 1",
    "  %idle = and i1 %size.same, %one",
    "  br i1 %idle, label %form.next, label %bad",
    "form.next:",
    "  %axis.next = add i64 %axis, 1",
    "  br label %form.test",
]
"""Each size, and each stride but where there is one element, against the table of forms.

The weights keep LLVM from asking that of every axis, which costs a tenth more."""

_SEARCH = [
    "search.test:",
    "  %left = phi i64 [0, %search.begin], [%left.next, %search.body]",
    "  %right = phi i64 [%intervals, %search.begin], [%right.next, %search.body]",
    "  %unsettled = icmp slt i64 %left, %right",
    "  br i1 %unsettled, label %search.body, label %search.end",
    "search.body:",
    "  %sum = add i64 %left, %right",
    "  %middle = lshr i64 %sum, 1",
    *_word("middle.low", "i64", "%lows", "%middle"),
    "  %begins = icmp ult i64 %middle.low, %high",
    "  %after = add i64 %middle, 1",
    "  %left.next = select i1 %begins, i64 %after, i64 %left",
    "  %right.next = select i1 %begins, i64 %right, i64 %middle",
    "  br label %search.test",
    "search.end:",
    "  %none = icmp eq i64 %left, 0",
    "  br i1 %none, label %keep, label %search.decide",
    "search.decide:",
    "  %last = sub i64 %left, 1",
    *_word("furthest", "i64", "%highs", "%last"),
    "  %touches = icmp ugt i64 %furthest, %low",
    "  %filled = icmp ne i64 %high, %low",
    "  %meets = and i1 %touches, %filled",
    "  br i1 %meets, label %bad, label %keep",
]
"""How many intervals begin below the object's end? The furthest end among them decides."""
