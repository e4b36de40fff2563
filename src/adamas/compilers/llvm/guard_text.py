"""The module of a guard, in LLVM's language: a look at a list of objects, and one at two lists."""

from collections.abc import Mapping, Sequence

from .guard import LIST, SPAN, TYPE, Answer, Fact, Field, Guard, Inner, Storage

_POINTERS = ("records", "forms", "lows", "highs")
CONTEXT = ("count", "moves", "intervals", *_POINTERS)
"""The int64 words that a look hands over; the functions that answer follow."""


def record_of(guard: Guard) -> tuple[str, ...]:
    """The int64 words that are kept of each object; `form` is a place in the table of forms."""
    span = () if guard.storage is None else (SPAN,)
    return ("type", *guard.compared, *span, "form", "word")


def text_of(guard: Guard) -> str:
    """The module of a guard; neither what is known nor any function's address stands in it."""
    record = record_of(guard)
    lines = [
        "define i64 @look(ptr %context, ptr %list) {",
        "entry:",
        *(f"  %{name}.answer = alloca {fact.kind}" for name, fact in guard.answers.items()),
        *_field("objects", LIST, "%list"),
    ]
    for index, name in enumerate([*CONTEXT, *(f"{name}.ask" for name in guard.answers)]):
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
        *_all(_answered(guard.layout), "form.begin" if guard.storage is None else "storage.check"),
        *_fits(guard.storage, record),
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
        *_BOTH,
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


def _read(facts: Mapping[str, Fact]) -> list[str]:
    """All of the facts; of those that are asked for also whether there was an answer."""
    lines = []
    for name, fact in facts.items():
        if isinstance(fact, Field):
            lines += _field(name, fact, "%object")
            continue
        if isinstance(fact, Inner):
            lines += _inner(name, fact)
            continue
        lines += [
            f"  %{name}.error = call i32 %{name}.ask(ptr %handle, ptr %{name}.answer)",
            f"  %{name}.answered = icmp eq i32 %{name}.error, 0",
            *_loaded(name, fact.kind, f"%{name}.answer"),
        ]
    return lines


def _inner(name: str, fact: Inner) -> list[str]:
    return [
        f"  %{name}.inner = load ptr, ptr %handle",
        *_field(name, Field(fact.offset, fact.kind), f"%{name}.inner"),
    ]


def _fits(storage: Storage | None, record: Sequence[str]) -> list[str]:
    """Whether an object ends in its memory, if that is asked."""
    if storage is None:
        return []
    return [
        "storage.check:",
        *_inner("storage", Inner(storage.place, "ptr")),
        "  %storage.there = icmp ne ptr %storage, null",
        "  br i1 %storage.there, label %end.check, label %bad",
        "end.check:",
        *_field("storage.begin", Field(storage.begin), "%storage"),
        *_field("storage.size", Field(storage.size), "%storage"),
        "  %storage.end = add i64 %storage.begin, %storage.size",
        *_word("span", "i64", "%record", str(record.index(SPAN))),
        "  %end = add i64 %address, %span",
        "  %fits = icmp ule i64 %end, %storage.end",
        "  br i1 %fits, label %form.begin, label %bad",
    ]


def _answered(facts: Mapping[str, Fact]) -> list[str]:
    return [f"{name}.answered" for name, fact in facts.items() if isinstance(fact, Answer)]


def _compared(name: str, fact: Fact, record: Sequence[str]) -> list[str]:
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


_BOTH = [
    "define i64 @look_both(ptr %contexts, ptr %list, ptr %other.list) {",
    "entry:",
    *_word("context", "ptr", "%contexts", "0"),
    *_word("other.context", "ptr", "%contexts", "1"),
    "  %known = call i64 @look(ptr %context, ptr %list)",
    "  %good = icmp eq i64 %known, 1",
    "  br i1 %good, label %other, label %end",
    "other:",
    "  %other.known = call i64 @look(ptr %other.context, ptr %other.list)",
    "  ret i64 %other.known",
    "end:",
    "  ret i64 0",
    "}",
]
"""Two looks, the second if the first finds all as it is known."""

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
